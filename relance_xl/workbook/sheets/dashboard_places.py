"""Where the dashboard's tables stand, and by what names. Apart from what lays them out: every command looks there."""

from relance_xl.core.reminder import Outcome
from relance_xl.runtime.language import N_
from relance_xl.workbook.sheets.columns import DASHBOARD_SHEET
from relance_xl.workbook.sheets.fixed_sheets import FixedSheet, Sign
from relance_xl.workbook.sheets.history.sheet import NOT_SENT_TITLE, OUTCOME_TITLES, TO_SEND_TITLE

#: What the dashboard is headed by.
DASHBOARD_TITLE = N_("Dashboard — {company}")
CURRENCY_NAME = "relance_devise"
CURRENCY_CELL = (3, 3)
NOTE_CELL = (3, 4)
PROMISES_CELL = (2, 4)
DAY_CELL = (2, 3)

#: The first column is hidden: what formulas look for stands there.
LOOKUP_COLUMN, LABEL_COLUMN, FIRST_COLUMN, TOTAL_COLUMN, SHARE_COLUMN, COUNT_COLUMN = 1, 2, 3, 8, 9, 10

AGES_HEADER_ROW, OWED_ROW, CREDITS_ROW, AGE_SHARE_ROW, INVOICES_ROW = 5, 6, 7, 8, 9
CUSTOMERS_HEADER_ROW, CUSTOMER_ROW, CUSTOMER_LINES = 11, 12, 12
OTHERS_ROW = CUSTOMER_ROW + CUSTOMER_LINES
LEVELS_HEADER_ROW, ALL_LEVELS_ROW, LEVEL_ROW = 26, 27, 28

#: The outcomes as the history sheet names them, in this table's order.
OUTCOMES = (
    OUTCOME_TITLES[Outcome.PRINTED],
    OUTCOME_TITLES[Outcome.ACCEPTED],
    TO_SEND_TITLE,
    OUTCOME_TITLES[Outcome.REFUSED],
    OUTCOME_TITLES[Outcome.UNKNOWN],
)
#: What is counted with an outcome of the table: what never left, with what was refused.
COUNTED_WITH = {OUTCOME_TITLES[Outcome.REFUSED]: (NOT_SENT_TITLE,)}

DASHBOARD = FixedSheet(
    DASHBOARD_SHEET,
    CURRENCY_NAME,
    CURRENCY_CELL,
    (
        Sign(AGES_HEADER_ROW, LABEL_COLUMN, N_("Aged balance")),
        Sign(CUSTOMERS_HEADER_ROW, LABEL_COLUMN, N_("Owed by customer")),
        Sign(LEVELS_HEADER_ROW, LABEL_COLUMN, N_("Letters and emails by level")),
        Sign(CUSTOMERS_HEADER_ROW, SHARE_COLUMN, N_("Share")),
    ),
)
