"""The list changes between export and send, or rows of the sheet are moved in part: nobody gets another's reminder."""

from collections.abc import Callable
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from openpyxl import load_workbook

from relance_xl.core.history import replay
from relance_xl.core.reminder import Outcome
from relance_xl.journal.journal import read_journal
from tests.support.bench import DAY, Bench, pages
from tests.support.pdf_pages import one_page
from tests.support.places import LAST, LIST

# Dupont & Fils, by post and email; NordLog's address.
NUMBER, OTHER = "FA2026-0187", "FA2026-0229"
HIS, THEIRS = "compta@dupont.example", "compta@nordlog.example"
REBOOKED = f"{NUMBER};C005;NordLog Transports SAS;210 avenue des Entrepôts;59000;Lille;;{THEIRS};"


def _rebook(bench: Bench) -> None:
    bench.source(f"{NUMBER};C001;Dupont & Fils <SARL>;8 quai du Commerce;69009;Lyon;;{HIS};", REBOOKED)


def _mails(bench: Bench, batch: str = f"{DAY}-001") -> list[str]:
    """Return whom each email of a batch is for."""
    files = sorted((bench.root / "lots" / batch / "emails").glob("*.eml"))
    return [str(message_from_bytes(one.read_bytes(), policy=policy.default)["To"]) for one in files]


@pytest.mark.parametrize("tick_all", [False, True])
def test_an_invoice_of_another_customer_now_is_held_and_told(exported: Bench, tick_all: bool) -> None:
    """An invoice booked to another customer since the export goes to the new one by post, to the old one by email."""
    if tick_all:
        book = load_workbook(exported.workbook)
        for name in ("relance_tous_courriers", "relance_tous_emails"):
            place = book.defined_names[name].attr_text.rpartition("!")[2].replace("$", "")
            book["Relances"][place] = "x"
        book.save(exported.workbook)
    else:
        exported.write((NUMBER, "Par courrier", "x"), (NUMBER, "Par email", "x"))
    _rebook(exported)
    for command in (("check",), ("send", "--yes")):
        report = exported.json(*command)
        lines = [line for line in report.reminders() if line["invoice"] == NUMBER]
        assert report.code == 1
        assert {(line["channel"], line["outcome"]) for line in lines} == {("post", "held"), ("email", "held")}
        assert all("NordLog" in line["reason"] and "Dupont" in line["reason"] for line in lines)
    assert NUMBER not in exported.journal.read_text(encoding="utf-8") if tick_all else not exported.journal.exists()


def test_an_export_clears_what_was_decided_for_another_customer(exported: Bench) -> None:
    """Ticks and a typed address made for one customer act upon another one after the next export."""
    exported.write(
        (NUMBER, "Par email", "x"),
        (NUMBER, "Niveau", "Mise en demeure"),
        (NUMBER, "Email", "perso@dupont.example"),
        (NUMBER, "Commentaire", "tel"),
    )
    _rebook(exported)
    export = exported.json("export")
    assert any(NUMBER in one and "tel" in one for one in export.data["warnings"])
    row = exported.row(NUMBER)
    assert (row["Par email"], row["Email"], row["Client"]) == (None, THEIRS, "NordLog Transports SAS")
    assert (row["Commentaire"], row["Niveau"]) == (None, "Relance simple")
    exported.write((NUMBER, "Par email", "x"))
    assert exported.json("send", "--yes").data["counts"] == {"accepted": 1}
    assert _mails(exported) == [THEIRS]


def test_a_customer_who_was_renamed_stays_the_same(exported: Bench) -> None:
    """A spelling put right in the accounts stops a reminder."""
    exported.write((NUMBER, "Par courrier", "x"))
    exported.source("Dupont & Fils <SARL>", "Dupont et Fils SARL")
    assert exported.json("send", "--yes").data["counts"] == {"printed": 1}
    assert "Dupont et Fils SARL" in exported.print_file()[0]


