"""The page that answers a request: what was done, what is held and why, links to what was made. Plain HTML, no scripts."""

import os
from collections.abc import Iterator
from datetime import datetime
from html import escape
from pathlib import Path
from urllib.parse import quote

from relance_xl.batches.report import TO_SEND, channel_word
from relance_xl.commands.shown_report import level_label_of, level_summary, outcome_word
from relance_xl.commands.watching.answer import Answer
from relance_xl.core.delivery_line import DeliveryLine
from relance_xl.core.reminder import Outcome
from relance_xl.core.texts.acts import naming_acts
from relance_xl.core.wording import say_money
from relance_xl.planning.state import open_warning
from relance_xl.runtime.language import _, current_language
from relance_xl.settings.dossier import Dossier

#: What the page is called, beside the batches and in the batch that it is about.
ANSWER_PAGE = "compte-rendu.html"
_STYLE = """
body { font-family: Arial, Helvetica, sans-serif; margin: 24px auto; max-width: 1080px; padding: 0 16px; color: #1f2933; }
h1 { font-size: 22px; margin-bottom: 4px; } .when { color: #52606d; margin-top: 0; }
.summary { font-size: 17px; padding: 12px 16px; border-left: 6px solid #15803d; background: #f0fdf4; }
.summary.wrong { border-color: #b91c1c; background: #fef2f2; } .summary.held { border-color: #b45309; background: #fffbeb; }
table { border-collapse: collapse; width: 100%; font-size: 14px; } th { text-align: left; background: #f1f5f9; }
th, td { padding: 5px 8px; border-bottom: 1px solid #dde3ea; vertical-align: top; } td.amount, th.amount { text-align: right; } td.amount, td.number { white-space: nowrap; }
.held td { background: #fffbeb; } .wrong td { background: #fef2f2; } ul { padding-left: 20px; }
"""
_AMOUNT = 2
#: Of so many sends the pages are named.
_SENDS = 3
_WRONG = {Outcome.REFUSED, Outcome.UNKNOWN}


def answer_page(dossier: Dossier, request: str, answer: Answer, now: datetime, folder: Path) -> str:
    """Return the page, as it stands in `folder`: its links lead to files from there."""
    title = f"{dossier.settings.company.name} - {request}"
    parts = [
        f"<h1>{escape(title)}</h1>",
        f'<p class="when">{escape(_moment(now))}</p>',
        f'<p class="summary {_look(answer)}">{escape(answer.summary)}</p>',
        *_list(_("What is wrong"), _faults(answer)),
        *_list(_("To look at"), (_link(name, path, folder) for name, path in answer.files)),
        *_list("", map(escape, _told(dossier, answer))),
        *_table(dossier, answer),
        *_list(_("To know"), map(escape, _warnings(dossier, answer))),
        *_list(_("Last sends"), _last_sends(dossier, answer, folder)),
    ]
    body = "\n".join(parts)
    return (
        f'<!DOCTYPE html>\n<html lang="{current_language()}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width">\n<title>{escape(title)}</title>\n'
        f"<style>{_STYLE}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def _moment(now: datetime) -> str:
    return _("{day} at {time}").format(day=f"{now:%d/%m/%Y}", time=f"{now:%H:%M}")


def _look(answer: Answer) -> str:
    if answer.failure is not None or answer.exit_code > 1:
        return "wrong"
    return "held" if answer.exit_code else "done"


def _list(title: str, entries: Iterator[str]) -> Iterator[str]:
    lines = [f"<li>{one}</li>" for one in entries]
    heading = f"<h2>{escape(title)}</h2>\n" if title else ""
    if lines:
        yield f"{heading}<ul>{''.join(lines)}</ul>"


def _faults(answer: Answer) -> Iterator[str]:
    failure = answer.failure
    if failure is None:
        return
    for fault in failure.faults:
        advice = f"<br>→ {escape(naming_acts(fault.advice))}" if fault.advice else ""
        yield f"{escape(str(fault))}{advice}"
    if failure.advice:
        yield f"→ {escape(naming_acts(failure.advice))}"


def _told(dossier: Dossier, answer: Answer) -> Iterator[str]:
    """Yield what came, left or changed, or how many of each level would leave and for how much."""
    yield from map(naming_acts, answer.told)
    if answer.report is not None:
        yield from level_summary(answer.report.lines, level_label_of(dossier))


def _warnings(dossier: Dossier, answer: Answer) -> Iterator[str]:
    """Yield what is to be known; that the workbook is open, who asks in it knows."""
    warnings = (*_agreed(answer), *answer.warnings, *(answer.report.warnings if answer.report else ()))
    yield from map(naming_acts, filter(open_warning(dossier).__ne__, warnings))


def _last_sends(dossier: Dossier, answer: Answer, folder: Path) -> Iterator[str]:
    """Yield links to the pages of the last batches: what is to be printed must be found after other requests too."""
    mine = answer.report.batch if answer.report else ""
    pages = sorted(dossier.batches.glob(f"*/{ANSWER_PAGE}"), reverse=True)
    yield from (_link(one.parent.name, one, folder) for one in pages[:_SENDS] if one.parent.name != mine)


def _agreed(answer: Answer) -> tuple[str, ...]:
    """Return who decided and released what left, or who ran the program."""
    operators = dict.fromkeys(line.operator for line in answer.report.lines if line.operator) if answer.report else {}
    return tuple(_("{where}: {problem}").format(where=_("By"), problem=one) for one in operators)


def _link(name: str, path: Path, folder: Path) -> str:
    """Return a link that leads from a folder to a file, also once both were moved together."""
    way = Path(os.path.relpath(path, folder)).as_posix()
    return f'<a href="{quote(way)}">{escape(name)}</a>'


def _table(dossier: Dossier, answer: Answer) -> Iterator[str]:
    lines = answer.report.lines if answer.report else ()
    if not lines:
        return
    titles = (
        _("Invoice"), _("Customer"), _("Open amount"), _("Late"), _("Level"), _("Channel"), _("Outcome"), _("To"), _("Why"),
    )  # fmt: skip
    head = "".join(
        f"<th{' class=amount' if place == _AMOUNT else ''}>{escape(title)}</th>" for place, title in enumerate(titles)
    )
    label = level_label_of(dossier)
    shown = sorted(lines, key=lambda line: line.outcome not in {*_WRONG, Outcome.HELD})
    rows = "\n".join(_row(line, label(line.level)) for line in shown)
    yield f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>"


def _row(line: DeliveryLine, level: str) -> str:
    look = "wrong" if line.outcome in _WRONG else "held" if line.outcome is Outcome.HELD else "done"
    open_amount = say_money(line.open, current_language()) if line.open is not None else ""
    late = _("{days} d").format(days=line.days_overdue) if line.days_overdue is not None else ""
    cells = (
        f'<td class="number">{escape(line.key.reminder.invoice)}</td>',
        f"<td>{escape(line.customer or line.customer_code)}</td>",
        f'<td class="amount">{escape(open_amount)}</td>',
        f'<td class="number">{escape(late)}</td>',
        f"<td>{escape(level)}</td>",
        f"<td>{escape(channel_word(line.key.channel))}</td>",
        f"<td>{escape(outcome_word(line.outcome, line.reason_code == TO_SEND))}</td>",
        f"<td>{escape('; '.join(line.recipients) or line.town)}</td>",
        # That a file is to be sent by hand is said under "Outcome".
        f"<td>{escape('' if line.reason_code == TO_SEND else naming_acts(line.reason))}</td>",
    )
    return f'<tr class="{look}">{"".join(cells)}</tr>'
