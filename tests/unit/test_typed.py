"""What people type: every accepted form, every refused one, and nothing but our own errors for the rest."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from relance_xl.core.texts.addresses import BadAddressError, read_addresses
from relance_xl.core.texts.typed import (
    Tick,
    TypedFault,
    UnreadableError,
    decimal_mark_of,
    plain,
    read_amount,
    read_date,
    read_tick,
)

NBSP, NARROW, THIN, MINUS = "\u00a0", "\u202f", "\u2009", "\u2212"

# --- Ticks


@pytest.mark.parametrize(
    "text",
    ["x", "X", " x ", f"{NBSP}x", f"x{NARROW}", "\ufeffX\u200b", "oui", "OUI", "Oui", "o", "O", "yes", "Y", "y", "1",
     "✓", "✔", "☑", "vrai", "VRAI", "true", "TRUE", "True", "x\n"],
)  # fmt: skip
def test_tick_says_yes(text: str) -> None:
    """A usual way to tick a row is not understood, so a reminder is left out."""
    assert read_tick(text) is Tick.YES


@pytest.mark.parametrize("text", ["non", "NON", " Non ", f"{NBSP}n", "N", "no", "0", "✗", "✘", "faux", "FALSE"])
def test_tick_says_no(text: str) -> None:
    """A usual way to exclude a row is not understood, so a tick-all reaches a customer who was excluded."""
    assert read_tick(text) is Tick.NO


@pytest.mark.parametrize("text", ["", " ", NBSP, "\t\r\n", "\u200b\ufeff"])
def test_tick_is_blank(text: str) -> None:
    """A cell that looks empty counts as something."""
    assert read_tick(text) is Tick.BLANK


@pytest.mark.parametrize("text", ["maybe", "peut-être", "xx", "x ?", "2", "10", "-1", "1.5", "ou", "oui non", "?", "١"])
def test_tick_is_refused(text: str) -> None:
    """A doubtful tick is guessed instead of being asked about."""
    with pytest.raises(UnreadableError) as caught:
        read_tick(text)
    assert (caught.value.fault, caught.value.text) == (TypedFault.NOT_A_TICK, text)


# --- Amounts


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("12,50", "12.50"), ("12.50", "12.50"), ("12", "12"), ("0", "0"), ("0,00", "0"), ("12,5", "12.5"),
        ("1 234,56", "1234.56"), (f"1{NBSP}234,56", "1234.56"), (f"1{NARROW}234,56", "1234.56"),
        (f"1{THIN}234,56", "1234.56"), ("1 234", "1234"), ("1 234 567,89", "1234567.89"),
        ("1.234,56", "1234.56"), ("1,234.56", "1234.56"), ("1.234.567,89", "1234567.89"),
        ("1,234,567.89", "1234567.89"), ("1.234.567", "1234567"), ("1,234,567", "1234567"),
        ("1'234.50", "1234.50"), ("1’234.50", "1234.50"), ("1'234'567,50", "1234567.50"),
        ("0,123", "0.123"), ("1234,567", "1234.567"), ("5,", "5"),
        ("-12,5", "-12.5"), ("- 12,5", "-12.5"), ("12,5-", "-12.5"), ("12,5 -", "-12.5"), ("(12,50)", "-12.50"),
        (f"{MINUS}12,5", "-12.5"), ("\u201312,5", "-12.5"), ("+12,5", "12.5"), ("-1 234,56", "-1234.56"),
        ("12,50 €", "12.50"), (f"12,50{NBSP}€", "12.50"), ("€ 12.50", "12.50"), ("€12.50", "12.50"),
        ("EUR 12.50", "12.50"), ("12.50EUR", "12.50"), ("12,50 eur", "12.50"), ("$1,234.50", "1234.50"),
        ("£12.50", "12.50"), ("CHF 1'234.50", "1234.50"), ("-12,50 €", "-12.50"), ("-€12.50", "-12.50"),
        ("€ -12,50", "-12.50"), ("(12,50 €)", "-12.50"), ("  12,50  ", "12.50"), ("12,50\n", "12.50"),
    ],
)  # fmt: skip
def test_amount_is_read(text: str, amount: str) -> None:
    """A usual way to write an amount is refused, or read as another amount."""
    assert read_amount(text) == Decimal(amount)


@pytest.mark.parametrize(
    "text",
    ["", " ", "abc", "12 34,5", "1,2,3", "1.2.3", "12 50", "1 23", "1'23", "12.34.56,7", "1,23,456.7", "1.234.56,7",
     "1,234 567", "1 234'567,0", "1 234.567,0", "--5", "-(5)-", "(5", "5)", "()", "-", "€", "1E5", "1e5", "NaN",
     "Infinity", "inf", "0x10", "1_000", "²", "½", "٣", "١٢,٥", "１２,５", "12,٥", "12,5 XYZ", "12,50 TTC", "=1+1",
     "12,5,", ",", "."],
)  # fmt: skip
def test_amount_is_refused(text: str) -> None:
    """What is no amount is read as one, or stops the program with a foreign error."""
    with pytest.raises(UnreadableError) as caught:
        read_amount(text)
    assert (caught.value.fault, caught.value.text) == (TypedFault.NOT_AN_AMOUNT, text)


@pytest.mark.parametrize("text", ["1.234", "1,234", "12.345", "123,456", "-1.234", "1.234 €"])
def test_amount_of_two_meanings_is_refused(text: str) -> None:
    """An amount that means a thousand times more to some readers is guessed."""
    with pytest.raises(UnreadableError) as caught:
        read_amount(text)
    assert caught.value.fault is TypedFault.AMBIGUOUS_AMOUNT


def test_decimal_mark_of_the_file_settles_thousands() -> None:
    """The file's own decimal mark does not settle what `1.234` means, or settles it where it cannot."""
    assert read_amount("1.234", ",") == 1234
    assert read_amount("1,234", ".") == 1234
    assert read_amount("1,23", ".") == Decimal("1.23")
    assert read_amount("1234", ",") == 1234
    for text, mark in (("1.234", "."), ("1,234", ",")):
        with pytest.raises(UnreadableError) as caught:
            read_amount(text, mark)
        assert caught.value.fault is TypedFault.AMBIGUOUS_AMOUNT