@pytest.mark.parametrize(("now", "to", "code"), [("neuf@dupont.example", "neuf@dupont.example", 0), ("", "", 1)])
def test_an_address_nobody_typed_is_the_lists_of_now(exported: Bench, now: str, to: str, code: int) -> None:
    """An address put right or taken away in the accounts since the export still gets the email, and nobody says so."""
    exported.write((NUMBER, "Par email", "x"))
    exported.source(HIS, now)
    check, sent = exported.json("check"), exported.json("send", "--yes")
    assert (check.code, sent.code) == (code, code)
    if to:
        assert any(NUMBER in one and to in one and HIS in one for one in check.data["warnings"])
        assert _mails(exported) == [to]
    else:
        assert [line["outcome"] for line in sent.reminders()] == ["held"]


def test_an_address_that_was_typed_stays(exported: Bench) -> None:
    """The address that the user put right by hand gives way to the list's."""
    exported.write((NUMBER, "Par email", "x"), (NUMBER, "Email", "moi@dupont.example"))
    exported.source(HIS, "neuf@dupont.example")
    assert exported.json("send", "--yes").data["counts"] == {"accepted": 1}
    assert _mails(exported) == ["moi@dupont.example"]


def test_an_address_added_to_the_lists_goes_with_the_lists_of_now(exported: Bench) -> None:
    """Whoever adds a second address keeps the first one for good, though the accounts have put it right."""
    exported.write((NUMBER, "Par email", "x"), (NUMBER, "Email", f"{HIS}; chef@dupont.example"))
    exported.source(HIS, "neuf@dupont.example")
    assert any(NUMBER in one and "neuf@" in one for one in exported.json("check").data["warnings"])
    assert exported.json("export").code == 0
    assert exported.row(NUMBER)["Email"] == "neuf@dupont.example; chef@dupont.example"
    assert exported.json("send", "--yes").data["counts"] == {"accepted": 1}
    assert _mails(exported) == ["neuf@dupont.example, chef@dupont.example"]


def test_a_typed_address_that_the_list_has_overtaken_is_told(exported: Bench) -> None:
    """The accounts put an address right, and the one typed before it is used for good without a word."""
    exported.write((NUMBER, "Par email", "x"), (NUMBER, "Email", "moi@dupont.example"))
    assert not any("moi@" in one for one in exported.json("check").data["warnings"])
    exported.source(HIS, "neuf@dupont.example")
    assert any("moi@" in one and "neuf@" in one for one in exported.json("check").data["warnings"])


def test_what_was_typed_into_a_row_that_leaves_is_told(exported: Bench) -> None:
    """An invoice is missing from the list for a week, and nobody says that its row went with what was typed."""
    exported.write((NUMBER, "Commentaire", "promis"), (NUMBER, "Par email", "non"), (OTHER, "Par courrier", "x"))
    exported.pay(NUMBER, OTHER)
    told = [one for one in exported.json("export").data["warnings"] if NUMBER in one]
    assert len(told) == 1
    assert "promis" in told[0]
    assert OTHER not in told[0]


def test_a_number_respelt_is_the_same_invoice(bench: Bench) -> None:
    """A spreadsheet takes the zeros of a number away, or its capitals change, and the customer is reminded anew."""
    bench.source(f"{NUMBER};", "000123;")
    (bench.root / "factures" / f"{NUMBER}.pdf").write_bytes(one_page("Facture 000123"))
    (bench.root / "factures" / f"{NUMBER}.pdf").rename(bench.root / "factures" / "000123.pdf")
    assert bench.json("export").code == 0
    bench.write(("000123", "Par courrier", "x"), (OTHER, "Commentaire", "vu"))
    bench.source("000123;", "123;")
    bench.source(f"{OTHER};", f"{OTHER.lower()};")
    export = bench.json("export")
    assert (export.data["added"], export.data["closed"]) == ([], [])
    assert bench.row(OTHER)["Commentaire"] == "vu"
    assert bench.json("send", "--yes").data["counts"] == {"printed": 1}
    assert bench.json("export").code == 0
    assert bench.row("000123")["Réf."] == "000123/2"


def test_an_address_of_which_nothing_says_who_typed_it_is_held(exported: Bench) -> None:
    """Where the hidden lists are gone, an address that was put right in the accounts gets nothing, the old one all."""
    exported.write((NUMBER, "Par email", "x"))
    book = load_workbook(exported.workbook)
    del book["Listes"]
    book.save(exported.workbook)
    exported.source(HIS, "neuf@dupont.example")
    for command in (("check",), ("send", "--yes")):
        report = exported.json(*command)
        assert [line["outcome"] for line in report.reminders()] == ["held"]
        assert HIS in report.reminders()[0]["reason"]
        assert "neuf@dupont.example" in report.reminders()[0]["reason"]


