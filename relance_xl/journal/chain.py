"""Which lines of a journal count: those of the run that opened it last, each naming the one before."""

from dataclasses import dataclass, field

from relance_xl.core.record import Begun, Prepared, Record, Settled
from relance_xl.core.reminder import Outcome
from relance_xl.journal.codec import NO_LINE, NOBODY, DamagedLineError, Line, Opened, Writer, decode

#: What is put behind a line that a crash tore, so that it can never be taken for a whole one.
TORN_END = b" (torn)\n"


class BrokenChainError(ValueError):
    """A line is gone, moved, put in or changed."""


@dataclass(slots=True)
class Chain:
    """All lines so far: the records that count, who may write now, and the CRC that the next line must name.

    A run that was stopped while another took over may still write a line: its number is lower than that of the run at
    work, so it does not count. Only what it says of a message that it began itself, and whose fate is unknown, does.
    """

    records: list[Record] = field(default_factory=list)
    writer: Writer = NOBODY
    crc: str = NO_LINE
    _seen: set[str] = field(default_factory=lambda: {NO_LINE})
    _prepared: set[str] = field(default_factory=set)
    #: Who began each delivery whose end is not known.
    _begun_by: dict[str, Writer] = field(default_factory=dict)
    _names_previous: bool = False

    def add(self, text: bytes) -> None:
        """Take one whole line, without its newline. Raises BrokenChainError, NewerVersionError."""
        try:
            line = decode(text)
        except DamagedLineError as error:
            # One that a crash tore. Were it a whole one, changed, the next would name what is not there.
            if text.endswith(TORN_END[:-1]):
                return
            raise BrokenChainError(str(error)) from error
        self._place(line)
        self._seen.add(line.crc)

    def _place(self, line: Line) -> None:
        if self._follows(line):
            if isinstance(line.record, Opened):
                self.writer = line.writer
            else:
                self._count(line.record, line.writer)
            self.crc, self._names_previous = line.crc, line.previous is not None
        elif self._is_late(line):
            if isinstance(line.record, Settled) and self._begun_by.get(line.record.id) == line.writer:
                self._count(line.record, line.writer)
        else:
            raise BrokenChainError(line.crc)

    def _follows(self, line: Line) -> bool:
        """Whether a line is the next one of whoever writes now, or of a run that takes over."""
        if line.previous is None:
            return not self._names_previous and self.writer == NOBODY
        by_next = isinstance(line.record, Opened) and line.writer.epoch == self.writer.epoch + 1
        by_same = not isinstance(line.record, Opened) and line.writer == self.writer
        return line.previous == self.crc and (by_next or by_same)

    def _is_late(self, line: Line) -> bool:
        """Whether a run wrote this that did not see, when it did, that another had taken over or had written."""
        if line.previous not in self._seen or line.writer.epoch == 0:
            return False
        if isinstance(line.record, Opened):
            return line.writer.epoch <= self.writer.epoch + 1
        return line.writer.epoch < self.writer.epoch

    def _count(self, record: Record, writer: Writer) -> None:
        match record:
            case Prepared():
                self._prepared.add(record.id)
            case Begun() | Settled() if record.id not in self._prepared:
                raise BrokenChainError(record.id)
            case Begun():
                self._begun_by[record.id] = writer
            # That its fate is unknown is no end: whoever began it may still tell.
            case Settled() if record.outcome is not Outcome.UNKNOWN:
                self._begun_by.pop(record.id, None)
        self.records.append(record)
