"""Write the letter templates of templates/modeles/. Run from the root of the repository.

All of a letter is in its body: no header, footer, page count, text box or numbered list, so that many
letters can be joined into one document before they are converted.
"""

import io
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

from tools import letter_layout as layout
from tools.letter_english import ENGLISH
from tools.letter_french import FRENCH
from tools.letter_layout import ACCENT, GREY, RULE, SHADE, TEXT_WIDTH_MM, Look
from tools.letter_wording import LEVELS, Labels, Language, LevelWording, Sentence

FOLDER = Path("templates/modeles")
LANGUAGES = {"fr": FRENCH, "en": ENGLISH}

# Fixed, so that building again gives the same bytes.
WRITTEN_ON = datetime(2026, 11, 1)  # noqa: DTZ001 - document properties carry no time zone
ZIP_TIME = (1980, 1, 1, 0, 0, 0)

# The window of a French DL envelope shows 100 to 200 mm across, about 50 to 85 mm down, of a folded A4 sheet.
ADDRESS_LEFT_MM = 92.0
LETTERHEAD_MM = 30.0
ADDRESS_MM = 31.0

COLUMNS_MM = (43.0, 24.0, 24.0, 19.0, 30.0, 30.0)
BODY_SIZE = 9.5
BODY = Look(size=BODY_SIZE, after=6)
SMALL = Look(size=8.5, colour=GREY)

NAMES = (
    "{%p set credits = invoices|selectattr('credit')|list %}",
    "{%p set due = invoices|rejectattr('credit')|rejectattr('also_due')|list %}",
    "{%p set also_due = invoices|selectattr('also_due')|list %}",
    "{%p set paid = invoices|selectattr('paid')|list %}",
    "{%p set oldest = due|map(attribute='days_overdue')|max %}",
)
LATE = "{%p set late = due|selectattr('days_overdue', 'gt', 0)|list|length %}"

# Countries whose postal codes begin with a letter write the town first: LONDON EC1R 4QB.
TOWN = (
    "{% if customer.postal_code[:1].isalpha() and '-' not in customer.postal_code %}"
    "{{ customer.city|upper }} {{ customer.postal_code }}"
    "{% else %}{{ [customer.postal_code, customer.city|upper]|select|join(' ') }}{% endif %}"
)
COMPANY_ADDRESS = (
    "{{ (company.address_lines|list + [[company.postal_code, company.city]|select|join(' ')])"
    "|select|join(' · ') }}"
    "{% if customer.country and company.country|length > 2 %} · {{ company.country }}{% endif %}"
)


def build(language: Language, level: str) -> bytes:
    """Return one letter template as a DOCX file."""
    labels, wording = language.labels, language.levels[level]
    letter = layout.new_letter(labels.tag)
    _add_heading(letter, labels)
    _add_opening(letter, labels, wording)
    _add_sentences(letter, wording.before)
    _add_invoices(letter, labels)
    _add_sentences(letter, wording.after, before_first=8)
    _add_payment(letter, labels)
    _add_closing(letter, wording)
    _add_legal_line(letter, labels)
    _set_properties(letter, wording.title, labels.tag)
    return _stable_bytes(letter)


def _add_heading(letter: Any, labels: Labels) -> None:
    """Add the letterhead, and under it the references beside the recipient's address."""
    for names in NAMES:
        layout.add_tag(letter, names)
    layout.add_tag(letter, LATE)
    layout.write(letter.add_paragraph(), "{{ company.name }}", Look(size=16, bold=True, colour=ACCENT, after=2))
    table = layout.add_table(letter, (ADDRESS_LEFT_MM, TEXT_WIDTH_MM - ADDRESS_LEFT_MM))
    _fill_letterhead(layout.add_row(table, LETTERHEAD_MM), labels)
    row = layout.add_row(table, ADDRESS_MM)
    _fill_references(row.cells[0], labels)
    _fill_recipient(row.cells[1], labels)


def _fill_letterhead(row: Any, labels: Labels) -> None:
    cell = row.cells[0].merge(row.cells[1])
    layout.write(cell.paragraphs[0], "{%p if company.address_lines or company.city %}", SMALL)
    layout.write(cell.add_paragraph(), COMPANY_ADDRESS, SMALL)
    layout.add_tag(cell, "{%p endif %}")
    contacts = f"[('{labels.phone}' ~ company.phone) if company.phone else '', company.email]|select"
    line = cell.add_paragraph()
    layout.write(line, f"{{{{ {contacts}|join(' · ') }}}}", SMALL)
    layout.rule(line, "bottom", ACCENT, space=6)


