"""What somebody writes down of a customer holds for every invoice, now and later, and is never lost."""

import shutil
from email import message_from_bytes, policy
from typing import Any

import pytest
from openpyxl import load_workbook

from tests.support.bench import DAY, Bench

# Dupont & Fils has several invoices, by post and email; NordLog another address.
NUMBER, OTHER = "FA2026-0187", "FA2026-0229"
CODE, OTHER_CODE = "C001", "C005"
HIS = "compta@dupont.example"


def _customers(bench: Bench) -> dict[str, dict[str, Any]]:
    """Return the rows of the sheet of customers by their codes."""
    rows = list(load_workbook(bench.workbook)["Clients"].iter_rows(values_only=True))
    header = next(index for index, row in enumerate(rows) if "Copie à" in row)
    titles = [str(title) for title in rows[header]]
    named = [dict(zip(titles, row, strict=True)) for row in rows[header + 1 :]]
    return {str(row["Code client"]): row for row in named if row["Code client"]}


def _write_down(bench: Bench, code: str, **entries: object) -> None:
    """Write into the row of a customer, by code or name; entries by title with `_` for a blank."""
    book = load_workbook(bench.workbook)
    sheet = book["Clients"]
    titles = {str(cell.value): int(cell.column or 0) for cell in sheet[1]}
    names = (titles["Code client"], titles["Client"])
    row = next(row for row in range(2, sheet.max_row + 1) if code in {sheet.cell(row, one).value for one in names})
    for title, value in entries.items():
        sheet.cell(row, titles[title.replace("_", " ")]).value = value  # type: ignore[assignment]
    book.save(bench.workbook)


def _tick_all(bench: Bench, name: str) -> None:
    book = load_workbook(bench.workbook)
    place = book.defined_names[name].attr_text.rpartition("!")[2].replace("$", "")
    book["Relances"][place] = "x"
    book.save(bench.workbook)


def _channels(bench: Bench, code: str = CODE) -> set[str]:
    """Return the channels by which a customer would be reminded."""
    lines = bench.json("check").reminders("planned")
    numbers = {row["N° facture"] for row in bench.rows() if row["Code client"] == code}
    return {line["channel"] for line in lines if line["invoice"] in numbers}


def test_there_is_one_row_a_customer_with_what_they_owe(exported: Bench) -> None:
    """The sheet lacks a customer, or says another sum than the list of invoices comes to."""
    rows = _customers(exported)
    listed: dict[str, float] = {}
    for row in exported.rows():
        listed[row["Code client"]] = listed.get(row["Code client"], 0) + float(row["Créance"])
    assert {code: round(float(str(row["Encours"])), 2) for code, row in rows.items()} == {
        code: round(amount, 2) for code, amount in listed.items()
    }


def test_an_address_typed_beside_an_invoice_holds_from_then_on(exported: Bench) -> None:
    """A corrected address comes back wrong after each send, and for each new invoice of the customer."""
    exported.write((NUMBER, "Email", "neuf@dupont.example"), (NUMBER, "Par email", "x"))
    assert exported.json("send", "--yes").data["counts"] == {"accepted": 1}
    report = exported.json("export")
    assert any("neuf@dupont.example" in one for one in report.data["warnings"])
    assert _customers(exported)[CODE]["Emails"] == "neuf@dupont.example"
    mine = [row for row in exported.rows() if row["Code client"] == CODE]
    assert len(mine) > 1
    assert {row["Email"] for row in mine} == {"neuf@dupont.example"}
    assert not exported.json("export").data["warnings"]
    # A workbook that was lost is made anew from the journal.
    exported.workbook.unlink()
    exported.json("export")
    assert {row["Email"] for row in exported.rows() if row["Code client"] == CODE} == {"neuf@dupont.example"}


def test_two_addresses_for_one_customer_stay_beside_their_invoices(exported: Bench) -> None:
    """Which of two addresses is the customer's is guessed."""
    others = [
        row["N° facture"] for row in exported.rows() if row["Code client"] == CODE and row["N° facture"] != NUMBER
    ]
    exported.write((NUMBER, "Email", "un@dupont.example"), (others[0], "Email", "deux@dupont.example"))
    exported.json("export")
    assert _customers(exported)[CODE]["Emails"] is None
    assert exported.row(NUMBER)["Email"] == "un@dupont.example"
    assert exported.row(others[0])["Email"] == "deux@dupont.example"


@pytest.mark.parametrize("word", ["jamais", "non", "never"])
def test_who_is_never_to_be_reminded_is_not(exported: Bench, word: str) -> None:
    """The town hall that must never be reminded gets a letter with "all by post"."""
    _write_down(exported, CODE, Relances=word)
    exported.write((NUMBER, "Par courrier", "x"))
    _tick_all(exported, "relance_tous_emails")
    assert _channels(exported) == set()
    held = [line for line in exported.json("check").reminders("held") if line["invoice"] == NUMBER]
    assert "jamais" in held[0]["reason"]
    exported.json("export")
    assert "jamais" in exported.row(NUMBER)["Statut"]