STYLES = {
    "french, space": (" ", ","),
    "french, no-break space": (NBSP, ","),
    "french, narrow no-break space": (NARROW, ","),
    "german": (".", ","),
    "english": (",", "."),
    "swiss": ("'", "."),
    "swiss, typographic": ("’", "."),
    "plain, comma": ("", ","),
    "plain, dot": ("", "."),
}
amounts = st.decimals(Decimal("-1e12"), Decimal("1e12"), allow_nan=False, allow_infinity=False, places=2)
styles = st.sampled_from(sorted(STYLES))


def in_style(amount: Decimal, style: str, whole: bool = False) -> str:
    """Return an amount as software of that style prints it."""
    separator, mark = STYLES[style]
    digits, _, decimals = f"{amount:,.2f}".partition(".")
    return digits.replace(",", separator) + ("" if whole else mark + decimals)


@given(amounts, styles)
def test_amount_with_cents_reads_back_equal(amount: Decimal, style: str) -> None:
    """An amount printed with its cents comes back as another amount."""
    text = in_style(amount, style)
    assert read_amount(text) == amount
    assert read_amount(text, STYLES[style][1]) == amount
    assert read_amount(f"{text} €") == amount


@given(amounts, styles)
def test_whole_amount_reads_back_equal_where_the_mark_is_known(amount: Decimal, style: str) -> None:
    """A round amount with thousands separators is not what was printed."""
    whole = amount.to_integral_value()
    assert read_amount(in_style(whole, style, whole=True), STYLES[style][1]) == whole


@given(styles, st.lists(st.tuples(amounts, st.booleans())), amounts)
def test_a_file_proves_its_own_mark(style: str, rest: list[tuple[Decimal, bool]], proof: Decimal) -> None:
    """A file of one style, of which one amount has cents, is not read to the cent."""
    printed = [(proof, in_style(proof, style))]
    for amount, is_whole in rest:
        shown = amount.to_integral_value() if is_whole else amount
        printed.append((shown, in_style(shown, style, whole=is_whole)))
    mark = decimal_mark_of(text for _, text in printed)
    assert mark == STYLES[style][1]
    assert [read_amount(text, mark) for _, text in printed] == [amount for amount, _ in printed]


