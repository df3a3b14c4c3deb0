"""Whether what would leave was decided by one person and released by another, where the settings want that."""

from relance_xl.core.history import replay
from relance_xl.core.planning import Plan
from relance_xl.core.remembered.approval import (
    Approval,
    NoReleaseError,
    agreed,
    approval_of,
    approval_remark,
    plan_digest,
)
from relance_xl.core.remembered.notes import Notes
from relance_xl.journal.journal import Journal, read_journal
from relance_xl.journal.lock import dossier_lock
from relance_xl.journal.noting import noted
from relance_xl.runtime.errors import RelanceError
from relance_xl.runtime.language import _
from relance_xl.runtime.run_context import RunContext
from relance_xl.settings.dossier import Dossier


class NotReleasedError(RelanceError):
    """What would leave was not released: it is held. `plan`: what the plan is known by."""

    def __init__(self, summary: str, *, advice: str = "", plan: str = "") -> None:
        super().__init__(summary, advice=advice)
        self.plan = plan


def require_release(dossier: Dossier, plan: Plan, notes: Notes) -> Approval:
    """Return who decided a plan and who released it. Raises NotReleasedError where that is wanted and was not done."""
    digest = plan_digest(plan)
    approval = approval_of(notes, digest)
    if dossier.settings.approval.required and plan.deliveries and not approval.released:
        raise _not_released(approval, digest)
    return approval


def _not_released(approval: Approval, plan: str) -> NotReleasedError:
    if not approval.decided:
        return NotReleasedError(
            _("Nothing was sent: two persons must agree to it, and nobody has yet."),
            advice=_(
                "One runs relance-xl approve --by NAME, then another one does. What is ticked must stay as it is."
            ),
            plan=plan,
        )
    return NotReleasedError(
        _("Nothing was sent: {name} has decided it, and nobody else has released it.").format(name=approval.decided),
        advice=_("Another person runs relance-xl approve --by NAME. What is ticked must stay as it is."),
        plan=plan,
    )


def agree(dossier: Dossier, plan: Plan, name: str, context: RunContext) -> Approval:
    """Record that somebody agrees to a plan, and return who has. Raises NotReleasedError, LockedError, JournalError, OSError."""
    digest, now = plan_digest(plan), context.now()
    with dossier_lock(dossier.private, now) as lock:
        journal = Journal(dossier.journal, lock.check)
        journal.look()
        before = approval_of(replay(read_journal(dossier.journal)).notes, digest)
        try:
            after = agreed(before, name, dossier.settings.approval.people)
        except NoReleaseError as error:
            raise _refused(dossier, before, name) from error
        if after != before:
            journal.append(noted([approval_remark(digest, after)], now))
    return after


def _refused(dossier: Dossier, approval: Approval, name: str) -> NotReleasedError:
    people = ", ".join(dossier.settings.approval.people)
    if not name.strip():
        return NotReleasedError(_("Who agrees? A name is needed."))
    if not approval.decided:
        text = _("{name} alone can release: another person must decide first.")
        return NotReleasedError(text.format(name=name))
    if people:
        text = _("{name} cannot release what {decided} decided. These can: {people}")
        return NotReleasedError(text.format(name=name, decided=approval.decided, people=people))
    text = _("{name} has decided this: another person must release it.")
    return NotReleasedError(text.format(name=approval.decided))
