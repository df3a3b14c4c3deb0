"""What a folder of lists comes to, beside what it must: `python -m tests.support.lists_table FOLDER [BEGINNING…]`.

`expected.toml` in the folder says by file: `open`, `credit` (by number), `due`, `blocked` (numbers), `refused`, `settings` (what
a user may have to say first: then a refusal is right too). Files of FEC have their own tests. Ends with 1 where any differs.
"""

import sys
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from relance_xl.runtime.errors import SourceError
from relance_xl.sources.lists.list_file import ListFile, SourceFormat
from relance_xl.sources.source import Listing


def differs(listing: Listing, wanted: Mapping[str, Any]) -> bool:
    """Return whether a list came to something else than it must."""
    open_ = {one.number: one.open.amount for one in listing.invoices if not one.is_credit}
    credit = {one.number: one.open.amount for one in listing.invoices if one.is_credit}
    due = {one.number: one.due.isoformat() for one in listing.invoices}
    wrong = {one.number.split(" (")[0] for one in listing.wrong}
    return (
        "refused" in wanted
        or open_ != {number: Decimal(amount) for number, amount in wanted.get("open", {}).items()}
        or any(credit.get(number) != Decimal(amount) for number, amount in wanted.get("credit", {}).items())
        or any(due.get(number) != day for number, day in wanted.get("due", {}).items())
        or not set(wanted.get("blocked", [])) <= wrong
    )


def compare(path: Path, wanted: Mapping[str, Any]) -> tuple[bool, str]:
    """Read a list; return whether it came to what it must, and what it came to."""
    try:
        listing = ListFile(path, SourceFormat()).read()
    except SourceError as error:
        is_right = "refused" in wanted or "refusal" in wanted.get("settings", "")
        return is_right, f"refused: {error.summary} {' '.join(map(str, error.faults))} {error.advice}"
    amounts = " ".join(f"{one.number}={one.open.amount} {one.open.currency}" for one in listing.invoices)
    return not differs(
        listing, wanted
    ), f"{amounts} wrong: {[one.number for one in listing.wrong]} told: {listing.told}"


def main(folder: Path, beginnings: tuple[str, ...]) -> int:
    """Print the table."""
    expected = tomllib.loads((folder / "expected.toml").read_text(encoding="utf-8"))
    files = [
        one for one in sorted(folder.iterdir()) if one.stem in expected and "fec" not in one.name.lower()
        and (not beginnings or one.name.startswith(beginnings))
    ]  # fmt: skip
    found = [(one.name, *compare(one, expected[one.stem])) for one in files]
    for name, is_right, text in found:
        sys.stdout.write(f"{'as expected' if is_right else 'OTHERWISE':<12}{name}: {text}\n")
    sys.stdout.write(f"{sum(is_right for _name, is_right, _text in found)} of {len(found)} as expected\n")
    return 0 if all(is_right for _name, is_right, _text in found) else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), tuple(sys.argv[2:])))
