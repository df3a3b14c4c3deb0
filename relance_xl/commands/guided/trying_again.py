"""What a person can see to at once, as closing the workbook: told, and tried again when they say so."""

from collections.abc import Callable

from relance_xl.commands.acts import Done
from relance_xl.console import Console
from relance_xl.runtime.endings import ending_of
from relance_xl.runtime.errors import LockedError
from relance_xl.runtime.language import _


def until_free(console: Console, act: Callable[[], Done]) -> Done:
    """Do an act; where the workbook is open or somebody else is at work, ask whether to try again.

    What goes wrong is shown, and its exit code returned.
    """
    while True:
        try:
            return act()
        # A menu or a window goes on, whatever it was.
        except (Exception, KeyboardInterrupt) as error:
            ending = ending_of(error)
            console.print_error(ending)
            question = _("Once that is done, press Enter to try again (q to leave it): ")
            if not isinstance(ending, LockedError) or not console.may_ask() or console.ask(question) == "q":
                return Done(ending.exit_code)
