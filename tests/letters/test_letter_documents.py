"""The Word documents that we ship and make keep to their schemas: the templates, letters alone, letters together."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from relance_xl.core.wording import Company, example_words
from relance_xl.letters.templates.seals import new_seal
from relance_xl.letters.templates.template import CompiledTemplate, render_letter
from relance_xl.letters.together.combinable import combinability
from relance_xl.letters.together.combined import RenderedLetter, combined_document
from tests.support.letter_templates import AWKWARD, Awkward, build, letters
from tests.support.schemas import needs_schemas, schema_faults
from tools import build_templates

_SHIPPED = sorted((Path(__file__).parents[2] / "templates" / "modeles").glob("*.docx"))
_SPARING = Company("Dupont & Fils <SARL>", (), "", "", "FR", "", "", "", "", "", "", "", "")
_FULL = Company(
    "Dupont", ("1 rue Neuve", "Bât. B"), "69001", "Lyon", "FR", "123456789", "FR12123456789", "FR7630006000011234567890189",
    "AGRIFRPP", "a@example.com", "04 00 00 00 00", "SARL au capital de 1 €", "Jeanne Dupont",
)  # fmt: skip

shipped = pytest.mark.parametrize("template", _SHIPPED, ids=lambda path: path.name)


def _shown(language: str) -> list[Mapping[str, object]]:
    """Return what letters say: with all that a letter may have, with as little as it can have."""
    full, sparing = example_words(_FULL, language), example_words(_SPARING, language)
    line = full.invoices[0]
    credit = replace(line, number="A-1", due_date="", days_overdue=0, credit=True)
    customer = replace(sparing.customer, code="", address_lines=(), country="", professional=False)
    return [
        replace(full, invoices=(line, replace(line, number="F-2"), credit), count=2).names(),
        replace(sparing, customer=customer, last_reminder="", last_level="", indemnity="").names(),
    ]


def _faults_of_letters(template: Path, shown: Sequence[Mapping[str, object]], folder: Path) -> list[str]:
    """Return what breaks the schemas in a template's letters: each alone, then those that can be, together."""
    alone = [folder / f"alone {number}.docx" for number in range(len(shown))]
    for path, names in zip(alone, shown, strict=True):
        path.write_bytes(render_letter(template, names, new_seal()))
    found, compiled = combinability(template), CompiledTemplate(template)
    bodies = [RenderedLetter(new_seal(), compiled.render(names)) for names in shown]
    fitting = [one for one in bodies if one.can_stand_among_others(compiled.sections, found)]
    together = folder / "together.docx"
    if fitting and not found.hindrances:
        together.write_bytes(combined_document(template, fitting, found))
        alone.append(together)
    return [fault for path in alone for fault in schema_faults(path)]


@shipped
def test_the_templates_are_what_their_program_writes(template: Path) -> None:
    """A change to the letters' texts or looks is in the program that builds the templates, and not in what is shipped."""
    level, language = template.name.split(".")[:2]
    assert template.read_bytes() == build_templates.build(build_templates.LANGUAGES[language], level)


@needs_schemas
@shipped
def test_the_templates_keep_to_the_schemas(template: Path) -> None:
    """Word repairs a template when its user opens it to change a word, or refuses it."""
    assert schema_faults(template) == []


@needs_schemas
@shipped
def test_letters_keep_to_the_schemas(template: Path, tmp_path: Path) -> None:
    """A letter made of one of our templates is none that Word opens: whole parts of it were left out, or put in, wrongly."""
    shown = _shown(template.name.split(".")[1])
    assert _faults_of_letters(template, shown, tmp_path) == []
    assert (tmp_path / "together.docx").is_file()


@needs_schemas
@pytest.mark.parametrize("awkward", AWKWARD, ids=lambda one: one.name.replace(" ", "-"))
def test_letters_of_any_template_keep_to_the_schemas(awkward: Awkward, tmp_path: Path) -> None:
    """Rendering, sealing or joining letters puts something where Word's format has no place for it."""
    assert _faults_of_letters(build(awkward, tmp_path / "template.docx"), letters(3), tmp_path) == []
