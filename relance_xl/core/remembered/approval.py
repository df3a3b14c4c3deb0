"""What one person decided and another releases: known by a digest of who gets what, by which way, for how much."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from relance_xl.core.planning import Plan
from relance_xl.core.remembered.notes import Notes, Remark, Subject
from relance_xl.core.texts.typed import plain, plain_title

_DECIDED, _RELEASED = "decided", "released"


@dataclass(frozen=True, slots=True)
class Approval:
    """Who decided what would leave, and who released it; empty: nobody yet."""

    decided: str = ""
    released: str = ""


class NoReleaseError(ValueError):
    """Somebody who may not release: no name, the one who decided, or nobody whom the settings name."""


def plan_digest(plan: Plan) -> str:
    """Return what a plan is known by: any other recipient, invoice, amount, level or way is another plan."""
    lines = [
        f"{one.channel} {one.level.id} {one.customer.code} {one.customer.name} {one.recipients} {one.copies} "
        + " ".join(f"{item.key} {item.level.id} {item.invoice.open}" for item in one.items)
        for one in plan.deliveries
    ]
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def approval_of(notes: Notes, digest: str) -> Approval:
    """Return who has agreed to a plan."""
    said = notes.of(Subject.APPROVAL, digest)
    return Approval(said.get(_DECIDED, ""), said.get(_RELEASED, ""))


def agreed(approval: Approval, name: str, may_release: Sequence[str]) -> Approval:
    """Return who has agreed once somebody more does: the first one decides, another one releases.

    `may_release`: who may, empty: anybody. Raises NoReleaseError.
    """
    who = plain(name)
    if not who:
        raise NoReleaseError(name)
    if approval.released:
        return approval
    allowed = {plain_title(one) for one in may_release}
    if not approval.decided:
        if allowed == {plain_title(who)}:
            # Nobody could release it then.
            raise NoReleaseError(name)
        return Approval(decided=who)
    if plain_title(who) == plain_title(approval.decided) or (allowed and plain_title(who) not in allowed):
        raise NoReleaseError(name)
    return replace(approval, released=who)


def approval_remark(digest: str, approval: Approval) -> Remark:
    """Return what is to be recorded of who has agreed to a plan."""
    said = {_DECIDED: approval.decided, _RELEASED: approval.released}
    return Remark(Subject.APPROVAL, digest, {matter: who for matter, who in said.items() if who})
