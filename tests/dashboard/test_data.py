"""What pages read: per principal, and kept for a moment."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dashboard.data import Data
from db.lines import LineQuery
from fleet.errors import BadInput, Forbidden, NotFound
from fleet.identity import Principal, Role
from tests.dashboard.seats import Screen, ago
from tests.fixtures.web import NOW


@pytest.fixture
def data(screen: Screen) -> Data:
    context = screen.web.context
    return Data(context.stores, context.families, context.clock)


def test_each_tenant_has_its_own_fleet(data: Data, screen: Screen) -> None:
    north, south = screen.web.north, screen.web.south
    for tenant in (north, south, north):
        assert {entry.row.id for entry in data.fleet(tenant.principal).entries} == {d.id for d in tenant.devices}


def test_a_foreign_device_is_not_found(data: Data, screen: Screen) -> None:
    with pytest.raises(NotFound):
        data.device(screen.web.north.principal, screen.web.south.devices[0].id)


def test_a_foreign_devices_lines_are_empty_even_when_they_were_just_read(data: Data, screen: Screen) -> None:
    north, south = screen.web.north, screen.web.south
    asked = [LineQuery(north.devices[0].id, "resource", "cpu_load_ratio", ago(hours=1), NOW)]
    assert len(data.frames(north.principal, asked)[0]) == 1
    assert data.frames(south.principal, asked) == [[]]


def test_lines_are_frames_in_the_order_of_time(data: Data, screen: Screen) -> None:
    north = screen.web.north
    (lines,) = data.frames(north.principal, [LineQuery(north.devices[0].id, "interfaces", "rx_bytes_rate",
                                                        ago(hours=1), NOW)])  # fmt: skip
    assert not isinstance(lines, BadInput)
    assert [labels["interface"] for labels, _ in lines] == ["ether1", "ether2"]
    frame = lines[0][1]
    assert list(frame.columns) == ["time", "min", "avg", "max"]
    assert frame["time"].is_monotonic_increasing
    assert str(frame["time"].dt.tz) == "UTC"
    assert frame["avg"].tolist() == pytest.approx([10.0] * len(frame))


def test_one_bad_question_costs_only_itself(data: Data, screen: Screen) -> None:
    device = screen.web.north.devices[0].id
    good = LineQuery(device, "resource", "cpu_load_ratio", ago(hours=1), NOW)
    bad = LineQuery(device, "resource", "no_such_field", ago(hours=1), NOW)
    refused, lines = data.frames(screen.web.north.principal, [bad, good])
    assert isinstance(refused, BadInput)
    assert not isinstance(lines, BadInput)
    assert len(lines) == 1


def test_long_ranges_are_kept_longer(data: Data, screen: Screen) -> None:
    device = screen.web.north.devices[0]
    week = [LineQuery(device.id, "resource", "cpu_load_ratio", NOW - timedelta(days=7), NOW)]
    first = data.frames(screen.web.north.principal, week)
    assert data.frames(screen.web.north.principal, week) is first


def test_without_the_scope_there_is_nothing(data: Data, screen: Screen) -> None:
    nobody = Principal(screen.web.north.id, "nobody", Role.VIEWER, frozenset())
    with pytest.raises(Forbidden):
        data.fleet(nobody)
    with pytest.raises(Forbidden):
        data.frames(nobody, [])
