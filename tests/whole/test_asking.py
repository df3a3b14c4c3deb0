"""What is asked, and how: one message a customer, formal notices apart, deadlines on working days, words that fit."""

import re
from datetime import date
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.support.bench import DAY, Bench, pages

# Of Dupont & Fils, who has several invoices and a credit note.
NUMBER, CODE = "FA2026-0187", "C001"


def _numbers(bench: Bench, code: str = CODE) -> list[str]:
    rows = [row for row in bench.rows() if row["Code client"] == code and float(row["Créance"]) > 0]
    return [str(row["N° facture"]) for row in rows]


def _tick_all(bench: Bench, name: str) -> None:
    book = load_workbook(bench.workbook)
    place = book.defined_names[name].attr_text.rpartition("!")[2].replace("$", "")
    book["Relances"][place] = "x"
    book.save(bench.workbook)


def _letters(bench: Bench, batch: str = f"{DAY}-001") -> list[Path]:
    return sorted((bench.root / "lots" / batch / "relances").glob("*.pdf"))


def _text(path: Path) -> str:
    return " ".join(" ".join(pages(path)).split())


def test_a_customer_gets_one_letter_for_all_at_the_highest_level(shipped: Bench) -> None:
    """A customer gets a letter for each level on one day, or an invoice loses its own level."""
    first, second, *_others = _numbers(shipped)
    shipped.write((first, "Par courrier", "x"), (second, "Par courrier", "x"), (second, "Niveau", "Relance ferme"))
    report = shipped.json("send", "--yes")
    assert {line["invoice"]: line["level"] for line in report.reminders("printed")} == {
        first: "simple",
        second: "ferme",
    }
    (letter,) = _letters(shipped)
    page = _text(letter)
    assert "Relance : " in page or "relance, facture" in page
    # The firm one in the main table, the other below it.
    assert page.index(second) < page.index("Également à régler") < page.index(first)
    shipped.json("export")
    rows = {row["N° facture"]: row["Niveau"] for row in shipped.rows("Historique")}
    assert rows == {first: "Relance simple", second: "Relance ferme"}
    assert shipped.row(first)["Niveau"] == "Relance ferme"
    assert shipped.row(second)["Niveau"] == "Mise en demeure"


def test_a_customers_own_grouping_wins(shipped: Bench) -> None:
    """Who wants a letter for each invoice gets one for all."""
    first, second, *_others = _numbers(shipped)
    book = load_workbook(shipped.workbook)
    sheet = book["Clients"]
    titles = {str(cell.value): int(cell.column or 0) for cell in sheet[1]}
    row = next(row for row in range(2, 99) if sheet.cell(row, titles["Code client"]).value == CODE)
    sheet.cell(row, titles["Regroupement"]).value = "facture"
    book.save(shipped.workbook)
    shipped.write((first, "Par courrier", "x"), (second, "Par courrier", "x"))
    shipped.json("send", "--yes")
    letters = [_text(path) for path in _letters(shipped)]
    assert len(letters) == 2
    # The credit note lowers neither, and is told in both.
    assert all("reste ouvert à votre compte" in one for one in letters)
    shipped.json("export")
    told = [row["Statut"] for row in shipped.rows() if row["Code client"] == CODE and float(row["Créance"]) > 0]
    assert told
    assert all("avoirs ouverts" in str(one) for one in told)


def _plain(text: str) -> str:
    return " ".join(text.replace("\u00a0", " ").replace("\u202f", " ").split())


def test_check_announces_what_the_letter_asks_for(shipped: Bench) -> None:
    """The total before the question is without credit notes: the letter asks for less than was agreed to."""
    shipped.write((NUMBER, "Par courrier", "x"))
    said = _plain(shipped.run("check").out)
    (note,) = [row["N° facture"] for row in shipped.rows() if row["Code client"] == CODE and float(row["Créance"]) < 0]
    asked = re.findall(r"En tout, 1 facture, ([0-9 ]+,[0-9]{2} €)", said)
    assert note in said
    shipped.run("send", "--yes")
    (letter,) = _letters(shipped)
    assert asked
    assert asked[0] in _plain(_text(letter))