def test_an_address_that_came_since_reaches_an_untouched_row(exported: Bench) -> None:
    """A customer whose address is known by now is held for want of one."""
    exported.write(("FA2026-0195", "Par email", "x"))
    exported.source("69120;Vaulx-en-Velin;;;", "69120;Vaulx-en-Velin;;new@example.com;")
    assert exported.json("send", "--yes").data["counts"] == {"accepted": 1}
    assert _mails(exported) == ["new@example.com"]


def _left_by_a_crash(bench: Bench) -> None:
    """Prepare a letter and an email, and crash before anybody saw them."""
    bench.write((NUMBER, "Par courrier", "x"), (NUMBER, "Par email", "x"))
    before = bench.workbook.read_bytes()
    assert bench.run("send", "--yes").code == 0
    bench.workbook.write_bytes(before)
    lines = bench.journal.read_bytes().splitlines(keepends=True)
    bench.journal.write_bytes(b"".join(line for line in lines if b'"kind":"settled"' not in line))
    batch = bench.root / "lots" / f"{DAY}-001"
    batch.rename(batch.with_name(f".{batch.name}.partial"))


_OLD_IBAN, _NEW_IBAN = "FR76 9999 9000 0100 0123 4567 809", "FR14 2004 1010 0505 0001 3M02 606"


def _replace_invoice(bench: Bench) -> None:
    (bench.root / "factures" / f"{NUMBER}.pdf").write_bytes(one_page(f"Facture corrigée {NUMBER}"))


