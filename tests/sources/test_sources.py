"""Lists of unpaid invoices as software really exports them: read to the cent, or refused with line and title."""

import re
import subprocess
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from relance_xl.core.invoice import Invoice
from relance_xl.core.money import Money
from relance_xl.core.texts.typed import plain_title
from relance_xl.letters.libreoffice import find_libreoffice
from relance_xl.runtime.errors import Fault, SourceError
from relance_xl.runtime.language import speaking
from relance_xl.sources.lists.list_file import ListFile, SourceFormat
from relance_xl.sources.lists.rows import field_word
from relance_xl.sources.source import Listing


def read_source(path: Path, how: SourceFormat) -> Listing:
    """Read a list, all of whose rows must be right."""
    listing = ListFile(path, how).read()
    if listing.faults:
        raise SourceError("", listing.faults)
    return listing


SAMPLE = Path(__file__).parents[2] / "samples" / "impayes.csv"
TITLES = ("Numéro", "Client", "Échéance", "Reste à payer")
HEADER = ";".join(TITLES) + "\n"
GOOD = "F1;Dupont;24/11/2026;12,50\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return an empty folder."""
    return tmp_path


def read(
    folder: Path,
    content: str | bytes,
    name: str = "impayes.csv",
    columns: dict[str, str] | None = None,
    encoding: str = "",
    separator: str = "",
    language: str = "fr",
) -> tuple[Invoice, ...]:
    """Write a file and return its invoices."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_source(path, SourceFormat(encoding, separator, columns or {}, language)).invoices


def refused(
    folder: Path,
    content: str | bytes,
    name: str = "impayes.csv",
    columns: dict[str, str] | None = None,
    encoding: str = "",
) -> SourceError:
    """Return the error that a file gives."""
    with pytest.raises(SourceError) as caught:
        read(folder, content, name, columns, encoding)
    return caught.value


def place(fault: Fault) -> tuple[str, int, str]:
    """Return a fault's file, line and column title, in whatever language it is said."""
    match = re.fullmatch(r"(.+?), \D*(\d+), (.+)", fault.where)
    assert match is not None, fault.where
    return match[1], int(match[2]), match[3]


def places(error: SourceError) -> list[tuple[int, str]]:
    """Return the line and column title of each fault."""
    return [place(fault)[1:] for fault in error.faults]


def brief(invoices: Sequence[Invoice]) -> list[tuple[str, str, date, Decimal]]:
    """Return what every test file says of its invoices."""
    return [(one.number, one.customer.name, one.due, one.open.amount) for one in invoices]


# --- The sample


def test_sample_has_its_40_invoices_and_sums() -> None:
    """The sample company's list loses an invoice or a cent."""
    invoices = read_source(SAMPLE, SourceFormat()).invoices
    assert len(invoices) == len({one.number for one in invoices}) == 40
    sums = {
        currency: (
            sum(one.open.amount for one in invoices if one.open.currency == currency),
            sum(one.total.amount for one in invoices if one.total and one.total.currency == currency),
        )
        for currency in ("EUR", "GBP")
    }
    assert sums == {
        "EUR": (Decimal("66582.84"), Decimal("69982.84")),
        "GBP": (Decimal("2853.00"), Decimal("2853.00")),
    }
    assert [one.number for one in invoices if one.is_credit] == ["AV2026-0021"]
    assert [one.number for one in invoices if one.disputed] == ["FA2026-0255"]
    by_number = {one.number: one for one in invoices}
    assert by_number["FA2026-0279"].customer.address == ("Résidence du Parc, bâtiment B", "45 cours de la Rive")
    assert by_number["FA2026-0229"].emails == ("compta@nordlog.example", "direction@nordlog.example")
    assert not by_number["FA2026-0221"].customer.professional
    assert by_number["FA2026-0236"].customer.language == "en"
    assert by_number["FA2026-0333"].customer.postal_code == "01000"
    assert by_number["FA2026-0187"].issued == date(2026, 5, 28)


# --- CSV: encodings and separators

ROWS = (("F1", "Hôtel de l'Écluse", "24/11/2026", "1 234,50"), ("F2", "Bœuf €, fils", "2026-12-01", "7,05"))
READ = [
    ("F1", "Hôtel de l'Écluse", date(2026, 11, 24), Decimal("1234.50")),
    ("F2", "Bœuf €, fils", date(2026, 12, 1), Decimal("7.05")),
]


def as_csv(separator: str, end: str = "\n") -> str:
    """Return the rows as CSV, quoted where needed."""

    def quoted(cell: str) -> str:
        return f'"{cell}"' if separator in cell else cell

    return "".join(separator.join(map(quoted, cells)) + end for cells in (TITLES, *ROWS))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_csv_of_any_dialect_is_found_out(folder: Path, encoding: str, separator: str, end: str) -> None:
    """An export of a usual encoding, separator or line end is refused or garbled."""
    assert brief(read(folder, as_csv(separator, end).encode(encoding))) == READ


