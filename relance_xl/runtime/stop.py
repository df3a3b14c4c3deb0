"""Whether a run is to end: Ctrl-C breaks most work off at once; what must not be broken off counts it instead."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Stop:
    """How often somebody asked a run to end: by Ctrl-C where that is counted, or from another thread."""

    def __init__(self) -> None:
        self._count = 0

    def ask(self) -> None:
        """Ask once more."""
        self._count += 1

    @property
    def asked(self) -> bool:
        """Once: nothing more is begun, a talk that leads to no message yet is broken off."""
        return self._count > 0

    @property
    def insisted(self) -> bool:
        """Twice: the message under way is given up too, its fate unknown."""
        return self._count > 1

    @contextmanager
    def counting_interrupts(self) -> Iterator[None]:
        """Count Ctrl-C while the block runs, instead of breaking it off. Only the main thread is sent any."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = signal.signal(signal.SIGINT, lambda _number, _frame: self.ask())
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)
