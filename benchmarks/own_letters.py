"""400 letters of a company's own template, whole sends by the clock: against LibreOffice alone, and against the usual way.

`python -m benchmarks.own_letters [count]`. The usual way: docxtpl for each letter, soffice on 200 a call, pypdf for the rest.
"""

import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.letters import letter_orders, make_dossier, make_in_batches, make_ours, page_texts, planned
from benchmarks.sends import lay_out, send
from relance_xl.runtime.language import set_language
from tests.support.typical_letter import build_lonely_letter, build_plain_letter, build_typical_letter

COUNT, ROUNDS = 400, 2


@dataclass(frozen=True, slots=True)
class Own:
    """A template, and what the program promises of it: a part of the layout's own speed, or of the usual way's time."""

    name: str
    build: Callable[[Path], Path]
    of_layout: float = 0
    of_usual: float = 0


OWN = (
    Own("typical", build_typical_letter, of_layout=0.5),
    Own("plain, ends in a table", build_plain_letter, of_layout=0.7),
    Own("alone", build_lonely_letter, of_usual=2.5),
)


def _usual(folder: Path) -> float:
    start = time.perf_counter()
    make_in_batches(folder)
    return time.perf_counter() - start


def _printed(folder: Path) -> list[str]:
    (whole,) = (folder / "sent").glob("lots/*/courriers.pdf")
    return page_texts(whole)


def compare(own: Own, folder: Path, count: int) -> bool:
    """Print what a template's letters take; return whether what is promised is met."""
    make_dossier(folder / "dossier", count)
    for template in (folder / "dossier" / "modeles").glob("*.docx"):
        template.unlink()
        own.build(template)
    planned.cache_clear()
    letter_orders.cache_clear()
    make_ours(folder)
    other = lay_out if own.of_layout else _usual
    rounds = [(send(folder), other(folder)) for _round in range(ROUNDS)]
    texts = _printed(folder)
    assert len(texts) == 2 * count, len(texts)
    assert own.of_layout or page_texts(folder / "batch" / "print.pdf") == texts
    ours, theirs = min(rounds, key=lambda taken: taken[0] / taken[1])
    ratio, target = theirs / ours, own.of_layout or own.of_usual
    against = "the layout alone" if own.of_layout else "the usual way"
    sys.stdout.write(
        f"{own.name:<24} send {ours:6.2f} s ({count / ours:5.1f} a second)   {against} {theirs:6.2f} s   "
        f"{ratio:5.2f} (target {target})   {'met' if ratio >= target else 'NOT MET'}\n"
    )
    sys.stdout.flush()
    return ratio >= target


def main(count: int) -> int:
    """Compare all of them."""
    set_language("fr")
    met = []
    for own in OWN:
        folder = Path(tempfile.mkdtemp(prefix="relance-bench-"))
        try:
            met.append(compare(own, folder, count))
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else COUNT))
