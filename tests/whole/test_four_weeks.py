"""Four weeks of an accountant at the sample company, who works in Calc alone: what was decided once holds."""

from collections.abc import Iterable
from datetime import date
from email import message_from_bytes, policy
from typing import Any

from openpyxl import load_workbook

from tests.support.bench import Bench, Outcome, pages
from tests.support.calc import type_into

WEEKS = ("2026-11-24", "2026-12-01", "2026-12-08", "2026-12-15")

# Whom the weeks are about, by the customers' codes; and one invoice of each.
ADDRESS, PROMISER, NEVER, BY_POST, PLAN = "C001", "C011", "C016", "C005", "C009"
DISPUTER, CALLED, NOT_REACHED, REGISTERED, PRIVATE, TOWN_HALL = "C023", "C015", "C004", "C012", "C008", "C013"
INVOICES = {
    ADDRESS: "FA2026-0187", PROMISER: "FA2026-0309", NEVER: "FA2026-0255", BY_POST: "FA2026-0229", PLAN: "FA2026-0260",
    DISPUTER: "FA2026-0248", CALLED: "FA2026-0214", NOT_REACHED: "FA2026-0244", REGISTERED: "FA2026-0208",
    PRIVATE: "FA2026-0291", TOWN_HALL: "FA2026-0350",
}  # fmt: skip


class Accountant:
    """Types into the workbook with Calc, and runs the week's commands."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench

    def rows(self, sheet: str, key: str) -> list[dict[str, Any]]:
        """Return a sheet's rows by title, those that hold something in a column; with their numbers as "#"."""
        cells = list(load_workbook(self.bench.workbook, data_only=True)[sheet].iter_rows(values_only=True))
        header = next(index for index, row in enumerate(cells) if key in row)
        titles = [str(title) for title in cells[header]]
        named = (
            {**dict(zip(titles, row, strict=True)), "#": number}
            for number, row in enumerate(cells[header + 1 :], start=header + 2)
        )
        return [row for row in named if row[key]]

    def cell(self, sheet: str, key: str, value: str, title: str) -> tuple[str, str]:
        """Return a cell by its column's title, in the last row that holds a value in a column."""
        row = [row for row in self.rows(sheet, key) if row[key] == value][-1]
        return sheet, f"{self.bench.column(title, sheet)}{row['#']}"

    def type(self, entries: Iterable[tuple[str, str, str, str]]) -> None:
        """Type into cells: (sheet, what the row is known by, title, text); days as Calc takes them in any language."""
        keys = {"Relances": "N° facture", "Clients": "Code client", "Appels": "Code client", "Historique": "N° facture"}
        cells = [(*self.cell(sheet, keys[sheet], value, title), text) for sheet, value, title, text in entries]
        type_into(self.bench.workbook, cells)

    def tick_all(self) -> tuple[str, str, str]:
        """Return the cell that ticks all as preferred, and what is typed into it."""
        name = load_workbook(self.bench.workbook).defined_names["relance_tous_preferes"]
        return "Relances", name.attr_text.rpartition("!")[2].replace("$", ""), "x"

    def send(self, day: str) -> Outcome:
        """Tick all as preferred in Calc, and send."""
        type_into(self.bench.workbook, [self.tick_all()])
        return self.bench.json("send", "--yes", day=day)

    def row(self, code: str) -> dict[str, Any]:
        """Return the row of a customer's invoice."""
        return self.bench.row(INVOICES[code])


def _ways(report: Outcome, code: str) -> set[tuple[str, str]]:
    """Return how a customer's invoice fared: by which way, with which outcome."""
    lines = report.reminders()
    return {(line["channel"], line["outcome"]) for line in lines if line["invoice"] == INVOICES[code]}


def test_four_weeks(shipped: Bench) -> None:
    """A decision about a customer is forgotten from one week to the next, or somebody is chased who must not be."""
    book = Accountant(shipped)
    _first_week(book, WEEKS[0])
    _second_week(book, WEEKS[1])
    _third_week(book, WEEKS[2])
    _fourth_week(book, WEEKS[3])


