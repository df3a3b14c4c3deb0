"""`init` where somebody sits at a terminal: asks what a dossier needs, and ends with the first workbook opened."""

from collections.abc import Callable
from pathlib import Path

from relance_xl.commands.acts import Acting, Done, export
from relance_xl.commands.guided.company_questions import ask_company
from relance_xl.commands.guided.list_questions import ask_list
from relance_xl.commands.guided.opened_after import open_made
from relance_xl.commands.guided.trying_again import until_free
from relance_xl.console import Console
from relance_xl.core.texts.acts import Act, numbered_name
from relance_xl.runtime.language import _
from relance_xl.settings.schema import SETTINGS_FILE, read_settings


def wants_dossier(console: Console, root: Path) -> bool:
    """Whether a folder that is no dossier is to become one; asked where it is one's own choice."""
    if (root / SETTINGS_FILE).exists():
        return False
    question = _("{folder} is not a Relance XL folder yet. Make it one? [y/N] ").format(folder=root.resolve())
    return bool(console.ask_yes_or_no(question))


def ask_first_steps(console: Console, root: Path, begin: Callable[[], Acting]) -> Done:
    """Fill in a dossier that is laid out, and make its first workbook. `begin` opens it.

    Raises NothingMoreTypedError, SettingsError, OSError.
    """
    settings = read_settings(root / SETTINGS_FILE)
    has_workbook = (root / settings.paths.workbook).exists()
    if has_workbook and not console.ask_yes_or_no(_("The settings are filled in. Go through them again? [y/N] ")):
        return Done(0)
    console.say(
        _(
            "A few questions. Enter keeps what stands in brackets, - removes it, < goes back; all can be changed in relance.toml."
        )
    )
    ask_company(console, root / SETTINGS_FILE)
    console.say("")
    if not ask_list(console, root):
        return Done(0)
    console.say("")
    acting = begin()
    done = until_free(console, lambda: export(acting))
    open_made(console, done.made)
    text = _("From now on: the invoices' PDFs go into {folder}; each week, double-click “{update}”.")
    console.say(text.format(folder=settings.paths.invoice_folder, update=numbered_name(Act.EXPORT)), "bold")
    return done
