"""Who owns which partition, in PostgreSQL: changed by the supervisor, fenced and given back by owners, read by all.

Every change counts the version up under its row's lock, so changes follow one another, and a new epoch is the version
that it came with.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, CursorResult, bindparam, select, update
from sqlalchemy.orm import Session

from db.access import POLLER
from db.engine import Stores, reachable
from db.platform import platform_session
from db.worktables import assignment, partitions
from fleet.ownership import Fence, Holding, Lease, Step, Take

_COLUMNS = (
    *(partitions.c.partition, partitions.c.epoch, partitions.c.poller, partitions.c.incarnation, partitions.c.wanted),
    *(partitions.c.since, partitions.c.released_at, partitions.c.fence_sequence, partitions.c.fence_created),
)


@dataclass(frozen=True, slots=True)
class Assignment:
    """All partitions as they are at one version."""

    version: int
    holdings: Sequence[Holding]


def version(connection: Connection | Session) -> int:
    """Tell the version: while it stays, nothing has changed."""
    return int(connection.execute(select(assignment.c.version)).scalar_one())


def read(connection: Connection | Session, incarnation: UUID | None = None) -> Assignment:
    """Read all partitions, or those of one incarnation that it has not given back."""
    query = select(*_COLUMNS).order_by(partitions.c.partition)
    if incarnation is not None:
        query = query.where(partitions.c.incarnation == incarnation, partitions.c.released_at.is_(None))
    now = version(connection)
    return Assignment(now, [_holding(row) for row in connection.execute(query)])


def take(session: Session, lease: Lease, epochs: Mapping[int, int], since: datetime | None, at: datetime) -> int:
    """Give partitions to a poller under a new epoch, those whose epoch is still what was seen; returns the epoch.

    What was given back is the new owner's from then on; other partitions from ``since``, or at once for the first
    owner ever.
    """
    epoch = _count_up(session)
    taken = (
        update(partitions)
        .where(partitions.c.partition == bindparam("its_partition"), partitions.c.epoch == bindparam("its_epoch"))
        .values(
            epoch=epoch,
            poller=lease.poller,
            incarnation=lease.incarnation,
            wanted=None,
            since=bindparam("its_since"),
            taken_at=at,
            released_at=None,
            fence_sequence=None,
            fence_created=None,
        )
    )
    given_back = _given_back(session, epochs)
    rows = [
        {"its_partition": p, "its_epoch": e, "its_since": None if e == 0 else given_back.get(p, since)}
        for p, e in epochs.items()
    ]
    if rows:
        session.connection().execute(taken, rows)
    return epoch


def want(session: Session, wanted: Collection[int], poller: str | None) -> None:
    """Note to whom partitions are to go; their owner gives them back when it can."""
    _count_up(session)
    session.execute(update(partitions).where(partitions.c.partition.in_(wanted)).values(wanted=poller))


@dataclass(frozen=True, slots=True)
class Desk:
    """The assignment as pollers read and change it. Every method raises Unavailable where the database is away."""

    stores: Stores

    def version(self) -> int:
        """Count the changes so far."""
        with reachable(), self.stores.engine(POLLER).connect() as connection:
            return version(connection)

    def mine(self, incarnation: UUID) -> tuple[int, Sequence[Holding]]:
        """Read the version, and what an incarnation owns and has not given back."""
        with reachable(), self.stores.engine(POLLER).connect() as connection:
            found = read(connection, incarnation)
        return found.version, found.holdings

    def fence(self, epoch: int, place: Fence) -> None:
        """Store where an epoch begins in the stream; where that is known already it stays."""
        stored = {"fence_sequence": place.sequence, "fence_created": place.created}
        unknown = (partitions.c.epoch == epoch, partitions.c.fence_sequence.is_(None))
        with reachable(), self.stores.engine(POLLER).begin() as connection:
            _count_up(connection)
            connection.execute(update(partitions).where(*unknown).values(stored))

    def release(self, incarnation: UUID, given: Collection[int], at: datetime) -> int:
        """Give partitions back: from ``at`` on nobody polls them; returns how many were still one's own."""
        mine = (partitions.c.incarnation == incarnation, partitions.c.released_at.is_(None))
        statement = update(partitions).where(partitions.c.partition.in_(given), *mine).values(released_at=at)
        with reachable(), self.stores.engine(POLLER).begin() as connection:
            _count_up(connection)
            released: CursorResult[Any] = connection.execute(statement)
            return released.rowcount


@dataclass(frozen=True, slots=True)
class Office:
    """The assignment as the supervisor reads and changes it; raises Unavailable where the database is away."""

    stores: Stores

    def version(self) -> int:
        """Count the changes so far."""
        with platform_session(self.stores, "the supervisor looks for changes") as session:
            return version(session)

    def read(self) -> Assignment:
        """Read all partitions."""
        with platform_session(self.stores, "the supervisor reads the assignment") as session:
            return read(session)

    def perform(self, steps: Sequence[Step], since: datetime, at: datetime) -> None:
        """Do all steps, or none; ``since`` is from when on nobody polls what lapsed owners had."""
        with platform_session(self.stores, "the supervisor hands partitions out") as session:
            for step in steps:
                if isinstance(step, Take):
                    take(session, step.lease, step.epochs, since, at)
                else:
                    want(session, step.partitions, step.poller)


def pollers(stores: Stores) -> list[str]:
    """Name the pollers that own partitions. Raises Unavailable."""
    owned = (partitions.c.poller.is_not(None), partitions.c.released_at.is_(None))
    with reachable(), stores.engine(POLLER).connect() as connection:
        return list(connection.scalars(select(partitions.c.poller).where(*owned).distinct()))


def _count_up(connection: Connection | Session) -> int:
    grown = update(assignment).values(version=assignment.c.version + 1).returning(assignment.c.version)
    return int(connection.execute(grown).scalar_one())


def _given_back(session: Session, asked: Collection[int]) -> dict[int, datetime]:
    query = select(partitions.c.partition, partitions.c.released_at).where(
        partitions.c.partition.in_(asked), partitions.c.released_at.is_not(None)
    )
    return {row.partition: row.released_at for row in session.execute(query)}


def _holding(row: Sequence[Any]) -> Holding:
    *known, sequence, created = row
    number, epoch, poller, incarnation, wanted, since, released_at = known
    place = None if sequence is None else Fence(sequence, created)
    return Holding(number, epoch, poller, incarnation, wanted, since, released_at, place)
