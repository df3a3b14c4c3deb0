"""Columns by their letters. openpyxl has the same, but importing any of it imports all: 0.15 s of every command."""

from functools import cache

#: The last column that letters are given to: ZZZ.
_LAST = 18_278


@cache
def get_column_letter(column: int) -> str:
    """Return a column's letters: `AB` for 28. Raises ValueError outside of 1 to 18,278."""
    if not 1 <= column <= _LAST:
        raise ValueError(column)
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


@cache
def column_index_from_string(letters: str) -> int:
    """Return a column by its letters, in either case: 28 for `AB`. Raises ValueError for what are no such letters."""
    if not (1 <= len(letters) <= 3 and letters.isascii() and letters.isalpha()):
        raise ValueError(letters)
    column = 0
    for letter in letters.upper():
        column = column * 26 + ord(letter) - ord("A") + 1
    return column
