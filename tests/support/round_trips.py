"""What people type, as each editor saves it, and what the program reads of it.

`python -m tests.support.round_trips` prints the table: each form, what was read after each editor.
"""

import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from openpyxl import load_workbook
from openpyxl.cell.cell import MergedCell

from tests.support import places
from tests.support.bench import Bench
from tests.support.calc import type_into
from tests.support.excel_xml import Dress, ExcelFile, Raw, typed
from tests.support.pdf_pages import one_page

TICK, DAY, EMAIL, LEVEL, COMMENT = "Par courrier", "Prochaine relance", "Email", "Niveau", "Commentaire"
LETTERS = {
    LEVEL: places.LEVEL,
    TICK: places.POST,
    "Par email": places.BY_EMAIL,
    EMAIL: places.EMAIL,
    COMMENT: places.COMMENT,
    DAY: places.NEXT,
}
TICK_ALL = f"{places.POST}4"
_FIRM = "Relance énergique"


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """One thing typed into a column, and what must be read of it; `refused: …` names the text that was read.

    `keys`: what is typed at Calc's keyboard for it. `other`: what must be read after an editor that writes it otherwise.
    """

    title: str
    value: object
    expected: str
    keys: str | None = None
    other: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The form as the table shows it."""
        kind = "" if isinstance(self.value, str) else f" ({type(self.value).__name__})"
        return f"{self.title}: {_shown(self.value)}{kind}"

    @property
    def is_refused(self) -> bool:
        """Whether the cell must be named and nothing done."""
        return self.expected.startswith("refused")

    def expected_of(self, editor: str) -> str:
        """Return what must be read after an editor."""
        return self.other.get(editor, self.expected)


def _shown(value: object) -> str:
    if isinstance(value, Raw):
        inner = value.item or value.value or (value.day.isoformat() if value.day else "nothing")
        return f"t={value.kind} {'=' + value.formula + ' ' if value.formula else ''}{inner}"
    text = str(value) if not isinstance(value, str) else ascii(value) if value.strip() != value else value
    return text if len(text) <= 30 else f"{text[:20]}… {len(text)} characters"


def _forms(title: str, expected: str, *values: object) -> list[Form]:
    """Return forms that all mean the same; `refused` means that the text itself must be named."""
    return [
        Form(title, value, f"refused: {' '.join(str(value).split())}" if expected == "refused" else expected)
        for value in values
    ]


_EXCEL_TICKS = (
    Raw("str", "x", formula='IF(1,"x","")'),
    Raw("b", "1", formula="1=1"),
    Raw("s", item="<r><t>o</t></r><r><rPr><b/></rPr><t>ui</t></r>"),
    Raw("s", item='<t>x</t><rPh sb="0" eb="1"><t>non</t></rPh><phoneticPr fontId="1"/>'),
    Raw("s", item='<t xml:space="preserve"> x_x000D_\n</t>'),
    Raw("n", "1.0"),
    Raw("n", "1E0"),
)

#: A date alone in the comment, as Excel keeps what a user typed as 24/12/2026: in a test of its own.
DATE_COMMENT = Form(COMMENT, date(2026, 12, 24), "24/12/2026", keys="2026-12-24")

FORMS: tuple[Form, ...] = (
    *_forms(TICK, "yes", "x", "X", "oui", "OUI", "Oui", 1, "yes", "✓", True),
    *(Form(TICK, text, "yes", keys=f"'{text}") for text in ("1", "TRUE", "VRAI")),
    *_forms(TICK, "yes", "\u00a0x", "x\u00a0", "  x  ", "\u202fx", "\u200bx", *_EXCEL_TICKS),
    *_forms(TICK, "no", "non", "no", "NON", " non ", "n", 0, False, Raw("str", "non", formula='"non"')),
    *_forms(TICK, "blank", "", " ", "\u00a0", Raw("str", "", formula='""'), Raw("s", item="<t/>")),
    *_forms(TICK, "refused", "peut-être", "xx", "x?", "oui non", "-", 2, 1.5),
    Form(TICK, "2", "refused: 2", keys="'2"),
    Form(TICK, Raw("e", "#N/A", formula="NA()"), "refused: #N/A"),
    Form(TICK, Raw(formula='IF(1,"x","")'), "refused: ?"),
    *_forms(DAY, "2026-12-24", "24 12 2026", "24/12/26", "24.12.2026 ", "\u00a024/12/2026\u00a0", "24/12/2026\u202f"),
    *(Form(DAY, text, "2026-12-24", keys=f"'{text}") for text in ("24/12/2026", "2026-12-24", "24.12.2026", "24-12-26")),
    Form(DAY, date(2026, 12, 24), "2026-12-24", keys="2026-12-24"),
    Form(DAY, Raw(day=date(2026, 12, 24), formula="C2+30"), "2026-12-24"),
    Form(DAY, Raw("str", "24/12/2026", formula='"24/12/2026"'), "2026-12-24"),
    Form(DAY, Raw("d", "2026-12-24T00:00:00"), "2026-12-24"),
    Form(DAY, "31/02/2027", "refused: 31/02/2027"),
    # Typed at Calc's English keyboard it becomes a true date: nothing is ambiguous then.
    Form(DAY, "12/24/2026", "refused: 12/24/2026", keys="'12/24/2026"),
    *_forms(DAY, "refused", 5, "demain", "24/12/1026", "fin décembre", 99999999),
    Form(DAY, "24/12", "refused: 24/12", keys="'24/12"),
    Form(DAY, True, "refused: 1"),
    Form(DAY, Raw("e", "#REF!", formula="#REF!"), "refused: #REF!"),
    *_forms(
        EMAIL, "a@example.com; b@example.com", "a@example.com;b@example.com", "a@example.com,b@example.com",
        " a@example.com ;  b@example.com ;", "a@example.com b@example.com", "a@example.com\nb@example.com",
        "\u00a0a@example.com\u00a0;\u202fb@example.com", "Jean <a@example.com>, B <b@example.com>",
        "a@example.com; A@example.com; b@example.com",
    ),
    Form(EMAIL, "Jean Dupont <jean@example.com>", "jean@example.com"),
    Form(EMAIL, "jean@exämple.com", "jean@xn--exmple-cua.com"),
    Form(EMAIL, "pas une adresse", "refused: pas"),
    Form(EMAIL, "a@example.com; b@@example.com", "refused: b@@example.com"),
    *_forms(EMAIL, "refused", "a@example", "mailto:a@example.com", 12, "a@example..com"),
    *_forms(LEVEL, "ferme", _FIRM, _FIRM.upper(), "relance energique", " Relance\u00a0 énergique ", "ferme", "Firm reminder"),
    *_forms(LEVEL, "mise_en_demeure", "Mise en demeure", "MISE EN DEMEURE", "mise_en_demeure", "formal notice"),
    *_forms(LEVEL, "none", "", " "),
    *_forms(LEVEL, "refused", "Relance molle", "Relance", 2, "mise"),
    Form(COMMENT, "  bonjour  ", "bonjour"),
    Form(COMMENT, "ligne 1\nligne 2", "ligne 1 ligne 2"),
    Form(COMMENT, Raw("s", item="<t>ligne 1_x000D_\nligne 2</t>"), "ligne 1 ligne 2"),
    Form(COMMENT, "=1+1", "=1+1", keys="'=1+1"),
    Form(COMMENT, "+33 6 12 34 56 78", "+33 6 12 34 56 78", keys="'+33 6 12 34 56 78"),
    Form(COMMENT, "-10 % accordés", "-10 % accordés"),
    Form(COMMENT, "00123", "00123", keys="'00123"),
    # Calc's Basic takes an emoji in its two halves, and no expression of 5,000 parts.
    Form(COMMENT, "🙂 d'accord", "🙂 d'accord", keys="\ud83d\ude42 d'accord"),
    Form(COMMENT, "é" * 5000, "é" * 5000, keys='=REPT("é";5000)'),
    Form(COMMENT, "<&>\"'", "<&>\"'"),
    # openpyxl does not escape it: to Excel too, its file says A.
    Form(COMMENT, "_x0041_", "_x0041_", other={"openpyxl": "A"}),
    Form(COMMENT, 1250.5, "1250.5"),
    DATE_COMMENT,
    Form(COMMENT, Raw("e", "#N/A", formula="NA()"), "refused: #N/A"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stage:
    """The dossier that every editor gets a copy of, and the row of each invoice in its workbook."""

    root: Path
    row: dict[str, int]

    def copy(self, target: Path) -> Bench:
        """Return a copy to work in."""
        shutil.copytree(self.root, target)
        return Bench(target)


@dataclass(frozen=True, slots=True)
class Trip:
    """What was read of each form after one editor, by the form's name, and what the program said of those it refused."""

    editor: str
    read: dict[str, str]
    code: int
    errors: str
    cells: dict[str, str]

    def wrong(self, title: str) -> dict[str, str]:
        """Return the forms of a column that were not read as they must be."""
        return {
            form.name: f"{_shown(self.read[form.name])} instead of {_shown(form.expected_of(self.editor))}"
            for form in FORMS
            if form.title == title and form is not DATE_COMMENT and form.name in self.read
            and self.read[form.name] != form.expected_of(self.editor)
        }  # fmt: skip


