"""The command approve: one person agrees to what would leave; the first one decides it, another one releases it."""

from collections.abc import Callable
from dataclasses import dataclass

from relance_xl.batches.report import plan_report
from relance_xl.commands.shown_report import report_data, show_report
from relance_xl.console import Console
from relance_xl.core.remembered.approval import Approval, approval_of, plan_digest
from relance_xl.planning.approval import agree
from relance_xl.planning.outlook import look_ahead
from relance_xl.runtime.language import _
from relance_xl.runtime.run_context import RunContext
from relance_xl.settings.dossier import Dossier


@dataclass(frozen=True, slots=True)
class ApproveOptions:
    """Who agrees, and whether without being asked."""

    name: str
    yes: bool = False


def approve(
    dossier: Dossier,
    context: RunContext,
    options: ApproveOptions,
    console: Console,
    level_label: Callable[[str], str],
) -> Approval | None:
    """Show what would leave, ask, and record who agrees; None where nothing would, or the answer was no. Raises RelanceError."""
    outlook = look_ahead(dossier, context)
    plan, report = outlook.plan, plan_report(outlook.plan, outlook.warnings, outlook.today)
    if not console.as_json:
        show_report(console, report, level_label)
    if not plan.deliveries:
        return None
    question = _("{name} agrees to this? [y/N] ").format(name=options.name)
    if not options.yes and not console.ask_yes_or_no(question):
        return None
    approval = agree(dossier, plan, options.name, context)
    if console.as_json:
        console.answer({"decided": approval.decided, "released": approval.released or None, **report_data(report)})
    return approval


def is_released_here(
    dossier: Dossier, context: RunContext, console: Console, level_label: Callable[[str], str]
) -> bool:
    """Return whether what would leave is released, after asking who sits there to agree. Raises RelanceError.

    Where nothing would leave, there is nothing to release.
    """
    outlook = look_ahead(dossier, context)
    before = approval_of(outlook.state.history.notes, plan_digest(outlook.plan))
    if before.released or not outlook.plan.deliveries:
        return True
    show_report(console, plan_report(outlook.plan, outlook.warnings, outlook.today), level_label)
    if before.decided:
        console.say(_("Decided by {decided}: another person must release it.").format(decided=before.decided))
    else:
        console.say(_("Two persons must agree to it: one decides, another one releases."))
    name = _who_agrees(console)
    if not name:
        show_approval(console, None)
        return False
    after = agree(dossier, outlook.plan, name, context)
    if not after.released:
        text = _("Decided by {decided}. Another person must release it: they choose to send too, and give their name.")
        console.say(text.format(decided=after.decided), "yellow")
    return bool(after.released)


def _who_agrees(console: Console) -> str:
    """Ask for the name of who agrees, "" for nobody; a yes or a no is no name."""
    question = _("Who agrees (first and last name; empty: nobody)? ")
    while (name := console.ask_text(question)) and console.meant(name) is not None:
        console.note(_("A name is asked for: that of who agrees."))
    return name or ""


def show_approval(console: Console, approval: Approval | None) -> None:
    """Tell who has agreed."""
    if console.as_json:
        if approval is None:
            console.answer({"decided": None, "released": None})
        return
    if approval is None:
        console.say(_("Nothing was agreed to."))
    elif approval.released:
        console.say(_("Decided by {decided}, released by {released}: relance-xl send can send it.").format(
            decided=approval.decided, released=approval.released), "green")  # fmt: skip
    else:
        console.say(_("Decided by {decided}. Another person must release it: relance-xl approve --by NAME").format(
            decided=approval.decided), "yellow")  # fmt: skip
