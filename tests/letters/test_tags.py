"""Tags of letters and mails print texts and numbers, nothing else, and come to an end."""

import time
from collections.abc import Callable
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from docx import Document

from relance_xl.core.wording import Company, example_words
from relance_xl.letters.templates.template import LetterFailedError, render_letter, template_faults
from relance_xl.mail.template import CompiledMail, MailFailedError, MailTemplate, mail_template_faults
from relance_xl.tags.sandbox import EndlessError, TagEnvironment, UnprintableError
from tests.letters.test_layout import lay_out
from tests.letters.test_seals import with_note
from tests.support.bench import Bench

_COMPANY = Company("Dupont", ("1 rue Neuve",), "69001", "Lyon", "FR", "", "", "", "", "", "", "", "")
_NAMES = example_words(_COMPANY, "fr").names()

UNPRINTABLE = [
    "{{ customer }}", "{{ company }}", "{{ level }}", "{{ invoices }}", "{{ company.address_lines }}",
    "{{ invoices|join }}", "{{ invoices|first }}", "{{ invoices|list }}", "{{ invoices|pprint }}", "{{ customer|e }}",
    "{{ customer|string }}", "{{ company.address_lines|string }}", "{{ invoices|map('string')|join }}",
    "{{ customer|upper }}", "{{ customer|int }}", "{{ customer|default('x') }}", "{{ invoices|tojson }}",
    "{{ {'a': customer}|xmlattr }}", "{{ 'a'|replace('a', customer) }}", "{{ '%s'|format(customer) }}",
    "{{ '%s' % customer }}", "{{ '%r' % (customer,) }}", "{{ '{}'.format(customer) }}", "{{ '{c!r}'.format(c=customer) }}",
    "{{ customer ~ '' }}", "{{ company.address_lines ~ '' }}", "{{ 'x' ~ none }}", "{{ customer.name.upper }}",
    "{{ customer.name.upper ~ '' }}", "{{ range }}", "{{ none }}", "{{ true }}", "{{ customer.professional }}",
    "{{ [1] }}", "{{ {'a': 1} }}", "{{ invoices|map(attribute='number') }}",
    "{% for one in invoices %}{{ one }}{% endfor %}", "{% for one in invoices %}{{ loop }}{% endfor %}",
    "{% set x %}{{ customer }}{% endset %}{{ x }}", "{% macro m(x) %}{{ x }}{% endmacro %}{{ m(customer) }}",
]  # fmt: skip
PRINTABLE = [
    ("{{ customer.name }}, {{ count }}", "Example, 1"),
    ("{{ company.address_lines|join(', ') }}", "1 rue Neuve"),
    ("{{ invoices|join('; ', attribute='number') }}", "F-1"),
    ("{% for one in invoices %}{{ loop.index ~ '. ' ~ one.number }}{% else %}-{% endfor %}", "1. F-1"),
    ("{{ '%s / %d' % (customer.name, count) }} {{ '{:>3}'.format(count) }}", "Example / 1   1"),
    ("{{ customer.name.upper() }} {{ customer.name|lower|replace('e', 'E') }}", "EXAMPLE ExamplE"),
    ("{{ 'entreprise' if customer.professional else 'particulier' }}", "entreprise"),
    ("{{ '=' * 10 }}{{ 2 ** 5 + 7 % 3 }}", "==========33"),
    ("{% set n = namespace(days=0) %}{% for i in invoices %}{% set n.days = n.days + i.days_overdue %}{% endfor %}{{ n.days }}", "54"),
    ("{% macro m(x) %}[{{ x }}]{% endmacro %}{% set t %}{{ m(count) }}{% endset %}{{ t|trim }}", "[1]"),
]  # fmt: skip
ENDLESS = [
    "{% for i in range(10**9) %}a{% endfor %}",
    "{% for i in range(99999) %}{% for j in range(99999) %}xxxx{% endfor %}{% endfor %}",
    "{% for i in range(99999) %}{% set x = range(99999)|list %}{% endfor %}",
    "{% for x in [[1]] recursive %}{{ loop([[1]]) }}{% endfor %}",
    "{% set l = [1] %}{% for x in l %}{% if l.append(1) %}{% endif %}{% endfor %}",
    "{% macro m(n) %}{{ m(n + 1) }}{% endmacro %}{{ m(1) }}",
    "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(40) }}",
    "{{ 'x' * 10**9 }}", "{{ ([0] * 10**9)|join }}", "{{ 7**(9**9) }}", "{{ '%1000000000d' % 1 }}",
    "{{ '%*d'|format(10**9, 1) }}", "{{ '{:>1000000000}'.format('x') }}", "{{ '{:{}}'.format('x', 10**9) }}",
    "{{ 'x'.ljust(10**9) }}", "{{ 'x'|center(10**9) }}", "{{ 'x'|indent(10**9) }}", "{{ range(9)|batch(10**9, 0)|list }}",
    "{{ 1.5|round(10**9, 'ceil') }}", "{{ ('x' * 9999999)|replace('x', 'y' * 9999999) }}",
    "{% set n = namespace(x='aaaa') %}{% for i in range(100) %}{% set n.x = n.x + n.x %}{% endfor %}",
    "{% set n = namespace(x='aaaa') %}{% for i in range(100) %}{% set n.x = n.x ~ n.x %}{% endfor %}",
]  # fmt: skip