def _number(index: int) -> str:
    return f"F{index:03d}"


def due_number(index: int) -> str:
    """Return the number of the second invoice of a tick form: the one that a tick-all reaches."""
    return f"F{index:03d}D"


def lay_out(root: Path) -> Stage:
    """Make a dossier with an invoice for each form, and a second, due one for each tick; export its workbook."""
    bench = Bench(root)
    assert bench.run("init", "--sample").code == 0
    bench.setting('fr = "Relance ferme"', f'fr = "{_FIRM}"')
    titles = (root / "impayes.csv").read_bytes().split(b"\r\n")[0]
    numbers = [(_number(index), "31/01/2027") for index in range(len(FORMS))]
    numbers += [(due_number(index), "31/07/2026") for index, form in enumerate(FORMS) if form.title == TICK]
    lines = [
        f"{number};C1;Client;1 rue A;69001;Lyon;;connu@example.com;01/07/2026;{due};10,00;10,00;EUR;fr;oui;non"
        for number, due in numbers
    ]
    (root / "impayes.csv").write_bytes(b"\r\n".join([titles, *(line.encode("cp1252") for line in lines), b""]))
    for number, _due in numbers:
        (root / "factures" / f"{number}.pdf").write_bytes(one_page(f"Facture {number}"))
    assert bench.run("export").code == 0
    return Stage(root, {row["N° facture"]: row["#"] for row in bench.rows()})


