// Opens a workbook and saves it again, as web tools and converters do: node save_again.js exceljs|xlsx SOURCE TARGET
const [, , library, source, target] = process.argv;

async function withExcelJS() {
  const { Workbook } = require("exceljs");
  const workbook = new Workbook();
  await workbook.xlsx.readFile(source);
  await workbook.xlsx.writeFile(target);
}

async function withSheetJS() {
  const { readFile, writeFile } = require("xlsx");
  writeFile(readFile(source), target, { bookType: "xlsx" });
}

({ exceljs: withExcelJS, xlsx: withSheetJS })[library]().catch((error) => {
  console.error(error);
  process.exit(1);
});
