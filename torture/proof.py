"""What must be true of journal, mail server and workbook, however often a send was killed."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from tests.support.bench import Bench
from torture.dossiers import Mailing
from torture.journal_lines import Told, read_told

# What the history sheet calls an outcome.
_TITLES = {"accepted": "envoyé", "refused": "refusé", "unknown": "inconnu"}


def broken_promises(mailing: Mailing) -> list[str]:
    """Return what is wrong at any moment between two runs: sent twice, or the journal and the server at odds."""
    told = read_told(mailing.bench.journal)
    accepted = mailing.log.accepted()
    by_digest = {one.digest: one for one in told}
    found = [f"{key} was sent {count} times" for key, count in _repeated(one.key for one in accepted)]
    for one in accepted:
        mine = by_digest.get(one.digest)
        if mine is None:
            found.append(f"{one.key}: the server has a message that the journal does not know")
        elif mine.outcome not in {"accepted", "unknown"}:
            found.append(f"{one.key}: accepted by the server, {mine.outcome} in the journal")
        elif (mine.key, mine.recipients) != (one.key, one.recipients):
            found.append(f"{one.key}: sent to {one.recipients}, meant for {mine.key} to {mine.recipients}")
    taken = {one.digest for one in accepted}
    found += [
        f"{one.key}: accepted in the journal, not by the server"
        for one in told
        if one.outcome == "accepted" and one.digest not in taken
    ]
    # An unknown one may have arrived: while it is not settled, nothing else may be on its way.
    alive = (one.key for one in told if one.outcome in {"accepted", "unknown", "pending"})
    return found + [f"{key} has {count} deliveries that may arrive" for key, count in _repeated(alive)]


def _repeated(values: Iterable[str]) -> list[tuple[str, int]]:
    return [(value, count) for value, count in Counter(values).items() if count > 1]


def unfinished(mailing: Mailing) -> set[str]:
    """Return the keys that are neither sent nor of unknown fate yet."""
    return set(mailing.keys) - {
        one.key for one in read_told(mailing.bench.journal) if one.outcome in {"accepted", "unknown"}
    }


def broken_at_the_end(mailing: Mailing) -> list[str]:
    """Return what is wrong once all is done: forgotten, the history sheet not the journal's, rubbish left."""
    told = read_told(mailing.bench.journal)
    last = {one.key: one.outcome for one in told}
    found = [f"{key} was forgotten" for key in sorted(mailing.keys - set(last))]
    found += [f"{key} was never asked for" for key in sorted(set(last) - mailing.keys)]
    found += [f"{key} ends {outcome}" for key, outcome in last.items() if outcome not in _TITLES]
    found += history_faults(mailing.bench.rows("Historique"), told)
    root = mailing.bench.root
    rubbish = [*(root / "lots").glob(".*"), *(root / ".relance").glob("work-*"), *(root / ".relance").glob("lock*")]
    return found + [f"{path.name} was left behind" for path in rubbish]


def history_faults(rows: list[dict[str, Any]], told: list[Told]) -> list[str]:
    """Compare the history sheet with the journal, row by row.

    Every settled or unknown delivery has one row; one that was unknown before it was settled may have that row too.
    """
    shown: dict[tuple[str, str], list[str]] = defaultdict(list)
    found = []
    by_place = {(one.key, one.batch): one for one in told}
    for row in rows:
        place = (str(row["Relance"]), str(row["Lot"]))
        shown[place].append(str(row["Résultat"]))
        mine = by_place.get(place)
        if mine is None:
            found.append(f"{place}: in the history sheet only")
        elif _facts(row) != (mine.customer, "; ".join(mine.recipients), mine.amount):
            found.append(f"{place}: the history sheet says {_facts(row)}")
    for place, mine in by_place.items():
        title = _TITLES.get(mine.outcome)
        right = [[title]] if title else [[]]
        if mine.begun and title and mine.outcome != "unknown":
            right.append([_TITLES["unknown"], title])
        if shown[place] not in right:
            found.append(f"{place}: {mine.outcome} in the journal, {shown[place]} in the history sheet")
    return found


def _facts(row: dict[str, Any]) -> tuple[str, str, Decimal]:
    return str(row["Code client"]), str(row["Destinataire"] or ""), Decimal(str(row["Créance"]))


def left_temporary(bench: Bench) -> int:
    """Return how many half-written workbooks killed runs left beside the workbook."""
    return len(list(bench.root.glob(f".{bench.workbook.name}.*.tmp")))


def stale_statuses(mailing: Mailing) -> int:
    """Return how many rows of sent reminders do not say so in their status cell."""
    sent = {one.key.split("/")[0] for one in read_told(mailing.bench.journal) if one.outcome == "accepted"}
    rows = mailing.bench.rows("Relances")
    return sum(row["N° facture"] in sent and row["Statut"] != "email envoyé" for row in rows)
