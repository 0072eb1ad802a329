"""What each poller owns, for people: partitions, epochs and devices, as the assignment has them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db import assignment
from db.tables import devices
from fleet.ownership import Holding


@dataclass(frozen=True, slots=True)
class Share:
    """What one poller owns, and how many of its partitions are to go to another.

    ``oldest`` and ``newest`` are the least and the greatest of the partitions' epochs.
    """

    poller: str
    partitions: int
    wanted: int
    devices: int
    oldest: int
    newest: int


@dataclass(frozen=True, slots=True)
class Shares:
    """The assignment at one version: a share for each owner by name, and what nobody owns."""

    version: int
    shares: Sequence[Share]
    unowned: int
    unowned_devices: int


def read(session: Session) -> Shares:
    """Read who owns what; the caller's session is the platform's."""
    found = assignment.read(session)
    query = select(devices.c.partition, func.count()).group_by(devices.c.partition)
    counts = {partition: int(count) for partition, count in session.execute(query)}
    return cut(found.version, found.holdings, counts)


def cut(version: int, holdings: Iterable[Holding], counts: Mapping[int, int]) -> Shares:
    """Sum partitions up by their owners; ``counts`` tells the devices of each partition."""
    owned: dict[str, list[Holding]] = {}
    free: list[Holding] = []
    for holding in holdings:
        if holding.free or holding.poller is None:
            free.append(holding)
        else:
            owned.setdefault(holding.poller, []).append(holding)
    shares = [_share(poller, theirs, counts) for poller, theirs in sorted(owned.items())]
    return Shares(version, shares, len(free), _devices(free, counts))


def _share(poller: str, holdings: Sequence[Holding], counts: Mapping[int, int]) -> Share:
    epochs = [holding.epoch for holding in holdings]
    wanted = sum(holding.wanted is not None for holding in holdings)
    return Share(poller, len(holdings), wanted, _devices(holdings, counts), min(epochs), max(epochs))


def _devices(holdings: Iterable[Holding], counts: Mapping[int, int]) -> int:
    return sum(counts.get(holding.partition, 0) for holding in holdings)