def test_a_credit_note_without_pdf_is_told(shipped: Bench) -> None:
    """A letter says that every document is joined, and a credit note's PDF was never there."""
    shipped.write((NUMBER, "Par courrier", "x"))
    (note,) = [row["N° facture"] for row in shipped.rows() if row["Code client"] == CODE and float(row["Créance"]) < 0]
    for path in (shipped.root / "factures").glob(f"*{note}*"):
        path.unlink()
    warned = [one for one in shipped.json("check").data["warnings"] if note in one]
    assert len(warned) == 1
    assert any(note in str(one) for one in shipped.json("doctor").data["findings"])
    shipped.run("send", "--yes")
    (letter,) = _letters(shipped)
    assert "chaque pièce" not in _text(letter)


def test_an_email_of_two_invoices_is_one_email(shipped: Bench) -> None:
    """Three emails are counted where two lie in the folder: somebody looks for the third."""
    first, second, *_others = _numbers(shipped)
    shipped.write((first, "Par email", "x"), (second, "Par email", "x"))
    said = _plain(shipped.run("send", "--yes").out)
    assert "email prêt à envoyer : 1 (2 factures)" in said
    assert len(list(shipped.root.glob("lots/*/emails/*.eml"))) == 1


def test_emails_left_in_files_are_told_of(shipped: Bench) -> None:
    """An email that nobody has sent counts as a reminder: weeks later a firm letter refers to it, and nobody was told."""
    shipped.write((NUMBER, "Par email", "x"))
    shipped.run("send", "--yes")
    batch = f"{DAY}-001"
    told = [
        sum(batch in one for one in shipped.json("export", day=day).data["warnings"]) for day in (DAY, "2026-12-01")
    ]
    assert told == [0, 1]
    shipped.run("resolve", "--batch", batch, "sent", day="2026-12-01")
    assert not any(batch in one for one in shipped.json("export", day="2026-12-01").data["warnings"])


def test_an_amount_written_with_all_its_digits_is_the_same(shipped: Bench) -> None:
    """A spreadsheet writes 96.40000000000001, and the user is told that another amount is owed."""
    shipped.write((NUMBER, "Créance", float(shipped.row(NUMBER)["Créance"]) + 1e-11))
    assert "Montant dû" not in shipped.run("export").out
    shipped.source("2380,80", "1380,80")
    assert f"{NUMBER} (2 380,80 € → 1 380,80 €)" in _plain(shipped.run("export").out)


def test_who_was_reminded_in_the_last_days_is_told(shipped: Bench) -> None:
    """A row ticked by hand reminds a customer twice in two days, and nobody is told."""
    first, second, *_others = _numbers(shipped)
    shipped.write((first, "Par courrier", "x"))
    shipped.run("send", "--yes")
    shipped.write((second, "Par courrier", "x"))
    soon = shipped.json("check", day="2026-11-26").data["warnings"]
    later = shipped.json("check", day="2026-12-01").data["warnings"]
    assert [sum("Dupont" in one and "Déjà relancés" in one for one in ones) for ones in (soon, later)] == [1, 0]


def test_a_credit_that_covers_all_holds_single_letters_too(exported: Bench) -> None:
    """With a letter for each invoice a customer is chased whose credit notes cover all that is owed."""
    exported.write((NUMBER, "Par courrier", "x"))
    text = (exported.root / "impayes.csv").read_bytes().decode("cp1252")
    lines = [line.split(";") for line in text.split("\r\n")]
    for cells in lines:
        if cells[0].startswith("AV"):
            cells[11] = "-99999,00"
    changed = "\r\n".join(";".join(cells) for cells in lines)
    (exported.root / "impayes.csv").write_bytes(changed.encode("cp1252"))
    held = exported.json("check").reminders("held")
    assert [(line["invoice"], line["reason_code"]) for line in held] == [(NUMBER, "credits_cover")]
    # Nobody is told that there is something to ask for, either.
    due = exported.json("export").data["due"]
    reached = [row for row in exported.rows() if row["Coché avec tous"] == 1]
    assert due == len(reached)
    assert CODE not in {row["Code client"] for row in reached}
    assert "avoirs" in str(exported.row(NUMBER)["Statut"])


