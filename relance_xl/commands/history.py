"""What was sent, by invoice or customer: the answer of `history`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rich.markup import escape

from relance_xl.batches.report import channel_word
from relance_xl.commands.shown_report import OUTCOME_COLOURS, outcome_word
from relance_xl.console import Console
from relance_xl.core.channel import Channel
from relance_xl.core.delivery_line import DeliveryLine, lines_of
from relance_xl.core.history import History
from relance_xl.core.reason import Hold, Reason
from relance_xl.core.record import Prepared
from relance_xl.core.reminder import Outcome
from relance_xl.core.wording import reason_text, say_money, say_short_date
from relance_xl.planning.known_past import read_past
from relance_xl.planning.opening import read_workbook
from relance_xl.runtime.language import _, current_language
from relance_xl.settings.dossier import Dossier


@dataclass(frozen=True, slots=True)
class PastDeliveries:
    """What the journal has, oldest first; and what the history sheet or the batches' folders know and it does not."""

    lines: list[DeliveryLine]
    warnings: tuple[str, ...]


def past_deliveries(dossier: Dossier, invoice: str = "", customer: str = "") -> PastDeliveries:
    """Return what was sent: all of it, of one invoice, or of a customer by code or part of the name."""
    past = read_past(dossier, read_workbook(dossier))
    return PastDeliveries(_lines(past.history, invoice, customer), past.gap.warnings())


def _lines(history: History, invoice: str, customer: str) -> list[DeliveryLine]:
    wanted, wanted_invoice = customer.strip().casefold(), invoice.strip().casefold()
    return [
        line
        for delivery in history.deliveries
        if not wanted or _is_of(delivery.prepared, wanted)
        for line in lines_of(delivery)
        if not wanted_invoice or line.key.reminder.invoice.casefold() == wanted_invoice
    ]


def _is_of(prepared: Prepared, wanted: str) -> bool:
    return wanted == prepared.customer_code.casefold() or wanted in prepared.customer_name.casefold()


def show_history(console: Console, report: PastDeliveries, level_label: Callable[[str], str], filtered: bool) -> None:
    """List what was sent; `filtered`: of one invoice or customer only."""
    lines, warnings = report.lines, report.warnings
    if console.as_json:
        told = {"warnings": list(warnings)} if warnings else {}
        console.answer({"deliveries": [_line_data(line, level_label) for line in lines], **told})
        return
    console.warn(warnings)
    language = current_language()
    rows = [
        [say_short_date(line.day, language) if line.day else "", line.key.reminder.invoice, line.customer,
         str(line.key.reminder.ordinal), level_label(line.level), channel_word(line.key.channel),
         say_money(line.open, language) if line.open else "", _outcome_word(line), line.document]
        for line in lines
    ]  # fmt: skip
    titles = [
        _("Date"),
        _("Invoice"),
        _("Customer"),
        _("No."),
        _("Level"),
        _("Channel"),
        _("Open amount"),
        _("Outcome"),
        _("Document"),
    ]
    console.table(titles, [[escape(cell) for cell in row] for row in rows])
    for line in lines:
        if line.outcome is Outcome.UNKNOWN:
            hold = Hold(Reason.FATE_UNKNOWN, str(line.key), line.detail)
            console.say(
                _("{where}: {problem}").format(where=line.key, problem=reason_text(hold)), OUTCOME_COLOURS[line.outcome]
            )
    if not lines:
        nothing = _("The journal knows of nothing sent.") if warnings else _("Nothing has been sent yet.")
        console.say(_("Nothing found.") if filtered else nothing)


def _outcome_word(line: DeliveryLine) -> str:
    """Return what became of a delivery, as people read it; of a call, whether anybody was reached."""
    if line.key.channel is Channel.PHONE:
        words = {Outcome.ACCEPTED: _("reached"), Outcome.REFUSED: _("not reached"), Outcome.PENDING: _("to call")}
        return words.get(line.outcome) or outcome_word(line.outcome)
    is_by_hand = line.is_file_to_send or (line.is_by_hand and line.outcome is Outcome.REFUSED)
    return outcome_word(line.outcome, is_by_hand)


def _line_data(line: DeliveryLine, level_label: Callable[[str], str]) -> dict[str, Any]:
    return {
        "key": str(line.key), "batch": line.batch, "date": line.day.isoformat() if line.day else None,
        "invoice": line.key.reminder.invoice, "customer": line.customer_code, "customer_name": line.customer,
        "ordinal": line.key.reminder.ordinal, "level": level_label(line.level), "channel": str(line.key.channel),
        "recipients": list(line.recipients), "open_amount": str(line.open.amount) if line.open else None,
        "currency": line.open.currency if line.open else None,
        "outcome": str(line.outcome), "detail": line.detail, "document": line.document,
    }  # fmt: skip
