"""What a letter is made of in each language; letter_french and letter_english hold the texts.

The texts are Jinja2. Some names are set at the top of each letter from what the program provides:
`due`, the invoices of the letter's own level, `also_due`, those of milder ones, `credits`, the credit notes, and `late`, how
many of `due` are past their due date.
"""

from dataclasses import dataclass

LEVELS = ("simple", "ferme", "mise_en_demeure")


@dataclass(frozen=True, slots=True)
class Sentence:
    """One paragraph of a letter's body; `when` is the condition under which it appears."""

    text: str
    when: str = ""
    bold: bool = False


@dataclass(frozen=True, slots=True)
class LevelWording:
    """What is particular to a level: the subject, and the body before and after the invoices."""

    title: str
    subject: str
    before: tuple[Sentence, ...]
    after: tuple[Sentence, ...]
    closing: str


@dataclass(frozen=True, slots=True)
class Labels:
    """The fixed words of a language. `columns` are the titles of the table of invoices."""

    tag: str
    phone: str
    reference: str
    customer_code: str
    place_and_date: str
    subject: str
    salutation: str
    columns: tuple[str, str, str, str, str, str]
    credit: str
    days: str
    total: str
    also_due: str
    registered: str
    attention: str
    pay_by_transfer: str
    pay: str
    beneficiary: str
    quote: str
    siren: str
    vat: str


@dataclass(frozen=True, slots=True)
class Language:
    """All that the letters say in one language, the wording by level."""

    labels: Labels
    levels: dict[str, LevelWording]