@given(st.lists(amounts, min_size=1), st.lists(amounts, min_size=1))
def test_a_file_of_two_marks_proves_none(french: list[Decimal], english: list[Decimal]) -> None:
    """A file that mixes decimal marks is read by one of them all the same."""
    texts = [in_style(amount, "french, space") for amount in french]
    texts += [in_style(amount, "english") for amount in english]
    assert decimal_mark_of(texts) is None
    assert decimal_mark_of(reversed(texts)) is None


@pytest.mark.parametrize("texts", [[], ["1.234", "5.678"], ["1,234"], ["12", "1 234"], ["1.234.567"], ["", " "]])
def test_doubtful_amounts_prove_no_mark(texts: Sequence[str]) -> None:
    """A decimal mark is concluded from amounts that prove none."""
    assert decimal_mark_of(texts) is None


@pytest.mark.parametrize("text", ["Total.", "n.c", "abc,", "24.12 factures", "N/A.", "1,2 mille"])
def test_words_prove_no_mark(text: str) -> None:
    """A word that happens to hold a dot or comma decides what `1,234` means throughout the file."""
    assert decimal_mark_of([text, "1,234"]) is None


looks_like_an_amount = st.text(f"0123456789.,'’ {NBSP}{NARROW}-{MINUS}+()€$EUR٣²½eE_")


@given(st.one_of(st.text(), looks_like_an_amount), st.sampled_from([None, ",", "."]))
@example("9" * 400 + ",50", None)
@settings(max_examples=400)
def test_any_text_is_an_amount_of_its_own_digits_or_unreadable(text: str, mark: str | None) -> None:
    """A typed text stops the program with a foreign error, or becomes an amount with other digits than it has."""
    try:
        amount = read_amount(text, mark)
    except UnreadableError as error:
        assert error.text == text
        assert error.fault in {TypedFault.NOT_AN_AMOUNT, TypedFault.AMBIGUOUS_AMOUNT}
        return
    assert amount.is_finite()
    typed = "".join(char for char in text if char.isdigit())
    assert "".join(map(str, amount.as_tuple().digits)).strip("0") == typed.strip("0")


@given(st.lists(st.one_of(st.text(), looks_like_an_amount)))
def test_any_texts_prove_a_mark_or_none(texts: list[str]) -> None:
    """Unreadable cells stop the search for the file's decimal mark."""
    assert decimal_mark_of(texts) in {None, ",", "."}
    assert decimal_mark_of(texts) == decimal_mark_of(reversed(texts))


# --- Dates


@pytest.mark.parametrize(
    "text",
    ["2026-11-24", "24/11/2026", "24.11.2026", "24-11-2026", "24 11 2026", "24/11/26", "24.11.26", " 24/11/2026 ",
     f"24/11/2026{NBSP}", "2026-11-24T00:00:00", "2026-11-24 00:00:00", "2026-11-24 00:00", "24/11/2026 00:00",
     "24/11/2026 00:00:00"],
)  # fmt: skip
def test_date_is_read(text: str) -> None:
    """A usual way to write a date is refused, or read as another day."""
    assert read_date(text) == date(2026, 11, 24)


def test_date_is_day_first() -> None:
    """The month is taken for the day."""
    assert read_date("3/4/2026") == read_date("03/04/26") == read_date("2026-4-3") == date(2026, 4, 3)
    assert read_date("29/02/2028") == date(2028, 2, 29)


@pytest.mark.parametrize(
    "text",
    ["", " ", "abc", "12/24/2026", "31/02/2026", "29/02/2026", "00/01/2026", "01/00/2026", "2026-13-01", "2026-02-30",
     "0206-01-01", "01/01/0206", "2206-01-01", "01/01/1979", "24/11", "24/11-2026", "24/11/026", "24/11/2026 14:30",
     "20261124", "46000", "2026/11/24", "24 novembre 2026", "24/11/2026-", "-1/1/2026", "²/11/2026"],
)  # fmt: skip
def test_date_is_refused(text: str) -> None:
    """What is no date, or surely a slip, is acted on, or stops the program with a foreign error."""
    with pytest.raises(UnreadableError) as caught:
        read_date(text)
    assert (caught.value.fault, caught.value.text) == (TypedFault.NOT_A_DATE, text)