def test_formal_notices_are_ticked_one_by_one_and_printed_apart(shipped: Bench) -> None:
    """A tick-all sends formal notices, or a registered letter lies among the others in the file to print."""
    other = next(
        row["N° facture"]
        for row in shipped.rows()
        if row["Code client"] not in {CODE, None} and row["Coché avec tous"] == 1
    )
    shipped.write((NUMBER, "Niveau", "Mise en demeure"))
    _tick_all(shipped, "relance_tous_courriers")
    planned = {line["invoice"] for line in shipped.json("check").reminders("planned")}
    assert other in planned
    assert NUMBER not in planned
    # Calc counts and says the same at once.
    shipped.type((other, "Commentaire", "tel"))
    assert shipped.row(NUMBER)["Envoi"] in {None, "", "⊘"}
    assert shipped.row(other)["Envoi"] == "courrier"
    shipped.write((NUMBER, "Par courrier", "x"))
    report = shipped.json("send", "--yes")
    batch = shipped.root / "lots" / f"{DAY}-001"
    assert report.data["registered_file"] == str(batch / "recommandes.pdf")
    registered = " ".join(pages(batch / "recommandes.pdf"))
    assert NUMBER in registered
    assert "Lettre recommandée avec accusé de réception" in registered
    assert "recommandée" not in " ".join(pages(batch / "courriers.pdf"))
    sheet = load_workbook(batch / "recommandes.xlsx").worksheets[0]
    listed = [row for row in sheet.iter_rows(values_only=True) if row[0] == "1"]
    assert "Dupont" in str(listed[0][1])
    assert NUMBER in str(listed[0][3])
    assert listed[0][4] is None
    assert sheet["A3"].value == "24/11/2026"
    # The number is filled in beside the reminder, and stays there.
    shipped.json("export")
    book = load_workbook(shipped.workbook)
    sheet = book["Historique"]
    titles = {str(cell.value): int(cell.column or 0) for cell in sheet[1]}
    row = next(row for row in range(2, 99) if sheet.cell(row, titles["N° facture"]).value == NUMBER)
    sheet.cell(row, titles["N° de suivi"]).value = "RK 123 456 789 FR"
    book.save(shipped.workbook)
    shipped.json("export", day="2026-11-30")
    numbers = {one["N° facture"]: one["N° de suivi"] for one in shipped.rows("Historique") if one["Mode"] == "Courrier"}
    mine = {one["N° facture"] for one in shipped.rows("Historique") if one["Code client"] == CODE}
    # One number a letter: beside each of its invoices.
    assert len(mine) > 1
    assert {number for number, tracking in numbers.items() if tracking == "RK 123 456 789 FR"} == mine
    book = load_workbook(shipped.workbook)
    del book["Historique"]
    book.save(shipped.workbook)
    shipped.json("export", day="2026-11-30")
    kept = {one["N° facture"] for one in shipped.rows("Historique") if one["N° de suivi"] == "RK 123 456 789 FR"}
    assert kept == mine


def test_a_second_notice_before_the_first_ones_deadline_is_told(shipped: Bench) -> None:
    """A second formal notice leaves before the first one's deadline, and nobody is told."""
    shipped.write((NUMBER, "Niveau", "Mise en demeure"), (NUMBER, "Par courrier", "x"))
    shipped.json("send", "--yes")
    shipped.json("export", day="2026-11-26")
    shipped.write((NUMBER, "Niveau", "Mise en demeure"), (NUMBER, "Par courrier", "x"))
    report = shipped.json("check", day="2026-11-26")
    assert any(NUMBER in one and "09/12/2026" in one for one in report.data["warnings"])