def _fill_references(cell: Any, labels: Labels) -> None:
    layout.write(cell.paragraphs[0], f"{labels.reference}{{{{ reference }}}}", SMALL)
    layout.write_when(
        cell,
        "customer.code and customer.code != reference",
        f"{labels.customer_code}{{{{ customer.code }}}}",
        Look(size=8.5, colour=GREY, before=2),
    )
    layout.write_when(cell, "level.registered", labels.registered, Look(size=9.5, bold=True, before=8))
    # A cell must end with a paragraph that stays.
    layout.write(cell.add_paragraph(), "", SMALL)


def _fill_recipient(cell: Any, labels: Labels) -> None:
    address = Look(size=10.5)
    layout.write(cell.paragraphs[0], "{{ customer.name }}", Look(size=10.5, bold=True))
    layout.write_when(cell, "customer.contact", f"{labels.attention}{{{{ customer.contact }}}}", address)
    layout.add_tag(cell, "{%p for line in customer.address_lines %}")
    layout.write(cell.add_paragraph(), "{{ line }}", address)
    layout.add_tag(cell, "{%p endfor %}")
    layout.write(cell.add_paragraph(), TOWN, address)
    layout.write_when(cell, "customer.country", "{{ customer.country|upper }}", address)
    layout.write(cell.add_paragraph(), "", Look(size=2))


def _add_opening(letter: Any, labels: Labels, wording: LevelWording) -> None:
    """Add place and date, the subject and the salutation."""
    date_look = Look(size=BODY_SIZE, indent=ADDRESS_LEFT_MM, before=2, after=11)
    layout.write(letter.add_paragraph(), labels.place_and_date, date_look)
    subject = Look(size=10.5, bold=True, after=9)
    layout.write(letter.add_paragraph(), labels.subject + wording.subject, subject)
    layout.write(letter.add_paragraph(), labels.salutation, Look(size=BODY_SIZE, after=7))


def _add_sentences(letter: Any, sentences: tuple[Sentence, ...], before_first: float = 0) -> None:
    """Add paragraphs of the body. The space over the first is a paragraph's own, as that one may vanish."""
    if before_first:
        layout.write(letter.add_paragraph(), "", Look(size=before_first / 1.2))
    for sentence in sentences:
        look = Look(size=BODY.size, after=BODY.after, bold=sentence.bold)
        if sentence.when:
            layout.write_when(letter, sentence.when, sentence.text, look)
        else:
            layout.write(letter.add_paragraph(), sentence.text, look)


def _add_invoices(letter: Any, labels: Labels) -> None:
    """Add the table of invoices, its titles repeated on each page, and the total."""
    table = layout.add_table(letter, COLUMNS_MM, padding_mm=(1.5, 1.0))
    titles = layout.add_row(table)
    layout.repeat_on_every_page(titles)
    _fill_row(titles, labels.columns, Look(size=8.5, bold=True, colour=ACCENT))
    layout.shade(titles, SHADE)
    layout.line_row(titles, "bottom", ACCENT, eighths=6)
    _add_invoice_rows(table, "due", labels)
    layout.add_tag_row(table, "{%tr if also_due %}")
    heading = layout.add_row(table)
    merged = heading.cells[0].merge(heading.cells[5])
    layout.write(merged.paragraphs[0], labels.also_due, Look(size=8.5, bold=True, colour=ACCENT, before=3))
    layout.line_row(heading, "bottom", RULE)
    layout.add_tag_row(table, "{%tr endif %}")
    _add_invoice_rows(table, "also_due", labels)
    _add_invoice_rows(table, "credits", labels)
    total = layout.add_row(table)
    _fill_total(total, labels)


def _add_invoice_rows(table: Any, invoices: str, labels: Labels) -> None:
    """Add a row for each invoice of a list, by the name that it has in the letter."""
    layout.add_tag_row(table, f"{{%tr for invoice in {invoices} %}}")
    row = layout.add_row(table)
    _fill_row(row, _invoice_cells(labels), Look(size=9))
    layout.line_row(row, "bottom", RULE)
    layout.add_tag_row(table, "{%tr endfor %}")


def _invoice_cells(labels: Labels) -> tuple[str, ...]:
    late = "not invoice.credit and invoice.days_overdue > 0"
    return (
        f"{{{{ invoice.number }}}}{{% if invoice.credit %}} {labels.credit}{{% endif %}}",
        "{{ invoice.date }}",
        "{% if not invoice.credit %}{{ invoice.due_date }}{% endif %}",
        f"{{% if {late} %}}{{{{ invoice.days_overdue }}}}\N{NO-BREAK SPACE}{labels.days}{{% endif %}}",
        "{{ invoice.total }}",
        "{{ invoice.open_amount }}",
    )


def _fill_row(row: Any, texts: tuple[str, ...], look: Look) -> None:
    for position, (cell, text) in enumerate(zip(row.cells, texts, strict=True)):
        align = "right" if position >= 3 else "left"
        layout.write(cell.paragraphs[0], text, Look(size=look.size, bold=look.bold, colour=look.colour, align=align))


