"""The column that says in words what will happen: one formula, and the value it has now."""

from collections.abc import Callable
from dataclasses import dataclass

from relance_xl.core.decision import TickAll
from relance_xl.core.typed import Tick
from relance_xl.language import _
from relance_xl.workbook.cells import Formula

#: Shown where there is no email address: no email is possible. In every common font.
NO_EMAIL_SYMBOL = "⊘"
#: Stands for the row in a formula that is written for many.
ROW_MARK = "\0"


@dataclass(frozen=True, slots=True)
class RowState:
    """What the formula looks at."""

    level: bool
    post: Tick
    email_tick: Tick
    address: bool
    due: bool
    status: str


def sending_text(state: RowState, tick_all: TickAll, minimum_text: str) -> str:
    """Return what the formula shows for a row."""
    if not state.level:
        return ""
    if state.status not in {"", minimum_text}:
        return _("see Status") if Tick.YES in (state.post, state.email_tick) else ""
    reached = state.due and not state.status
    post = state.post is Tick.YES or (tick_all.post and state.post is Tick.BLANK and reached)
    email = state.email_tick is Tick.YES or (tick_all.email and state.email_tick is Tick.BLANK and reached)
    by_post = _("letter") if post else ""
    if state.address:
        return by_post + (" + " if post and email else "") + (_("email") if email else "")
    refused = " " + _("no email address") if state.email_tick is Tick.YES else ""
    return by_post + (" " if post else "") + NO_EMAIL_SYMBOL + refused


def sending_template(letter: Callable[[str], str], minimum_text: str) -> str:
    """Return the formula, in functions that Excel 2016 and Calc 7 share, with ROW_MARK for the row's number."""

    def cell(name: str) -> str:
        return f"${letter(name)}{ROW_MARK}"

    def word(reference: str) -> str:
        return f'TRIM(SUBSTITUTE({reference},_xlfn.UNICHAR(160)," "))'

    def says_yes(reference: str) -> str:
        return f"AND(LEN({reference})>0,COUNTIF(relance_oui,{word(reference)})>0)"

    reached = f"LEN({cell('planned')})>0,{cell('planned')}<=relance_aujourdhui,LEN({cell('status')})=0"

    def wanted(name: str, tick_all: str) -> str:
        return f"OR({says_yes(cell(name))},AND({says_yes(tick_all)},LEN({word(cell(name))})=0,{reached}))"

    post = wanted("post", "relance_tous_courriers")
    email = wanted("email_tick", "relance_tous_emails")
    own = f"OR({says_yes(cell('post'))},{says_yes(cell('email_tick'))})"
    address = f"LEN({cell('email')})>0"
    with_address = f'IF({email},IF({post}," + ","")&"{_("email")}","")'
    without = f'IF({post}," ","")&"{NO_EMAIL_SYMBOL}"&IF({says_yes(cell("email_tick"))}," {_("no email address")}","")'
    text = f'IF({post},"{_("letter")}","")&IF({address},{with_address},{without})'
    blocked = f'AND(LEN({cell("status")})>0,{cell("status")}<>"{minimum_text}")'
    return f'IF(LEN({cell("level")})=0,"",IF({blocked},IF({own},"{_("see Status")}",""),{text}))'


def sending_formula(template: str, row: int, value: str) -> Formula:
    """Return the formula for a row."""
    return Formula(template.replace(ROW_MARK, str(row)), value)
