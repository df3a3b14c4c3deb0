"""Lays out a new dossier: settings, templates, folders; never overwrites what is there."""

import shlex
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from relance_xl.commands.guided.shortcuts import NO_SHORTCUTS, MadeShortcuts, make_shortcuts, show_shortcuts
from relance_xl.console import Console
from relance_xl.runtime.errors import SettingsError
from relance_xl.runtime.language import _
from relance_xl.runtime.system_faults import fault_words
from relance_xl.settings.schema import SETTINGS_FILE

_PACKAGE = Path(__file__).parent.parent
_INSTALLED = _PACKAGE / "starter_files"
_SOURCE_TREE = _PACKAGE.parent


@dataclass(frozen=True, slots=True)
class LaidOut:
    """What was put where, and what was there already; paths relative to the dossier."""

    made: tuple[str, ...]
    kept: tuple[str, ...]
    #: Files to double-click; made with the settings, whose language they speak.
    shortcuts: MadeShortcuts = NO_SHORTCUTS


def starter_files() -> Path:
    """Return the folder with templates/ and samples/: inside an installed package, else the source tree."""
    return _INSTALLED if _INSTALLED.is_dir() else _SOURCE_TREE


def lay_out(root: Path, language: str, sample: bool) -> LaidOut:
    """Make a dossier ready for its first export. Raises SettingsError where the folder cannot be written."""
    made: list[str] = []
    kept: list[str] = []
    try:
        root.mkdir(parents=True, exist_ok=True)
        settings = _settings_text(language, sample)
        contents: list[tuple[str, str | Path]] = [(SETTINGS_FILE, settings), *_files(sample)]
        for target, content in contents:
            path = root / target
            if path.exists():
                kept.append(target)
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, str):
                path.write_text(content, encoding="utf-8")
            else:
                shutil.copyfile(content, path)
            made.append(target)
        for folder in ("factures", "lots"):
            (root / folder).mkdir(exist_ok=True)
    except OSError as error:
        raise SettingsError(
            _("{folder} cannot be written to: {why}").format(folder=root, why=fault_words(error)),
            advice=_("Choose another folder, or check its rights."),
        ) from error
    shortcuts = make_shortcuts(root, language) if SETTINGS_FILE in made else NO_SHORTCUTS
    return LaidOut(tuple(made), tuple(kept), shortcuts)


def _settings_text(language: str, sample: bool) -> str:
    """Return relance.toml: the commented one in the language, with the sample company's data where wanted."""
    text = (starter_files() / "templates" / f"relance.{language}.toml").read_text(encoding="utf-8")
    if not sample:
        return text
    company = (starter_files() / "samples" / "company.toml").read_text(encoding="utf-8")
    before, _mark, rest = text.partition("[company]\n")
    _empty, _mark, after = rest.partition("\n[source]\n")
    return f"{before}{company.strip()}\n\n[source]\n{after}"


def _files(sample: bool) -> Iterator[tuple[str, Path]]:
    templates = starter_files() / "templates" / "modeles"
    for path in sorted(templates.iterdir()):
        yield f"modeles/{path.name}", path
    if sample:
        samples = starter_files() / "samples"
        yield "impayes.csv", samples / "impayes.csv"
        for path in sorted((samples / "factures").iterdir()):
            yield f"factures/{path.name}", path


def show_layout(console: Console, layout: LaidOut, root: Path, is_filled: bool) -> None:
    """Tell what was laid out, and what comes next; `is_filled`: nothing is to be filled in by hand."""
    if console.as_json:
        console.answer({
            "dossier": str(root), "made": list(layout.made), "kept": list(layout.kept),
            "shortcuts": list(layout.shortcuts.made),
        })  # fmt: skip
        return
    console.say(
        _("{folder} is ready (files made: {made}, kept as they were: {kept}).").format(
            folder=root, made=len(layout.made), kept=len(layout.kept)
        ),
        "bold",
    )
    show_shortcuts(console, layout.shortcuts)
    if not is_filled:
        console.say(
            _(
                "Next: fill in relance.toml; put the list of unpaid invoices and the invoices' PDFs into this folder; then:"
            )
        )
    if not console.may_ask():
        console.say(shlex.join(["relance-xl", "-d", str(root), "export"]))
