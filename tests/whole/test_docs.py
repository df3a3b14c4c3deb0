"""README and catalogs are true: the commands run, the links lead somewhere, no text is left in one language."""

import ast
import re
import shlex
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tools import catalogs

_ROOT = Path(__file__).parents[2]
_DOCUMENTS = [_ROOT / "README.md", _ROOT / "CHANGELOG.md", *sorted((_ROOT / "docs").glob("*.md"))]


def test_readme_commands_run(tmp_path: Path) -> None:
    """A command that README shows does not work as it stands there."""
    text = (_ROOT / "README.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```console\n(.*?)```", text, re.DOTALL)
    commands = [line.removeprefix("$ ") for line in block.splitlines()]
    assert len(commands) >= 6
    for command in commands:
        name, *arguments = shlex.split(command)
        assert name == "relance-xl"
        done = subprocess.run(
            [sys.executable, "-m", "relance_xl", *arguments], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        # Two of the sample's invoices have no PDF: check and send say so with 1.
        assert done.returncode == (1 if arguments[2] in {"check", "send"} else 0), done.stderr
    assert (tmp_path / "essai" / "lots" / "2026-11-24-001" / "courriers.pdf").is_file()


@pytest.mark.parametrize("document", _DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    """A document links to a file or picture that is not there."""
    for target in re.findall(r"\]\(([^)#]+)\)", document.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (document.parent / target).is_file(), target


def test_every_text_is_translated() -> None:
    """A text that users see is missing from the French catalog, or the catalog is stale."""
    assert catalogs.check() == []


def test_no_text_escapes_the_catalogs() -> None:
    """An error, warning or printed line is written in English only, around the catalogs."""
    escaped = []
    for path in sorted((_ROOT / "relance_xl").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _speaks(node):
                escaped += [
                    f"{path.name}:{argument.lineno} {ast.unparse(argument)}"
                    for argument in [*node.args, *(keyword.value for keyword in node.keywords)]
                    if isinstance(argument, ast.Constant) and isinstance(argument.value, str) and " " in argument.value
                ]
    assert escaped == []


def _speaks(call: ast.Call) -> bool:
    """Whether a call's texts reach the user: errors, faults, findings, and all that the console says."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    own_errors = {"SettingsError", "TemplateError", "SourceError", "EditsError", "LockedError", "ProgramError",
                  "JournalError", "UsageError", "RelanceError", "StoppedError"}  # fmt: skip
    return name in own_errors | {"Fault", "Finding", "say", "echo", "warn", "secho", "fail"}


def test_the_wheel_carries_templates_and_sample(tmp_path: Path) -> None:
    """After a pip install, `init --sample` finds no templates, no sample or no catalog."""
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "-q",
            "--no-deps",
            "--no-build-isolation",
            "-w",
            str(tmp_path),
            str(_ROOT),
        ],
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    for name in ("relance.fr.toml", "modeles/simple.fr.docx", "modeles/base.html", "modeles/base.words.fr.txt"):
        assert f"relance_xl/starter_files/templates/{name}" in names
    for name in ("samples/impayes.csv", "samples/company.toml"):
        assert f"relance_xl/starter_files/{name}" in names
    assert "relance_xl/locale/fr/LC_MESSAGES/relance_xl.mo" in names
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "installed")
    done = subprocess.run(
        [sys.executable, "-m", "relance_xl", "-d", "ici", "init", "--sample"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path / "installed"), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "ici" / "factures" / "FA2026-0187.pdf").is_file()
