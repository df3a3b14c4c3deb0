"""What an accountant does each week, and what each act is called wherever it is chosen: files, menu, workbook."""

from collections.abc import Mapping
from enum import StrEnum

from relance_xl.runtime.language import N_, _


class Act(StrEnum):
    """What an accountant does with the dossier each week, in its order; the values are the commands' names."""

    EXPORT = "export"
    CHECK = "check"
    PREVIEW = "preview"
    SEND = "send"


ACT_NAMES: Mapping[Act, str] = {
    Act.EXPORT: N_("Update"),
    Act.CHECK: N_("Check"),
    Act.PREVIEW: N_("Preview"),
    Act.SEND: N_("Send"),
}


def act_name(act: Act) -> str:
    """Return an act's name: short, fit for a file's name."""
    return _(ACT_NAMES[act])


def numbered_name(act: Act) -> str:
    """Return an act's name with its place in the week, as the file to double-click is called."""
    return f"{list(Act).index(act) + 1} {act_name(act)}"
