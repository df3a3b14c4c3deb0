"""Whether somebody sits at a terminal."""

import sys


def somebody_sits() -> bool:
    """Whether questions can be answered: what is typed comes from a terminal."""
    return sys.stdin is not None and sys.stdin.isatty()
