"""What somebody typed is never lost: not with an invoice that leaves for a week, a renamed list, or a copy in Calc's format."""

import shutil
from datetime import date

from openpyxl import load_workbook

from tests.support.bench import Bench

NUMBER, OTHER = "FA2026-0187", "FA2026-0229"


def _without(bench: Bench, number: str, day: str = "2026-11-25") -> list[str]:
    """Let an invoice leave the list for one export, and come back with the next; return what the latter tells."""
    listed = (bench.root / "impayes.csv").read_bytes()
    bench.pay(number)
    gone = bench.json("export", day=day)
    assert gone.code == 0
    (bench.root / "impayes.csv").write_bytes(listed)
    told: list[str] = bench.json("export", day=day).data["warnings"]
    return [*gone.data["warnings"], *told]


def test_a_row_that_returns_brings_its_entries_back(exported: Bench) -> None:
    """A comment, a level, a date or a "non" is gone, as the invoice was missing in one list."""
    book = load_workbook(exported.workbook)
    sheet = book["Relances"]
    column = sheet.max_column + 1
    sheet.cell(5, column).value = "Dossier"
    row = next(one for one in range(6, 60) if sheet.cell(one, 2).value == NUMBER)
    sheet.cell(row, column).value = 4711
    book.save(exported.workbook)
    exported.write(
        (NUMBER, "Commentaire", "voir avec Paul"),
        (NUMBER, "Niveau", "Relance ferme"),
        (NUMBER, "Par email", "non"),
        (NUMBER, "Par courrier", "x"),
        (NUMBER, "Prochaine relance", date(2026, 12, 20)),
    )
    told = _without(exported, NUMBER)
    assert any("voir avec Paul" in one and "4711" in one for one in told)
    assert any(NUMBER in one and "De nouveau" in one for one in told)
    row_now = exported.row(NUMBER)
    assert (row_now["Commentaire"], row_now["Niveau"], row_now["Par email"]) == (
        "voir avec Paul",
        "Relance ferme",
        "non",
    )
    assert row_now["Prochaine relance"].date() == date(2026, 12, 20)
    assert row_now["Dossier"] == 4711
    # What would send is for a person to tick again.
    assert row_now["Par courrier"] is None
    assert not any("De nouveau" in one for one in exported.json("export").data["warnings"])
    # Taken away since, it does not come back another time.
    exported.write((NUMBER, "Commentaire", None), (NUMBER, "Par email", None), (NUMBER, "Prochaine relance", None))
    _without(exported, NUMBER)
    assert exported.row(NUMBER)["Commentaire"] is None


def test_another_customers_invoice_does_not_get_them(exported: Bench) -> None:
    """What was typed for one customer stands beside another one's invoice, as the number was given again."""
    exported.write((NUMBER, "Commentaire", "voir avec Paul"))
    listed = (exported.root / "impayes.csv").read_bytes()
    exported.pay(NUMBER)
    exported.json("export")
    (exported.root / "impayes.csv").write_bytes(listed)
    exported.source(f"{NUMBER};C001;Dupont & Fils <SARL>", f"{NUMBER};C099;Autre SA")
    exported.json("export")
    assert exported.row(NUMBER)["Commentaire"] is None


def test_a_comment_stays_until_it_is_changed(exported: Bench) -> None:
    """What is to be known of an invoice is gone after each reminder."""
    exported.write((NUMBER, "Commentaire", "payeur lent"), (NUMBER, "Par courrier", "x"))
    exported.json("send", "--yes")
    exported.json("export", day="2026-11-25")
    row = exported.row(NUMBER)
    assert (row["Commentaire"], row["Dernier commentaire"], row["Par courrier"]) == ("payeur lent", "payeur lent", None)
    exported.write((NUMBER, "Commentaire", None))
    exported.json("export", day="2026-11-25")
    assert exported.row(NUMBER)["Commentaire"] is None


def test_a_renamed_list_is_offered_by_name(exported: Bench) -> None:
    """A list saved as "impayes (1).csv" is not found, and nobody says so."""
    (exported.root / "impayes.csv").rename(exported.root / "impayes (1).csv")
    report = exported.run("export")
    assert report.code == 3
    assert "impayes (1).csv" in report.err
    assert '[source] file = "impayes (1).csv"' in report.err.replace("\n", " ").replace("  ", " ")


def test_a_copy_in_another_format_is_noticed(exported: Bench) -> None:
    """Somebody works in relances.ods for a week, and nothing of it counts."""
    shutil.copy(exported.workbook, exported.workbook.with_suffix(".ods"))
    report = exported.json("check")
    assert any("relances.ods" in one for one in report.data["warnings"])


def test_lines_typed_below_the_history_block_nothing(exported: Bench) -> None:
    """A line typed under the history stops every command, or is written over."""
    exported.write((NUMBER, "Par courrier", "x"))
    exported.json("send", "--yes")
    book = load_workbook(exported.workbook)
    sheet = book["Historique"]
    last = sheet.max_row
    for column, text in ((1, "appel de M. Dupont"), (3, date(2026, 11, 24)), (4, NUMBER), (14, "rappelle lundi")):
        sheet.cell(last + 1, column).value = text
    sheet.cell(last + 2, 14).value = "ligne à moi"
    book.save(exported.workbook)
    exported.write((OTHER, "Par courrier", "x"))
    report = exported.json("send", "--yes")
    assert report.code == 0
    assert report.data["counts"] == {"printed": 1, "already_done": 1}
    texts = [row[13].value for row in load_workbook(exported.workbook)["Historique"].iter_rows()]
    assert {"rappelle lundi", "ligne à moi"} <= set(texts)
    assert {row["N° facture"] for row in exported.rows("Historique") if row["Relance"] and "/" in row["Relance"]} == {
        NUMBER,
        OTHER,
    }
