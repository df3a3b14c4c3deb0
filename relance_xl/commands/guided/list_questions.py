"""Asks for the list of unpaid invoices, shows what is understood of its columns, and lets that be confirmed."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from relance_xl.commands.columns import show_columns
from relance_xl.commands.guided.questions import ask_number, ask_text, ask_yes_or_no
from relance_xl.console import Console
from relance_xl.core.terms import read_terms
from relance_xl.planning.invoices.invoice_list import wrong_rows_told
from relance_xl.planning.invoices.source_kinds import fec_file, is_from_fec, list_file, may_be_list
from relance_xl.runtime.errors import SourceError
from relance_xl.runtime.language import _
from relance_xl.settings.dossier import Dossier, open_dossier
from relance_xl.settings.filled_in import fill_in
from relance_xl.settings.schema import SETTINGS_FILE
from relance_xl.sources.lists.list_file import LIST_ENDINGS, Columns
from relance_xl.sources.lists.rows import field_words


@dataclass(frozen=True, slots=True)
class _Asking:
    console: Console
    root: Path

    @property
    def settings(self) -> Path:
        return self.root / SETTINGS_FILE

    def dossier(self) -> Dossier:
        return open_dossier(self.root)


def ask_list(console: Console, root: Path) -> bool:
    """Ask for the list and what its columns hold; return whether there is one that can be read.

    Raises NothingMoreTypedError, SettingsError, OSError.
    """
    asking = _Asking(console, root.resolve())
    while _choose_file(asking):
        try:
            if _confirm_columns(asking):
                return True
        except SourceError as error:
            console.print_error(error)
    console.say(_("Without a list for now: put it into this folder, then start again."))
    return False


def confirm_columns(console: Console, root: Path) -> bool:
    """Show what is understood of the list, and let its columns be named; return whether it is said to be right.

    Raises NothingMoreTypedError, SettingsError, SourceError, OSError.
    """
    return _confirm_columns(_Asking(console, root.resolve()))


def _choose_file(asking: _Asking) -> bool:
    """Ask which file is the list, and name it in relance.toml; False: none for now."""
    root, dossier = asking.root, asking.dossier()
    there = sorted((one for one in root.iterdir() if may_be_list(one, dossier)), key=lambda one: -one.stat().st_mtime)
    asking.console.say(
        _("The list of unpaid invoices: type its number, or drag its file into this window (empty: later).")
    )
    for number, one in enumerate(there, start=1):
        asking.console.say(f"  {number}  {one.name}")
    answer = ask_text(asking.console, _("List"), "", lambda text: _path_fault(text, there))
    if not answer:
        return False
    chosen = there[int(answer) - 1] if _is_number_of(answer, there) else _brought(Path(_unquoted(answer)), root)
    name = chosen.relative_to(root).as_posix()
    fill_in(asking.settings, "source", {"file": name})
    asking.console.say(_("Each week, save the new list over this one: {file}").format(file=chosen), "bold")
    return True


def _is_number_of(answer: str, there: list[Path]) -> bool:
    return answer.isascii() and answer.isdigit() and 1 <= int(answer) <= len(there)


def _path_fault(text: str, there: list[Path]) -> str:
    if not text or _is_number_of(text, there):
        return ""
    path = Path(_unquoted(text))
    if not path.is_file():
        return _("there is no such file: {file}").format(file=path)
    if path.suffix.lower() not in LIST_ENDINGS:
        return _("not a list: {endings} can be read").format(endings=", ".join(sorted(LIST_ENDINGS)))
    return ""


def _unquoted(text: str) -> str:
    r"""Return a path as a terminal types one that was dragged into it: between quotation marks, or `\ ` for a blank."""
    for mark in ("'", '"'):
        if len(text) > 1 and text.startswith(mark) and text.endswith(mark):
            return text[1:-1]
    return text if Path(text).exists() else text.replace("\\ ", " ")


def _brought(file: Path, root: Path) -> Path:
    """Return the list within the dossier: one from elsewhere is copied, under its own name, never over another."""
    file = file.resolve()
    if file.is_relative_to(root):
        return file
    target = root / file.name
    number = 1
    while target.exists():
        number += 1
        target = root / f"{file.stem} {number}{file.suffix}"
    shutil.copy2(file, target)
    return target


def _confirm_columns(asking: _Asking) -> bool:
    """Show what is understood, ask for what is lacking, until it is right. Raises SourceError."""
    if is_from_fec(asking.dossier()):
        return _ask_terms(asking)
    while True:
        columns = list_file(asking.dossier()).columns()
        show_columns(asking.console, columns)
        if columns.missing:
            if not _name_columns(asking, columns, columns.missing):
                return False
            continue
        listing = list_file(asking.dossier()).read()
        invoices = len(listing.invoices)
        question = _("{count} unpaid invoices. Are these the right columns? [Y/n] ").format(count=invoices)
        asking.console.warn((*wrong_rows_told(listing.faults), *listing.told))
        if ask_yes_or_no(asking.console, question):
            return True
        if not _name_columns(asking, columns, tuple(field_words())):
            return False


def _ask_terms(asking: _Asking) -> bool:
    """Ask when invoices are due, which a FEC does not say. Raises SourceError."""
    console, terms = asking.console, asking.dossier().settings.source.terms
    console.say(_("It is a FEC: what is open of customers' accounts is read, due by [source] terms."))
    answer = ask_text(
        console, _("Invoices are due after (days): 30, or 30 fin de mois, or 45 fin de mois le 10"), terms, _terms_fault
    )
    if not answer:
        return False
    fill_in(asking.settings, "source", {"terms": answer})
    listing = fec_file(asking.dossier()).read()
    console.warn((*wrong_rows_told(listing.faults), *listing.told))
    console.say(_("{count} unpaid invoices.").format(count=len(listing.invoices)))
    return True


def _terms_fault(text: str) -> str:
    return "" if not text or read_terms(text) else _("not terms of payment, such as 30")


def _name_columns(asking: _Asking, columns: Columns, fields: tuple[str, ...]) -> bool:
    """Ask which column holds each field, and name them in relance.toml; False: nothing was chosen."""
    console, chosen = asking.console, dict[str, str]()
    for number, title in enumerate(columns.titles, start=1):
        if title:
            console.say(f"  {number}  {title}   ({columns.example(number - 1)})")
    words = field_words()
    for field in fields:
        number = ask_number(
            console, _("Number of the column with: {field}").format(field=words[field]), len(columns.titles)
        )
        if number and columns.titles[number - 1]:
            chosen[field] = columns.titles[number - 1]
    if chosen:
        fill_in(asking.settings, "source.columns", chosen)
    return bool(chosen)
