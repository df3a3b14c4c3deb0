"""Invoices from a FEC: what is open of customers' accounts, to the cent, and nothing allocated by guess."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relance_xl.core.terms import Terms, read_terms
from relance_xl.runtime.errors import SourceError
from relance_xl.sources.fec.entries import cents_of, is_fec
from relance_xl.sources.fec.fec_file import FecFile, FecFormat
from relance_xl.sources.source import Listing

_TITLES = (
    "JournalCode", "JournalLib", "EcritureNum", "EcritureDate", "CompteNum", "CompteLib", "CompAuxNum", "CompAuxLib",
    "PieceRef", "PieceDate", "EcritureLib", "Debit", "Credit", "EcritureLet", "DateLet", "ValidDate", "Montantdevise",
    "Idevise",
)  # fmt: skip


class Line(NamedTuple):
    """A line of a customer's account: a debit, or (negative) a credit."""

    journal: str
    day: str
    customer: str
    piece: str
    amount: str
    letter: str = ""
    piece_day: str = ""
    account: str = "411000"


def _text(lines: Sequence[Line], separator: str = "|", sides: bool = True) -> str:
    titles = _TITLES if sides else tuple({"Debit": "Montant", "Credit": "Sens"}.get(one, one) for one in _TITLES)
    rows = [separator.join(titles)]
    for number, one in enumerate(lines, start=1):
        is_credit = one.amount.startswith("-") and not one.amount.endswith("D")
        body = one.amount.lstrip("-") if is_credit else one.amount.removesuffix("D")
        debit, credit = ("0,00", body) if is_credit else (body, "0,00")
        if not sides:
            debit, credit = body, "C" if is_credit else "D"
        rows.append(
            separator.join((
                one.journal, one.journal, str(number), one.day, one.account, "Clients", one.customer,
                f"Société {one.customer}" if one.customer else "", one.piece, one.piece_day or one.day, "libellé", debit,
                credit, one.letter, "", one.day, "", "",
            ))
        )  # fmt: skip
    return "\r\n".join(rows) + "\r\n"


def _read(folder: Path, lines: Sequence[Line], how: FecFormat | None = None, **form: object) -> Listing:
    path = folder / "123456789FEC20261231.txt"
    path.write_text(_text(lines, **form), encoding="cp1252", newline="")  # type: ignore[arg-type]
    return FecFile(path, how or FecFormat(Terms(30))).read()


def _owed(listing: Listing) -> dict[str, str]:
    return {one.number: str(one.open.amount) for one in listing.invoices}


EXAMPLE = (
    Line("AN", "20260101", "FER", "F90", "500,00", piece_day="20251115"),
    Line("AN", "20260101", "LEM", "AN26", "80,00"),
    Line("VE", "20260901", "FER", "F12", "700,00"),
    Line("VE", "20260901", "FER", "F12", "500,00"),
    Line("BQ", "20261005", "FER", "V88", "-300,00"),
    Line("VE", "20260903", "LEM", "F13", "100,00", "AA"),
    Line("BQ", "20261010", "LEM", "C7", "-100,00", "AA"),
    Line("VE", "20260910", "LEM", "F14", "240,00", "ab"),
    Line("BQ", "20261011", "LEM", "C8", "-90,00", "ab"),
    Line("VE", "20260915", "LEM", "AV3", "-24,00"),
    Line("VE", "20260920", "FER", "F15", "60,00"),
    Line("VE", "20260921", "FER", "F15", "-60,00D"),
    Line("BQ", "20261101", "FER", "V91", "-500,00", "AA"),
    Line("BQ", "20261102", "FER", "CHQ2", "45,00"),
    Line("VE", "20261102", "", "F99", "1,00", account="401000"),
)


@pytest.mark.parametrize("separator", ["|", "\t"])
@pytest.mark.parametrize("sides", [True, False], ids=["debit and credit", "amount and sense"])
def test_what_is_open_by_the_accounts(tmp_path: Path, separator: str, sides: bool) -> None:
    """A paid invoice is chased, an unpaid one is not, or a payment is set against an invoice that nobody allocated it to."""
    listing = _read(tmp_path, EXAMPLE, separator=separator, sides=sides)
    assert _owed(listing) == {
        "F90": "500.00", "F12": "1200.00", "V88": "-300.00", "F14": "150.00", "AV3": "-24.00", "V91": "-500.00",
    }  # fmt: skip
    # A balance without its invoices, and a cheque that came back: told, never reminded.
    assert [(one.number, str(one.open.amount)) for one in listing.wrong if one.open] == [
        ("AN26", "80.00"),
        ("CHQ2", "45.00"),
    ]
    assert {one.number: one.due for one in listing.invoices}["F90"] == date(2025, 12, 15)
    assert {one.customer.name for one in listing.invoices} == {"Société FER", "Société LEM"}
    assert not any("somme du compte" in text for text in listing.told)


