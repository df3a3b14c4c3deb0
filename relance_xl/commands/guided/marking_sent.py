"""Emails that lie in files for somebody to send: asks whether they were sent, which only a person knows."""

from relance_xl.commands.acts import Acting, Done
from relance_xl.core.history import replay
from relance_xl.journal.journal import read_journal
from relance_xl.runtime.language import _


def ask_whether_sent(acting: Acting) -> Done:
    """Ask of each such batch; no answer leaves it as it is. Raises RelanceError, OSError."""
    from relance_xl.commands.resolve import Fate, resolve_batch, show_resolution

    question, code = _("Did you send all emails of batch {batch}? [y/N] "), 0
    for batch in replay(read_journal(acting.dossier.journal)).batches_in_files():
        if acting.console.ask_yes_or_no(question.format(batch=batch)):
            resolution = resolve_batch(acting.dossier, batch, Fate.SENT, acting.context.now())
            show_resolution(acting.console, resolution)
            code = max(code, resolution.unwritten.exit_code)
    return Done(code)