def test_utf_16_of_either_byte_order_is_found_out(folder: Path) -> None:
    """Excel's "Unicode text" is garbled."""
    for order, mark in (("utf-16-le", b"\xff\xfe"), ("utf-16-be", b"\xfe\xff")):
        assert brief(read(folder, mark + as_csv("\t").encode(order))) == READ


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "cp850", "iso-8859-15"])
def test_named_encoding_and_separator_are_used(folder: Path, encoding: str) -> None:
    """The encoding or separator of the settings is not the one used."""
    content = as_csv("~").replace("€", "EUR").replace("œ", "oe")
    invoices = read(folder, content.encode(encoding), encoding=encoding, separator="~")
    assert [one.customer.name for one in invoices] == ["Hôtel de l'Écluse", "Boeuf EUR, fils"]


def test_file_that_is_not_in_the_named_encoding_is_refused(folder: Path) -> None:
    """Names are garbled without a word because the encoding of the settings does not fit."""
    refused(folder, as_csv(";").encode("cp1252"), encoding="utf-8")


def test_bytes_of_no_encoding_are_refused(folder: Path) -> None:
    """Bytes that no encoding has are guessed."""
    refused(folder, as_csv(";").encode("cp1252") + b"F3;\x81;24/11/2026;1,00\n")


def test_file_with_byte_order_mark_reads_as_named_utf_8(folder: Path) -> None:
    """The first title is not found because a byte order mark sticks to it."""
    assert brief(read(folder, as_csv(";").encode("utf-8-sig"), encoding="utf-8")) == READ


def test_commas_in_names_do_not_hide_the_separator(folder: Path) -> None:
    """A list with many commas in names and amounts is not read as separated by semicolons."""
    lines = "".join(f"F{n};Dupont, Martin, Durand, Roux, Petit et associés;24/11/2026;1,50\n" for n in range(5))
    assert len(read(folder, HEADER + lines)) == 5


@pytest.mark.parametrize("line", [2, 3])
def test_a_text_that_is_utf_8_but_for_some_bytes_is_refused_with_its_line(folder: Path, line: int) -> None:
    """One row added with another program garbles the names of all customers, and letters go out to "Ã‰loÃ¯se"."""
    rows = [HEADER, "F1;Éloïse Maçon;24/11/2026;12,50\n", "F2;Anaïs Été;24/11/2026;5,00\n"]
    data = b"".join(row.encode("cp1252" if at == line else "utf-8") for at, row in enumerate(rows, start=1))
    for start in (b"", b"\xef\xbb\xbf"):
        (fault,) = refused(folder, start + data).faults
        assert fault.where.endswith(f" {line}")