@pytest.mark.parametrize("escaping", [True, False], ids=["letter or HTML", "text"])
@pytest.mark.parametrize("source", UNPRINTABLE)
def test_what_is_no_text_is_never_printed(source: str, escaping: bool) -> None:
    """The customer reads `CustomerWords(code='', …)`, `True` or `<built-in method upper>` in a letter."""
    with pytest.raises(UnprintableError):
        TagEnvironment(autoescape=escaping).from_string(source).render(_NAMES)


@pytest.mark.parametrize("escaping", [True, False], ids=["letter or HTML", "text"])
@pytest.mark.parametrize(("source", "printed"), PRINTABLE)
def test_texts_and_numbers_print_as_ever(source: str, printed: str, escaping: bool) -> None:
    """An honest template (a filter, a macro, a sum in a loop) is refused, or prints something else."""
    assert TagEnvironment(autoescape=escaping).from_string(source).render(_NAMES) == printed


@pytest.mark.parametrize("source", ENDLESS)
def test_what_goes_on_for_ever_is_ended(source: str) -> None:
    """A loop in a loop, or a text a million times over, keeps a whole send waiting, or takes all memory."""
    began = time.thread_time()
    with pytest.raises((EndlessError, RecursionError, OverflowError)):
        TagEnvironment(autoescape=True).from_string(source).render(_NAMES)
    # Seconds of work; what is counted takes one or two.
    assert time.thread_time() - began < 11


def _letter(path: Path, text: str) -> Path:
    document = Document()
    document.add_paragraph(text)
    document.save(str(path))
    return path


def _in_header(path: Path, text: str) -> Path:
    document = Document()
    document.add_paragraph("Bonjour")
    document.sections[0].header.paragraphs[0].text = text
    document.save(str(path))
    return path


def _in_footer(path: Path, text: str) -> Path:
    document = Document()
    document.add_paragraph("Bonjour")
    document.sections[0].footer.paragraphs[0].text = text
    document.save(str(path))
    return path


def _in_footnote(path: Path, text: str) -> Path:
    return with_note(_letter(path, "Bonjour"), "footnote", f"<w:p><w:r><w:t>{escape(text)}</w:t></w:r></w:p>")


_FOUND_BEFORE = [
    ("{{ customer }}", "customer.name"),
    ("{% if ordinal > 99 %}{{ customer }}{% endif %}", "customer.name"),
    ("{% for one in invoices %}{% if one.credit %}{{ one }}{% endif %}{% endfor %}", "one.number"),
    ("{{ invoices|join }}", "…"),
    ("{{ invoices }}", "{% for one in invoices %}{{ one.number }}{% endfor %}"),
    ("{{ customer.professional }}", "{% if customer.professional %}"),
    ("{{ customer.name.upper }}", "()"),
    ("{% for i in range(99999) %}{% for j in range(99999) %}x{% endfor %}{% endfor %}", ""),
]


@pytest.mark.parametrize("build", [_letter, _in_header, _in_footer, _in_footnote])
@pytest.mark.parametrize(("source", "advice"), _FOUND_BEFORE)
def test_a_letters_wrong_tags_are_found_before(
    tmp_path: Path, build: Callable[[Path, str], Path], source: str, advice: str
) -> None:
    """Doctor calls a template right that prints a record, in its text, header or footer, or never ends."""
    template = build(tmp_path / "simple.fr.docx", source)
    (fault,) = template_faults(template, _NAMES)
    assert fault.where == "simple.fr.docx"
    assert advice in fault.advice or advice == "…"
    with_real = example_words(_COMPANY, "en").names() | {"ordinal": 100}
    if "credit" not in source:
        with pytest.raises(LetterFailedError, match=r"simple\.fr\.docx"):
            render_letter(template, with_real)