def _fill_total(row: Any, labels: Labels) -> None:
    label, amount = row.cells[0].merge(row.cells[4]), row.cells[5]
    layout.write(label.paragraphs[0], labels.total, Look(bold=True, align="right"))
    layout.write(amount.paragraphs[0], "{{ total }}", Look(bold=True, align="right"))


def _add_payment(letter: Any, labels: Labels) -> None:
    """Add how to pay: each line that the company has, and the reference to quote."""
    table = layout.add_table(letter, (45.0, TEXT_WIDTH_MM - 45.0), padding_mm=(3.0, 0.6))
    heading = layout.add_row(table)
    title = f"{{% if company.iban %}}{labels.pay_by_transfer}{{% else %}}{labels.pay}{{% endif %}}"
    merged = heading.cells[0].merge(heading.cells[1])
    layout.write(merged.paragraphs[0], title, Look(size=9, bold=True, colour=ACCENT, before=3, with_next=True))
    layout.shade(heading, SHADE)
    _add_payment_line(table, labels.beneficiary, "company.name", optional=True)
    _add_payment_line(table, "IBAN", "company.iban", optional=True)
    _add_payment_line(table, "BIC", "company.bic", optional=True)
    _add_payment_line(table, labels.quote, "reference", optional=False)


def _add_payment_line(table: Any, label: str, name: str, optional: bool) -> None:
    if optional:
        layout.add_tag_row(table, f"{{%tr if company.iban and {name} %}}")
    row = layout.add_row(table)
    last = 0 if optional else 3
    layout.write(row.cells[0].paragraphs[0], label, Look(size=9, colour=GREY, after=last, with_next=True))
    value = Look(size=9, bold=not optional, after=last, with_next=True)
    layout.write(row.cells[1].paragraphs[0], f"{{{{ {name} }}}}", value)
    layout.shade(row, SHADE)
    if optional:
        layout.add_tag_row(table, "{%tr endif %}")


def _add_closing(letter: Any, wording: LevelWording) -> None:
    """Add the closing, kept on one page with the signature; the space between is for a pen."""
    layout.write(letter.add_paragraph(), wording.closing, Look(size=BODY_SIZE, before=10, with_next=True))
    signature = Look(size=BODY_SIZE, indent=ADDRESS_LEFT_MM, before=44, with_next=True)
    name = "{% if company.signatory %}{{ company.signatory }}{% else %}{{ company.name }}{% endif %}"
    layout.write(letter.add_paragraph(), name, signature)
    layout.write_when(
        letter,
        "company.signatory and company.name",
        "{{ company.name }}",
        Look(indent=ADDRESS_LEFT_MM, size=9),
    )


def _add_legal_line(letter: Any, labels: Labels) -> None:
    parts = (
        "[company.name, company.legal, "
        f"('{labels.siren}' ~ company.siren) if company.siren else '', "
        f"('{labels.vat}' ~ company.vat) if company.vat else '']|select"
    )
    layout.add_tag(letter, "{%p if company.legal or company.siren or company.vat %}")
    line = letter.add_paragraph()
    look = Look(size=7.5, colour=GREY, align="center", before=16)
    layout.write(line, f"{{{{ {parts}|join(' · ') }}}}", look)
    layout.rule(line, "top", RULE, space=5)
    layout.add_tag(letter, "{%p endif %}")


def _set_properties(letter: Any, title: str, language: str) -> None:
    properties = letter.core_properties
    properties.title, properties.language = title, language
    properties.author = properties.last_modified_by = "Relance XL"
    properties.comments = properties.keywords = properties.subject = ""
    properties.created = properties.modified = WRITTEN_ON
    properties.revision = 1


def _stable_bytes(letter: Any) -> bytes:
    written, stable = io.BytesIO(), io.BytesIO()
    _drop_thumbnail(letter.part.package)
    letter.save(written)
    with zipfile.ZipFile(written) as source, zipfile.ZipFile(stable, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in source.infolist():
            part = zipfile.ZipInfo(entry.filename, ZIP_TIME)
            part.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(part, source.read(entry))
    return stable.getvalue()


def _drop_thumbnail(package: Any) -> None:
    """Leave out the picture that python-docx's own blank document carries."""
    for key in [key for key, link in package.rels.items() if link.reltype.endswith("/thumbnail")]:
        package.rels.pop(key)


def main() -> None:
    """Write each template, in each language."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for code, language in LANGUAGES.items():
        for level in LEVELS:
            path = FOLDER / f"{level}.{code}.docx"
            path.write_bytes(build(language, level))
            print(path)


if __name__ == "__main__":
    main()