@pytest.mark.parametrize("name", ["Éloïse", "Maçon", "Café à Nîmes", "L’Œuvre", "Hôtel «\u00a0Cœur\u00a0»", "5 €"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_letters_that_were_garbled_before_are_refused_with_their_line(folder: Path, name: str, encoding: str) -> None:
    """A letter goes out to "Ã‰loÃ¯se", as the list was turned into UTF-8 twice."""
    twice = name.encode().decode("cp1252", "replace").replace("\ufffd", "")
    (fault,) = refused(folder, (HEADER + GOOD + f"F2;{twice};24/11/2026;5,00\n").encode(encoding)).faults
    assert place(fault)[1:] == (3, "Client")


def test_garbled_titles_are_told_as_such(folder: Path) -> None:
    """A list whose titles are garbled is told to have none, and the user looks for what is right there."""
    (fault,) = refused(folder, (HEADER + GOOD).encode().decode("latin-1")).faults
    assert fault.where.endswith(" 1")
    assert "NumÃ©ro" in fault.problem


@pytest.mark.parametrize("name", ["JOÃO", "São Tomé", "ÂGE D'OR", "Škoda ‰", "«É»", "Dupont…"])
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_rare_letters_are_not_taken_for_garbled_ones(folder: Path, name: str, encoding: str) -> None:
    """A customer with a Portuguese name, or one in capitals, stops the list."""
    content = f"Number;Customer;Due date;Balance\nF1;{name};24/11/2026;12,50\n"
    assert [one.customer.name for one in read(folder, content.encode(encoding))] == [name]


@pytest.mark.parametrize("name", ["Café du Port", "Crêpe", "Hôtel Été", "ÉTÉ & Cie", "Garçon à Nîmes"])
@pytest.mark.parametrize("encoding", ["cp850", "mac_roman"])
def test_letters_of_old_programs_are_found_out(folder: Path, name: str, encoding: str) -> None:
    """The list of an MS-DOS or Macintosh program garbles names in silence, or is refused."""
    content = f"Number;Customer;Due date;Balance\nF1;{name};24/11/2026;12,50\n".encode(encoding)
    assert [one.customer.name for one in read(folder, content)] == [name]
    assert [one.customer.name for one in read(folder, content, encoding=encoding)] == [name]


def test_letters_that_make_sense_in_two_encodings_are_refused_with_both(folder: Path) -> None:
    """Of two old encodings one is guessed."""
    error = refused(folder, b"Number;Customer;Due date;Balance\nF1;" + b"No\x89l;24/11/2026;12,50\n")
    assert "cp850" in error.advice
    assert "mac_roman" in error.advice


# --- CSV: lines


def test_a_list_that_is_cut_off_in_its_last_row_is_refused(folder: Path) -> None:
    """A customer is asked for 149 instead of 1 497,00, as the list was still being written."""
    titles = HEADER.strip() + ";Devise;Litige\n"
    whole = titles + "F1;Dupont;24/11/2026;12,50;EUR;non\nF2;Été;24/11/2026;1497,00;EUR;oui"
    assert len(read(folder, whole)) == len(read(folder, whole + "\n")) == 2
    data = whole.encode()
    first = data.index(b"F2")
    for end in range(first + 1, data.rindex(b";") + 1):
        (fault,) = refused(folder, data[:end]).faults
        assert fault.where.endswith(" 3"), data[:end]


def test_a_list_cut_off_before_a_row_or_below_the_rows_is_read(folder: Path) -> None:
    """A list without a last line end, or with a shorter total below it, is refused."""
    for tail in ("", "\n", "\nTotal;;;12,50", "\nTotal général", "\n;;", "\n "):
        assert len(read(folder, HEADER + GOOD.strip() + tail)) == 1
    assert len(read(folder, HEADER.strip() + ";;\n" + GOOD.strip())) == 1


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_quote_out_of_place_is_told_with_its_line_in_the_users_words(folder: Path, language: str) -> None:
    """The user reads "';' expected after '\"'" and does not know which customer's name to correct."""
    with speaking(language):
        for row in ('F2;"Le Bistrot;24/11/2026;5,00\n', 'F2;"Du" Port;24/11/2026;5,00\n'):
            error = refused(folder, HEADER + GOOD + row + "F3;Roux;24/11/2026;5,00\n")
            (fault,) = error.faults
            assert fault.where.endswith(" 3")
            assert "expected" not in str(fault)
            assert "end of data" not in f"{fault} {error.summary}"


def test_quoted_line_breaks_keep_line_numbers_right(folder: Path) -> None:
    """A fault below an address of several lines is reported on another line."""
    header = "Numéro;Client;Adresse;Échéance;Reste à payer\n"
    body = (
        'F1;Dupont;"8 quai\nbât. B\r\n69009";24/11/2026;12,50\nF2;Martin;;24/11/2026;abc\n\nF3;Roux;"a\nb";bad;1,00\n'
    )
    assert places(refused(folder, header + body)) == [(5, "Reste à payer"), (7, "Échéance")]
    (first,) = read(folder, header + body.partition("F2")[0])
    assert first.customer.address == ("8 quai", "bât. B", "69009")


def test_lines_before_the_header_are_passed_over(folder: Path) -> None:
    """A title, a date or blank lines above the header stop the list, or shift its line numbers."""
    preamble = "Balance âgée;;;\nÉditée le 24/11/2026;;;\n\n;;;\n"
    assert len(read(folder, preamble + HEADER + GOOD)) == 1
    assert places(refused(folder, preamble + HEADER + "F1;Dupont;24/11/2026;?\n")) == [(6, "Reste à payer")]


def test_excels_separator_line_is_passed_over(folder: Path) -> None:
    """Excel's `sep=;` first line stops the list."""
    assert len(read(folder, "sep=;\r\n" + HEADER + GOOD)) == 1


def test_titles_twice_above_the_header_are_no_columns(folder: Path) -> None:
    """A filter printed above the list, with two dates, is taken for the header and refused."""
    assert len(read(folder, "Date;01/11/2026;Date;30/11/2026\n" + HEADER + GOOD)) == 1


def test_total_line_below_is_passed_over(folder: Path) -> None:
    """The total below the list becomes an invoice, or stops it."""
    for total in ("Total;;;12,50\n", "TOTAL GÉNÉRAL;;;12,50\n", ";;;12,50\n", "Total :;;;\n", ";;;\n"):
        assert brief(read(folder, HEADER + GOOD + total)) == [("F1", "Dupont", date(2026, 11, 24), Decimal("12.50"))]


@pytest.mark.parametrize(
    "word", ["Total", "Total général", "TOTAL TTC", "Totaux :", "Sous-total", "Grand total", "Montant total"]
)
@pytest.mark.parametrize("column", range(9))
@pytest.mark.parametrize("below", ["", ";;;;;;;;\n", "Total;;;;;;;3;\n"])
def test_a_total_is_passed_over_wherever_its_word_stands(folder: Path, word: str, column: int, below: str) -> None:
    """The total below the list stops the export with three faults, as its word stands in another column."""
    titles = "Numéro;Code client;Client;Date;Échéance;Ville;Devise;Montant TTC;Reste à payer\n"
    cells = ["", "", "", "", "", "", "", "12,50", "12,50"]
    cells[column] = word
    assert len(read(folder, titles + "F1;C1;Dupont;;24/11/2026;;;12,50;12,50\n" + ";".join(cells) + "\n" + below)) == 1


@pytest.mark.parametrize(
    "total", ["Total;40 factures;;12,50\n", ";;;12,50\n;;;5,00\n", "TOTAL EUR;;;12,50\nTOTAL GBP;;;5,00\n"]
)
def test_totals_of_several_currencies_and_counts_are_passed_over(folder: Path, total: str) -> None:
    """A list in euros and pounds has two totals, and the first one stops it."""
    assert len(read(folder, HEADER + GOOD + total)) == 1


def test_a_customer_called_total_is_no_total(folder: Path) -> None:
    """The debts of TotalEnergies are passed over, or a row that lost its number and day is."""
    assert len(read(folder, HEADER + "F1;Total;24/11/2026;5,00\nF2;TotalEnergies;24/11/2026;5,00\n")) == 2
    for row in (";TotalEnergies;;5,00\n", ";Somme Logistique;;5,00\n", "F2;Total;;5,00\n", "40 factures;;;5,00\n"):
        assert refused(folder, HEADER + GOOD + row).faults
    titles = "Numéro;Code client;Client;Échéance;Reste à payer\n"
    assert refused(folder, titles + "F1;C1;Dupont;24/11/2026;5,00\n;C2;;;5,00\n").faults


def test_row_without_number_but_with_customer_is_no_total(folder: Path) -> None:
    """An invoice that lost its number is passed over as a total line."""
    assert places(refused(folder, HEADER + GOOD + ";Martin;24/11/2026;5,00\n")) == [(3, "Numéro")]
    assert places(refused(folder, HEADER + GOOD + "Total;Martin;;5,00\n")) == [(3, "Échéance")]


@pytest.mark.parametrize("content", ["", "\n", "\ufeff", ";;;\n", "abc", GOOD, "Numéro;Client\nF1;Dupont\n"])
def test_file_without_a_header_is_refused(folder: Path, content: str) -> None:
    """A file without column titles is read as having no unpaid invoices."""
    refused(folder, content)


def test_list_without_invoices_is_empty(folder: Path) -> None:
    """A company to which nobody owes anything gets an error."""
    assert read(folder, HEADER) == ()


def test_broken_quoting_is_refused(folder: Path) -> None:
    """The rest of the file disappears into an unclosed quote."""
    refused(folder, HEADER + 'F1;"Dupont;24/11/2026;12,50\nF2;Martin;24/11/2026;5,00\n')


def test_missing_file_and_folder_are_refused(folder: Path) -> None:
    """A missing list stops the program with a foreign error."""
    for path in (folder / "absent.csv", folder / "absent.xlsx", folder):
        with pytest.raises(SourceError):
            read_source(path, SourceFormat())


# --- Columns


def test_english_titles_are_known(folder: Path) -> None:
    """An export of English software needs its columns named by hand."""
    content = (
        "Invoice Number,Customer ID,Customer Name,Address,ZIP Code,City,Country,E-mail,Invoice Date,Due Date,"
        "Total Amount,Balance Due,Currency,Language,Business,Disputed\n"
        'INV-1,C7,Whitfield,27 Exmouth Row,EC1R 4QB,London,GB,a@b.example,2026-10-25,24/11/2026,"1,500.00","1,234.50",GBP,en,no,yes\n'
    )
    (invoice,) = read(folder, content)
    customer = invoice.customer
    assert (invoice.number, customer.code, customer.name, customer.address) == (
        "INV-1", "C7", "Whitfield", ("27 Exmouth Row",)
    )  # fmt: skip
    assert (customer.postal_code, customer.city, customer.country) == ("EC1R 4QB", "London", "GB")
    assert (customer.language, customer.professional, invoice.disputed) == ("en", False, True)
    assert (invoice.emails, invoice.issued, invoice.due) == (("a@b.example",), date(2026, 10, 25), date(2026, 11, 24))
    assert invoice.open == Money(Decimal("1234.50"), "GBP")
    assert invoice.total == Money(Decimal("1500.00"), "GBP")


@pytest.mark.parametrize(
    "titles",
    [
        "numero;CLIENT;echeance;RESTE A PAYER",
        "N° ;Nom du client;Date d'échéance;Solde",
        "N°\u00a0facture;Tiers;Date échéance;Restant dû",
    ],
)
def test_titles_are_known_without_accents_case_and_signs(folder: Path, titles: str) -> None:
    """A title written another usual way is not recognised."""
    assert len(read(folder, f"{titles}\n{GOOD}")) == 1


@given(st.text())
def test_normalised_title_is_stable(title: str) -> None:
    """A title's normal form is not its own normal form, so two spellings of one title differ."""
    assert plain_title(plain_title(title)) == plain_title(title)
    assert plain_title(f" {title}\u00a0") == plain_title(title)


def test_columns_of_the_settings_come_first(folder: Path) -> None:
    """A column named in the settings is not the one read, or a usual title beside it is in the way."""
    content = "Numéro;Client;Échéance;Reste à payer;Mon solde\nF1;Dupont;24/11/2026;99,00;12,50\n"
    (invoice,) = read(folder, content, columns={"open_amount": "mon SOLDE"})
    assert invoice.open.amount == Decimal("12.50")


def test_columns_of_the_settings_name_unknown_titles(folder: Path) -> None:
    """Foreign titles cannot be named."""
    columns = {"number": "Rechnung", "customer": "Kunde", "due_date": "Fällig", "open_amount": "Offen"}
    assert brief(read(folder, "Rechnung;Kunde;Fällig;Offen\n" + GOOD, columns=columns)) == [
        ("F1", "Dupont", date(2026, 11, 24), Decimal("12.50"))
    ]


def test_column_of_the_settings_that_is_not_there_is_refused(folder: Path) -> None:
    """A mistyped column in the settings is passed over in silence."""
    error = refused(folder, HEADER + GOOD, columns={"total": "Mantant"})
    assert any("Mantant" in fault.problem for fault in error.faults)


@pytest.mark.parametrize("second", ["Client", "Nom", "Raison sociale", "CLIENT"])
def test_two_columns_for_one_field_are_refused(folder: Path, second: str) -> None:
    """One of two columns that hold the same field is chosen by chance."""
    error = refused(folder, f"Numéro;Client;Échéance;Reste à payer;{second}\nF1;Dupont;24/11/2026;12,50;Martin\n")
    assert "Client" in error.summary
    assert second in error.summary


def test_two_columns_are_told_apart_by_the_settings(folder: Path) -> None:
    """Naming the right one of two columns does not help."""
    content = "Numéro;Client;Nom;Échéance;Reste à payer\nF1;X;Dupont;24/11/2026;12,50\n"
    (invoice,) = read(folder, content, columns={"customer": "Nom"})
    assert invoice.customer.name == "Dupont"


@pytest.mark.parametrize(("field", "title"), [("number", 0), ("customer", 1), ("due_date", 2), ("open_amount", 3)])
def test_missing_column_is_named(folder: Path, field: str, title: int) -> None:
    """A list without a column that is needed is read all the same, or the error names another field."""
    titles = [one for index, one in enumerate(TITLES) if index != title]
    error = refused(folder, ";".join(titles) + "\na;b;c\n")
    assert len(error.faults) == 1
    assert field_word(field) in error.faults[0].problem
    assert f"[source.columns] {field} =" in error.advice


# --- Cells


def test_duplicate_number_is_refused_with_both_lines(folder: Path) -> None:
    """Of two invoices of one number one is lost in silence."""
    error = refused(folder, HEADER + GOOD + "F2;Martin;24/11/2026;5,00\nF1;Roux;24/11/2026;7,00\n")
    assert places(error) == [(2, "Numéro"), (4, "Numéro")]
    assert [re.findall(r"\bF1\b|\b[24]\b", one.problem) for one in error.faults] == [["F1", "4"], ["F1", "2"]]


@pytest.mark.parametrize(
    "amount", ["", " ", "abc", "12 34,5", "1,2,3", "n/a", "-", "#REF!", "1e3", "12,50 XYZ", "1" * 40 + "O"]
)
def test_unreadable_amount_is_never_zero(folder: Path, amount: str) -> None:
    """An amount that cannot be read becomes nothing owed."""
    assert places(refused(folder, f"{HEADER}F1;Dupont;24/11/2026;{amount}\n")) == [(2, "Reste à payer")]


def test_amount_beyond_all_reason_is_refused(folder: Path) -> None:
    """A bank number in the amount's column stops the program with a foreign error instead of naming its line."""
    assert places(refused(folder, f"{HEADER}F1;Dupont;24/11/2026;{'9' * 30}\n")) == [(2, "Reste à payer")]


def test_every_fault_is_reported_at_once_in_file_order(folder: Path) -> None:
    """The user corrects a list one fault at a time."""
    header = "Numéro;Client;Email;Date;Échéance;Total;Reste à payer;Devise;Litige;Pro\n"
    body = (
        "F1;;dupont;hier;demain;x;y;EURO€;peut-être;?\n"
        "F2;Martin;a@b.example;01/10/2026;24/11/2026;5,00;5,00;EUR;non;oui\n"
        ";Roux;;;;;;;;\n"
    )
    found = places(refused(folder, header + body))
    assert [line for line, _ in found] == sorted(line for line, _ in found)
    first = {title for line, title in found if line == 2}
    assert first == {"Client", "Email", "Date", "Échéance", "Total", "Reste à payer", "Devise", "Litige", "Pro"}
    assert {title for line, title in found if line == 4} == {"Numéro", "Échéance", "Reste à payer"}
    assert len(found) == 12


def test_faults_name_the_file(folder: Path) -> None:
    """A fault names another file than the one to correct."""
    (fault,) = refused(folder, HEADER + "F1;Dupont;;12,50\n", "liste, de mai.csv").faults
    assert fault.where.startswith("liste, de mai.csv")
    assert fault.where.endswith("Échéance")


@pytest.mark.parametrize(
    ("amounts", "read_as"),
    [
        (("12,50", "1.234"), ("12.50", "1234.00")),
        (("12.50", "1,234"), ("12.50", "1234.00")),
        (("1.234,00", "1.234"), ("1234.00", "1234.00")),
        (("1234", "1.234.567"), ("1234.00", "1234567.00")),
    ],
)
def test_ambiguous_amount_is_settled_by_the_rest_of_the_file(
    folder: Path, amounts: tuple[str, str], read_as: tuple[str, str]
) -> None:
    """An amount that the file's own decimal mark makes certain is refused or read a thousand times too small."""
    lines = "".join(f"F{n};Dupont;24/11/2026;{amount}\n" for n, amount in enumerate(amounts))
    assert [str(one.open.amount) for one in read(folder, HEADER + lines)] == list(read_as)


@pytest.mark.parametrize(
    "amounts", [("1.234", "5"), ("12,50", "3.50", "1.234"), ("12.50", "1.234"), ("1.234", "5.678")]
)
def test_ambiguous_amount_that_nothing_settles_is_refused(folder: Path, amounts: tuple[str, ...]) -> None:
    """An amount of two meanings is guessed."""
    lines = "".join(f"F{n};Dupont;24/11/2026;{amount}\n" for n, amount in enumerate(amounts))
    error = refused(folder, HEADER + lines)
    assert places(error) == [
        (line, "Reste à payer") for line, amount in enumerate(amounts, start=2) if len(amount.partition(".")[2]) == 3
    ]


def test_words_in_the_total_line_settle_no_ambiguity(folder: Path) -> None:
    """A word with a dot below the list decides that `1,234` is a thousand."""
    error = refused(folder, HEADER + "F1;Dupont;24/11/2026;1,234\n;;;Ed. 24 nov.\n;;;Fin.\n")
    assert places(error) == [(2, "Reste à payer")]


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("", "EUR"),
        ("€", "EUR"),
        ("eur", "EUR"),
        ("Euros", "EUR"),
        ("$", "USD"),
        ("£", "GBP"),
        ("chf", "CHF"),
        ("£GB", "GBP"),
        ("$US", "USD"),
        ("US$", "USD"),
        ("$CA", "CAD"),
    ],
)
def test_currency_is_read(folder: Path, text: str, currency: str) -> None:
    """A usual way to write a currency is refused, or taken for another one: £GB is how French software writes £."""
    (invoice,) = read(folder, f"Numéro;Client;Échéance;Solde;Devise\nF1;Dupont;24/11/2026;12,50;{text}\n")
    assert invoice.open == Money(Decimal("12.50"), currency)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("", "en"),
        ("fr", "fr"),
        ("FR", "fr"),
        ("fr_FR", "fr"),
        ("Français", "fr"),
        ("en-GB", "en"),
        ("anglais", "en"),
        ("de", "en"),
    ],
)
def test_language_is_one_we_write(folder: Path, text: str, language: str) -> None:
    """A letter is to be written in a language that has no template, or in the wrong one."""
    content = f"Numéro;Client;Échéance;Solde;Langue\nF1;Dupont;24/11/2026;12,50;{text}\n"
    (invoice,) = read(folder, content, language="en")
    assert invoice.customer.language == language


