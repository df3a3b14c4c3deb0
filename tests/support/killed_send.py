"""The program, loaded once: each order on stdin runs it in a process of its own, killed at one place of its code.

An order is one line of JSON, see `Order`; the answer is one line: the exit code, -9 where it was killed.
`python -m tests.support.killed_send`; POSIX only.
"""

import importlib
import json
import os
import select
import signal
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any

# What the commands import when they are called, loaded before the first fork.
_COMMANDS = (
    "relance_xl.__main__",
    "relance_xl.cli",
    "relance_xl.console",
    "relance_xl.commands.send",
    "relance_xl.commands.resolve",
)


@dataclass(frozen=True)
class Place:
    """Where to kill: at the nth call of a function, given as module:name.

    The moment is before or after it; "half": after it did its work with the first half of its bytes; "answered": after
    it, once the mail server's answer has come and nobody read it. `argument` counts only calls with that argument,
    `with_bytes` only calls whose last argument is bytes.
    """

    function: str
    moment: str
    nth: int = 1
    argument: str = ""
    with_bytes: bool = False

    def __str__(self) -> str:
        """Name the place, for the test's name."""
        name = self.function.rpartition(":")[2]
        return f"{self.moment} {name} {self.argument} {self.nth}".replace("  ", " ")


@dataclass(frozen=True)
class Order:
    """A command's arguments, its environment, the file for what it prints, where to kill it.

    `forgetful` breaks the program: what is begun is not recorded.
    """

    arguments: list[str]
    environment: dict[str, str]
    output: str
    place: Place | None = None
    forgetful: bool = False

    def line(self) -> str:
        """Return the order as a line."""
        return json.dumps(asdict(self)) + "\n"

    @classmethod
    def parse(cls, line: str) -> "Order":
        """Read an order's line."""
        fields = json.loads(line)
        place = fields.pop("place")
        return cls(**fields, place=Place(**place) if place else None)


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
    signal.pause()


def _lie_in_wait(place: Place) -> None:
    """Put the killing around a function."""
    module, _colon, path = place.function.partition(":")
    owner: Any = importlib.import_module(module)
    *parents, name = path.split(".")
    for parent in parents:
        owner = getattr(owner, parent)
    is_static = isinstance(vars(owner).get(name), staticmethod)
    around = _deadly(getattr(owner, name), place)
    setattr(owner, name, staticmethod(around) if is_static else around)


def _deadly(original: Callable[..., object], place: Place) -> Callable[..., object]:
    calls = 0

    def around(*args: Any, **kwargs: Any) -> object:
        nonlocal calls
        if (place.argument and place.argument not in args) or (place.with_bytes and not isinstance(args[-1], bytes)):
            return original(*args, **kwargs)
        # To append no records is to do nothing.
        if place.function.endswith(".append") and not args[-1]:
            return original(*args, **kwargs)
        calls += 1
        if calls != place.nth:
            return original(*args, **kwargs)
        if place.moment == "before":
            _die()
        if place.moment == "half":
            original(*args[:-1], args[-1][: len(args[-1]) // 2])
            _die()
        original(*args, **kwargs)
        if place.moment == "answered":
            select.select([args[0].sock], [], [], 20)
        _die()
        raise AssertionError

    return around


def _forget_what_is_begun() -> None:
    from relance_xl.core.record import Begun, Record
    from relance_xl.journal.journal import Journal

    append = Journal.append

    def forgetful(journal: Journal, records: Iterable[Record]) -> None:
        append(journal, [record for record in records if not isinstance(record, Begun)])

    setattr(Journal, "append", forgetful)  # noqa: B010 - a method replaced


def _run(order: Order) -> None:
    """Be the program."""
    os.environ.update(order.environment)
    output = os.open(order.output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for standard, descriptor in enumerate((os.open(os.devnull, os.O_RDONLY), output, output)):
        os.dup2(descriptor, standard)
    if order.forgetful:
        _forget_what_is_begun()
    if order.place:
        _lie_in_wait(order.place)
    sys.argv = ["relance-xl", *order.arguments]
    from relance_xl.__main__ import main

    main()


def _run_and_exit(order: Order) -> None:
    code = 99
    try:
        _run(order)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def main() -> None:
    """Take orders until there are no more."""
    for module in _COMMANDS:
        importlib.import_module(module)
    for line in sys.stdin:
        child = os.fork()
        if not child:
            _run_and_exit(Order.parse(line))
        _child, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201 - the answer


if __name__ == "__main__":
    main()
