"""What pages ask of the whole fleet: a number of each device, the traffic of all, the latest that happened."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pandas as pd
from prometheus_client.registry import Collector
from sqlalchemy.orm import Session

from dashboard import network, rankings, rhythm
from dashboard.cache import Cache
from dashboard.network import Network
from dashboard.rankings import Choice, Term, Values
from dashboard.roster import Roster
from db import items, neighbours, operations, queries, sites
from db.engine import Stores
from db.items import ChangeRow
from db.neighbours import Surroundings
from db.queries import MetricQuery
from db.ranges import Range
from db.tenancy import tenant_session
from fleet.belonging import Spot
from fleet.clock import Clock
from fleet.families import Family
from fleet.identity import DeviceId, Principal, Right, Scope
from fleet.operations import Operation

LATEST = 60
"""Operations, and changes, that are read at once."""

SITES = 10_000
"""Sites that are read at once."""

POINTS = 120
"""Steps of a line of the whole fleet."""

FEW = 100
"""So many devices are read finely; of more the steps are those of the roll-ups."""

SETTLED = timedelta(seconds=15)
"""So long after a step its measurements are stored."""

MINUTE = timedelta(minutes=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

SENT, RECEIVED = "tx_bytes_rate", "rx_bytes_rate"


@dataclass(frozen=True, slots=True)
class News:
    """The latest operations, and changes of what devices have, the newest first."""

    operations: list[Operation]
    changes: list[ChangeRow]


@dataclass(frozen=True, slots=True)
class Traffic:
    """What all ports, radios and modems received and sent, in frames of ``time``, ``min``, ``avg`` and ``max``."""

    received: pd.DataFrame
    sent: pd.DataFrame
    step: timedelta


class Whole:
    """The door to what is asked of all devices of a tenant at once; each answer is kept for a while.

    ``ticking`` tells the seconds by which it is kept.
    """

    def __init__(
        self, stores: Stores, families: Mapping[str, Family], clock: Clock, ticking: Callable[[], float]
    ) -> None:
        self._stores = stores
        self._families = families
        self._clock = clock
        self._values: Cache[Values] = Cache(10.0, clock=ticking)
        self._traffic: Cache[Traffic] = Cache(10.0, clock=ticking)
        self._news: Cache[News] = Cache(2.0, clock=ticking)
        self._surroundings: Cache[Surroundings] = Cache(15.0, clock=ticking)
        self._networks: Cache[Network] = Cache(5.0, clock=ticking)
        self._sites: Cache[dict[str, Spot | None]] = Cache(5.0, clock=ticking)
        self._machinery: Cache[dict[str, float]] = Cache(5.0, clock=ticking)

    def values(self, principal: Principal, chosen: Choice, spanned: Range) -> Values:
        """Read the number of each device over a range; one that was not measured is left out."""
        principal.require(Scope.METRICS_READ)
        steady = whole_steps(spanned, spanned.step(POINTS), self._clock.now())
        key = (principal.tenant_id, chosen.name, steady)
        return self._values.get(key, lambda: self._read(principal, chosen, steady))

    def traffic(self, principal: Principal, spanned: Range, fleet: Roster) -> Traffic:
        """Read what all ports, radios and modems of all devices received and sent, each byte counted once."""
        principal.require(Scope.METRICS_READ)
        step = stride(spanned, len(fleet.entries), rhythm.usual(fleet.entries))
        steady = whole_steps(spanned, step, self._clock.now())
        key = (principal.tenant_id, steady, step)
        return self._traffic.get(key, lambda: self._flows(principal, steady, step))

    def news(self, principal: Principal) -> News:
        """Read the latest that was done or found."""
        principal.require(Scope.DEVICES_READ)

        def read() -> News:
            with tenant_session(self._stores, principal) as session:
                return News(operations.page(session, None, LATEST), items.changes(session, None, LATEST))

        return self._news.get(principal.tenant_id, read)

    def network(self, principal: Principal, fleet: Roster) -> Network:
        """Read who hears whom, and make the network of it and of the fleet."""
        principal.require(Scope.DEVICES_READ)

        def read() -> Surroundings:
            with tenant_session(self._stores, principal) as session:
                return neighbours.read(session)

        def make() -> Network:
            return network.of(fleet.entries, self._surroundings.get(principal.tenant_id, read))

        return self._networks.get(principal.tenant_id, make)

    def sites(self, principal: Principal) -> dict[str, Spot | None]:
        """Read the names of the tenant's sites, and where on the earth each is."""
        principal.require(Scope.DEVICES_READ)

        def read() -> dict[str, Spot | None]:
            with tenant_session(self._stores, principal) as session:
                return {site.name: site.spot for site in sites.page(session, None, SITES)}

        return self._sites.get(principal.tenant_id, read)

    def machinery(self, principal: Principal, collectors: Sequence[Collector]) -> dict[str, float]:
        """Tell how far the machinery is behind, to whom it belongs: it is no tenant's own."""
        if not principal.may(Right.PLATFORM):
            return {}
        return self._machinery.get("all", lambda: rhythm.figures(collectors, (rhythm.LAG, rhythm.DEAD)))

    def _read(self, principal: Principal, chosen: Choice, spanned: Range) -> Values:
        with tenant_session(self._stores, principal) as session:
            return rankings.combined(chosen, [self._term(session, term, spanned) for term in chosen.terms])

    def _term(self, session: Session, term: Term, spanned: Range) -> dict[DeviceId, float]:
        asked = MetricQuery(
            term.family, term.field, spanned, term.aggregate, by=("device",), points=1, once=term.once
        )
        answer = queries.ask(session, asked, self._families, self._clock.now())
        found = {DeviceId(UUID(line.group["device"])): line.points[0].value for line in answer.lines if line.points}
        return {device: value for device, value in found.items() if value is not None}

    def _flows(self, principal: Principal, spanned: Range, step: timedelta) -> Traffic:
        with tenant_session(self._stores, principal) as session:
            received, sent = (self._flow(session, field, spanned, step) for field in (RECEIVED, SENT))
        return Traffic(received, sent, step)

    def _flow(self, session: Session, field: str, spanned: Range, step: timedelta) -> pd.DataFrame:
        asked = MetricQuery("interfaces", field, spanned, "sum", step=step, once=True)
        answer = queries.ask(session, asked, self._families, self._clock.now())
        points = [point for line in answer.lines for point in line.points if point.value is not None]
        times = pd.Series(pd.to_datetime([point.time for point in points], utc=True), name="time")
        total = [point.value for point in points]
        return pd.DataFrame({"time": times, "min": total, "avg": total, "max": total})


def stride(spanned: Range, devices: int, interval: timedelta) -> timedelta:
    """Tell the step of a sum over so many devices: each must be polled in each step, or it would be missing there."""
    least = max(timedelta(minutes=1 if devices <= FEW else 5), MINUTE * -(-interval // MINUTE))
    return least * max(1, -(-spanned.step(POINTS) // least))


def whole_steps(spanned: Range, step: timedelta, now: datetime) -> Range:
    """Move a range to whole steps of the clock that are over: many ask for the same, and no sum lacks a device.

    A range that holds no whole step becomes the first one of it.
    """
    end = min(spanned.end, now - SETTLED)
    start = spanned.start - (spanned.start - EPOCH) % step
    return Range(start, max(end - (end - EPOCH) % step, start + step))