def test_defaults_of_what_the_list_does_not_say(folder: Path) -> None:
    """A list of four columns makes customers consumers, disputes, or strangers to each other."""
    first, second = read(folder, HEADER + GOOD + "F2;Dupont;24/11/2026;-5,00\n")
    assert (first.customer.code, first.customer) == ("Dupont", second.customer)
    assert (first.customer.professional, first.disputed, first.emails, first.total) == (False, False, (), None)
    assert (first.is_credit, second.is_credit) == (False, True)


def test_day_of_export_is_the_files(folder: Path) -> None:
    """The age of the list is not counted from the day it was written."""
    path = folder / "impayes.csv"
    path.write_text(HEADER + GOOD, encoding="utf-8")
    assert abs((read_source(path, SourceFormat()).exported - datetime.now().astimezone().date()).days) <= 1


# --- Spreadsheets

FORMATS = ("xlsx", "ods", "xls")


def _typed_book(path: Path) -> None:
    """Write a list as a spreadsheet keeps it: an empty sheet first, numbers as numbers, dates as dates."""
    book = Workbook()
    sheet = book.create_sheet("Impayés")
    rows: list[list[object]] = [
        [],
        ["Balance âgée"],
        ["Numéro", "Code client", "Client", "Adresse", "Code postal", "Date", "Échéance", "TTC", "Solde", "Litige", "Pro"],
        [20260187, 411001, "Hôtel de l'Écluse", "8 quai\nbât. B", 69009, date(2026, 10, 25),
         datetime(2026, 11, 24, 0, 0), 1500, 1234.56, None, True],  # noqa: DTZ001 - a spreadsheet's dates have no zone
        [20260188, 411002, "Martin", None, "01000", "25/10/2026", "24/11/2026", "1 500,00", "12,50", "oui", False],
        [],
        ["FA-3", 411003, "Roux", None, None, None, date(2026, 12, 1), 0.1, 0.1 + 0.2, 1, 0],
        ["Total", None, None, None, None, None, None, None, 1247.36],
    ]  # fmt: skip
    for row in rows:
        sheet.append(row)
    book.save(path)


