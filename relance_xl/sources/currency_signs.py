"""How currencies other than the euro are written beside amounts, in titles and in number formats."""

import re

FOREIGN = re.compile(r"[$£¥]|\b(?:USD|GBP|CHF|CAD|AUD|JPY|SEK|NOK|DKK|PLN|CZK|HUF|RON|MAD|TND|XOF|XAF)\b")