def test_tags_that_nobody_fills_in_are_told(tmp_path: Path) -> None:
    """A tag in an endnote, or a name that does not exist in a footnote, is found by the customer or when all is made."""
    note = "<w:p><w:r><w:t>{}</w:t></w:r></w:p>"
    template = with_note(_letter(tmp_path / "a.docx", "Bonjour"), "endnote", note.format("{{ customer.name }}"))
    (fault,) = template_faults(template, _NAMES)
    assert "endnote" in fault.problem or "notes de fin" in fault.problem
    template = with_note(_letter(tmp_path / "b.docx", "Bonjour"), "footnote", note.format("{{ custommer }}"))
    (fault,) = template_faults(template, _NAMES)
    assert "custommer" in fault.problem
    template = with_note(_letter(tmp_path / "c.docx", "Bonjour"), "footnote", note.format("{{ customer.name }}"))
    assert template_faults(template, _NAMES) == []


@pytest.mark.parametrize("place", ["subject", "text", "html"])
@pytest.mark.parametrize(("source", "advice"), _FOUND_BEFORE)
def test_a_mails_wrong_tags_are_found_before(tmp_path: Path, place: str, source: str, advice: str) -> None:
    """Doctor calls a mail right that prints a record, in its subject, text or HTML, or never ends."""
    texts = {"subject": "Relance", "text": "Bonjour", "html": "<p>Bonjour</p>"} | {place: source}
    paths = {name: tmp_path / f"simple.fr.{name}" for name in ("text", "html")}
    for name, path in paths.items():
        path.write_text(texts[name], encoding="utf-8")
    template = MailTemplate(texts["subject"], paths["text"], paths["html"], tmp_path)
    (fault,) = mail_template_faults(template, _NAMES)
    assert fault.where == ("relance.toml: level.subject" if place == "subject" else f"simple.fr.{place}")
    assert advice in fault.advice or advice == "…"
    if "credit" not in source:
        with pytest.raises(MailFailedError, match=r"simple\.fr"):
            CompiledMail(template).render(_NAMES | {"ordinal": 100})


def test_check_and_doctor_tell_of_a_record_and_of_a_loop_without_end(exported: Bench) -> None:
    """A template that prints a record is told when the letters lie in the envelope, one without end never."""
    folder = exported.root / "modeles"
    _letter(folder / "simple.fr.docx", "{{ customer }}")
    mail = folder / "ferme.fr.txt"
    mail.write_text("{% for i in range(99999) %}{% for j in range(99999) %}x{% endfor %}{% endfor %}", encoding="utf-8")
    exported.write(("FA2026-0296", "Par courrier", "x"))
    checked = exported.json("check")
    assert checked.code == 3
    assert [fault["where"] for fault in checked.data["faults"]] == ["simple.fr.docx"]
    assert "customer.name" in exported.run("check").err
    told = exported.run("doctor")
    assert told.code == 3
    assert "simple.fr.docx" in told.out
    assert "ferme.fr.txt" in told.out


def test_a_tag_that_only_some_mails_get_wrong_holds_these_alone(exported: Bench) -> None:
    """A record printed for some customers only goes out to them, or holds everybody."""
    mail = exported.root / "modeles" / "simple.fr.txt"
    mail.write_text("{{ customer if customer.city == 'Lille' else customer.name }}", encoding="utf-8")
    exported.write(("FA2026-0187", "Par email", "x"), ("FA2026-0229", "Par email", "x"))
    sent = exported.json("send", "--yes")
    outcomes = {line["invoice"]: line["outcome"] for line in sent.reminders()}
    assert outcomes == {"FA2026-0187": "accepted", "FA2026-0229": "held"}
    assert "customer.name" in sent.reminders("held")[0]["reason"]
    (message,) = (path.read_text(encoding="utf-8") for path in exported.root.glob("lots/*/emails/*.eml"))
    assert "CustomerWords" not in message


def test_letters_of_other_templates_go_on(tmp_path: Path) -> None:
    """One template that goes on for ever with real data holds the letters of all others, or takes its time for each."""
    text = "{{ key }}{% for i in range(many) %}{% for j in range(many) %}{% endfor %}{% endfor %}"
    template = _letter(tmp_path / "sans fin.docx", text)
    began = time.process_time()
    names = [{"key": f"K{number}", "many": 99999 if number else 1} for number in range(30)]
    laid_out = lay_out(template, names, tmp_path / "work")
    assert sorted(laid_out.letters) == ["00001"]
    assert all(why.startswith("sans fin.docx: ") for why in laid_out.failures.values())
    assert len(laid_out.failures) == 29
    assert time.process_time() - began < 15