def _wrong_book(path: Path) -> None:
    """Write a list with wrong cells below a blank row and a title."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    rows: list[list[object]] = [
        [],
        ["Balance âgée"],
        list(TITLES),
        [1, "Dupont", date(2026, 11, 24), 12.5],
        [],
        [2, "Martin", 46000, "abc"],
        [1, "Roux", date(2026, 11, 24), None],
    ]
    for row in rows:
        sheet.append(row)
    book.save(path)


@pytest.fixture(scope="module")
def spreadsheets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with both lists in each format, ODS and XLS as LibreOffice writes them."""
    root = tmp_path_factory.mktemp("spreadsheets")
    _typed_book(root / "typed.xlsx")
    _wrong_book(root / "wrong.xlsx")
    program = find_libreoffice()
    assert program is not None
    for form in FORMATS[1:]:
        subprocess.run(
            [str(program), f"-env:UserInstallation={(root / 'profile').as_uri()}", "--headless", "--convert-to", form,
             "--outdir", str(root), str(root / "typed.xlsx"), str(root / "wrong.xlsx")],
            check=True,
            timeout=120,
            capture_output=True,
        )  # fmt: skip
    return root


@pytest.mark.parametrize("form", FORMATS)
def test_spreadsheet_reads_like_its_cells(spreadsheets: Path, form: str) -> None:
    """A spreadsheet's numbers get a `.0`, its dates shift, its amounts lose a cent, or its total becomes an invoice."""
    first, second, third = read_source(spreadsheets / f"typed.{form}", SourceFormat()).invoices
    assert brief((first, second, third)) == [
        ("20260187", "Hôtel de l'Écluse", date(2026, 11, 24), Decimal("1234.56")),
        ("20260188", "Martin", date(2026, 11, 24), Decimal("12.50")),
        ("FA-3", "Roux", date(2026, 12, 1), Decimal("0.30")),
    ]
    assert [one.customer.code for one in (first, second, third)] == ["411001", "411002", "411003"]
    assert [one.customer.postal_code for one in (first, second, third)] == ["69009", "01000", ""]
    assert first.customer.address == ("8 quai", "bât. B")
    assert (first.issued, second.issued, third.issued) == (date(2026, 10, 25), date(2026, 10, 25), None)
    assert [str(one.total.amount) for one in (first, second, third) if one.total] == ["1500.00", "1500.00", "0.10"]
    assert [one.disputed for one in (first, second, third)] == [False, True, True]
    assert [one.customer.professional for one in (first, second, third)] == [True, False, False]


