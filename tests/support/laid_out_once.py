"""The new workbook of a company and language is laid out once in a run of the tests: most begin with the same one."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from unittest.mock import patch

from relance_xl.runtime.language import current_language
from relance_xl.workbook import blank
from relance_xl.workbook.new_workbook.skeleton import build_skeleton

_build = build_skeleton


@contextmanager
def laying_out_once() -> Iterator[None]:
    """Take a new workbook that was laid out before while the block runs."""
    with patch.object(blank, "build_skeleton", _laid_out):
        yield


def _laid_out(company: str, minimum_text: str) -> bytes:
    return _of_language(company, minimum_text, current_language())


@lru_cache(maxsize=16)
def _of_language(company: str, minimum_text: str, _language: str) -> bytes:
    return _build(company, minimum_text)