def test_a_file_is_known_by_its_titles(tmp_path: Path) -> None:
    """A FEC is taken for a list, and refused for lack of columns; or a list for a FEC."""
    fec, other = tmp_path / "fec.txt", tmp_path / "list.csv"
    fec.write_text(_text(EXAMPLE))
    other.write_text("N° facture;Client;Échéance;Solde\n")
    assert is_fec(fec)
    assert not is_fec(other)


def test_an_earlier_year_goes_where_the_next_opens_with_its_invoices(tmp_path: Path) -> None:
    """Of two years in one file each invoice that was carried forward is chased twice."""
    listing = _read(
        tmp_path,
        (
            Line("VE", "20251101", "FER", "F1", "10,00"),
            Line("VE", "20251201", "FER", "F2", "20,00"),
            Line("AN", "20260101", "FER", "F1", "10,00", piece_day="20251101"),
            Line("AN", "20260101", "FER", "F2", "20,00", "A", piece_day="20251201"),
            Line("BQ", "20260201", "FER", "V1", "-20,00", "A"),
            Line("VE", "20260301", "FER", "F3", "30,00"),
        ),
    )
    assert _owed(listing) == {"F1": "10.00", "F3": "30.00"}
    assert any("2025" in text for text in listing.told)


def test_an_opening_without_invoices_goes_where_the_year_before_is_there(tmp_path: Path) -> None:
    """A balance is counted beside the invoices that it is the sum of."""
    listing = _read(
        tmp_path,
        (
            Line("VE", "20251101", "FER", "F1", "10,00"),
            Line("VE", "20251201", "FER", "F2", "20,00"),
            Line("AN", "20260101", "FER", "AN", "30,00"),
            Line("BQ", "20260201", "FER", "F2", "-20,00"),
        ),
    )
    assert _owed(listing) == {"F1": "10.00"}
    assert not listing.wrong
    assert any("2026" in text for text in listing.told)


def test_a_customer_of_whom_an_amount_cannot_be_read_is_not_reminded(tmp_path: Path) -> None:
    """A payment that cannot be read is taken for none, and its invoice is chased."""
    listing = _read(
        tmp_path,
        (
            Line("VE", "20260901", "FER", "F1", "10,00"),
            Line("BQ", "20260902", "FER", "V1", "-1O,00"),
            Line("VE", "20260901", "LEM", "F2", "20,00"),
        ),
    )
    assert _owed(listing) == {"F2": "20.00"}
    assert [(one.number, one.open is None) for one in listing.wrong] == [("F1", False), ("V1", True)]


def test_a_year_may_end_in_any_month(tmp_path: Path) -> None:
    """Of a year from July to June what was lettered off at New Year is open twice, and two such years count twice."""
    listing = _read(
        tmp_path,
        (
            Line("VE", "20250315", "FER", "F900", "500,00"),
            Line("AN", "20250701", "FER", "F900", "500,00", piece_day="20250315"),
            Line("VE", "20251220", "FER", "F1", "40,00", "A"),
            Line("BQ", "20260115", "FER", "V1", "-40,00", "A"),
        ),
    )
    assert _owed(listing) == {"F900": "500.00"}


def test_an_account_of_all_customers_is_nobodys(tmp_path: Path) -> None:
    """Without auxiliary accounts all customers are one, and each is asked for what the others owe."""
    listing = _read(tmp_path, (Line("VE", "20260901", "", "F1", "10,00"), Line("VE", "20260901", "LEM", "F2", "20,00")))
    assert _owed(listing) == {"F2": "20.00"}
    assert [one.number for one in listing.wrong] == ["F1"]


@pytest.mark.parametrize("content", ["x" * 200_000, "|" * 200_000, "\0" * 5000, ""])
def test_what_is_no_fec_ends_soon(tmp_path: Path, content: str) -> None:
    """A file of anything stops the program with a foreign error."""
    (tmp_path / "fec.txt").write_text(_text(EXAMPLE[:1]) + content)
    FecFile(tmp_path / "fec.txt", FecFormat(Terms(30))).read() if content == "" else None
    (tmp_path / "fec.txt").write_text(content)
    with pytest.raises(SourceError):
        FecFile(tmp_path / "fec.txt", FecFormat(Terms(30))).read()


def test_one_number_of_two_customers_has_their_codes(tmp_path: Path) -> None:
    """Two customers' invoices of one number are taken for one."""
    lines = (Line("VE", "20260901", "FER", "7", "10,00"), Line("VE", "20260901", "LEM", "7", "20,00"))
    assert _owed(_read(tmp_path, lines)) == {"7 (FER)": "10.00", "7 (LEM)": "20.00"}


