"""A dossier on the workbench: run commands in it, read its workbook, edit it as users do."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from unittest.mock import patch

from click.testing import CliRunner
from openpyxl import load_workbook
from pypdf import PdfReader

from relance_xl.cli import cli
from relance_xl.runtime.language import DEFAULT_LANGUAGE, current_language, set_language
from tests.support.calc import type_into
from tests.support.read_once import stored_values
from tests.support.schemas import keeping_to_schemas

DAY = "2026-11-24"


@dataclass(frozen=True)
class Outcome:
    """What a command gave."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> dict[str, Any]:
        """The object of --json."""
        loaded: dict[str, Any] = json.loads(self.out)
        return loaded

    def reminders(self, outcome: str = "") -> list[dict[str, Any]]:
        """The reminders of a report, of one outcome or all."""
        lines: list[dict[str, Any]] = self.data["reminders"]
        return [line for line in lines if not outcome or line["outcome"] == outcome]


def _run_here(arguments: list[str]) -> Outcome:
    spoken = current_language()
    # As a command finds it that begins: whatever the test speaks.
    set_language(DEFAULT_LANGUAGE)
    try:
        done = CliRunner().invoke(cli, arguments, prog_name="relance-xl")
    finally:
        set_language(spoken)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return Outcome(done.exit_code, done.stdout, done.stderr)


def _run_apart(arguments: list[str], env: Mapping[str, str]) -> Outcome:
    done = subprocess.run(
        [sys.executable, "-m", "relance_xl", *arguments],
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONUTF8": "1", **env},
        stdin=subprocess.DEVNULL,
        timeout=240,
        check=False,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


class Bench:
    """A dossier and the program, run as a user runs it: in a process of its own.

    No run may leave a workbook that breaks the schemas, as far as these are here, where it kept to them before.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def workbook(self) -> Path:
        """The workbook."""
        return self.root / "relances.xlsx"

    @property
    def journal(self) -> Path:
        """The journal."""
        return self.root / ".relance" / "journal.jsonl"

    def run(
        self,
        *arguments: str,
        day: str | None = DAY,
        variables: Mapping[str, str] | None = None,
        env: Mapping[str, str] | None = None,
    ) -> Outcome:
        """Run a command on a day; the options of the program itself stand before its name.

        It runs in the tests' own process, which is four times as fast, with `variables` of the environment; `env`, empty too:
        in a process of its own, with these.
        """
        given = ["-d", str(self.root), *arguments, *(("--date", day) if day else ())]
        with keeping_to_schemas(self.workbook), patch.dict(os.environ, variables or {}):
            outcome = _run_here(given) if env is None else _run_apart(given, env)
        assert "Traceback" not in outcome.err, outcome.err
        return outcome

    def json(self, *arguments: str, day: str | None = DAY) -> Outcome:
        """Run a command with --json."""
        return self.run(*arguments, "--json", day=day)

    def setting(self, before: str, after: str) -> None:
        """Change relance.toml."""
        path = self.root / "relance.toml"
        text = path.read_text(encoding="utf-8")
        assert before in text
        path.write_text(text.replace(before, after, 1), encoding="utf-8")

    def send_by_smtp(self, more: str = "", **keys: object) -> None:
        """Set [mail] to send by SMTP, with these keys; `more`: lines as they stand in the file."""
        lines = [f"{key} = {json.dumps(value)}" for key, value in keys.items()]
        self.setting('transport = "folder"', "\n".join(['transport = "smtp"', *lines, more, "# "]))

    def source(self, before: str, after: str) -> None:
        """Change the list of unpaid invoices."""
        path = self.root / "impayes.csv"
        text = path.read_bytes().decode("cp1252")
        assert before in text
        path.write_bytes(text.replace(before, after, 1).encode("cp1252"))

    def pay(self, *numbers: str) -> None:
        """Let invoices be paid: they are no longer in the list."""
        path = self.root / "impayes.csv"
        gone = {number.encode() for number in numbers}
        kept = [line for line in path.read_bytes().split(b"\r\n") if line.partition(b";")[0] not in gone]
        path.write_bytes(b"\r\n".join(kept))

    def add(self, *numbers: str) -> None:
        """Let invoices of a new customer come into the list."""
        path = self.root / "impayes.csv"
        tail = "C030;Nouveau;1 rue A;69001;Lyon;;n@example.com;01/10/2026;31/10/2026;10,00;10,00;EUR;fr;oui;non\r\n"
        lines = "".join(f"{number};{tail}" for number in numbers)
        path.write_bytes(path.read_bytes().rstrip() + b"\r\n" + lines.encode("cp1252"))

    def row_of(self, number: str, sheet: str = "Relances", title: str = "N° facture") -> int:
        """Return the row of an invoice in a sheet."""
        for row in self.rows(sheet):
            if row[title] == number:
                return int(row["#"])
        raise AssertionError(f"{number} is not in {sheet}")

    def rows(self, sheet: str = "Relances") -> list[dict[str, Any]]:
        """Return a sheet's rows by column title, with their row number as "#"; values as stored in the file."""
        book = stored_values(self.workbook)
        cells = list(book[sheet].iter_rows(values_only=True))
        header = next(index for index, row in enumerate(cells) if "N° facture" in row)
        titles = [str(title) for title in cells[header]]
        found = []
        for number, row in enumerate(cells[header + 1 :], start=header + 2):
            values = dict(zip(titles, row, strict=True))
            if values["N° facture"] is not None:
                found.append({**values, "#": number})
        return found

    def row(self, number: str) -> dict[str, Any]:
        """Return an invoice's row of the sheet Relances."""
        return next(row for row in self.rows() if row["N° facture"] == number)

    def column(self, title: str, sheet: str = "Relances") -> str:
        """Return a column's letter by its title."""
        book = stored_values(self.workbook)
        for row in book[sheet].iter_rows(max_row=10):
            for cell in row:
                if cell.value == title:
                    return str(cell.column_letter)
        raise AssertionError(title)

    def cell(self, number: str, title: str) -> str:
        """Return the address of an invoice's cell."""
        return f"{self.column(title)}{self.row_of(number)}"

    def type(self, *edits: tuple[str, str, str]) -> None:
        """Type into the workbook with Calc itself: (invoice number, column title, what is typed)."""
        cells = [("Relances", self.cell(number, title), text) for number, title, text in edits]
        type_into(self.workbook, cells)

    def write(self, *edits: tuple[str, str, object]) -> None:
        """Write cells with openpyxl, for tests of many small edits."""
        book = load_workbook(self.workbook)
        for number, title, value in edits:
            book["Relances"][self.cell(number, title)] = value  # type: ignore[assignment]
        book.save(self.workbook)

    def print_file(self, batch: str = f"{DAY}-001") -> list[str]:
        """Return the text of each page of a batch's file to print."""
        return pages(self.root / "lots" / batch / "courriers.pdf")


def pages(path: Path) -> list[str]:
    """Return the text of each page of a PDF, blanks folded."""
    return [" ".join(page.extract_text().split()) for page in PdfReader(path).pages]


def as_date(text: str) -> date:
    """Return an ISO date."""
    return date.fromisoformat(text)
