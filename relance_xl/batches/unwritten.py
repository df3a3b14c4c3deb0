"""What the user is told where the workbook could not be written after a sending: the journal has it, nothing is lost."""

from dataclasses import dataclass

from relance_xl.runtime.errors import ProgramError, RelanceError
from relance_xl.runtime.language import _
from relance_xl.runtime.system_faults import fault_words


@dataclass(frozen=True, slots=True)
class Unwritten:
    """What to tell, and the exit code of what does not go away by itself; nothing and 0 where all was written."""

    told: tuple[str, ...] = ()
    exit_code: int = 0


def unwritten_for_now(why: str) -> Unwritten:
    """Return what is told of a reason that passes: the next export or send finds the workbook free."""
    text = _("The workbook could not be brought up to date ({why}); the next export or send will do it.")
    return Unwritten((text.format(why=why),))


def unwritten_until_mended(error: RelanceError | OSError) -> Unwritten:
    """Return what is told of a reason that a person must see to, each fault with its cell."""
    text = _(
        "The workbook could not be brought up to date: {why} Nothing is lost: it is written as soon as this is put right."
    )
    if isinstance(error, OSError):
        return Unwritten((text.format(why=f"{fault_words(error)}."),), ProgramError.exit_code)
    why = " ".join(filter(None, (error.summary, *(f"{fault}." for fault in error.faults), error.advice)))
    is_disk = isinstance(error.__cause__, OSError)
    return Unwritten((text.format(why=why),), ProgramError.exit_code if is_disk else error.exit_code)
