"""The column that says in words what will happen: one formula, and the value it has now."""

from collections.abc import Callable
from dataclasses import dataclass

from relance_xl.core.channel import Channel
from relance_xl.core.decision import TickAll, Ticks
from relance_xl.core.remembered.customer_entry import CustomerEntry
from relance_xl.core.remembered.customer_texts import CHOICES
from relance_xl.core.texts.signs import TOLD_SIGN
from relance_xl.core.texts.typed import Tick
from relance_xl.runtime.language import N_, _
from relance_xl.workbook.ooxml.cells import Formula
from relance_xl.workbook.sheets.columns import PREFERRED_FIELD, TICK_FIELDS, TODAY_NAME

#: Shown where there is no email address: no email is possible. In every common font.
NO_EMAIL_SYMBOL = "⊘"
#: The cells on the hidden lists that are 1 where a tick-all cell says yes, by the column above which that one stands.
TICK_ALL_STATES = {"post": "relance_tous_c", "email_tick": "relance_tous_e", PREFERRED_FIELD: "relance_tous_p"}
#: What the column Sending calls the channels.
CHANNEL_WORDS = {Channel.POST: N_("letter"), Channel.EMAIL: N_("email"), Channel.PHONE: N_("call")}
NO_BREAK_SPACE = "\u00a0"
#: Stands for the row in a formula that is written for many.
ROW_MARK = "\0"


@dataclass(frozen=True, slots=True)
class RowState:
    """What the formula looks at. `due`: its day has come; `apart`: its level is not for tick-all cells."""

    level: bool
    ticks: Ticks
    address: bool
    due: bool
    status: str
    suspended: bool = False
    apart: bool = False
    mode: frozenset[Channel] = frozenset()

    @property
    def is_blocked(self) -> bool:
        """Whether the status says why nothing can be sent, or may be only by an own tick."""
        return bool(self.status) and not self.status.startswith(TOLD_SIGN)

    @property
    def is_reached(self) -> bool:
        """Whether a tick-all cell may tick the row."""
        return self.level and self.due and not (self.is_blocked or self.suspended or self.apart)

    def wanted(self, tick_all: TickAll) -> frozenset[Channel]:
        """Return the channels by which it is ticked, by itself or by the cells above the list."""
        own = {one for one, tick in self.ticks.items() if tick is Tick.YES}
        entry = CustomerEntry(mode=self.mode)
        all_ticked = tick_all.ticked(entry, self.address) if self.is_reached else frozenset[Channel]()
        return frozenset(own | (all_ticked - self.ticks.keys()))