@pytest.mark.parametrize(
    ("mode", "cell", "expected"),
    [
        ("courrier", "relance_tous_preferes", {"post"}),
        ("email", "relance_tous_preferes", {"email"}),
        ("email et courrier", "relance_tous_preferes", {"post", "email"}),
        ("", "relance_tous_preferes", {"email"}),
        ("courrier", "relance_tous_emails", set()),
        ("courrier", "relance_tous_courriers", {"post"}),
        ("email", "relance_tous_courriers", set()),
        ("", "relance_tous_courriers", {"post"}),
    ],
)
def test_tick_all_goes_by_the_customers_mode(exported: Bench, mode: str, cell: str, expected: set[str]) -> None:
    """Who wants post only gets emails, or nobody looks at the mode at all."""
    _write_down(exported, CODE, Mode=mode)
    _tick_all(exported, cell)
    assert _channels(exported) == expected
    # The sheet says so too, once it was exported, and Calc agrees with what the export wrote.
    exported.json("export")
    words = {"post": "courrier", "email": "email"}
    wanted = " + ".join(words[one] for one in ("post", "email") if one in expected)
    said = {row["N° facture"]: row["Envoi"] for row in exported.rows() if row["Code client"] == CODE}
    due = {row["N° facture"] for row in exported.rows() if row["Code client"] == CODE and row["Coché avec tous"] == 1}
    assert due
    assert {said[number] for number in due} == {wanted or None} or {said[number] for number in due} == {wanted}
    exported.type((OTHER, "Commentaire", "tel"))
    assert {row["N° facture"]: row["Envoi"] or None for row in exported.rows() if row["Code client"] == CODE} == {
        number: text or None for number, text in said.items()
    }


def test_best_is_the_same_as_the_cell(exported: Bench) -> None:
    """`export --tick best` ticks otherwise than the cell that ticks each as preferred."""
    _write_down(exported, CODE, Mode="courrier")
    exported.json("export", "--tick", "best")
    mine = [row for row in exported.rows() if row["Code client"] == CODE and row["Coché avec tous"] == 1]
    assert mine
    assert {(row["Par courrier"], row["Par email"]) for row in mine} == {("x", None)}
    others = [row for row in exported.rows() if row["Code client"] == OTHER_CODE and row["Coché avec tous"] == 1]
    assert {(row["Par courrier"], row["Par email"]) for row in others} == {(None, "x")}


def test_copies_contact_and_address_reach_letter_and_mail(exported: Bench) -> None:
    """The copy, the person to write to, or the new address is left out of what the customer gets."""
    _write_down(
        exported,
        CODE,
        Copie_à="patron@dupont.example",
        Contact="Mme Lopez",
        Adresse="Bâtiment B\n12 rue Neuve\n69003 Lyon",
    )
    exported.write((NUMBER, "Par courrier", "x"), (NUMBER, "Par email", "x"))
    assert exported.json("send", "--yes").code == 0
    page = exported.print_file()[0]
    for text in ("Mme Lopez", "Bâtiment B", "12 rue Neuve", "69003 LYON"):
        assert text in page
    assert "69009" not in page
    mails = sorted((exported.root / "lots" / f"{DAY}-001" / "emails").glob("*.eml"))
    message = message_from_bytes(mails[0].read_bytes(), policy=policy.default)
    assert (str(message["To"]), str(message["Cc"])) == (HIS, "patron@dupont.example")


def test_type_and_language_choose_the_words(exported: Bench) -> None:
    """A private person is told of what only businesses owe; a letter is in the wrong language."""
    _write_down(exported, CODE, Type="particulier", Langue="en")
    exported.write((NUMBER, "Par courrier", "x"), (NUMBER, "Niveau", "Mise en demeure"))
    exported.json("send", "--yes")
    page = exported.print_file()[0]
    assert "Dear" in page or "Yours" in page
    assert "L. 441-10" not in page


def test_an_old_copy_or_a_deleted_sheet_takes_nothing_back(exported: Bench) -> None:
    """What was written down of a customer goes with the sheet, a row, or an old copy of the workbook."""
    old = exported.root.parent / "copy.xlsx"
    shutil.copy(exported.workbook, old)
    _write_down(exported, CODE, Relances="jamais", Notes="mairie : ne pas relancer", Téléphone="04 78 00 00 00")
    exported.json("export")
    for undo in ("copy", "sheet", "row", "column"):
        book = load_workbook(exported.workbook)
        if undo == "copy":
            shutil.copy(old, exported.workbook)
        elif undo == "sheet":
            del book["Clients"]
            book.save(exported.workbook)
        else:
            sheet = book["Clients"]
            if undo == "row":
                sheet.delete_rows(next(cell.row for cell in sheet["B"] if cell.value == CODE))
            else:
                sheet.delete_cols(next(cell.column for cell in sheet[1] if cell.value == "Notes"))
            book.save(exported.workbook)
        exported.write((NUMBER, "Par courrier", "x"))
        assert _channels(exported) == set(), undo
        assert exported.json("export").code == 0
        row = _customers(exported)[CODE]
        assert (row["Relances"], row["Notes"], row["Téléphone"]) == (
            "jamais", "mairie : ne pas relancer", "04 78 00 00 00",
        ), undo  # fmt: skip


