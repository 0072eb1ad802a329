"""Metrics as frames: UTC, categories, honest types, and one tenant's rows."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from db import frames
from db.frames import Metrics
from db.ranges import Range
from fleet.errors import BadInput, Forbidden
from fleet.events import FamilyRows
from fleet.identity import Principal, Role
from fleet.resolutions import Resolution
from fleet.retention import Mode
from tests.fixtures import rolled
from tests.fixtures.database import Database, Tenant
from tests.fixtures.metrics import FAMILIES, NOW, cpu, measured, received, seconds, traffic, write

pytestmark = pytest.mark.modes(*Mode)

TwoTenants = tuple[Tenant, Tenant]
MINUTE = Range(NOW, seconds(60))
COUNTED = ("rx_bytes_total", "rx_bytes_increase", "rx_bytes_rate", "link")


def test_a_frame_is_in_the_order_of_time(database: Database, two_tenants: TwoTenants) -> None:
    one, two, _ = two_tenants[0].devices
    write(database, received([cpu(one, seconds(30), 0.3), cpu(two, seconds(10), 0.2), cpu(one, NOW, None)]))
    frame = _metrics(database, two_tenants[0]).frame("resource", ["cpu_load_ratio"], MINUTE)
    assert frame.index.equals(pd.DatetimeIndex([NOW, seconds(10), seconds(30)], name="time"))
    assert str(frame.index.dtype) == "datetime64[us, UTC]"
    assert frame["device"].tolist() == [str(one.id), str(two.id), str(one.id)]
    np.testing.assert_array_equal(frame["cpu_load_ratio"], [np.nan, 0.2, 0.3])


def test_columns_have_the_types_of_their_kinds(database: Database, two_tenants: TwoTenants) -> None:
    device = two_tenants[0].devices[0]
    rows = FamilyRows("interfaces", COUNTED, (("a",), ("b",)), ((2**60 + 1, 5, 0.5, 2), (None, None, None, None)))
    write(database, received([measured(device, NOW, rows)]))
    frame = _metrics(database, two_tenants[0]).frame("interfaces", COUNTED, MINUTE)
    assert frame.dtypes.astype(str).to_dict() == {
        "device": "category",
        "interface": "category",
        "rx_bytes_total": "Int64",
        "rx_bytes_increase": "Int64",
        "rx_bytes_rate": "float64",
        "link": "category",
    }
    assert frame["rx_bytes_total"].tolist() == [2**60 + 1, pd.NA]
    states = next(field.states for field in FAMILIES["interfaces"].fields if field.name == "link")
    assert frame["link"].tolist() == [states[2], np.nan]
    assert frame["interface"].cat.categories.tolist() == ["a", "b"]


def test_a_step_averages_sums_and_keeps_the_last(database: Database, two_tenants: TwoTenants) -> None:
    device = two_tenants[0].devices[0]
    polls = {0: (100, 10, 1.0, 0), 10: (110, None, 3.0, 2), 20: (None, 7, None, None), 40: (90, 1, 2.0, 1)}
    events = [
        measured(device, seconds(s), FamilyRows("interfaces", COUNTED, (("a",),), (values,)))
        for s, values in polls.items()
    ]
    write(database, received(events))
    frame = _metrics(database, two_tenants[0]).frame("interfaces", COUNTED, MINUTE, step=timedelta(seconds=30))
    states = next(field.states for field in FAMILIES["interfaces"].fields if field.name == "link")
    assert frame.index.tolist() == [NOW, seconds(30)]
    assert frame[list(COUNTED)].to_numpy().tolist() == [[110, 17, 2.0, states[2]], [90, 1, 2.0, states[1]]]


def test_devices_can_be_named(database: Database, two_tenants: TwoTenants) -> None:
    one, two, three = two_tenants[0].devices
    write(database, received([traffic(d, NOW, a=1.0, b=2.0) for d in (one, two, three)]))
    frame = _metrics(database, two_tenants[0]).frame("interfaces", ["rx_bytes_rate"], MINUTE, [one.id, three.id])
    assert frame.groupby(["device", "interface"], observed=True).size().to_dict() == {
        (str(d.id), name): 1 for d in (one, three) for name in "ab"
    }


def test_a_tenant_gets_no_foreign_rows(database: Database, two_tenants: TwoTenants) -> None:
    north, south = two_tenants
    write(database, received([cpu(north.devices[0], NOW, 0.5)]))
    metrics = _metrics(database, south)
    frame = metrics.frame("resource", ["cpu_load_ratio", "memory_free_bytes"], MINUTE, [north.devices[0].id])
    assert frame.empty
    assert frame.columns.tolist() == ["device", "cpu_load_ratio", "memory_free_bytes"]
    assert str(frame.index.dtype) == "datetime64[us, UTC]"
    assert metrics.frame("interfaces", COUNTED, MINUTE, step=timedelta(seconds=5)).empty


@pytest.mark.parametrize(
    ("fields", "step", "said"),
    [
        ([], None, "one or more"),
        (["cpu_load_ratio", "cpu_load_ratio"], None, "once"),
        (["mood"], None, "cpu_load_ratio"),
        (["cpu_load_ratio"], timedelta(0), "no step"),
    ],
)
def test_bad_frames_are_told_what_would_do(
    database: Database, two_tenants: TwoTenants, fields: list[str], step: timedelta | None, said: str
) -> None:
    with pytest.raises(BadInput, match=said):
        _metrics(database, two_tenants[0]).frame("resource", fields, MINUTE, step=step)


def test_a_frame_needs_the_scope(database: Database, two_tenants: TwoTenants) -> None:
    blind = Principal(two_tenants[0].id, "key", Role.VIEWER, frozenset())
    with pytest.raises(Forbidden):
        Metrics(database.stores, blind, FAMILIES).frame("resource", ["cpu_load_ratio"], MINUTE)


def _metrics(database: Database, tenant: Tenant) -> Metrics:
    return Metrics(database.stores, tenant.principal, FAMILIES)


def test_long_ranges_are_read_from_rollups(database: Database, two_tenants: TwoTenants) -> None:
    device = two_tenants[0].devices[0]
    polls = {7: (100, 10, 1.0, 0), 290: (110, None, 3.0, 2), 310: (None, 7, None, None), 650: (90, 1, 2.5, 1)}
    write(database, received([
        measured(device, seconds(s), FamilyRows("interfaces", COUNTED, (("a",),), (values,)))
        for s, values in polls.items()
    ]))  # fmt: skip
    rolled.roll(database, FAMILIES["interfaces"])
    spanned, step = Range(NOW, seconds(900)), timedelta(minutes=5)
    before = _metrics(database, two_tenants[0]).frame("interfaces", COUNTED, spanned, step=step)
    rolled.forget(database, FAMILIES["interfaces"], Resolution.RAW, NOW)
    database.settle()
    metrics = _metrics(database, two_tenants[0])
    after = metrics.frame("interfaces", COUNTED, spanned, step=step)
    assert metrics.extract("interfaces", COUNTED, spanned, step=step).plan.resolution is Resolution.FIVE_MINUTES
    pd.testing.assert_frame_equal(before, after)
    assert after["rx_bytes_rate"].tolist() == [2.0, pytest.approx(np.nan, nan_ok=True), 2.5]
    with pytest.raises(BadInput, match="5m or a multiple"):
        metrics.frame("interfaces", COUNTED, spanned, step=timedelta(minutes=1))


@given(st.integers(1, 10**6), st.integers(0, 10**7), st.integers(1, 3600))
def test_the_next_slice_is_in_whole_steps_and_not_much_longer(steps: int, rows: int, seconds: int) -> None:
    step = timedelta(seconds=seconds)
    following = frames.pace(steps * step, rows, step)
    assert following >= step
    assert not following % step
    assert following <= frames.GROWTH * steps * step
    assert rows <= frames.TARGET or following <= max(step, steps * step)


def test_slices_follow_each_other_without_gap(database: Database, two_tenants: TwoTenants) -> None:
    device = two_tenants[0].devices[0]
    times = [0, 59, 60, 61, 3599, 3600, 86399]
    write(database, received([cpu(device, seconds(s), s / 1e5) for s in times]))
    frame = _metrics(database, two_tenants[0]).frame("resource", ["cpu_load_ratio"], Range(NOW, seconds(86400)))
    assert frame.index.tolist() == [seconds(s) for s in times]