def test_sales_of_several_days_under_one_number_are_told(tmp_path: Path) -> None:
    """Two invoices that share a number are reminded as one, due on the first one's day, and nobody knows."""
    two = [Line("VE", "20260901", "C1", "F1", "100,00"), Line("VE", "20261001", "C1", "F1", "300,00")]
    assert any("F1" in text and "plusieurs jours" in text for text in _read(tmp_path, two).told)
    one = [two[0], Line("VE", "20260901", "C1", "F1", "20,00"), Line("OD", "20261001", "C1", "F1", "9,00")]
    assert not any("plusieurs jours" in text for text in _read(tmp_path, one).told)


def test_other_accounts_by_the_settings(tmp_path: Path) -> None:
    """Bills and doubtful customers cannot be had."""
    lines = (
        Line("VE", "20260901", "FER", "F1", "10,00"),
        Line("VE", "20260901", "LEM", "F2", "20,00", account="416000"),
    )
    assert _owed(_read(tmp_path, lines)) == {"F1": "10.00"}
    assert _owed(_read(tmp_path, lines, FecFormat(Terms(30), ("411", "416")))) == {"F1": "10.00", "F2": "20.00"}


def test_without_terms_it_is_refused_with_the_line_to_write(tmp_path: Path) -> None:
    """Due dates are made up."""
    with pytest.raises(SourceError) as caught:
        _read(tmp_path, EXAMPLE, FecFormat(None))
    assert 'terms = "30"' in caught.value.advice


def test_lines_that_are_too_short_are_told(tmp_path: Path) -> None:
    """A file that is cut off is read as if it were whole."""
    path = tmp_path / "fec.txt"
    path.write_text(_text(EXAMPLE)[:-40])
    assert any("16" in text for text in FecFile(path, FecFormat(Terms(30))).read().told)


@pytest.mark.parametrize(
    ("text", "issued", "due"),
    [
        ("30", date(2026, 1, 31), date(2026, 3, 2)),
        ("30 jours", date(2026, 9, 1), date(2026, 10, 1)),
        ("30 fin de mois", date(2026, 9, 1), date(2026, 10, 31)),
        ("45 jours fin de mois", date(2026, 9, 20), date(2026, 11, 30)),
        ("45 fin de mois le 10", date(2026, 9, 20), date(2026, 12, 10)),
        ("0 fin de mois le 31", date(2026, 1, 5), date(2026, 2, 28)),
    ],
)
def test_terms_of_payment(text: str, issued: date, due: date) -> None:
    """An invoice is due on another day than was agreed."""
    terms = read_terms(text)
    assert terms is not None
    assert terms.due(issued) == due


@pytest.mark.parametrize("text", ["", "trente", "30 fin", "30 fin de mois le 32", "-3", "3000"])
def test_what_are_no_terms(text: str) -> None:
    """A slip is taken for terms of payment."""
    assert read_terms(text) is None


@given(st.decimals(-(10**9), 10**9, places=2))
def test_amounts_in_cents(amount: Decimal) -> None:
    """An amount loses a cent or its sign."""
    for text in (f"{amount:.2f}".replace(".", ","), f"{amount:.2f}", f" {amount:.2f}0 ".replace(".", ",")):
        assert cents_of(text) == int(amount * 100)


@pytest.mark.parametrize("text", ["abc", "1,2,3", "12,345", "1O,00", "--1", ",", "²,00"])
def test_amounts_that_are_none(text: str) -> None:
    """What is no amount is taken for one."""
    assert cents_of(text) is None


_LINES = st.lists(
    st.builds(
        Line,
        st.sampled_from(["VE", "BQ", "OD"]),
        st.sampled_from(["20260105", "20260901", "20261101"]),
        st.sampled_from(["FER", "LEM"]),
        st.sampled_from(["F1", "F2", "F3", "V1", ""]),
        st.integers(-5, 5).map(lambda euros: f"{euros},00"),
        st.sampled_from(["", "", "A", "B"]),
        st.just(""),
        st.just("411000"),
    ),
    max_size=25,
)


@given(_LINES)
@settings(max_examples=300)
def test_what_is_open_is_the_sum_of_the_account(tmp_path_factory: pytest.TempPathFactory, lines: list[Line]) -> None:
    """What customers are asked for is not what their accounts say."""
    listing = _read(tmp_path_factory.mktemp("fec"), lines)
    accounts: dict[str, Decimal] = defaultdict(Decimal)
    for one in lines:
        accounts[one.customer] += Decimal(one.amount.replace(",", "."))
    for row in listing.invoices:
        accounts[row.customer.code] -= row.open.amount
    for wrong in listing.wrong:
        assert wrong.open is not None
        accounts[wrong.customer_code] -= wrong.open.amount
    assert set(accounts.values()) <= {Decimal(0)}
    assert not any("somme du compte" in text for text in listing.told)
    assert len(listing.numbers) == len(listing.invoices) + len(listing.wrong)