def test_what_is_cleared_is_gone(exported: Bench) -> None:
    """An entry that somebody took away comes back by itself."""
    _write_down(exported, CODE, Relances="jamais")
    exported.json("export")
    _write_down(exported, CODE, Relances=None)
    exported.write((NUMBER, "Par courrier", "x"))
    assert _channels(exported) == {"post"}
    exported.json("export")
    assert _customers(exported)[CODE]["Relances"] is None


def test_a_renamed_customer_keeps_what_was_written_and_a_shared_code_does_not(exported: Bench) -> None:
    """A name put right in the accounts loses the entries, or another customer under the code gets them."""
    _write_down(exported, CODE, Relances="jamais")
    exported.json("export")
    text = (exported.root / "impayes.csv").read_bytes().decode("cp1252")
    renamed = text.replace("Dupont & Fils <SARL>", "Dupont et Fils SARL")
    (exported.root / "impayes.csv").write_bytes(renamed.encode("cp1252"))
    exported.json("export")
    assert _customers(exported)[CODE]["Relances"] == "jamais"
    assert sum(1 for row in _customers(exported).values() if row["Code client"] == CODE) == 1
    # Another name at another address is somebody else.
    other = renamed.replace("Dupont et Fils SARL", "Martin").replace("8 quai du Commerce", "1 rue B")
    (exported.root / "impayes.csv").write_bytes(other.encode("cp1252"))
    exported.json("export")
    exported.write((NUMBER, "Par courrier", "x"))
    # Perhaps: until somebody has said so, who was never to be reminded is not.
    assert _channels(exported) == set()
    told = exported.json("check").data["warnings"]
    assert any("Martin" in one and "jamais" in one for one in told)
    _write_down(exported, "Martin", Notes="un autre")
    assert _channels(exported) == {"post"}


def test_wrong_entries_are_named_with_their_cell(exported: Bench) -> None:
    """A slip in the sheet of customers lets letters go wrong, or stops those of everybody else."""
    _write_down(exported, CODE, Emails="pas une adresse", Mode="pigeon")
    exported.write((OTHER, "Par courrier", "x"))
    told = exported.run("check")
    assert told.code == 0
    assert "pigeon" in told.err
    exported.write((NUMBER, "Par courrier", "x"))
    refused = exported.run("check")
    assert refused.code == 4
    assert "Clients!" in refused.err
    assert "pas une adresse" in refused.err
    # Both stay for their user to see.
    exported.json("export")
    assert _customers(exported)[CODE]["Mode"] == "pigeon"


def test_a_workbook_of_the_version_before_gets_the_sheet_and_the_columns(exported: Bench) -> None:
    """A workbook made by an earlier version is refused, or its columns are moved about."""
    book = load_workbook(exported.workbook)
    del book["Clients"]
    sheet = book["Relances"]
    titles = {str(cell.value): int(cell.column or 0) for cell in sheet[5]}
    new = ("Par téléphone", "Suspension", "Jusqu'au", "Mode du client", "Coché avec tous")
    for title in sorted(new, key=lambda one: -titles[one]):
        sheet.delete_cols(titles[title])
    for name in [*book.defined_names]:
        if name.startswith("relance_k_") or name in {
            *(f"relance_c_{field}" for field in ("phone_tick", "suspension", "until", "mode", "reached")),
            "relance_tous_preferes", "relance_compte", "relance_motifs", "relance_niveaux_seuls", "relance_tous_p",
        }:  # fmt: skip
            del book.defined_names[name]
    sheet["B4"] = None
    before = [cell.value for cell in sheet[5] if cell.value]
    # openpyxl leaves names and rules where they were; a title outweighs them.
    book.save(exported.workbook)
    report = exported.json("export")
    assert report.code == 0
    assert any("Suspension" in one and "Nouveau" in one for one in report.data["warnings"])
    after = [cell.value for cell in load_workbook(exported.workbook)["Relances"][5] if cell.value]
    assert after == [*before, *(title for title in after if title in new)]
    assert set(new) <= set(after)
    assert CODE in _customers(exported)
    exported.write((NUMBER, "Suspension", "litige"), (NUMBER, "Par courrier", "x"))
    assert [line["outcome"] for line in exported.json("check").reminders()] == ["held"]
