"""What may be typed into the sheet of customers."""

from collections.abc import Mapping

from openpyxl.worksheet.datavalidation import DataValidation

from relance_xl.core.remembered.customer_texts import CHOICES
from relance_xl.runtime.language import _
from relance_xl.workbook.sheets.appearance import explain


def customer_rules(letters: Mapping[str, str]) -> dict[str, DataValidation]:
    """Return the rules of the columns to edit, by field. `letters`: the columns that are there."""
    prompts = {
        "reminders": (_("Reminders"), _("Empty: yes. “never”: no reminder of any kind, whatever is ticked.")),
        "mode": (_("Mode"), _("By what “tick all” reminds this customer. Empty: as it is ticked.")),
        "kind": (_("Type"), _("Decides which law the letters name. Empty: as the list of invoices says.")),
        "language": (_("Language"), _("Of letters and emails. Empty: as the list of invoices says.")),
        "grouping": (_("Grouping"), _("What shares a letter. Empty: as the settings say.")),
    }
    rules = {}
    for field, (heading, prompt) in prompts.items():
        if field in letters:
            choices = ",".join(map(_, CHOICES[field].values()))
            rule = rules[field] = DataValidation("list", formula1=f'"{choices}"', allow_blank=True)
            explain(rule, heading, prompt, _("Choose from the list."))
    if "terms" in letters:
        terms = rules["terms"] = DataValidation(
            "whole", operator="between", formula1="0", formula2="365", allow_blank=True
        )
        explain(terms, _("Terms (d)"), _("Days to pay, for lists without due dates."), _("A number of days, 0 to 365."))
    return rules
