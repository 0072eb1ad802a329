"""The past joins the present: history at a time is what the API answers at that time, read by the collectors."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from fleet.clock import FakeClock
from fleet.families import Kind
from routeros import collectors
from routeros.simulator.device.history import history
from routeros.simulator.device.model import PERSONAS, Model
from routeros.simulator.router import Router
from tests.routeros.simulator.telling import replies

LIVE = datetime(2026, 11, 2, 14, 3, 7, tzinfo=UTC)
STEP = timedelta(minutes=5)


KEPT = ("resource", "health", "interfaces", "wireless")
"""The families that have a past."""


def live(router: Router) -> dict[tuple[str, tuple[str, ...], str], float]:
    """Read a router with the collectors of these."""
    told = {}
    for collector in (collectors.every()[name] for name in KEPT):
        reading = collector.read(replies(router, collector))
        assert not reading.problems
        for sample in reading.samples:
            assert collector.family is not None
            for name, value in sample.values.items():
                if value is not None:
                    told[collector.family.name, sample.labels, name] = float(value)
    return told


def past(model: Model, times: list[datetime]) -> list[dict[tuple[str, tuple[str, ...], str], float]]:
    """Tell the history at each time in the same form."""
    told: list[dict[tuple[str, tuple[str, ...], str], float]] = [{} for _ in times]
    for series in history(model, np.array([time.timestamp() for time in times])):
        for name, values in series.values.items():
            for at, value in zip(told, values.tolist(), strict=True):
                if not math.isnan(value):
                    at[series.family, series.labels, name] = value
    return told


@pytest.mark.parametrize("persona", sorted(PERSONAS))
@pytest.mark.parametrize("index", [0, 3])
def test_history_is_what_the_api_answers_at_the_time(persona: str, index: int) -> None:
    model = Model(6, index, (persona,))
    times = [LIVE - 400 * STEP, LIVE - STEP, LIVE]
    clock = FakeClock(times[0])
    router = Router(model, clock, "secret", "admin")
    for time, then in zip(times, past(model, times), strict=True):
        clock.at = time
        now = live(router)
        assert now.keys() == then.keys()
        for name, value in now.items():
            # A count may round to its neighbour: arrays of other lengths are summed in another order.
            assert then[name] == pytest.approx(value, rel=1e-9, abs=1.0 if name[2].endswith("_total") else 1e-6), name


@pytest.mark.parametrize("persona", sorted(PERSONAS))
def test_history_has_the_families_and_raw_fields_of_the_collectors(persona: str) -> None:
    families = collectors.families()
    for series in history(Model(6, 0, (persona,)), LIVE.timestamp() + 300 * np.arange(12.0)):
        family = families[series.family]
        assert len(series.labels) == len(family.labels)
        assert set(series.values) <= {field.name for field in family.fields}
        assert all(len(values) == 12 for values in series.values.values())


def test_counters_grow_except_over_a_boot() -> None:
    model = next(m for m in (Model(6, n) for n in range(400)) if len(set(m.booted(_week()).tolist())) == 3)
    booted = model.booted(_week())
    same = booted[1:] == booted[:-1]
    counters = {f.name for f in collectors.families()["interfaces"].fields if f.kind is Kind.COUNTER}
    for series in history(model, _week()):
        if series.family == "interfaces":
            for name in counters & series.values.keys():
                assert (np.diff(series.values[name])[same] >= 0).all()
        if series.family == "resource":
            assert (np.diff(series.values["uptime_seconds"]) < 0).sum() == 2


def _week() -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return LIVE.timestamp() - 300 * np.arange(2016.0)[::-1]
