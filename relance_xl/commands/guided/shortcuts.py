"""The command shortcuts: files to double-click in the dossier, one an act of the week, for this installation."""

from dataclasses import dataclass
from pathlib import Path

from relance_xl.console import Console
from relance_xl.core.texts.acts import Act, numbered_name
from relance_xl.desktop.program import program_command, this_system
from relance_xl.desktop.shortcuts import Shortcut, Surroundings, file_name, write_shortcut
from relance_xl.runtime.errors import ProgramError
from relance_xl.runtime.language import _, speaking
from relance_xl.runtime.system_faults import fault_words


@dataclass(frozen=True, slots=True)
class MadeShortcuts:
    """The names of the files that start the program, and of those that were not written: others' files are so called."""

    made: tuple[str, ...] = ()
    taken: tuple[str, ...] = ()


NO_SHORTCUTS = MadeShortcuts()


def make_shortcuts(root: Path, language: str) -> MadeShortcuts:
    """Write the files; those of an earlier installation are brought up to date. Raises ProgramError."""
    root, system = root.resolve(), this_system()
    made: list[str] = []
    taken: list[str] = []
    with speaking(language):
        around = Surroundings(
            root,
            program_command(),
            closing=_("Press Enter to close this window."),
            missing=_(
                "Relance XL is no longer where it was: install it, then run relance-xl shortcuts in this folder."
            ),
        )
        shortcuts = [Shortcut(numbered_name(act), (act.value,)) for act in Act]
    for one in shortcuts:
        name = file_name(one, system)
        try:
            is_ours = write_shortcut(root, one, system, around)
        except OSError as error:
            text = _("{file} cannot be written: {why}").format(file=root / name, why=fault_words(error))
            raise ProgramError(text, advice=_("Check the disk's room and the folder's rights.")) from error
        (made if is_ours else taken).append(name)
    return MadeShortcuts(tuple(made), tuple(taken))


def show_shortcuts(console: Console, shortcuts: MadeShortcuts) -> None:
    """Tell what can be double-clicked now."""
    if shortcuts.made:
        console.say(_("To double-click in this folder: {files}").format(files=", ".join(shortcuts.made)))
    if shortcuts.taken:
        text = _("Not written, as other files have these names: {files}")
        console.warn([text.format(files=", ".join(shortcuts.taken))])