def sending_text(state: RowState, tick_all: TickAll, minimum_text: str) -> str:
    """Return what the formula shows for a row."""
    if state.suspended:
        return _("suspended")
    if not state.level:
        return _("choose a level") if Tick.YES in state.ticks.values() else ""
    if state.is_blocked and state.status != minimum_text:
        return _("see Status") if Tick.YES in state.ticks.values() else ""
    wanted = state.wanted(tick_all)
    if not state.address:
        wanted -= {Channel.EMAIL}
    text = " + ".join(_(word) for channel, word in CHANNEL_WORDS.items() if channel in wanted)
    if state.address:
        return text
    if state.ticks.get(Channel.EMAIL) is Tick.YES:
        return f"{text} {NO_EMAIL_SYMBOL} {_('no email address')}".strip()
    # Where a letter leaves, or somebody calls, nothing is missing.
    return text or ("" if state.ticks.keys() & {Channel.POST, Channel.PHONE} else NO_EMAIL_SYMBOL)


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
    once, on the hidden lists, and whether they reach the row in a column of its own; a count or a length serves as a truth.
    """
    names = ("level", "post", "email_tick", "phone_tick", "email", "status", "mode", "reached")
    cells = {name: f"${letter(name)}{ROW_MARK}" for name in names}
    status, email = cells["status"], cells["email"]
    words = {TICK_FIELDS[channel]: _(word) for channel, word in CHANNEL_WORDS.items()}
    modes = {TICK_FIELDS[channel]: _(CHOICES["mode"][channel]) for channel in CHANNEL_WORDS}
    preferred = TICK_ALL_STATES[PREFERRED_FIELD]

    def wanted(name: str, else_preferred: str) -> str:
        states = f"({TICK_ALL_STATES[name]}+{preferred})" if name in TICK_ALL_STATES else preferred
        by_mode = f'ISNUMBER(SEARCH("{modes[name]}",{cells["mode"]}))*{states}'
        ticked = f"{cells['reached']}*IF(LEN({cells['mode']}),{by_mode},{else_preferred})"
        return f"OR({count_yes(cells[name])},AND(LEN({_word(cells[name])})=0,{ticked}))"

    post_state, email_state = TICK_ALL_STATES["post"], TICK_ALL_STATES["email_tick"]
    by_post = f'IF({wanted("post", f"{post_state}+{preferred}*(LEN({email})=0)")},"{words["post"]}","")'
    by_email = (
        f'IF(LEN({email}),IF({wanted("email_tick", f"{email_state}+{preferred}")},"{words["email_tick"]}",""),"")'
    )
    by_phone = f'IF({wanted("phone_tick", "0")},"{words["phone_tick"]}","")'
    joined = f'SUBSTITUTE(TRIM({by_post}&" "&{by_email}&" "&{by_phone})," "," + ")'
    refused = f'" {NO_EMAIL_SYMBOL} {_("no email address")}"'
    by_mode = " + ".join(
        f'ISNUMBER(SEARCH("{modes[name]}",{cells["mode"]}))*{states}'
        for name, states in (("post", f"({post_state}+{preferred})"), ("phone_tick", preferred))
    ).replace(" ", "")
    leaves = f"IF(LEN({cells['mode']}),{by_mode},{post_state}+{preferred})"
    otherwise = f"LEN({cells['post']}&{cells['phone_tick']})+{cells['reached']}*{leaves}"
    lacking = f'IF({count_yes(cells["email_tick"])},{refused},IF({otherwise},"","{NO_EMAIL_SYMBOL}"))'
    text = f'TRIM({joined}&IF(LEN({email}),"",{lacking}))'
    own = f"OR({count_yes(cells['post'])},{count_yes(cells['email_tick'])},{count_yes(cells['phone_tick'])})"
    no_level = f"LEN(TRIM({cells['level']}))=0"
    blocked = f'AND(LEFT({status}&"{TOLD_SIGN}")<>"{TOLD_SIGN}",{status}<>"{minimum_text}")'
    missing = f'IF({own},IF({no_level},"{_("choose a level")}","{_("see Status")}"),"")'
    return _unless_suspended(letter, f"IF(OR({no_level},{blocked}),{missing},{text})", f'"{_("suspended")}"')


def reached_template(letter: Callable[[str], str]) -> str:
    """Return the formula that is 1 where a tick-all cell may tick the row, with ROW_MARK for the row's number."""
    level, planned, status = (f"${letter(name)}{ROW_MARK}" for name in ("level", "planned", "status"))
    is_apart = f"SUMPRODUCT(--(relance_niveaux_seuls=TRIM({level})))"
    is_due = f'LEN({planned}),{planned}<={TODAY_NAME},LEFT({status}&"{TOLD_SIGN}")="{TOLD_SIGN}"'
    return _unless_suspended(letter, f"IF(AND({is_due},LEN(TRIM({level})),{is_apart}=0),1,0)", "0")


def _unless_suspended(letter: Callable[[str], str], formula: str, suspended: str) -> str:
    """Return a formula that gives something else where a row is suspended today; itself where its columns are gone."""
    try:
        motive, until = (f"${letter(name)}{ROW_MARK}" for name in ("suspension", "until"))
    except KeyError:
        return formula
    stands = f"LEN(TRIM({motive})),OR(LEN({until})=0,{until}>={TODAY_NAME})"
    return f"IF(AND({stands}),{suspended},{formula})"


def row_formula(template: str, row: int, value: str | int) -> Formula:
    """Return a formula for a row, with its present value."""
    return Formula(template.replace(ROW_MARK, str(row)), value)
