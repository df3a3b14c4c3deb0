"""What an accountant does each week, and what each act is called wherever it is chosen: files, menu, workbook."""

import re
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


_COMMAND = re.compile(rf"\brelance-xl ({'|'.join(Act)})\b(?! --)")


def act_name(act: Act) -> str:
    """Return an act's name: short, fit for a file's name."""
    return _(ACT_NAMES[act])


def naming_acts(text: str) -> str:
    """Return a text in which acts are called as on files, menus and cells, not as typed commands; with options they stay."""
    return _COMMAND.sub(lambda found: _("“{act}”").format(act=act_name(Act(found[1]))), text)


def numbered_name(act: Act) -> str:
    """Return an act's name with its place in the week, as the file to double-click is called."""
    return f"{list(Act).index(act) + 1} {act_name(act)}"
