"""The column that says in words what will happen: one formula, and the value it has now."""

from collections.abc import Callable
from dataclasses import dataclass

from relance_xl.core.channel import Channel
from relance_xl.core.decision import TickAll, Ticks
from relance_xl.core.texts.typed import Tick
from relance_xl.runtime.language import _
from relance_xl.workbook.ooxml.cells import Formula
from relance_xl.workbook.sheets.columns import TODAY_NAME

#: Shown where there is no email address: no email is possible. In every common font.
NO_EMAIL_SYMBOL = "⊘"
#: Begins a status that only tells something: the row can be sent all the same.
TOLD_SIGN = "⚠"
#: The cells on the hidden lists that hold the day up to which a tick-all cell ticks what is planned: today, or 0.
TICK_ALL_STATES = {"post": "relance_tous_c", "email_tick": "relance_tous_e"}
NO_BREAK_SPACE = "\u00a0"
#: Stands for the row in a formula that is written for many.
ROW_MARK = "\0"


@dataclass(frozen=True, slots=True)
class RowState:
    """What the formula looks at."""

    level: bool
    ticks: Ticks
    address: bool
    due: bool
    status: str
    suspended: bool = False

    @property
    def is_blocked(self) -> bool:
        """Whether the status says why nothing can be sent, or may be only by an own tick."""
        return bool(self.status) and not self.status.startswith(TOLD_SIGN)


def sending_text(state: RowState, tick_all: TickAll, minimum_text: str) -> str:
    """Return what the formula shows for a row."""
    if state.suspended:
        return _("suspended")
    if not state.level:
        return _("choose a level") if Tick.YES in state.ticks.values() else ""
    if state.is_blocked and state.status != minimum_text:
        return _("see Status") if Tick.YES in state.ticks.values() else ""
    reached = state.due and not state.is_blocked
    wanted = {one for one, tick in state.ticks.items() if tick is Tick.YES}
    wanted |= tick_all.channels - state.ticks.keys() if reached else set()
    post, email = Channel.POST in wanted, Channel.EMAIL in wanted
    by_post = _("letter") if post else ""
    if state.address:
        return by_post + (" + " if post and email else "") + (_("email") if email else "")
    refused = " " + _("no email address") if state.ticks.get(Channel.EMAIL) is Tick.YES else ""
    return by_post + (" " if post else "") + NO_EMAIL_SYMBOL + refused


def count_yes(reference: str) -> str:
    """Return the formula that is 1 where a cell says yes, with whatever blanks around it, and else 0.

    Compared, not counted by COUNTIF: that takes `?` and `<>x` for patterns, and TRUE for no text.
    """
    return f"SUMPRODUCT(--(relance_oui={_word(reference)}))"


def _word(reference: str) -> str:
    return f'TRIM(SUBSTITUTE({reference},"{NO_BREAK_SPACE}"," "))'


def sending_template(letter: Callable[[str], str], minimum_text: str) -> str:
    """Return the formula, in functions that Excel 2016 and Calc 7 share, with ROW_MARK for the row's number.

    It stands in every row and is most of the sheet's text, so it is short: what the tick-all cells say is worked out
    once, on the hidden lists; a count or a length serves as a truth.
    """
    cells = {
        name: f"${letter(name)}{ROW_MARK}" for name in ("level", "post", "email_tick", "email", "planned", "status")
    }
    planned, status = cells["planned"], cells["status"]

    def wanted(name: str) -> str:
        due = f'LEN({planned}),{planned}<={TICK_ALL_STATES[name]},LEFT({status}&"{TOLD_SIGN}")="{TOLD_SIGN}"'
        return f"OR({count_yes(cells[name])},AND(LEN({_word(cells[name])})=0,{due}))"

    post, email = _("letter"), _("email")
    refused = f'IF({count_yes(cells["email_tick"])}," {_("no email address")}","")'
    by_email = f'IF(LEN({cells["email"]}),IF({wanted("email_tick")},"{email}",""),"{NO_EMAIL_SYMBOL}"&{refused})'
    both = f'TRIM(IF({wanted("post")},"{post}","")&" "&{by_email})'
    text = f'SUBSTITUTE({both},"{post} {email}","{post} + {email}")'
    own = f"OR({count_yes(cells['post'])},{count_yes(cells['email_tick'])})"
    no_level = f"LEN(TRIM({cells['level']}))=0"
    blocked = f'AND(LEFT({status}&"{TOLD_SIGN}")<>"{TOLD_SIGN}",{status}<>"{minimum_text}")'
    missing = f'IF({own},IF({no_level},"{_("choose a level")}","{_("see Status")}"),"")'
    return _unless_suspended(letter, f"IF(OR({no_level},{blocked}),{missing},{text})")


def _unless_suspended(letter: Callable[[str], str], formula: str) -> str:
    """Return a formula that says so where a row is suspended today; the same one where the columns for it are gone."""
    try:
        motive, until = (f"${letter(name)}{ROW_MARK}" for name in ("suspension", "until"))
    except KeyError:
        return formula
    stands = f"LEN({motive}),OR(LEN({until})=0,{until}>={TODAY_NAME})"
    return f'IF(AND({stands}),"{_("suspended")}",{formula})'


def sending_formula(template: str, row: int, value: str) -> Formula:
    """Return the formula for a row."""
    return Formula(template.replace(ROW_MARK, str(row)), value)
