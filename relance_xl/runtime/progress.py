"""How commands report long steps, without knowing who shows them."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol


class Progress(Protocol):
    """Shows a step of `total` units; the yielded function moves it on by so many."""

    def step(self, label: str, total: int) -> AbstractContextManager[Callable[[int], None]]:
        """Begin a step; it ends with its block."""
        ...


class Silent:
    """Shows nothing."""

    def step(self, label: str, total: int) -> AbstractContextManager[Callable[[int], None]]:  # noqa: ARG002
        """Begin a step nobody watches."""
        return nullcontext(lambda _units: None)
