"""The audit log: what an entry says, how each is bound to the one before, and which one does not fit.

The hash of an entry is SHA-256 over the hash of the entry before and its own content, so nothing in the middle can be
changed, removed or moved without every later hash being another. What is cut off the end shows by the chain's head.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from uuid import UUID

from fleet.identity import TenantId

PLATFORM = TenantId(UUID(int=0))
"""Whose chain holds what belongs to no tenant: refused sign-ins, and what is done to all."""

NOBODY = "nobody"
"""Who acts where nobody is signed in."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Ending(StrEnum):
    """Whether what was asked was done."""

    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What somebody did, or was refused.

    ``role`` and ``address`` are known of requests alone. ``detail`` is a line for people and holds no secret.
    """

    who: str
    at: datetime
    action: str
    role: str | None = None
    object_type: str | None = None
    object_id: str | None = None
    address: str | None = None
    request_id: str | None = None
    outcome: Ending = Ending.DONE
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """An act in its place of a tenant's chain; the first is number 1."""

    tenant_id: TenantId
    number: int
    act: Act
    hash: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """Where a chain ends: the number and the hash of its last entry."""

    number: int = 0
    hash: bytes = b""

    def __str__(self) -> str:
        return f"{self.number}:{self.hash.hex()}"


@dataclass(frozen=True, slots=True)
class Misfit:
    """The first entry that does not fit, and why."""

    number: int
    reason: str


def content(entry: Entry) -> bytes:
    """Write what an entry says, in one form alone: each part with its length, a missing one as ``-``.

    The trigger in ``db/requesttables.py`` writes the same.
    """
    act = entry.act
    micros = (act.at - _EPOCH) // _MICROSECOND
    parts = (
        *(str(entry.number), str(entry.tenant_id), str(micros)),
        *(act.who, act.role, act.address, act.action, act.object_type, act.object_id),
        *(act.request_id, act.outcome.value, act.detail),
    )
    return b",".join(map(_part, parts))


def link(before: bytes, entry: Entry) -> bytes:
    """Hash an entry, bound to the hash of the one before."""
    return sha256(before + content(entry)).digest()


class Walk:
    """Goes along a chain, stops at the first entry that does not fit, and heeds heads that were known before."""

    def __init__(self, *known: Head) -> None:
        self.at = Head()
        self._known = sorted(known, key=lambda head: head.number)

    def over(self, entries: Iterable[Entry]) -> Misfit | None:
        """Go over further entries, in the order of their numbers."""
        return next((misfit for misfit in map(self._step, entries) if misfit), None)

    def end(self, head: Head | None) -> Misfit | None:
        """Tell what is missing at the end, or stands behind the head that was read after all entries."""
        last = self.at.number
        if head is None and last:
            return Misfit(last, "the chain has entries and no head")
        if head is not None and last > head.number:
            return Misfit(head.number + 1, f"it stands behind the head, which is at number {head.number}")
        if self._known and self._known[-1].number > last:
            return Misfit(last + 1, f"it is missing at the end: there were {self._known[-1].number} entries")
        return None

    def _step(self, entry: Entry) -> Misfit | None:
        number = self.at.number + 1
        if entry.number != number:
            return Misfit(number, "it is missing")
        if entry.hash != link(self.at.hash, entry):
            return Misfit(number, "what it says, or what stood before it, is not what was written")
        if any(known.number == number and known.hash != entry.hash for known in self._known):
            return Misfit(number, "it is another than the head says")
        self.at = Head(entry.number, entry.hash)
        return None


def lines(entries: Iterable[Entry]) -> Iterator[tuple[str, ...]]:
    """Lay entries out for a table or a file, in the order of ``COLUMNS``."""
    for entry in entries:
        act = entry.act
        yield (
            *(str(entry.number), act.at.isoformat(), act.who, act.role or "", act.address or "", act.action),
            *(act.object_type or "", act.object_id or "", act.outcome.value),
            *(act.request_id or "", act.detail or "", entry.hash.hex()),
        )


COLUMNS = (
    *("number", "at", "who", "role", "address", "action", "object_type", "object_id", "outcome"),
    *("request_id", "detail", "hash"),
)


def _part(text: str | None) -> bytes:
    if text is None:
        return b"-"
    raw = text.encode()
    return b"%d:%b" % (len(raw), raw)
