"""What was sent, by invoice or customer: the answer of `history`."""

from dataclasses import dataclass
from datetime import date

from relance_xl.core.history import History
from relance_xl.core.money import Money
from relance_xl.core.record import Via
from relance_xl.core.reminder import DeliveryKey, Outcome
from relance_xl.planning.state import level_label, read_past, read_workbook
from relance_xl.settings.dossier import Dossier


@dataclass(frozen=True, slots=True)
class PastLine:
    """One invoice and delivery of the past. `document` is a path relative to the dossier."""

    key: DeliveryKey
    batch: str
    day: date
    customer_code: str
    customer: str
    level: str
    recipients: tuple[str, ...]
    open: Money
    outcome: Outcome
    detail: str
    document: str
    #: Whether it was only made ready for a person to post or send: the program cannot know that it left, or did not.
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class PastReport:
    """What the journal has, oldest first; and what the history sheet or the batches' folders know and it does not."""

    lines: list[PastLine]
    warnings: tuple[str, ...]


def past_report(dossier: Dossier, language: str, invoice: str = "", customer: str = "") -> PastReport:
    """Return what was sent: all of it, of one invoice, or of a customer by code or part of the name."""
    past = read_past(dossier, read_workbook(dossier))
    return PastReport(_lines(dossier, past.history, language, invoice, customer), past.gap.warnings())


def _lines(dossier: Dossier, history: History, language: str, invoice: str, customer: str) -> list[PastLine]:
    wanted = customer.casefold()
    lines = []
    for delivery in history.deliveries:
        prepared = delivery.prepared
        if wanted and wanted != prepared.customer_code.casefold() and wanted not in prepared.customer_name.casefold():
            continue
        for item in prepared.items:
            if invoice and item.reminder.invoice != invoice:
                continue
            lines.append(
                PastLine(
                    DeliveryKey(item.reminder, prepared.channel),
                    prepared.batch,
                    prepared.day,
                    prepared.customer_code,
                    prepared.customer_name,
                    level_label(dossier, prepared.level, language),
                    prepared.recipients,
                    item.open,
                    delivery.outcome,
                    delivery.detail,
                    prepared.document,
                    prepared.via is not Via.SMTP,
                )
            )
    return lines
