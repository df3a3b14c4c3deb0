"""The texts that cells share (ECMA-376 part 1, 18.4.9): taken apart at first use, each read when it is asked for."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import overload

from lxml import etree

from relance_xl.workbook.ooxml.cells import rich_text
from relance_xl.workbook.ooxml.markup import plain_root
from relance_xl.workbook.ooxml.package import damaged


class SharedTexts(Sequence[str]):
    """Texts by their index in the part."""

    def __init__(self, data: bytes, path: Path) -> None:
        self._data = data
        self._path = path
        self._known: dict[int, str] = {}

    @cached_property
    def _items(self) -> list[bytes]:
        data = self._data
        if not data:
            return []
        if b"<sst" not in data or b"<!" in data or b"<si/>" in data:
            data = etree.tostring(plain_root(data), encoding="UTF-8").replace(b"<si/>", b"<si></si>")
        return [item.partition(b">")[2].partition(b"</si>")[0] for item in data.split(b"<si")[1:]]

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[str]: ...
    def __getitem__(self, index: int | slice) -> str | Sequence[str]:
        """Return a text. Raises EditsError for a number that no text has: the workbook is damaged."""
        if isinstance(index, slice):
            return [self[one] for one in range(*index.indices(len(self)))]
        if not 0 <= index < len(self._items):
            raise damaged(self._path)
        if index not in self._known:
            self._known[index] = rich_text(self._items[index])
        return self._known[index]

    def __len__(self) -> int:
        return len(self._items)
