"""An act that somebody started by a double-click: done, shown, and what it made opened."""

from relance_xl.commands.acts import Acting, Done, do
from relance_xl.commands.guided.marking_sent import ask_whether_sent
from relance_xl.commands.guided.opened_after import open_made
from relance_xl.commands.guided.trying_again import until_free
from relance_xl.core.texts.acts import Act, act_name


def do_and_open(act: Act, acting: Acting) -> Done:
    """Do an act and open what it made. Its window is kept open by the file that was double-clicked."""
    console = acting.console
    console.say(f"{acting.dossier.settings.company.name} - {act_name(act)}", "bold")
    console.say("")
    if act is Act.EXPORT and console.may_ask():
        until_free(console, lambda: ask_whether_sent(acting))
    done = until_free(console, lambda: do(act, acting))
    open_made(console, done.made)
    return done