def test_after_the_last_level_nothing_is_proposed(shipped: Bench) -> None:
    """The same formal notice is proposed again and again, and nobody hears that it is a matter for the courts."""
    shipped.write((NUMBER, "Niveau", "Mise en demeure"), (NUMBER, "Par courrier", "x"))
    shipped.json("send", "--yes")
    shipped.json("export", day="2026-12-09")
    row = shipped.row(NUMBER)
    assert row["Niveau"] is None
    assert "contentieux" in row["Statut"]
    # Whoever wants to write once more may.
    shipped.write((NUMBER, "Niveau", "Mise en demeure"), (NUMBER, "Par courrier", "x"))
    report = shipped.json("send", "--yes", day="2026-12-09")
    assert report.data["counts"] == {"printed": 1}
    assert "Notre mise en demeure du 24 novembre 2026" in _text(_letters(shipped, "2026-12-09-001")[0]).replace(
        "\u00a0", " "
    )


@pytest.mark.parametrize(
    ("day", "country", "deadline"),
    [
        ("2026-11-24", "FR", date(2026, 12, 7)),
        ("2026-12-13", "FR", date(2026, 12, 28)),
        ("2026-12-13", "GB", date(2026, 12, 29)),
        ("2026-12-20", "FR", date(2027, 1, 4)),
        ("2026-11-25", "ZZ", date(2026, 12, 7)),
    ],
)
def test_deadlines_fall_on_working_days(shipped: Bench, day: str, country: str, deadline: date) -> None:
    """A letter asks for payment by a Sunday or a public holiday."""
    shipped.setting('country = "FR"', f'country = "{country}"')
    shipped.write((NUMBER, "Par courrier", "x"))
    shipped.json("send", "--yes", day=day)
    shipped.json("export", day=day)
    (row,) = shipped.rows("Historique")
    assert row["Prochaine relance"].date() == deadline


@pytest.mark.parametrize(("due", "is_said"), [("20/11/2026", True), ("26/10/2026", True), ("24/08/2026", False)])
def test_an_old_debt_is_no_oversight(shipped: Bench, due: str, is_said: bool) -> None:
    """The first letter calls a debt of three months a simple oversight."""
    text = (shipped.root / "impayes.csv").read_bytes().decode("cp1252").split("\r\n")
    lines = [line.split(";") for line in text]
    cells = next(cells for cells in lines if cells[0] == NUMBER)
    cells[9] = due
    (shipped.root / "impayes.csv").write_bytes("\r\n".join(";".join(one) for one in lines).encode("cp1252"))
    shipped.json("export")
    shipped.write((NUMBER, "Par courrier", "x"), (NUMBER, "Par email", "x"), (NUMBER, "Niveau", "Relance simple"))
    shipped.json("send", "--yes")
    assert ("simple oubli" in _text(_letters(shipped)[0])) is is_said
    (mail,) = (shipped.root / "lots" / f"{DAY}-001" / "emails").glob("*.eml")
    message = message_from_bytes(mail.read_bytes(), policy=policy.default)
    body = message.get_body(("plain",))
    assert body is not None
    assert ("simple oubli" in body.get_content()) is is_said


def test_part_payments_and_public_bodies_have_their_words(shipped: Bench) -> None:
    """A part payment is passed over, or a public body is threatened with the law of merchants."""
    partly = next(row for row in shipped.rows() if 0 < float(row["Créance"]) < float(row["Montant TTC"]))
    number = str(partly["N° facture"])
    book = load_workbook(shipped.workbook)
    sheet = book["Clients"]
    titles = {str(cell.value): int(cell.column or 0) for cell in sheet[1]}
    row = next(row for row in range(2, 99) if sheet.cell(row, titles["Code client"]).value == partly["Code client"])
    sheet.cell(row, titles["Type"]).value = "public"
    book.save(shipped.workbook)
    shipped.write((number, "Par courrier", "x"), (number, "Niveau", "Relance ferme"))
    shipped.json("send", "--yes")
    page = _text(_letters(shipped)[0])
    assert "déduction faite de votre règlement" in page
    assert "commande publique" in page
    assert "L. 441-10" not in page


