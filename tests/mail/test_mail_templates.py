"""Mail templates and the files that they build on: each mail comes out, what is wrong is told by its file's name."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from relance_xl.core.wording import Company, example_words
from relance_xl.mail.template import CompiledMail, MailFailedError, MailTemplate, mail_template_faults
from tests.support.bench import Bench

_SHIPPED = Path(__file__).parents[2] / "templates" / "modeles"
_LEVELS = ("simple", "ferme", "mise_en_demeure")
_COMPANY = Company(
    "Dupont & Fils <SARL>", ("1 rue Neuve",), "69001", "Lyon", "FR", "123456789", "FR12123456789", "FR76 3000", "AGRIFRPP",
    "a@example.com", "04 00", "SARL au capital de 1 €", "Jeanne Dupont",
)  # fmt: skip
_NAMES = example_words(_COMPANY, "fr").names()


def _template(folder: Path, name: str = "simple.fr") -> MailTemplate:
    return MailTemplate("Relance {{ reference }}", folder / f"{name}.txt", folder / f"{name}.html", folder)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a templates folder as it is shipped."""
    return Path(shutil.copytree(_SHIPPED, tmp_path / "modeles"))


def _change(path: Path, before: str, after: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("level", _LEVELS)
def test_every_shipped_mail_comes_out(level: str, language: str) -> None:
    """A level's email in a language cannot be made, or lacks what all have: the invoices, how to pay, who writes."""
    template = _template(_SHIPPED, f"{level}.{language}")
    words = example_words(_COMPANY, language)
    line = words.invoices[0]
    credit = replace(line, number="A-1", credit=True)
    assert mail_template_faults(template, words.names()) == []
    compiled = CompiledMail(template)
    mails = [compiled.render(one.names()) for one in (words, replace(words, invoices=(line, credit)))]
    colon = " : " if language == "fr" else ": "
    for mail in mails:
        assert mail.subject == "Relance F-1"
        assert all(text in mail.text for text in ("F-1", words.total, f"IBAN{colon}FR76 3000", "Dupont & Fils <SARL>"))
        assert all(text in mail.html for text in ("F-1", words.total, "FR76 3000", "Dupont &amp; Fils &lt;SARL&gt;"))
        assert mail.html.startswith(f'<!DOCTYPE html>\n<html lang="{language}">')
        assert not any(mark in text for text in (mail.text, mail.html) for mark in ("{%", "{{", "\n\n\n"))
    assert "A-1" not in mails[0].text + mails[0].html
    assert ("avoir" if language == "fr" else "credit note") in mails[1].text


def test_mails_of_an_older_folder_come_out_as_ever(tmp_path: Path) -> None:
    """A dossier laid out before there were base files, whose templates are whole, sends no emails any more."""
    (tmp_path / "simple.fr.txt").write_text("Bonjour {{ customer.name }}\n", encoding="utf-8")
    (tmp_path / "simple.fr.html").write_text("{% set due = invoices %}<p>{{ due|length }}</p>\n", encoding="utf-8")
    assert mail_template_faults(_template(tmp_path), _NAMES) == []
    mail = CompiledMail(_template(tmp_path)).render(_NAMES)
    assert (mail.text, mail.html) == ("Bonjour Example\n", "<p>1</p>\n")


def test_init_lays_out_what_templates_build_on(bench: Bench) -> None:
    """A new dossier, or one from which a base file was deleted, has templates that build on nothing."""
    folder = bench.root / "modeles"
    for name in ("base.html", "base.txt", "base.words.fr.txt"):
        (folder / name).unlink()
    told = bench.run("doctor")
    assert told.code == 3
    shown = "".join(told.out.split())
    assert all(f"modeles/{name}" in shown for name in ("base.html", "base.txt", "base.words.fr.txt"))
    assert bench.json("init", "--sample", day=None).data["made"] == [
        "modeles/base.html", "modeles/base.txt", "modeles/base.words.fr.txt"
    ]  # fmt: skip
    assert "base." not in bench.run("doctor").out


_WRONG: list[tuple[str, str, str, str, str]] = [
    ("base.html", "{{ level.label }}", "{{ level.nom }}", "base.html", "nom"),
    ("base.html", "{{ level.label }}", "{{ levell.label }}", "base.html", "levell"),
    ("base.html", "{{ level.label }}", "{{ customer }}", "base.html", "customer"),
    ("base.html", "{{ level.label }}", "{% if %}", "base.html, ligne", ""),
    ("base.html", "{{ level.label }}", "{{ 'x'|no_such_filter }}", "base.html, ligne", "no_such_filter"),
    ("base.html", "{{ words.salutation }}", "{{ words.salutations }}", "base.html", "salutations"),
    ("base.html", "{{ level.label }}", "{{ number_widt }}", "base.html", "number_widt"),
    ("base.html", "{{ level.label }}", "{% for i in range(99999) %}{% for j in range(99999) %}x{% endfor %}{% endfor %}",
     "base.html", "termine"),
    ("base.words.fr.txt", "paid|length ==", "payd|length ==", "base.words.fr.txt", "payd"),
    ("simple.fr.html", "{% import", "{# import", "base.html", "words"),
    ("simple.fr.html", "base.html", "bas.html", "bas.html", ""),
    ("simple.fr.html", "{% block before %}", "{% block befor %}", "simple.fr.html, ligne 3", "befor"),
    ("simple.fr.html", "{% block before %}", "<p>Bonjour</p>{% block before %}", "simple.fr.html, ligne", ""),
    ("simple.fr.html", "{% if late %}", "{{ customer.nom }}{% if late %}", "simple.fr.html", "nom"),
    ("simple.fr.html", "{% if late %}", "{{ latte }}{% if late %}", "simple.fr.html", "latte"),
    # Set by the base file only after its block is filled in.
    ("base.html", "{% set late =", "{% block top %}{% endblock %}{% set late =", "", ""),
]  # fmt: skip


@pytest.mark.parametrize(("file", "before", "after", "where", "word"), _WRONG)
def test_what_is_wrong_is_told_by_its_file(
    folder: Path, file: str, before: str, after: str, where: str, word: str
) -> None:
    """A slip in a base file is told of the template that builds on it, or found when all letters are made; or a text is lost."""
    _change(folder / file, before, after)
    if file == "simple.fr.html" and "# import" in after:
        _change(folder / file, "with context %}", "with context #}")
    faults = [one for one in mail_template_faults(_template(folder), _NAMES) if "base.txt" not in one.where]
    if not where:
        assert faults == []
        _change(
            folder / "simple.fr.html", "{% block before %}", "{% block top %}{{ late }}{% endblock %}{% block before %}"
        )
        where, word = "simple.fr.html", "late"
        faults = mail_template_faults(_template(folder), _NAMES)
    assert len({one.where for one in faults}) == 1, faults
    assert Path(faults[0].where).name.startswith(where)
    assert word in faults[0].problem


def test_a_base_file_that_is_no_text_is_named(folder: Path) -> None:
    """A base file saved as a Word document or in another encoding is told with Python's words, without its name."""
    (folder / "base.html").write_bytes("Échéance".encode("cp1252"))
    (fault,) = mail_template_faults(_template(folder), _NAMES)
    assert fault.where == "base.html"
    with pytest.raises(MailFailedError, match=r"base\.html"):
        CompiledMail(_template(folder)).render(_NAMES)


def _link(folder: Path, secret: Path) -> str:
    (folder / "lien.txt").symlink_to(secret)
    return "lien.txt"


def _linked_folder(folder: Path, secret: Path) -> str:
    (folder / "dossier").symlink_to(secret.parent, target_is_directory=True)
    return f"dossier/{secret.name}"


def _circle(folder: Path, secret: Path) -> str:
    (folder / "rond.txt").symlink_to(folder / "rond.txt")
    return "rond.txt"


_WAYS_OUT: Mapping[str, Callable[[Path, Path], str]] = {
    "up": lambda _folder, secret: f"../{secret.name}",
    "down and up": lambda folder, _secret: f"../{folder.name}/base.txt",
    "Windows' up": lambda _folder, secret: f"..\\\\{secret.name}",
    "absolute": lambda _folder, secret: secret.as_posix(),
    "absolute within": lambda folder, _secret: (folder / "base.txt").as_posix(),
    "a drive": lambda _folder, secret: f"C:{secret.name}",
    "a link": _link,
    "a linked folder": _linked_folder,
    "no name": lambda _folder, _secret: "a\\0b",
}


@pytest.mark.parametrize(
    "tag", ["extends '{}'", "include '{}'", "include '{}' ignore missing", "import '{}' as x", "include '{}' ~ ''"]
)
@pytest.mark.parametrize("way", _WAYS_OUT)
def test_nothing_outside_of_the_folder_is_read(folder: Path, tag: str, way: str) -> None:
    """A template from elsewhere puts any file of the computer into an email to a customer."""
    secret = folder.parent / "secret.txt"
    secret.write_text("le mot de passe", encoding="utf-8")
    name = _WAYS_OUT[way](folder, secret)
    (folder / "simple.fr.txt").write_text(f"{{% {tag.format(name)} %}}", encoding="utf-8")
    (fault,) = mail_template_faults(_template(folder), _NAMES)
    assert fault.where == "simple.fr.txt"
    assert "n'est pas dans le dossier des modèles" in fault.problem
    with pytest.raises(MailFailedError, match="n'est pas dans le dossier des modèles"):
        CompiledMail(_template(folder)).render(_NAMES)


def test_links_that_lead_in_a_circle_are_not_followed(folder: Path) -> None:
    """Two links that lead to each other stop the program with a traceback."""
    (folder / "simple.fr.txt").write_text(f"{{% include '{_circle(folder, folder)}' %}}", encoding="utf-8")
    assert len(mail_template_faults(_template(folder), _NAMES)) == 1


def test_a_folder_may_be_a_link_and_hold_folders(folder: Path, tmp_path: Path) -> None:
    """Templates that a company shares (the folder is a link), or sorts into folders, are refused."""
    (folder / "pied").mkdir()
    (folder / "pied" / "de page.txt").write_text("Au revoir", encoding="utf-8")
    (folder / "simple.fr.txt").write_text("{% include 'pied/de page.txt' %}", encoding="utf-8")
    (tmp_path / "partage").symlink_to(folder, target_is_directory=True)
    for place in (folder, tmp_path / "partage"):
        assert mail_template_faults(_template(place), _NAMES) == []
        assert CompiledMail(_template(place)).render(_NAMES).text == "Au revoir"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("{% extends 'b.txt' %}", "{% extends 'simple.fr.txt' %}"),
        ("{% include 'b.txt' %}", "{% include 'simple.fr.txt' %}{% include 'simple.fr.txt' %}"),
        ("{% block x %}{{ self.x() }}{% endblock %}", ""),
    ],
)
def test_templates_that_build_on_each_other_come_to_an_end(folder: Path, first: str, second: str) -> None:
    """Two templates that build on each other keep a whole send waiting for ever."""
    (folder / "simple.fr.txt").write_text(first, encoding="utf-8")
    (folder / "b.txt").write_text(second, encoding="utf-8")
    (fault,) = mail_template_faults(_template(folder), _NAMES)
    assert "termine" in fault.problem
    with pytest.raises(MailFailedError) as failed:
        CompiledMail(_template(folder)).render(_NAMES)
    assert failed.value.endless


def test_many_small_includes_are_counted(folder: Path) -> None:
    """A few files that each include the next twice make a mail of a million parts, and keep a send waiting for hours."""
    for number in range(40):
        (folder / f"n{number}.txt").write_text(f"{{% include 'n{number + 1}.txt' %}}" * 2, encoding="utf-8")
    (folder / "n40.txt").write_text("", encoding="utf-8")
    (folder / "simple.fr.txt").write_text("{% include 'n0.txt' %}", encoding="utf-8")
    (fault,) = mail_template_faults(_template(folder), _NAMES)
    assert "termine" in fault.problem


def test_a_mail_after_an_endless_one_has_all_its_time(folder: Path) -> None:
    """One customer's endless mail takes the time and steps of all mails after it of the same template."""
    (folder / "simple.fr.txt").write_text(
        "{% for i in range(many) %}{% for j in range(many) %}{% endfor %}{% endfor %}x", encoding="utf-8"
    )
    compiled = CompiledMail(_template(folder))
    with pytest.raises(MailFailedError):
        compiled.render(_NAMES | {"many": 99_999})
    assert compiled.render(_NAMES | {"many": 2}).text == "x"
