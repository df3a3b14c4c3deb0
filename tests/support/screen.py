"""A screen that nobody sees: Xvfb, on which windows open, are looked at and typed into."""

import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager


class Screen:
    """A screen and what is on it."""

    def __init__(self, display: str) -> None:
        self.env: Mapping[str, str] = {**os.environ, "DISPLAY": display}

    def windows(self) -> list[str]:
        """Return the names of the windows that can be seen."""
        found = self._xdotool("search", "--onlyvisible", "--name", ".")
        return [self._xdotool("getwindowname", one).strip() for one in found.split()]

    def press(self, key: str) -> None:
        """Press a key in the window that is there."""
        window = self._xdotool("search", "--onlyvisible", "--name", ".").split()[-1]
        self._xdotool("windowfocus", "--sync", window, "key", "--clearmodifiers", key)

    def click_in(self, name: str, across: float, down: float) -> None:
        """Click in the window of a name, so far across and down (0 to 1)."""
        window = self._xdotool("search", "--onlyvisible", "--name", f"^{name}$").split()[-1]
        shape = dict(line.split("=") for line in self._xdotool("getwindowgeometry", "--shell", window).split())
        x, y = int(shape["X"]) + int(shape["WIDTH"]) * across, int(shape["Y"]) + int(shape["HEIGHT"]) * down
        self._xdotool("mousemove", str(round(x)), str(round(y)), "click", "1")

    def _xdotool(self, *arguments: str) -> str:
        done = subprocess.run(["xdotool", *arguments], env=self.env, capture_output=True, encoding="utf-8", check=False)
        return done.stdout


@contextmanager
def hidden_screen() -> Iterator[Screen]:
    """Run a screen."""
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "1366x768x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL) as server:
        os.close(write)
        with os.fdopen(read) as numbers:
            display = numbers.readline().strip()
        try:
            yield Screen(f":{display}")
        finally:
            server.terminate()


def wait_until(what: str, is_so: object, seconds: float = 30) -> None:
    """Wait until a function returns something true; `what`: for the message where it never does."""
    assert callable(is_so)
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(0.1)