@pytest.mark.parametrize(
    ("code", "country", "home", "read_as"),
    [
        (1000, None, "FR", "01000"),
        (1000.0, "France", "FR", "01000"),
        (1000, "FR", "BE", "01000"),
        (69009, None, "FR", "69009"),
        (100, None, "FR", "100"),
        ("1000", None, "FR", "1000"),
        (1000, "Belgique", "FR", "1000"),
        (1000, "Suisse", "FR", "1000"),
        (1000, "LU", "FR", "1000"),
        (1000, None, "BE", "1000"),
    ],
)
def test_a_french_postal_code_gets_back_the_zero_a_spreadsheet_took(
    folder: Path, code: object, country: str | None, home: str, read_as: str
) -> None:
    """A letter to Bourg-en-Bresse goes out to 1000 BOURG-EN-BRESSE, or one to Brussels to 01000."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append([*TITLES, "Code postal", "Pays"])
    # Another customer of the same words, but whose code is a text, is one of its own.
    for number, one in ((1, str(code)), (2, code)):
        sheet.append([number, "Dupont", date(2026, 11, 24), 12.5, one, country])
    book.save(folder / "impayes.xlsx")
    _first, second = read_source(folder / "impayes.xlsx", SourceFormat(country=home)).invoices
    assert second.customer.postal_code == read_as


@pytest.mark.parametrize("form", FORMATS)
def test_spreadsheets_faults_name_its_rows(spreadsheets: Path, form: str) -> None:
    """A wrong cell of a spreadsheet is reported on another row than it stands on, or becomes zero."""
    with pytest.raises(SourceError) as caught:
        read_source(spreadsheets / f"wrong.{form}", SourceFormat())
    assert sorted(places(caught.value)) == sorted(
        [(4, "Numéro"), (6, "Reste à payer"), (7, "Reste à payer"), (7, "Numéro")]
    )


@pytest.mark.parametrize("form", [*FORMATS, "xlsm", "xlsb"])
@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"junk", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)])
def test_file_that_is_no_spreadsheet_is_refused(folder: Path, form: str, content: bytes) -> None:
    """A damaged spreadsheet stops the program with a foreign error, or is an empty list."""
    refused(folder, content, f"impayes.{form}")


def test_amount_of_a_spreadsheet_beyond_all_reason_is_refused(folder: Path) -> None:
    """A number of any size in a spreadsheet's amount stops the program with a foreign error."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(list(TITLES))
    sheet.append([1, "Dupont", date(2026, 11, 24), 1e300])
    book.save(folder / "impayes.xlsx")
    with pytest.raises(SourceError) as caught:
        read_source(folder / "impayes.xlsx", SourceFormat())
    assert places(caught.value) == [(2, "Reste à payer")]


