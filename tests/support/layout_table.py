"""`python -m tests.support.layout_table`: each awkward template, the way its letters take, and the pixels in which they differ."""

import sys
import tempfile
from pathlib import Path

from relance_xl.letters.templates.combinable import combinability
from tests.letters.test_layout import compared
from tests.support.letter_templates import AWKWARD, build, letters


def main() -> None:
    """Print the table."""
    names = letters()
    sys.stdout.write(f"{'pages':>6} {'pixels that differ':>19}  way       template\n")
    for awkward in AWKWARD:
        with tempfile.TemporaryDirectory() as folder:
            template = build(awkward, Path(folder) / "modele.docx")
            documents, count, different = compared(template, names, Path(folder))
            way = "together" if documents < len(names) else "alone"
            why = ", ".join(combinability(template).hindrances)
            sys.stdout.write(f"{count:>6} {different:>19}  {way:<9} {awkward.name}{f' ({why})' if why else ''}\n")


if __name__ == "__main__":
    main()
