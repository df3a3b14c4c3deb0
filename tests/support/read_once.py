"""A workbook that the same test asks several things of is read with openpyxl once, as long as it is the same."""

from functools import lru_cache
from io import BytesIO
from pathlib import Path

from openpyxl import Workbook, load_workbook


def stored_values(workbook: Path) -> Workbook:
    """Return a workbook with its cells' stored values, to look at and not to be changed."""
    return _read(workbook.read_bytes())


@lru_cache(maxsize=4)
def _read(data: bytes) -> Workbook:
    return load_workbook(BytesIO(data), data_only=True)