@pytest.mark.parametrize("day", [date(1901, 1, 1), date(2206, 1, 1)])
def test_date_of_a_spreadsheet_outside_a_working_life_is_refused(folder: Path, day: date) -> None:
    """A slip in a year is refused in a CSV and acted on in a spreadsheet."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(list(TITLES))
    sheet.append([1, "Dupont", day, 12.5])
    book.save(folder / "impayes.xlsx")
    with pytest.raises(SourceError) as caught:
        read_source(folder / "impayes.xlsx", SourceFormat())
    assert places(caught.value) == [(2, "Échéance")]


# --- Anything at all


def source_or_error(path: Path, content: bytes) -> Listing | SourceError:
    """Return what a file comes to: its invoices, or our own error."""
    path.write_bytes(content)
    try:
        return read_source(path, SourceFormat())
    except SourceError as error:
        return error


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder for the files of one module's many examples."""
    return tmp_path_factory.mktemp("anything")


@given(st.binary(max_size=400))
@example(b"\xff\xfe\x00")
@example(b"\xef\xbb\xbf")
@example(b'"')
@example(b"\x00")
@example(b"a" * 140_000)
def test_any_bytes_are_a_list_or_refused(scratch: Path, content: bytes) -> None:
    """Some file stops the program with a foreign error."""
    result = source_or_error(scratch / "any.csv", content)
    assert isinstance(result, SourceError) or result.invoices == ()


