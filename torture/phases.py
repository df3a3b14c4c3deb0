"""Where a run was when it was killed: told from what journal, server and folders had become."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from relance_xl.workbook.replacing import set_aside_by_killed_runs
from torture.dossiers import Mailing
from torture.journal_lines import read_lines, read_told
from torture.mail_log import MailLog


class Phase(StrEnum):
    """A part of a run, in its order."""

    READING = "start, reading (nothing new in the journal)"
    MAKING = "making documents, before the commit"
    COMMITTED = "committed, before the login"
    LOGGED_IN = "connected, before the first message"
    BETWEEN = "between two messages"
    ADDRESSING = "MAIL, RCPT or DATA said, before begun"
    BEGUN = "begun, not accepted by the server"
    TAKEN = "accepted by the server, not settled in the journal"
    UPDATING = "all settled, workbook not replaced yet"
    REPLACED = "workbook replaced, before the end"


@dataclass(frozen=True, slots=True)
class Before:
    """How things stood when a run began."""

    lines: int
    workbook: str
    log: MailLog

    @classmethod
    def look(cls, mailing: Mailing) -> "Before":
        """Look at a dossier that nobody works in."""
        return cls(len(read_lines(mailing.bench.journal)), _workbook(mailing), mailing.log.from_here())

    def phase(self, mailing: Mailing) -> Phase:
        """Return where the run that began then was killed."""
        lines = read_lines(mailing.bench.journal)
        new = lines[self.lines :]
        last = new[-1]["kind"] if new else ""
        if _workbook(mailing) != self.workbook:
            return Phase.REPLACED
        if last == "begun":
            digests = {one.id: one.digest for one in read_told(mailing.bench.journal)}
            taken = {one.digest for one in self.log.accepted()}
            return Phase.TAKEN if digests[new[-1]["id"]] in taken else Phase.BEGUN
        if last == "committed":
            return self._after_commit()
        if _has_folder_of_nobody(mailing, lines):
            return Phase.MAKING
        if last == "settled" and not any(one.outcome == "pending" for one in read_told(mailing.bench.journal)):
            return Phase.UPDATING
        if self.log.count("mail") > sum(line["kind"] == "begun" for line in new):
            return Phase.ADDRESSING
        if last == "settled":
            return Phase.BETWEEN
        return Phase.LOGGED_IN if self.log.count("connected") else Phase.READING

    def _after_commit(self) -> Phase:
        if self.log.count("mail"):
            return Phase.ADDRESSING
        return Phase.LOGGED_IN if self.log.count("connected") else Phase.COMMITTED


def _workbook(mailing: Mailing) -> str:
    path = mailing.bench.workbook
    # Killed while it was being replaced: the next command puts it back.
    path = path if path.exists() else set_aside_by_killed_runs(path)[-1]
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _has_folder_of_nobody(mailing: Mailing, lines: list[dict[str, Any]]) -> bool:
    committed = {line["batch"] for line in lines if line["kind"] == "committed"}
    folders = (mailing.bench.root / "lots").glob(".*.partial")
    return any(folder.name[1:].partition(".")[0] not in committed for folder in folders)
