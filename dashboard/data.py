"""What pages read: the principal and a question give rows and frames, each kept for a moment per tenant."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeAlias

import pandas as pd
from sqlalchemy.orm import Session

from dashboard import groups
from dashboard.alertdata import AlertData
from dashboard.cache import Cache
from dashboard.campaigndata import CampaignData
from dashboard.configdata import Configurations
from dashboard.devicedata import DeviceData
from dashboard.exploredata import Explorer
from dashboard.firmwaredata import Firmwares
from dashboard.intentdata import Intentions, Looks
from dashboard.muster import Muster
from dashboard.office import Office
from dashboard.rolloutdata import RolloutData
from dashboard.roster import Roster
from dashboard.tellingdata import TellingData
from dashboard.whole import Whole
from db import groups as stored
from db import inventory, latest, lines
from db.answers import Point
from db.engine import Stores
from db.inventory import DeviceRow
from db.latest import Latest, Spark
from db.lines import LineQuery
from db.ranges import Range
from db.tenancy import tenant_session
from fleet.clock import Clock
from fleet.errors import BadInput
from fleet.families import Family, find
from fleet.identity import DeviceId, Principal, Scope

GROUPS = 50
"""So many groups are told apart."""
SPARK = timedelta(minutes=30)
CPU = ("resource", "cpu_load_ratio")
COLUMNS = ("min", "avg", "max")
SHORTEST, LONGEST = 1.0, 30.0
"""How long lines are kept, in seconds."""

Frames: TypeAlias = list[tuple[Mapping[str, str], pd.DataFrame]]
"""The lines of one query, each with its labels."""


class Data:
    """The door of the pages to the stores; every question names its principal.

    ``ticking`` tells the seconds by which what was read is kept.
    """

    def __init__(
        self,
        stores: Stores,
        families: Mapping[str, Family],
        clock: Clock,
        ticking: Callable[[], float] = time.monotonic,
    ) -> None:
        self.families = families
        self.office = Office(stores, clock)
        self.whole = Whole(stores, families, clock, ticking)
        self.explorer = Explorer(stores, families, clock)
        self.beside = DeviceData(stores, families, clock, ticking)
        self.configurations = Configurations(stores)
        self.firmwares = Firmwares(stores)
        self.rollouts = RolloutData(stores)
        self.alerts = AlertData(stores, clock)
        self.telling = TellingData(stores)
        looks: Cache[Looks] = Cache(5.0, clock=ticking)
        self.campaigns = CampaignData(stores)
        self.intentions = Intentions(stores, looks)
        self._stores = stores
        self._clock = clock
        self._rosters: Cache[Roster] = Cache(0.3, clock=ticking, patience=4)
        self._listed: Cache[Roster] = Cache(2.0, clock=ticking)
        self._musters: Cache[Muster] = Cache(math.inf, clock=ticking)
        self._sparks: Cache[Mapping[DeviceId, Spark]] = Cache(5.0, clock=ticking)
        self._frames: Cache[list[Frames | BadInput]] = Cache(SHORTEST, clock=ticking)
        self._latest: Cache[dict[str, list[Latest]]] = Cache(SHORTEST, clock=ticking)

    def fleet(self, principal: Principal) -> Roster:
        """Read all devices of the tenant and what is known of each, with the load of their CPUs."""
        principal.require(Scope.DEVICES_READ)
        return self._rosters.get(principal.tenant_id, lambda: self._roster(principal))

    def listed(self, principal: Principal) -> Roster:
        """Give the fleet as it was within the last seconds: for lists of names, which seldom change."""
        principal.require(Scope.DEVICES_READ)
        return self._listed.get(principal.tenant_id, lambda: self.fleet(principal))

    def device(self, principal: Principal, device_id: DeviceId) -> DeviceRow:
        """Read one device; raises NotFound for one that is not the tenant's."""
        principal.require(Scope.DEVICES_READ)
        with tenant_session(self._stores, principal) as session:
            return inventory.one(session, device_id)

    def latest(
        self, principal: Principal, device_id: DeviceId, families: Iterable[str], spanned: Range
    ) -> dict[str, list[Latest]]:
        """Read the newest reading of some families within a range: of each a row for every instance.

        What was read is kept by where the range begins: it ends now, and a new reading moves its beginning.
        """
        principal.require(Scope.METRICS_READ)
        declared = {name: find(self.families, name) for name in families}

        def read() -> dict[str, list[Latest]]:
            with tenant_session(self._stores, principal) as session:
                return {
                    name: latest.latest(session, family, [c.name for c in family.columns], spanned, [device_id])
                    for name, family in declared.items()
                }

        return self._latest.get((principal.tenant_id, device_id, *declared, spanned.start), read)

    def frames(self, principal: Principal, asked: Sequence[LineQuery]) -> list[Frames | BadInput]:
        """Read the lines of some queries as frames of ``time``, ``min``, ``avg`` and ``max``.

        A query that asks for too much gives its error, and the others their frames.
        """
        principal.require(Scope.METRICS_READ)
        key = (principal.tenant_id, *(_key(query) for query in asked))
        return self._frames.get(key, lambda: self._read(principal, asked), _lasting(asked))

    def _roster(self, principal: Principal) -> Roster:
        """Make the roster anew from the one before."""
        now, muster = self._clock.now(), self._musters.get(principal.tenant_id, Muster)
        with muster.lock:
            with tenant_session(self._stores, principal) as session:
                rows = muster.renew(session, now)
                named = groups.read(stored.page(session, None, GROUPS))
            muster.roster = Roster.of(rows, self._cpu(principal, now), now, named, muster.roster)
            return muster.roster

    def _cpu(self, principal: Principal, now: datetime) -> Mapping[DeviceId, Spark]:
        def read() -> Mapping[DeviceId, Spark]:
            spanned = Range(now - SPARK, now)
            with tenant_session(self._stores, principal) as session:
                return latest.sparks(session, find(self.families, CPU[0]), CPU[1], spanned)

        return self._sparks.get(principal.tenant_id, read)

    def _read(self, principal: Principal, asked: Sequence[LineQuery]) -> list[Frames | BadInput]:
        with tenant_session(self._stores, principal) as session:
            return [self._lines(session, query) for query in asked]

    def _lines(self, session: Session, query: LineQuery) -> Frames | BadInput:
        try:
            found, _ = lines.series(session, query, self.families, self._clock.now())
            return [(line.labels, frame(line.points)) for line in found]
        except BadInput as error:
            return error


def frame(points: Sequence[Point]) -> pd.DataFrame:
    """Turn points into a frame of ``time``, ``min``, ``avg`` and ``max``."""
    times = pd.Series(pd.to_datetime([point.time for point in points], utc=True), name="time")
    return pd.DataFrame({"time": times, **{name: [getattr(p, name) for p in points] for name in COLUMNS}})


def one(lines: Frames | BadInput) -> pd.DataFrame:
    """Give the only line of an answer; an empty frame for none."""
    return frame([]) if isinstance(lines, BadInput) or not lines else lines[0][1]


def _lasting(asked: Sequence[LineQuery]) -> float:
    """Tell for how many seconds lines may be kept: a tenth of their step moves no point that a person could see."""
    step = min(((query.end - query.start) / query.points for query in asked), default=timedelta(0))
    return min(max(step.total_seconds() / 10, SHORTEST), LONGEST)


def _key(query: LineQuery) -> tuple[object, ...]:
    labels = tuple(sorted(query.labels.items()))
    return query.device_id, query.family, query.field, query.start, query.end, query.points, labels