working_days = st.dates(date(1980, 1, 1), date(2100, 12, 31))


@given(working_days, st.sampled_from(["%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%Y-%m-%d", "%Y-%m-%d 00:00:00"]))
def test_any_date_reads_back_equal(day: date, form: str) -> None:
    """A date that was printed comes back as another day."""
    assert read_date(day.strftime(form)) == day


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_any_date_of_this_century_reads_back_from_two_digits(day: date) -> None:
    """A year of two digits is taken for another century, or its day for its month."""
    assert read_date(day.strftime("%d/%m/%y")) == day


@given(st.one_of(st.text(), st.text("0123456789/.- T:٣²")))
@example("٩٩/٩٩/٩٩٩٩")
@example("٠٠٠٠-٠٠-٠٠")
@settings(max_examples=400)
def test_any_text_is_a_date_or_a_tick_or_unreadable(text: str) -> None:
    """A typed text stops the program with a foreign error."""
    for read, fault in ((read_date, TypedFault.NOT_A_DATE), (read_tick, TypedFault.NOT_A_TICK)):
        try:
            read(text)
        except UnreadableError as error:
            assert (error.fault, error.text) == (fault, text)


@given(st.text())
def test_plain_text_has_single_spaces(text: str) -> None:
    """An invisible blank survives and makes two equal texts differ."""
    made = plain(text)
    assert plain(made) == made
    assert not set(made) & {NBSP, NARROW, THIN, "\u2007", "\u200b", "\ufeff", "\t", "\r", "\n"}
    assert "  " not in made


# --- Addresses


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ()), (" ; , ", ()), ("a@b.example", ("a@b.example",)), (f" a@b.example{NBSP}", ("a@b.example",)),
        ("a@b.example;c@d.example", ("a@b.example", "c@d.example")),
        ("a@b.example, c@d.example", ("a@b.example", "c@d.example")),
        ("a@b.example\nc@d.example", ("a@b.example", "c@d.example")),
        (f"a@b.example{NBSP}c@d.example;", ("a@b.example", "c@d.example")),
        ("c@d.example; a@b.example ;c@d.example", ("c@d.example", "a@b.example")),
        ("A@b.example,a@B.example", ("A@b.example",)),
        ("<a@b.example>", ("a@b.example",)), ("a@écluse.example", ("a@xn--cluse-9ra.example",)),
        ("first.last+tag@sub.domain.co.uk", ("first.last+tag@sub.domain.co.uk",)),
    ],
)  # fmt: skip
def test_addresses_are_read(text: str, found: tuple[str, ...]) -> None:
    """A list of email addresses loses one, doubles one, or is refused."""
    assert read_addresses(text) == found


@pytest.mark.parametrize(
    ("text", "bad"),
    [
        ("dupont", "dupont"), ("a@b", "a@b"), ("@", "@"), ("a@@b.example", "a@@b.example"), ("a@b..example", None),
        ("a@b.example;dupont", "dupont"), ("x;y", "x"), (".a@b.example", None), ("a@-b.example", None),
        ("a@b.example.", None), ("a@[127.0.0.1]", None), ("<>", None),
        ("a@" + "b" * 64 + ".example", None), ("mailto:a@b.example", None), ("a@b.exa\u2028mple", None),
    ],
)  # fmt: skip
def test_bad_address_is_refused(text: str, bad: str | None) -> None:
    """An address that no server would take is accepted, or another part is blamed."""
    with pytest.raises(BadAddressError) as caught:
        read_addresses(text)
    if bad is not None:
        assert caught.value.text == bad


@given(st.one_of(st.text(), st.text("abé@.;, <>-_\"'()[]:\\\n\x00" + NBSP), st.emails()))
@settings(max_examples=400)
def test_any_text_is_addresses_or_bad(text: str) -> None:
    """A typed text stops the program with a foreign error, or an accepted address is not one when read again."""
    try:
        found = read_addresses(text)
    except BadAddressError:
        return
    assert read_addresses(";".join(found)) == found
    assert all("@" in address and not set(address) & set("\r\n;, ") for address in found)
