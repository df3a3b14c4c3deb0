"""Sources read whole: a list of 50,000 rows against calamine's bare reading of it, a FEC of a million lines against csv's.

Each in a process of its own, in turn; both must count the same.
"""

import json
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from openpyxl import Workbook

ROWS, LINES, ROUNDS = 50_000, 1_000_000, 3
#: What the program promises: times the bare reading's time; megabytes.
LIST_TARGET, FEC_TARGET, FEC_MEMORY = 3.0, 3.0, 400

_TITLES = (
    "JournalCode|JournalLib|EcritureNum|EcritureDate|CompteNum|CompteLib|CompAuxNum|CompAuxLib|PieceRef|PieceDate|EcritureLib|"
    "Debit|Credit|EcritureLet|DateLet|ValidDate|Montantdevise|Idevise"
)
_BARE_LIST = """
from python_calamine import CalamineWorkbook
rows = CalamineWorkbook.from_path(sys.argv[1]).get_sheet_by_index(0).to_python()
print(json.dumps([len(rows) - 1]))
"""
_OUR_LIST = """
from pathlib import Path
from relance_xl.sources.lists.list_file import ListFile, SourceFormat
listing = ListFile(Path(sys.argv[1]), SourceFormat()).read()
print(json.dumps([len(listing.invoices) + len(listing.wrong)]))
"""
_BARE_FEC = """
import csv
with open(sys.argv[1], encoding="utf-8", newline="") as file:
    print(json.dumps([sum(1 for _row in csv.reader(file, delimiter="|")) - 1]))
"""
_OUR_FEC = """
import resource
from pathlib import Path
from relance_xl.core.terms import Terms
from relance_xl.sources.fec.fec_file import FecFile, FecFormat
listing = FecFile(Path(sys.argv[1]), FecFormat(Terms(30))).read()
print(json.dumps([len(listing.invoices), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024]))
"""


@dataclass(frozen=True, slots=True)
class _Measured:
    """The best time of a process (seconds), and what it printed."""

    seconds: float
    said: list[int]


def write_list(path: Path) -> None:
    """Write a list of unpaid invoices."""
    chance, book = random.Random(1), Workbook(write_only=True)
    sheet = book.create_sheet("Impayés")
    sheet.append(["Numéro", "Code client", "Client", "Adresse", "Code postal", "Ville", "Email", "Date", "Échéance",
                  "Montant TTC", "Reste à payer", "Devise"])  # fmt: skip
    for row in range(ROWS):
        company, amount = chance.randrange(5000), chance.randrange(100, 900_000) / 100
        day = f"{chance.randrange(1, 29):02}/{chance.randrange(1, 13):02}/2026"
        sheet.append([f"FA{row:06}", f"C{company:05}", f"Société {company}", f"{company} rue Haute", "35000", "Rennes",
                      f"c{company}@client.example", day, day, amount, amount, "EUR"])  # fmt: skip
    book.save(path)


def write_fec(path: Path) -> int:
    """Write a FEC, in which nine of ten invoices are paid; return how many are not."""
    chance, left, number, count = random.Random(1), 0, 0, 0
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(_TITLES + "\r\n")
        while count < LINES:
            number += 1
            company, cents = chance.randrange(5000), chance.randrange(100, 900_000)
            day = f"2026{chance.randrange(1, 13):02}{chance.randrange(1, 29):02}"
            amount, letter = f"{cents // 100},{cents % 100:02}", f"L{number}" if chance.random() < 0.9 else ""
            who = f"411000|Clients|C{company:05}|Société {company}"
            sale, paid = f"FA{number:07}|{day}|Facture {number}", f"V{number}|{day}|Virement"
            file.write(f"VE|Ventes|{number}|{day}|{who}|{sale}|{amount}|0,00|{letter}|{day}|{day}||\r\n")
            file.write(f"VE|Ventes|{number}|{day}|706000|Ventes|||{sale}|0,00|{amount}|||{day}||\r\n")
            count += 2
            if letter:
                file.write(f"BQ|Banque|{number}|{day}|{who}|{paid}|0,00|{amount}|{letter}|{day}|{day}||\r\n")
                file.write(f"BQ|Banque|{number}|{day}|512000|Banque|||{paid}|{amount}|0,00|||{day}||\r\n")
                count += 2
            left += not letter
    return left


def _best(program: str, path: Path, before: "_Measured | None") -> _Measured:
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", f"import json, sys\n{program}", str(path)], capture_output=True, text=True, check=True
    )
    taken = time.perf_counter() - begun
    return _Measured(min(taken, before.seconds) if before else taken, json.loads(done.stdout))


def _compare(title: str, path: Path, bare: str, ours: str, target: float) -> tuple[_Measured, _Measured]:
    left: _Measured | None = None
    right: _Measured | None = None
    for _round in range(ROUNDS):
        left, right = _best(bare, path, left), _best(ours, path, right)
    assert left is not None
    assert right is not None
    ratio = right.seconds / left.seconds
    print(f"{title}: {right.seconds:.2f} s, bare {left.seconds:.2f} s: {ratio:.2f} x (target {target} x)")
    return left, right


def main() -> None:
    """Measure, and print the ratios."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_list(folder / "impayes.xlsx")
        bare, ours = _compare(f"list of {ROWS} rows", folder / "impayes.xlsx", _BARE_LIST, _OUR_LIST, LIST_TARGET)
        assert bare.said == ours.said == [ROWS]
        left = write_fec(folder / "fec.txt")
        bare, ours = _compare(f"FEC of {LINES} lines", folder / "fec.txt", _BARE_FEC, _OUR_FEC, FEC_TARGET)
        assert bare.said[0] >= LINES
        assert ours.said[0] == left
        print(f"memory: {ours.said[1]} MB (target {FEC_MEMORY} MB)")


if __name__ == "__main__":
    main()