cells = st.one_of(
    st.text(max_size=12),
    st.text("0123456789.,- €/", max_size=40),
    st.sampled_from(["F1", "12,50", "24/11/2026", "Total", '"', "oui", "a@b.example", "EUR", "-0", "9" * 40]),
)


@given(st.lists(st.lists(cells, min_size=1, max_size=9), max_size=5))
@settings(max_examples=200)
def test_any_cells_are_invoices_or_refused(scratch: Path, rows: list[list[str]]) -> None:
    """Some cell stops the program with a foreign error, or a row is neither an invoice nor a fault."""
    header = "Numéro;Client;Échéance;Reste à payer;Total;Email;Devise;Litige;Date\n"
    content = header + "".join(";".join(row) + "\n" for row in rows)
    result = source_or_error(scratch / "cells.csv", content.encode("utf-8", "replace"))
    if isinstance(result, Listing):
        assert all(one.number and one.customer.name and one.due.year >= 1980 for one in result.invoices)
        assert len({one.number for one in result.invoices}) == len(result.invoices) <= len(rows) * 10


@pytest.mark.parametrize("form", ["xlsx", "ods"])
@given(data=st.data())
@settings(max_examples=60)
def test_damaged_spreadsheet_is_read_or_refused(
    spreadsheets: Path, scratch: Path, form: str, data: st.DataObject
) -> None:
    """A spreadsheet with damaged bytes stops the program with a foreign error, or gives other invoices."""
    whole = spreadsheets / f"typed.{form}"
    content = bytearray(whole.read_bytes())
    for index in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=4)):
        content[index] = data.draw(st.integers(0, 255))
    result = source_or_error(scratch / f"damaged.{form}", bytes(content))
    if isinstance(result, Listing):
        assert result.invoices == read_source(whole, SourceFormat()).invoices


@pytest.mark.parametrize("form", FORMATS)
def test_torn_spreadsheet_is_refused(spreadsheets: Path, scratch: Path, form: str) -> None:
    """A spreadsheet of which only a part was copied stops the program with a foreign error, or is a shorter list."""
    whole = spreadsheets / f"typed.{form}"
    content = whole.read_bytes()
    for end in range(0, len(content), max(len(content) // 60, 1)):
        result = source_or_error(scratch / f"torn.{form}", content[:end])
        if isinstance(result, Listing):
            assert result.invoices == read_source(whole, SourceFormat()).invoices, end
