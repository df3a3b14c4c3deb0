"""The page that answers a request: what was done, what is held and why, links to what was made. Plain HTML, no scripts."""

import os
from collections.abc import Iterator
from datetime import datetime
from html import escape
from pathlib import Path
from urllib.parse import quote

from relance_xl.batches.report import TO_SEND, channel_word
from relance_xl.commands.shown_report import outcome_word
from relance_xl.commands.watching.answer import Answer
from relance_xl.core.delivery_line import DeliveryLine
from relance_xl.core.reminder import Outcome
from relance_xl.core.wording import say_money
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
        *_table(answer),
        *_list(_("To know"), map(escape, _warnings(answer))),
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
    if lines:
        yield f"<h2>{escape(title)}</h2>\n<ul>{''.join(lines)}</ul>"


def _faults(answer: Answer) -> Iterator[str]:
    failure = answer.failure
    if failure is None:
        return
    for fault in failure.faults:
        advice = f"<br>→ {escape(fault.advice)}" if fault.advice else ""
        yield f"{escape(str(fault))}{advice}"
    if failure.advice:
        yield f"→ {escape(failure.advice)}"


def _warnings(answer: Answer) -> tuple[str, ...]:
    return (*_agreed(answer), *answer.warnings, *(answer.report.warnings if answer.report else ()))


def _agreed(answer: Answer) -> tuple[str, ...]:
    """Return who decided and released what left, or who ran the program."""
    operators = dict.fromkeys(line.operator for line in answer.report.lines if line.operator) if answer.report else {}
    return tuple(_("{where}: {problem}").format(where=_("By"), problem=one) for one in operators)


def _link(name: str, path: Path, folder: Path) -> str:
    """Return a link that leads from a folder to a file, also once both were moved together."""
    way = Path(os.path.relpath(path, folder)).as_posix()
    return f'<a href="{quote(way)}">{escape(name)}</a>'


def _table(answer: Answer) -> Iterator[str]:
    lines = answer.report.lines if answer.report else ()
    if not lines:
        return
    titles = (_("Invoice"), _("Customer"), _("Open amount"), _("Channel"), _("Outcome"), _("To"), _("Why"))
    head = "".join(
        f"<th{' class=amount' if place == _AMOUNT else ''}>{escape(title)}</th>" for place, title in enumerate(titles)
    )
    rows = "\n".join(map(_row, sorted(lines, key=lambda line: line.outcome not in {*_WRONG, Outcome.HELD})))
    yield f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>"


def _row(line: DeliveryLine) -> str:
    look = "wrong" if line.outcome in _WRONG else "held" if line.outcome is Outcome.HELD else "done"
    open_amount = say_money(line.open, current_language()) if line.open is not None else ""
    cells = (
        f'<td class="number">{escape(line.key.reminder.invoice)}</td>',
        f"<td>{escape(line.customer or line.customer_code)}</td>",
        f'<td class="amount">{escape(open_amount)}</td>',
        f"<td>{escape(channel_word(line.key.channel))}</td>",
        f"<td>{escape(outcome_word(line.outcome, line.reason_code == TO_SEND))}</td>",
        f"<td>{escape('; '.join(line.recipients) or line.town)}</td>",
        # That a file is to be sent by hand is said under "Outcome".
        f"<td>{escape('' if line.reason_code == TO_SEND else line.reason)}</td>",
    )
    return f'<tr class="{look}">{"".join(cells)}</tr>'