def _first_week(book: Accountant, day: str) -> None:
    book.type([
        ("Clients", NEVER, "Relances", "jamais"),
        ("Clients", BY_POST, "Mode", "courrier"),
        ("Clients", PRIVATE, "Type", "particulier"),
        ("Clients", TOWN_HALL, "Type", "public"),
        ("Clients", CALLED, "Mode", "téléphone"),
        ("Clients", CALLED, "Téléphone", "04 78 00 00 01"),
        ("Clients", NOT_REACHED, "Mode", "téléphone"),
        ("Relances", INVOICES[ADDRESS], "Email", "direction@dupont.example"),
        ("Relances", INVOICES[PROMISER], "Suspension", "promesse"),
        ("Relances", INVOICES[PROMISER], "Jusqu'au", "2026-12-03"),
        ("Relances", INVOICES[PLAN], "Suspension", "échéancier"),
        ("Relances", INVOICES[PLAN], "Jusqu'au", "2027-01-31"),
        ("Relances", INVOICES[DISPUTER], "Suspension", "litige"),
        ("Relances", INVOICES[REGISTERED], "Niveau", "Mise en demeure"),
        ("Relances", INVOICES[REGISTERED], "Par courrier", "x"),
    ])  # fmt: skip
    assert book.row(PROMISER)["Envoi"] == "suspendue"
    report = book.send(day)
    for code in (NEVER, PROMISER, PLAN, DISPUTER):
        assert _ways(report, code) <= {("post", "held"), ("email", "held")}, code
    assert _ways(report, BY_POST) == {("post", "printed")}
    assert _ways(report, CALLED) == _ways(report, NOT_REACHED) == {("phone", "planned")}
    assert _ways(report, ADDRESS) == {("email", "accepted")}
    folder = book.bench.root / "lots" / f"{day}-001"
    mails = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in (folder / "emails").glob("*.eml")]
    (his,) = [mail for mail in mails if "direction@dupont.example" in str(mail["To"])]
    body = his.get_body(("plain",))
    # One message for all that he owes, with his credit note in it.
    assert body is not None
    assert {number for number in ("FA2026-0187", "FA2026-0267", "FA2026-0349", "AV2026-0021") if number in body.get_content()} == {
        "FA2026-0187", "FA2026-0267", "FA2026-0349", "AV2026-0021",
    }  # fmt: skip
    registered = " ".join(pages(folder / "recommandes.pdf"))
    assert INVOICES[REGISTERED] in registered
    assert INVOICES[REGISTERED] not in " ".join(pages(folder / "courriers.pdf"))
    # On the same day: the calls, and what the post office gave.
    book.bench.json("export", day=day)
    book.type([
        ("Appels", CALLED, "Joint", "oui"),
        ("Appels", CALLED, "Suite", "promesse"),
        ("Appels", CALLED, "Pour le", "2026-12-10"),
        ("Appels", CALLED, "Compte rendu", "Mme Roy, virement le 10"),
        ("Appels", NOT_REACHED, "Joint", "non"),
        ("Historique", INVOICES[REGISTERED], "N° de suivi", "1A 123 456 7890 1"),
    ])  # fmt: skip


def _second_week(book: Accountant, day: str) -> None:
    report = book.bench.json("export", day=day)
    assert report.code == 0
    assert {row["Email"] for row in book.bench.rows() if row["Code client"] == ADDRESS} == {"direction@dupont.example"}
    assert book.row(PROMISER)["Jusqu'au"].date() == date(2026, 12, 3)
    assert book.row(PROMISER)["Statut"] is None
    called = book.row(CALLED)
    assert (called["Suspension"], called["Jusqu'au"].date()) == ("promesse", date(2026, 12, 10))
    assert book.row(NOT_REACHED)["Coché avec tous"] == 1
    results = {
        row["N° facture"]: row["Résultat"] for row in book.bench.rows("Historique") if row["Mode"] == "Téléphone"
    }
    assert (results[INVOICES[CALLED]], results[INVOICES[NOT_REACHED]]) == ("joint", "non joint")
    assert "jamais" in book.row(NEVER)["Statut"]
    assert "1A 123 456 7890 1" in {row["N° de suivi"] for row in book.bench.rows("Historique")}
    # The dispute is settled; a new invoice of the corrected address comes.
    book.type([("Relances", INVOICES[DISPUTER], "Suspension", "")])
    source = book.bench.root / "impayes.csv"
    line = next(one for one in source.read_bytes().split(b"\r\n") if one.startswith(INVOICES[ADDRESS].encode()))
    source.write_bytes(source.read_bytes().rstrip() + b"\r\n" + line.replace(b"FA2026-0187", b"FA2026-0500") + b"\r\n")
    report = book.send(day)
    assert _ways(report, DISPUTER) == {("email", "accepted")}
    for code in (NEVER, PROMISER, PLAN, CALLED):
        assert not {outcome for _way, outcome in _ways(report, code)} & {"printed", "accepted", "planned"}, code


def _third_week(book: Accountant, day: str) -> None:
    report = book.bench.json("export", day=day)
    assert report.code == 0
    assert book.bench.row("FA2026-0500")["Email"] == "direction@dupont.example"
    assert "promesse du 03/12 non tenue" in book.row(PROMISER)["Statut"]
    assert book.row(PROMISER)["Envoi"] in {None, ""}
    report = book.send(day)
    assert _ways(report, PROMISER) == {("email", "accepted")}
    # Sent to at the first week; now the next level, in the words of their own law.
    assert _ways(report, BY_POST) == {("post", "printed")}
    folder = book.bench.root / "lots" / f"{day}-001"
    letters = {path.name: " ".join(" ".join(pages(path)).split()) for path in (folder / "relances").glob("*.pdf")}
    town_hall = next(text for name, text in letters.items() if name.startswith("Mairie"))
    assert "commande publique" in town_hall
    private = next(text for name, text in letters.items() if "Curet" in name or "Coeuret" in name or "Helene" in name)
    assert "L. 441-10" not in private
    # Who promised on the phone pays in time.
    book.bench.pay(INVOICES[CALLED])


def _fourth_week(book: Accountant, day: str) -> None:
    report = book.bench.json("export", day=day)
    assert report.code == 0
    told = [cell.value for row in load_workbook(book.bench.workbook)["Tableau de bord"]["A1:L3"] for cell in row]
    said = [str(text).replace("\u00a0", " ") for text in told]
    assert any("tenues : 1, non tenues : 1" in text for text in said)
    assert book.row(PLAN)["Suspension"] == "échéancier"
    assert "contentieux" in book.row(REGISTERED)["Statut"]
    report = book.send(day)
    assert not {outcome for _way, outcome in _ways(report, NEVER)} & {"printed", "accepted"}
    assert not {outcome for _way, outcome in _ways(report, PLAN)} & {"printed", "accepted"}
    # Nobody got the same reminder twice.
    made = [
        row["Relance"] for row in book.bench.rows("Historique") if row["Relance"] and row["Résultat"] != "non joint"
    ]
    assert len(made) == len(set(made))