Edit = tuple[str, Form]
Editor = Callable[[Path, list[Edit]], None]


def _edits(stage: Stage, editor: str) -> list[Edit]:
    """Return what is typed where: every form that the editor can make, and the ticks that send it."""
    edits: list[Edit] = [(TICK_ALL, Form(TICK, "x", ""))]
    for index, form in enumerate(FORMS):
        if isinstance(form.value, Raw) and not editor.startswith("excel"):
            continue
        row = stage.row[_number(index)]
        edits.append((f"{LETTERS[form.title]}{row}", form))
        if form.title == TICK:
            edits.append((f"{LETTERS[TICK]}{stage.row[due_number(index)]}", form))
        else:
            edits.append((f"{LETTERS['Par email' if form.title == EMAIL else TICK]}{row}", Form(TICK, "x", "")))
    return edits


def _with_openpyxl(workbook: Path, edits: list[Edit]) -> None:
    book = load_workbook(workbook)
    for place, form in edits:
        cell = book["Relances"][place]
        assert not isinstance(cell, MergedCell)
        cell.value = form.value
        if isinstance(form.value, str) and form.value:
            cell.data_type = "s"
    book.save(workbook)


def _with_calc(workbook: Path, edits: list[Edit]) -> None:
    type_into(
        workbook, [("Relances", place, str(form.value if form.keys is None else form.keys)) for place, form in edits]
    )


def _with_excel(dress: Dress) -> Editor:
    def edit(workbook: Path, edits: list[Edit]) -> None:
        file = ExcelFile(workbook)
        if dress.is_1904:
            file.count_from_1904()
        file.put({place: typed(form.value) for place, form in edits})
        file.save(dress)

    return edit


EDITORS: dict[str, Editor] = {
    "openpyxl": _with_openpyxl,
    "calc": _with_calc,
    "excel": _with_excel(Dress()),
    "excel-1904": _with_excel(Dress(is_1904=True)),
    "excel-odd": _with_excel(
        Dress(prefix="x", single_quotes=True, no_addresses=True, comments=True, cdata=True),
    ),
}  # fmt: skip


def _quoted(problem: str) -> str:
    """Return the text that a fault says was read."""
    match = re.search(r"«\s(.*)\s»", problem, re.DOTALL) or re.search(r"\(([^()]*)\)$", problem)
    return match[1] if match else problem