def test_attachments_and_files_bear_names_that_people_understand(shipped: Bench) -> None:
    """A customer gets a file called by the settings' name of a level; files of a batch do not say whose they are."""
    shipped.write((NUMBER, "Par email", "x"))
    shipped.json("send", "--yes")
    (mail,) = (shipped.root / "lots" / f"{DAY}-001" / "emails").glob("*.eml")
    message = message_from_bytes(mail.read_bytes(), policy=policy.default)
    names = [part.get_filename() for part in message.iter_attachments()]
    assert names[0] == f"Relance Imprimerie Morvaneau {NUMBER}.pdf"
    (letter,) = _letters(shipped)
    assert letter.name == f"Dupont-Fils-SARL-{NUMBER}-1.pdf"
    assert mail.stem == letter.stem


def test_a_letter_names_the_deadline_of_its_level(shipped: Bench) -> None:
    """A milder invoice in the same letter shortens the deadline of the formal notice, or falls due before it."""
    mine = [row for row in shipped.rows() if row["Code client"] == "C001" and row["Créance"] > 0]
    first, second = [str(row["N° facture"]) for row in mine[:2]]
    shipped.write(
        (first, "Niveau", "Mise en demeure"), (first, "Par courrier", "x"),
        (second, "Niveau", "Relance simple"), (second, "Par courrier", "x"),
    )  # fmt: skip
    assert shipped.json("send", "--yes").code == 0
    days = {row["N° facture"]: row["Prochaine relance"].date() for row in shipped.rows("Historique")}
    assert days == {first: date(2026, 12, 9), second: date(2026, 12, 9)}
    (letter,) = (shipped.root / "lots" / f"{DAY}-001" / "relances").glob("*.pdf")
    text = " ".join(" ".join(pages(letter)).split())
    assert "9 décembre 2026" in text
    assert "7 décembre 2026" not in text


def test_a_letter_knows_of_earlier_reminders_in_spite_of_what_is_due_besides(shipped: Bench) -> None:
    """A new invoice in the letter makes it forget that the others were reminded of."""
    mine = [row for row in shipped.rows() if row["Code client"] == CODE and row["Créance"] > 0]
    first, second = [str(row["N° facture"]) for row in mine[:2]]
    shipped.write((first, "Par courrier", "x"))
    assert shipped.json("send", "--yes").code == 0
    shipped.json("export", day="2026-12-10")
    shipped.write((first, "Par courrier", "x"), (second, "Par courrier", "x"))
    assert shipped.json("send", "--yes", day="2026-12-10").code == 0
    (letter,) = (shipped.root / "lots" / "2026-12-10-001" / "relances").glob("*.pdf")
    text = " ".join(pages(letter))
    assert "24 novembre 2026" in text
    assert "Également à régler" in text


def test_a_mail_lists_each_invoice_on_its_line(shipped: Bench) -> None:
    """The invoices of a mail run together on one line."""
    mine = [str(row["N° facture"]) for row in shipped.rows() if row["Code client"] == CODE and row["Créance"] > 0]
    shipped.write(*((number, "Par email", "x") for number in mine))
    assert shipped.json("send", "--yes").code == 0
    (path,) = (shipped.root / "lots" / f"{DAY}-001" / "emails").glob("*.eml")
    body = message_from_bytes(path.read_bytes(), policy=policy.default).get_body(("plain",))
    assert body is not None
    lines = body.get_content().splitlines()
    for number in mine:
        assert sum(line.startswith(f"- {number}") for line in lines) == 1
        assert not any(line.count("- FA") > 1 for line in lines)
    assert any(line.startswith("Total") for line in lines)
