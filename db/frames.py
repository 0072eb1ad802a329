"""Metrics as pandas frames, for whoever reads inside the system: ``Metrics(stores, principal, families)``."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db import binary, columnar, holdings, plans
from db.binary import Array
from db.columnar import Extract, Slice, Words
from db.engine import Stores
from db.holdings import Subject
from db.plans import Piece, Plan, Wish
from db.ranges import Range
from db.tables import devices as known
from db.tenancy import tenant_session
from fleet.clock import Clock, SystemClock
from fleet.errors import BadInput
from fleet.families import Column, Family, Storage, find
from fleet.identity import DeviceId, Principal, Scope
from fleet.resolutions import Resolution

TARGET = 100_000
"""Rows that are read at once, more or less."""

AHEAD = 2
"""Slices that are read while another is looked at."""

GROWTH = 4
"""How many times as long the next slice may be."""


GRAIN = timedelta(minutes=1)
"""How long the first slice of raw rows is."""


@dataclass(frozen=True, slots=True)
class Metrics:
    """The metrics of the principal's tenant."""

    stores: Stores
    principal: Principal
    families: Mapping[str, Family]
    clock: Clock = field(default_factory=SystemClock)

    def frame(
        self,
        family: str,
        fields: Sequence[str],
        spanned: Range,
        devices: Sequence[DeviceId] | None = None,
        step: timedelta | None = None,
    ) -> pd.DataFrame:
        """Read columns of a family, of some devices or of all, as one frame in the order of time.

        The index is the time in UTC; device and labels are categories, counts are Int64, states are categories of
        their words, all else is float. With ``step`` a row stands for the step that begins at its time: gauges and
        rates are averaged, increases are summed, counts and states are the last; roll-ups are read where steps are
        made of their buckets. Without it raw rows come as they are. Raises BadInput, Forbidden.
        """
        extract = self.extract(family, fields, spanned, devices, step)
        return _frame(extract, list(self.slices(extract)))

    def extract(
        self,
        family: str,
        fields: Sequence[str],
        spanned: Range,
        devices: Sequence[DeviceId] | None = None,
        step: timedelta | None = None,
    ) -> Extract:
        """Decide from what such a frame is read. Raises as ``frame`` does."""
        self.principal.require(Scope.METRICS_READ)
        declared = find(self.families, family)
        columns = tuple(declared.column(name) for name in fields)
        if not columns or len(set(columns)) < len(columns):
            raise BadInput("A frame has one or more fields, each once.", "Name each field that you want once.")
        if step is None:
            whole = Plan(Resolution.RAW, (Piece(Resolution.RAW, spanned.start, spanned.end),), spanned.start, GRAIN)
            return Extract(declared, columns, whole, devices)
        if step <= timedelta(0):
            raise BadInput(f"{step} is no step.", "Give a step longer than nothing, or none.")
        with tenant_session(self.stores, self.principal) as session:
            count = _count(session) if devices is None else len(devices)
            held = holdings.read(session, Subject(declared, devices), spanned, self.clock.now())
        plan = plans.choose(Wish(spanned, step=step, devices=count, most=None), held)
        return Extract(declared, columns, plan, devices, stepped=True)

    def slices(self, extract: Extract) -> Iterator[Slice]:
        """Read an extract slice by slice in the order of time, each in a transaction of its own.

        While a slice is looked at the next ones are read already: the database has a processor for each.
        """
        plan, coming = extract.plan, deque[tuple[timedelta, Future[Slice]]]()
        at = min(plan.origin + plan.step, plan.end)
        found = self._slice(extract, plan.origin, at)
        length = pace(plan.step, len(found.times), plan.step)
        with ThreadPoolExecutor(AHEAD, "slices") as ahead:
            while True:
                while at < plan.end and len(coming) < AHEAD:
                    until = min(at + length, plan.end)
                    coming.append((until - at, ahead.submit(self._slice, extract, at, until)))
                    at = until
                yield found
                if not coming:
                    return
                took, reading = coming.popleft()
                found = reading.result()
                length = pace(took, len(found.times), plan.step)

    def _slice(self, extract: Extract, start: datetime, end: datetime) -> Slice:
        with tenant_session(self.stores, self.principal) as session:
            return columnar.read(session, extract, start, end)


def pace(length: timedelta, rows: int, step: timedelta) -> timedelta:
    """Tell how long the next slice is, in whole steps, for it to have about TARGET rows."""
    factor = min(GROWTH, TARGET / rows) if rows else GROWTH
    return max(1, round(length / step * factor)) * step


def _count(session: Session) -> int:
    return session.execute(select(func.count()).select_from(known)).scalar_one()


def _frame(extract: Extract, slices: Sequence[Slice]) -> pd.DataFrame:
    data: dict[str, Any] = {
        name: _category(slices, place) for place, name in enumerate(("device", *extract.family.labels))
    }
    for place, column in enumerate(extract.columns):
        data[column.name] = _typed(extract.family, column, np.concatenate([s.columns[place] for s in slices]))
    instants = np.concatenate([s.times for s in slices])
    return pd.DataFrame(data, index=pd.DatetimeIndex(instants, name="time").tz_localize("UTC"))


def _category(slices: Sequence[Slice], place: int) -> pd.Categorical[str]:
    """Make a category of the words that all instances have at a place, in the order of the alphabet."""
    words = Words()
    codes = np.concatenate([words.codes(s, place) for s in slices])
    ranks = np.argsort(np.argsort(np.array(words.known, dtype=object), kind="stable"), kind="stable").astype("i4")
    return pd.Categorical.from_codes(
        ranks[codes] if len(codes) else codes, pd.Index(sorted(words.known), dtype="str")
    )


def _typed(family: Family, column: Column, values: Array) -> Any:
    if column.storage is Storage.DOUBLE:
        return values
    if column.storage is Storage.SMALLINT:
        return pd.Categorical.from_codes(values, pd.Index(family.field_of(column.name).states, dtype="str"))
    return pd.arrays.IntegerArray(values, binary.is_null(values))