def _empty(workbook: Path, places: Iterable[str]) -> None:
    """Empty cells and change nothing else of what the editor wrote."""
    file = ExcelFile(workbook)
    file.clear(places)
    file.save()


def travel(stage: Stage, editor: str, target: Path) -> Trip:
    """Let one editor type all forms, and see what check and send make of them."""
    bench = stage.copy(target)
    edits = _edits(stage, editor)
    EDITORS[editor](bench.workbook, edits)
    forms = {form: index for index, form in enumerate(FORMS) if any(one is form for _place, one in edits)}
    cells = {form: f"{LETTERS[form.title]}{stage.row[_number(index)]}" for form, index in forms.items()}

    refused = bench.json("check")
    faults = {one["where"].removeprefix("Relances!"): _quoted(one["problem"]) for one in refused.data.get("faults", [])}
    read = {form: f"refused: {faults[place]}" for form, place in cells.items() if place in faults}

    _give_addresses(bench.workbook, editor)
    # What was refused is emptied with the tick that would send it: the rest must act as if it had never been there.
    _empty(
        bench.workbook,
        [*faults, *(f"{letter}{cells[form][1:]}" for form in read for letter in (places.POST, places.BY_EMAIL))],
    )
    planned = bench.json("check")
    assert planned.code == 0, (planned.err, planned.out)
    levels = {line["invoice"]: line["level"] for line in planned.reminders("planned")}
    for form, index in forms.items():
        if form not in read and form.title == TICK:
            due_planned = "blank" if due_number(index) in levels else "no"
            read[form] = "yes" if _number(index) in levels else due_planned
        elif form not in read and form.title == LEVEL:
            read[form] = levels.get(_number(index), "none")

    sent_kinds = {DAY, EMAIL, COMMENT}
    _empty(
        bench.workbook,
        [place for place, form in edits if form.title == TICK and form.expected]
        + [f"{places.POST}{stage.row[_number(index)]}" for form, index in forms.items() if form.title not in sent_kinds]
        + [TICK_ALL],
    )
    sent = bench.json("send", "--yes")
    assert sent.code == 0, sent.err
    lines = {row["N° facture"]: row for row in bench.rows("Historique")}
    for form, index in forms.items():
        if form not in read:
            read[form] = _told(form, lines[_number(index)])
    return Trip(
        editor,
        {form.name: read[form] for form in forms},
        refused.code,
        refused.err,
        {form.name: place for form, place in cells.items()},
    )


def _give_addresses(workbook: Path, editor: str) -> None:
    """Give back the addresses that the odd editor left out, so that cells can be emptied by address."""
    if editor != "excel-odd":
        return
    file = ExcelFile(workbook)
    file.give_addresses()
    file.save()


def _told(form: Form, line: dict[str, object]) -> str:
    """Return what the history sheet tells of a form: what was read and done."""
    value = line[{DAY: DAY, EMAIL: "Destinataire", COMMENT: COMMENT}[form.title]]
    if form.title == DAY:
        return str(value)[:10]
    text = re.sub(r"_x([0-9A-F]{4})_", lambda match: chr(int(match[1], 16)), str(value or ""))
    return "; ".join(re.split(r"[;,]\s*", text)) if form.title == EMAIL else text


def table(trips: list[Trip]) -> list[list[str]]:
    """Return the table: a line a form, a column an editor; what is wrong is marked."""
    lines = [["form", "must be", *(trip.editor for trip in trips)]]
    for form in FORMS:
        line = [form.name, _shown(form.expected)]
        for trip in trips:
            text = trip.read.get(form.name)
            good = text is None or text == form.expected_of(trip.editor)
            line.append("-" if text is None else _shown(text) if good else f"✗ {_shown(text)}")
        lines.append([part.replace("\n", "⏎") for part in line])
    return lines


def main() -> None:
    """Print the table of round trips."""
    with tempfile.TemporaryDirectory() as folder:
        stage = lay_out(Path(folder) / "stage")
        trips = [travel(stage, editor, Path(folder) / editor) for editor in EDITORS]
    lines = table(trips)
    widths = [max(len(line[index]) for line in lines) for index in range(len(lines[0]))]
    for line in lines:
        cells = (part.ljust(width) for part, width in zip(line, widths, strict=True))
        sys.stdout.write("  ".join(cells).rstrip() + "\n")


if __name__ == "__main__":
    main()
