"""What the acts of the week are called where people choose them: in the menu, on files to double-click."""

from relance_xl.commands.acts import Act
from relance_xl.runtime.language import _


def act_name(act: Act) -> str:
    """Return an act's name: short, fit for a file's name."""
    return {
        Act.EXPORT: _("Update"),
        Act.CHECK: _("Check"),
        Act.PREVIEW: _("Preview"),
        Act.SEND: _("Send"),
    }[act]
