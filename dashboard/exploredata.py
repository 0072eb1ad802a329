"""What the explorer reads: which devices are meant, and the answer to the question about them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pandas as pd
from sqlalchemy.orm import Session

from dashboard import exploreframes
from dashboard.cache import Cache
from dashboard.explore import Asked, Pick
from db import queries, selection
from db.answers import Answer
from db.engine import Stores
from db.filters import Filter
from db.ranges import Range
from db.selection import Selection
from db.tenancy import tenant_session
from fleet.clock import Clock
from fleet.families import Family
from fleet.identity import DeviceId, Principal, Scope

SHORTEST, LONGEST = timedelta(seconds=2), timedelta(seconds=30)
"""How long an answer is kept."""
KEPT = 64
"""Answers that are kept at most; one of 100,000 points takes some 5 MB."""


@dataclass(frozen=True, slots=True)
class Found:
    """An answer: its groups without their points, and these in one frame; and whether there are more groups.

    ``devices`` are those that were looked up, None where the question names a site, a tag or all; ``count`` is how
    many are meant, and ``points`` in how many steps at most the range was read.
    """

    answer: Answer
    read: pd.DataFrame
    more: bool
    devices: tuple[DeviceId, ...] | None
    count: int
    points: int


class Explorer:
    """Answers the questions of the explorer; each names its principal."""

    def __init__(self, stores: Stores, families: Mapping[str, Family], clock: Clock) -> None:
        self._stores = stores
        self._families = families
        self._clock = clock
        self._found: Cache[Found] = Cache(SHORTEST.total_seconds(), most=KEPT)
        self._shown: Cache[tuple[Found, dict[str, Any]]] = Cache(LONGEST.total_seconds(), most=KEPT)

    def ask(self, principal: Principal, asked: Asked, spanned: Range) -> Found:
        """Answer a question about a range; raises BadInput as ``queries.ask`` does."""
        principal.require(Scope.DEVICES_READ)
        principal.require(Scope.METRICS_READ)
        key = (principal.tenant_id, asked, spanned)
        lasting = min(max(spanned.length / 3000, SHORTEST), LONGEST)
        return self._found.get(key, lambda: self._read(principal, asked, spanned), lasting.total_seconds())

    def shown(
        self, principal: Principal, place: Hashable, found: Found, draw: Callable[[], dict[str, Any]]
    ) -> dict[str, Any]:
        """Give what an answer looks like at a place; drawn once for all who look at the same there."""
        key = (principal.tenant_id, place, id(found))
        return self._shown.get(key, lambda: (found, draw()))[1]

    def _read(self, principal: Principal, asked: Asked, spanned: Range) -> Found:
        with tenant_session(self._stores, principal) as session:
            devices = self._devices(session, asked)
            meant = Selection(devices, asked.sites, asked.tags)
            count, slowest = selection.cadence(session, selection.devices(session, meant))
            points = asked.points(spanned, count, slowest)
            query = asked.query(spanned, devices, points)
            answer = queries.ask(session, query, self._families, self._clock.now())
        more = asked.limit is not None and len(answer.lines) > asked.limit
        shown = replace(answer, lines=answer.lines[: asked.limit])
        read = exploreframes.points(shown, asked.by)
        bare = replace(shown, lines=[replace(line, points=[], earlier=[]) for line in shown.lines])
        return Found(bare, read, more, None if devices is None else tuple(devices), count, points)

    def _devices(self, session: Session, asked: Asked) -> Sequence[DeviceId] | None:
        """Look up the devices that a metric query cannot name itself."""
        now = self._clock.now()
        if asked.pick is Pick.DEVICES and asked.chosen:
            every = set(selection.matching(session, Filter(now=now)))
            return [device for device in asked.devices if device in every]
        if asked.pick is Pick.MODEL and asked.chosen:
            return selection.matching(session, Filter(now=now, models=[asked.chosen]))
        if asked.pick is Pick.TEXT and asked.chosen:
            return selection.matching(session, Filter(now=now, text=asked.chosen))
        return None
