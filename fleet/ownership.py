"""Who may do what to a partition: leases, epochs and the fence, as values and pure rules.

A poller holds one lease (in Redis) for all that it owns; each partition has an epoch (in PostgreSQL) that only grows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from fleet import partition


class Deed(StrEnum):
    """What an owner, or one who wants to become it, may be about to do."""

    POLL = "poll"
    OPERATE = "operate"
    TAKE_OVER = "take_over"
    HAND_OVER = "hand_over"


@dataclass(frozen=True, slots=True)
class Sight:
    """Which stores answer just now."""

    redis: bool
    postgres: bool


ALLOWED: Mapping[Sight, frozenset[Deed]] = {
    Sight(redis=True, postgres=True): frozenset(Deed),
    Sight(redis=True, postgres=False): frozenset({Deed.POLL}),
    Sight(redis=False, postgres=True): frozenset({Deed.POLL}),
    Sight(redis=False, postgres=False): frozenset({Deed.POLL}),
}
"""With either store away owners keep polling, nobody takes over, and no new operation on a device begins."""


def may(deed: Deed, sight: Sight) -> bool:
    """Tell whether the stores that answer allow a deed."""
    return deed in ALLOWED[sight]


@dataclass(frozen=True, slots=True)
class Lease:
    """A poller that lives: the incarnation of its process, and its weight among the pollers."""

    poller: str
    incarnation: UUID
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Fence:
    """Where in the stream an epoch begins: the sequence, in the stream that was made at ``created``."""

    sequence: int
    created: datetime


@dataclass(frozen=True, slots=True)
class Holding:
    """One partition: its epoch (0 before the first owner), its owner, and to whom it is to go.

    ``since`` is from when on the polls are the owner's; ``released_at`` says that the owner gave it back.
    """

    partition: int
    epoch: int = 0
    poller: str | None = None
    incarnation: UUID | None = None
    wanted: str | None = None
    since: datetime | None = None
    released_at: datetime | None = None
    fence: Fence | None = None

    @property
    def free(self) -> bool:
        """Nobody owns it: it never had an owner, or was given back."""
        return self.incarnation is None or self.released_at is not None


class Verdict(StrEnum):
    """What a writer does with an event."""

    ACCEPT = "accept"
    REFUSE = "refuse"
    WAIT = "wait"


def judge(epoch: int, sequence: int, created: datetime, holding: Holding) -> Verdict:
    """Judge an event of ``epoch`` at ``sequence`` of the stream made at ``created``.

    It is refused only if its epoch is older and it stands behind the fence; while a newer owner has not set its fence
    nobody can tell, and the event waits. A stream that was made anew holds nothing from before the fence.
    """
    if epoch >= holding.epoch:
        return Verdict.ACCEPT
    if holding.fence is None:
        return Verdict.WAIT
    before = (
        sequence < holding.fence.sequence if created == holding.fence.created else created < holding.fence.created
    )
    return Verdict.ACCEPT if before else Verdict.REFUSE


@dataclass(frozen=True, slots=True)
class Take:
    """Give partitions to a poller under a new epoch, each only if its epoch is still the one that was seen."""

    lease: Lease
    epochs: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Want:
    """Ask the living owner of these partitions to give them back, so that ``poller`` can have them; None: to keep."""

    partitions: frozenset[int]
    poller: str | None


Step = Take | Want


def decide(holdings: Collection[Holding], leases: Mapping[str, Lease], lapsed: Collection[UUID]) -> Iterator[Step]:
    """Yield the steps towards the assignment that weighted rendezvous hashing wants.

    ``leases`` are those of the living, by poller; ``lapsed`` the incarnations whose lease has been gone for long
    enough. An owner that is neither alive nor lapsed may be one that merely cannot be seen: it is let alone.
    """
    if not leases:
        return
    owners = partition.owners({poller: lease.weight for poller, lease in leases.items()})
    takes: dict[str, dict[int, int]] = {}
    wants: dict[str | None, set[int]] = {}
    for holding in holdings:
        right = owners[holding.partition]
        if holding.free or holding.incarnation in lapsed:
            takes.setdefault(right, {})[holding.partition] = holding.epoch
        elif holding.poller is not None and _lives(holding, leases):
            wish = None if holding.poller == right else right
            if wish != holding.wanted:
                wants.setdefault(wish, set()).add(holding.partition)
    for poller, epochs in sorted(takes.items()):
        yield Take(leases[poller], epochs)
    for poller_or_none, partitions in wants.items():
        yield Want(frozenset(partitions), poller_or_none)


def _lives(holding: Holding, leases: Mapping[str, Lease]) -> bool:
    lease = leases.get(holding.poller or "")
    return lease is not None and lease.incarnation == holding.incarnation
