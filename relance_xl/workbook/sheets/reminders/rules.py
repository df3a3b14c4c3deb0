"""The rules of the list of invoices: what may be typed into it, and what colours it."""

from collections.abc import Iterator, Mapping

from openpyxl.formatting.rule import Rule
from openpyxl.styles import Font, PatternFill
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.worksheet.datavalidation import DataValidation

from relance_xl.core.reason import Hold, Reason
from relance_xl.core.wording import reason_text
from relance_xl.runtime.language import _
from relance_xl.workbook.sheets.appearance import INK, explain
from relance_xl.workbook.sheets.columns import PREFERRED_FIELD

# Days overdue, fill, ink: the first that fits colours the cell.
_AGES = ((90, "F8B4B4", "7F1D1D"), (60, "FBD0C4", "7C2D12"), (30, "FDE3C8", "7C2D12"), (1, "FEF6DD", INK))


def tick_all_rules() -> dict[str, DataValidation]:
    """Return what may be typed into the tick-all cells, by the column above whose title they stand."""
    prompts = {
        "post": _("An x here: a letter for every row that is due for a reminder, has a level and no “non”."),
        "email_tick": _(
            "An x here: an email for every row that is due for a reminder, has a level, an address and no “non”."
        ),
        PREFERRED_FIELD: _(
            "An x here: every row that is due by its customer's mode (sheet Customers), else by email where there is an "
            "address, else by post."
        ),
    }
    rules = {}
    for field, prompt in prompts.items():
        rule = rules[field] = DataValidation("list", formula1="relance_ticks", allow_blank=True)
        rule.promptTitle, rule.prompt, rule.showInputMessage = _("Tick all"), prompt, True
    return rules


def choice_rule(label: str, choices: str) -> DataValidation:
    """Return what may be typed into a cell in which one of a named list is chosen."""
    rule = DataValidation("list", formula1=choices, allow_blank=True)
    explain(rule, label, _("Choose from the list."), _("Choose from the list."))
    return rule


def edit_rules(letters: Mapping[str, str], first: int) -> dict[str, DataValidation]:
    """Return what may be typed into the columns to edit, by field, for an area from row `first` on.

    `letters`: the columns that are there.
    """
    rules = {}
    if "level" in letters:
        level = rules["level"] = DataValidation("list", formula1="relance_niveaux", allow_blank=True)
        explain(
            level, _("Level"), _("How firm the reminder is. Empty: no reminder."), _("Choose a level from the list.")
        )
    if "post" in letters:
        post = rules["post"] = DataValidation("list", formula1="relance_ticks", allow_blank=True)
        explain(post, _("By post"), _("x: a letter. non: left out of “tick all”."), _("Type x, non, or nothing."))
    if "phone_tick" in letters:
        call = rules["phone_tick"] = DataValidation("list", formula1="relance_ticks", allow_blank=True)
        explain(
            call,
            _("By phone"),
            _("x: a line on the sheet Calls, to fill in after the call."),
            _("Type x, non, or nothing."),
        )
    if {"email_tick", "email"} <= letters.keys():
        # Not "ignore blank": the rule looks at the address cell, and a blank one would let anything pass.
        formula = f"IF(LEN(${letters['email']}{first})>0,relance_ticks,relance_sans_email)"
        email = rules["email_tick"] = DataValidation("list", formula1=formula, allow_blank=False)
        explain(
            email,
            _("By email"),
            _("x: an email. Needs an address in the column Email."),
            _("There is no email address on this row: type one into the column Email first."),
        )
    if "suspension" in letters:
        motive = rules["suspension"] = DataValidation("list", formula1="relance_motifs", allow_blank=True)
        explain(
            motive,
            _("Suspension"),
            _("Why this invoice is left alone, up to the day beside it; without a day until you clear it."),
            _("Choose from the list."),
        )
    if "until" in letters:
        until = rules["until"] = DataValidation("date", operator="greaterThan", formula1="36526", allow_blank=True)
        explain(until, _("Until"), _("The last day of the suspension: 16/12/2026."), _("A date: 16/12/2026."))
    if "next_date" in letters:
        day = rules["next_date"] = DataValidation(
            "date", operator="greaterThan", formula1="relance_aujourdhui", allow_blank=True
        )
        explain(day, _("Next reminder"), _("Empty: as the level says."), _("A date after today."))
    return rules


def colour_rules(letters: Mapping[str, str], first: int, minimum_text: str) -> Iterator[tuple[str, Rule]]:
    """Yield the field that a rule colours and the rule, in order of precedence; formulas start from row `first`."""
    for days, fill, ink in _AGES:
        yield (
            "days_overdue",
            Rule("cellIs", operator="greaterThanOrEqual", formula=[str(days)], stopIfTrue=True, dxf=_look(fill, ink)),
        )
    row = {field: f"${letter}{first}" for field, letter in letters.items()}
    done = ",".join(
        f'LEFT({row["status"]},{len(text)})="{text}"'
        for text in (_("letter ready to print"), _("email ready to send"), _("email sent"))
    )
    wrong = reason_text(Hold(Reason.WRONG_ROW)).rstrip()
    rules = (
        ("status", f'LEFT({row["status"]},{len(wrong)})="{wrong}"', "F8B4B4", "7F1D1D"),
        ("status", f"OR({done})", "CFEBDD", "14532D"),
        (
            "planned",
            f"AND(LEN({row['planned']})>0,{row['planned']}<=relance_aujourdhui,"
            f"NOT(AND(LEN({row['suspension']})>0,OR(LEN({row['until']})=0,{row['until']}>=relance_aujourdhui))))",
            "DDEFE9",
            "115E59",
        ),
        (
            "sending",
            f'AND(LEN({row["sending"]})>0,LEFT({row["sending"]},1)<>"⊘",{row["sending"]}<>"{_("see Status")}",{row["sending"]}<>"{_("suspended")}")',
            "CFEBDD",
            "14532D",
        ),
        ("email_tick", f"AND(LEN({row['number']})>0,LEN({row['email']})=0)", "E5E7EB", "6B7280"),
        ("status", f'AND(LEN({row["status"]})>0,{row["status"]}<>"{minimum_text}")', "FDECC8", "78350F"),
    )
    for index, (field, formula, fill, ink) in enumerate(rules):
        # What is wrong, or was sent, is not coloured as held.
        yield field, Rule("expression", formula=[formula], dxf=_look(fill, ink), stopIfTrue=index <= 1 or None)


def _look(fill: str, ink: str) -> DifferentialStyle:
    return DifferentialStyle(fill=PatternFill(bgColor=fill), font=Font(color=ink))