CHANGES: dict[str, tuple[Callable[[Bench], None], list[str], str]] = {
    "another customer": (_rebook, [], ""),
    "renamed": (lambda bench: bench.source("Dupont & Fils <SARL>", "Dupont Neuf"), [HIS], "Dupont Neuf"),
    "moved": (lambda bench: bench.source("8 quai du Commerce", "9 rue Neuve"), [HIS], "9 rue Neuve"),
    "address": (lambda bench: bench.source(HIS, "neuf@dupont.example"), ["neuf@dupont.example"], "quai du Commerce"),
    "level": (lambda bench: bench.write((NUMBER, "Niveau", "Mise en demeure")), [HIS], "MISE EN DEMEURE"),
    "due date": (lambda bench: bench.source("28/05/2026;27/06/2026", "28/05/2026;30/06/2026"), [HIS], "30/06/2026"),
    "bank account": (lambda bench: bench.setting(_OLD_IBAN, _NEW_IBAN), [HIS], "FR14 2004 1010 0505 0001 3M02 606"),
    "invoice": (_replace_invoice, [HIS], "Facture corrigée"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_batch_resumed_after_a_crash_is_judged_anew(exported: Bench, change: str) -> None:
    """What a crash left is sent as it was prepared, though customer, name, address or level are others by now."""
    _left_by_a_crash(exported)
    edit, recipients, printed = CHANGES[change]
    edit(exported)
    sent = exported.json("send", "--yes")
    made = [one for one in replay(read_journal(exported.journal)).deliveries if one.outcome is not Outcome.WITHDRAWN]
    folders = [one for one in (exported.root / "lots").iterdir() if not one.name.startswith(".")]
    files = [one / "courriers.pdf" for one in folders if (one / "courriers.pdf").exists()]
    texts = [text for one in files for text in pages(one)]
    assert [one for folder in folders for one in _mails(exported, folder.name)] == recipients
    if not printed:
        assert (sent.code, made, texts) == (1, [], [])
    else:
        assert sent.code in {0, 1}
        # The letter is right where only the address of the email is another.
        assert {one.prepared.batch[-3:] for one in made} == ({"001", "002"} if change == "address" else {"002"})
        assert printed.casefold() in "".join(texts[:2]).casefold()


def test_a_letter_whose_deadline_has_passed_is_made_anew(exported: Bench) -> None:
    """What a crash left leaves weeks later with its old date, and a deadline that has passed."""
    _left_by_a_crash(exported)
    later = "2026-12-20"
    assert exported.json("send", "--yes", day=later).code == 0
    made = [one for one in replay(read_journal(exported.journal)).deliveries if one.outcome is not Outcome.WITHDRAWN]
    assert {one.prepared.batch for one in made} == {f"{later}-001"}
    assert "20 décembre 2026" in pages(exported.root / "lots" / f"{later}-001" / "courriers.pdf")[0]


# --- A part of the table moved


def _sort_a_part(bench: Bench, first: str, last: str) -> None:
    """Reverse the rows of some columns, as a sort of a selection does that leaves the others out."""
    book = load_workbook(bench.workbook)
    sheet = book["Relances"]
    rows = [row["#"] for row in bench.rows()]
    block = [[cell.value for cell in sheet[f"{first}{row}:{last}{row}"][0]] for row in rows]
    for row, values in zip(rows, reversed(block), strict=True):
        for cell, value in zip(sheet[f"{first}{row}:{last}{row}"][0], values, strict=True):
            cell.value = value
    book.save(bench.workbook)


@pytest.mark.parametrize(
    ("first", "last", "named"),
    [
        ("customer", "reached", "customer"),
        ("customer", "document", "customer"),
        ("customer", "email_tick", "customer"),
        ("due_date", "document", "due_date"),
        ("key", "number", "customer"),
        ("due_date", "sending", "due_date"),
        ("email", "document", "email"),
        ("email", "email", "email"),
        ("customer_code", "customer_code", "customer_code"),
    ],
)
def test_columns_sorted_without_the_number_stop_everything(exported: Bench, first: str, last: str, named: str) -> None:
    """The tick beside one customer sends to another: id and number stayed where they were, all else moved."""
    exported.write((NUMBER, "Par email", "x"))
    _sort_a_part(exported, LIST[first], LIST[last])
    before = exported.workbook.read_bytes()
    for command in ("check", "send --yes", "export"):
        done = exported.run(*command.split())
        assert done.code == 4, command
        assert f"Relances!{LIST[named]}{exported.row_of(NUMBER)}" in done.err
    assert exported.workbook.read_bytes() == before
    assert not (exported.root / "lots").exists() or not any((exported.root / "lots").iterdir())


def test_a_whole_table_sorted_goes_on(exported: Bench) -> None:
    """Sorting the list, as everybody does, is taken for an accident."""
    exported.write((NUMBER, "Par email", "x"))
    _sort_a_part(exported, "A", LAST)
    assert exported.json("send", "--yes").data["counts"] == {"accepted": 1}
    assert _mails(exported) == [HIS]


def test_a_name_typed_over_is_no_accident(exported: Bench) -> None:
    """A user who puts a name right in the sheet can send nothing any more."""
    exported.write((NUMBER, "Client", "Dupont (père)"), (NUMBER, "Par email", "x"))
    assert exported.json("send", "--yes").data["counts"] == {"accepted": 1}


# --- Rows that a filter hides


def _hide(bench: Bench, *numbers: str, **how: object) -> None:
    book = load_workbook(bench.workbook)
    for number in numbers:
        dimension = book["Relances"].row_dimensions[bench.row_of(number)]
        for name, value in how.items():
            setattr(dimension, name, value)
    book.save(bench.workbook)


@pytest.mark.parametrize("how", [{"hidden": True}, {"hidden": True, "outlineLevel": 1}])
def test_ticks_in_hidden_rows_are_told(exported: Bench, how: dict[str, object]) -> None:
    """A filter hides ticked rows, and they leave without a word."""
    exported.write((NUMBER, "Par email", "x"), (OTHER, "Par email", "x"), ("FA2026-0338", "Par courrier", "x"))
    _hide(exported, NUMBER, "FA2026-0195", **how)
    check = exported.json("check")
    (warning,) = [one for one in check.data["warnings"] if "masquée" in one]
    assert "1 des 3" in warning
    assert NUMBER in warning
    assert "FA2026-0195" not in warning
    sent = exported.run("send", "--yes")
    assert "1 des 3" in sent.err


def test_the_question_tells_of_hidden_rows(exported: Bench, tmp_path: Path) -> None:
    """Whoever is asked whether to send does not learn that some of it is out of sight."""
    exported.write((NUMBER, "Par email", "x"))
    _hide(exported, NUMBER, hidden=True)
    asked = exported.run("send")
    assert "1 des 1" in asked.err
    assert "[o/N]" in asked.err
