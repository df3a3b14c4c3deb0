"""Whatever ends a command early, as an error in the user's words."""

import tempfile
import traceback

from relance_xl.runtime.errors import ProgramError, RelanceError
from relance_xl.runtime.language import _
from relance_xl.runtime.system_faults import NEEDED_ROOM, fault_words, is_full


class StoppedByUserError(RelanceError):
    """The user stopped the command."""


def ending_of(error: BaseException) -> RelanceError:
    """Return what ended a command as an error to show; of a fault of ours its trace is kept in a file."""
    match error:
        case RelanceError():
            return error
        case KeyboardInterrupt():
            return StoppedByUserError(_("Stopped. Nothing is sent twice: run the command again to go on."))
        case OSError():
            return ProgramError(_("The system refuses: {why}").format(why=fault_words(error)), advice=_advice(error))
    return _unexpected(error)


def _advice(error: OSError) -> str:
    if is_full(error):
        return _("Make room there (at least {size} KB), then run the command again; nothing is sent twice.").format(
            size=NEEDED_ROOM // 1024
        )
    return _("Check the disk's room and the folder's rights, then run the command again; nothing is sent twice.")


def _unexpected(error: BaseException) -> ProgramError:
    """Keep a fault of ours in a file for whoever mends it."""
    with tempfile.NamedTemporaryFile("w", prefix="relance-xl-", suffix=".txt", delete=False, encoding="utf-8") as file:
        file.write("".join(traceback.format_exception(error)))
    return ProgramError(
        _("Something unexpected went wrong in Relance XL itself."),
        advice=_(
            "Nothing is sent twice: run the command again. If it comes back, report it with this file: {file}"
        ).format(file=file.name),
    )
