"""What a thread must know of the run that it works for: above all the language its messages are in."""

from collections.abc import Callable
from contextvars import copy_context
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def carrying_context(function: Callable[P, T]) -> Callable[P, T]:
    """Return a function to be called once, in any thread, as if here: a new thread would begin with no context at all."""
    context = copy_context()

    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        return context.run(function, *args, **kwargs)

    return run
