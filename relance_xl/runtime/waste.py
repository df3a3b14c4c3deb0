"""How often Python looks for waste: hardly while a command loads, as usual while it works."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

# New objects between two looks. What is loaded stays, so looking for waste among it takes a fifth of a short command.
_SELDOM = 100_000
_USUAL = gc.get_threshold()


def begin_loading() -> None:
    """Look seldom: next to nothing of what is loaded is waste."""
    gc.set_threshold(_SELDOM)


def begin_work() -> None:
    """Look as usual: a document that is done with may be large, and lead to itself."""
    gc.set_threshold(*_USUAL)


@contextmanager
def seldom() -> Iterator[None]:
    """Look seldom for a while: of what is made of tens of thousands of rows next to nothing is waste."""
    before = gc.get_threshold()
    gc.set_threshold(_SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def end() -> None:
    """Look no more: the system takes back all at once."""
    gc.freeze()
