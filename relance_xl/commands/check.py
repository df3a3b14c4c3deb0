"""The command check: what `send` would do with the workbook and the list as they are now. Sends and changes nothing."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from relance_xl.batches.report import Report, plan_report
from relance_xl.core.channel import Channel
from relance_xl.core.record import Delivery
from relance_xl.core.reminder import Outcome
from relance_xl.planning.outlook import look_ahead
from relance_xl.runtime.language import _
from relance_xl.runtime.run_context import RunContext
from relance_xl.settings.dossier import Dossier


def check(dossier: Dossier, context: RunContext, only: Channel | None = None) -> Report:
    """Return what `send` would do now; send and change nothing."""
    outlook = look_ahead(dossier, context, only)
    return plan_report(
        outlook.plan, (*earlier_runs(outlook.state.history.deliveries), *outlook.warnings), outlook.today
    )


def earlier_runs(deliveries: Iterable[Delivery]) -> tuple[str, ...]:
    """Say of each batch that was not finished, or whose run died in the middle of an email, what became of it."""
    batches: dict[str, list[Delivery]] = defaultdict(list)
    for one in deliveries:
        batches[one.prepared.batch].append(one)
    return tuple(_earlier_run(batch, ones) for batch, ones in batches.items() if any(map(_is_left_open, ones)))


def _is_left_open(delivery: Delivery) -> bool:
    if delivery.is_call_to_make:
        return False
    return delivery.outcome is Outcome.PENDING or (delivery.outcome is Outcome.UNKNOWN and delivery.at is None)


def _earlier_run(batch: str, deliveries: list[Delivery]) -> str:
    counts = Counter(one.outcome for one in deliveries)
    unknown = ", ".join(str(key) for one in deliveries if one.outcome is Outcome.UNKNOWN for key in one.keys)
    texts = {
        Outcome.PRINTED: _("letters ready: {count}"),
        Outcome.ACCEPTED: _("emails sent: {count}"),
        Outcome.REFUSED: _("emails refused: {count}"),
        Outcome.UNKNOWN: _("of unknown fate: {count} ({keys})"),
        Outcome.PENDING: _("not reached: {count}"),
    }
    done = [text.format(count=counts[outcome], keys=unknown) for outcome, text in texts.items() if counts[outcome]]
    return _("An earlier send did not finish batch {batch} - {done}.").format(batch=batch, done=", ".join(done))
