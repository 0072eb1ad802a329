"""What a batch means, without a database."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec
import numpy as np

from db import batch, binary
from db.batch import Window
from fleet.breaker import Position
from fleet.device import State
from fleet.events import DeviceMetricsEvent, DeviceStatusEvent, Event, FamilyRows, Outcome
from fleet.families import Cycle
from tests.fixtures.metrics import FAMILIES, NOW, received, seconds

TENANT, ONE, TWO = UUID(int=1), UUID(int=2), UUID(int=3)
KNOWN = {(TENANT, ONE), (TENANT, TWO)}
WINDOW = Window(NOW - timedelta(days=8), NOW + timedelta(days=2))


def test_rows_of_all_events_are_piled_by_family() -> None:
    loads = FamilyRows("resource", ("cpu_load_ratio",), ((),), ((0.5,),))
    rates = FamilyRows("interfaces", ("rx_bytes_rate",), (("a",), ("bb",)), ((1,), (None,)))
    sorted_ = _sort(_measured(ONE, NOW, loads, rates), _measured(TWO, seconds(1), rates))
    block = sorted_.blocks["interfaces"]
    assert (block.times - block.times[0]).tolist() == [0, 0, 1_000_000, 1_000_000]
    assert [UUID(bytes=bytes(device)) for device in block.devices] == [ONE, ONE, TWO, TWO]
    assert block.labels[0].tolist() == [b"a", b"bb"] * 2
    place = [column.name for column in FAMILIES["interfaces"].columns].index("rx_bytes_rate")
    np.testing.assert_array_equal(block.columns[place], [1, np.nan, 1, np.nan])
    assert len(sorted_.blocks["resource"].times) == 1
    assert not +sorted_.refused


def test_columns_may_come_in_another_order() -> None:
    rows = FamilyRows("resource", ("uptime_seconds", "cpu_load_ratio"), ((),), ((9.0, 0.5),))
    columns = dict(zip((c.name for c in FAMILIES["resource"].columns), _block(rows).columns, strict=True))
    assert (columns["cpu_load_ratio"][0], columns["uptime_seconds"][0]) == (0.5, 9.0)


def test_whole_numbers_are_exact_beside_missing_ones() -> None:
    rows = FamilyRows("interfaces", ("rx_bytes_total",), (("a",), ("b",), ("c",)), ((2**62 + 1,), (None,), (2**64,)))
    assert _block(rows).columns[0].tolist() == [2**62 + 1, -1, -1]


def test_days_are_those_of_utc_and_only_of_measurements() -> None:
    late = _measured(ONE, seconds(12 * 3600), FamilyRows("resource", (), ((),), ((),)))
    assert _sort(late, _status(ONE, NOW)).days == {date(2026, 1, 6)}


def test_a_batch_of_refused_events_is_empty() -> None:
    naive = _status(ONE, NOW.replace(tzinfo=None))
    sorted_ = _sort(naive, _status(UUID(int=9), NOW), _status(ONE, NOW - timedelta(days=9)))
    assert (sorted_.blocks, sorted_.statuses) == ({}, [])
    assert sorted_.refused == {"far_off_time": 2, "unknown_device": 1}


def test_the_newest_status_of_each_device_stands_in_the_order_of_ids() -> None:
    events = [_status(TWO, NOW), _status(ONE, seconds(5), State.DOWN), _status(ONE, NOW), _status(TWO, seconds(9))]
    found = [(s.device_id, s.at, s.since) for s in _sort(*events).statuses]
    assert found == [(ONE, seconds(5), seconds(5)), (TWO, seconds(9), NOW)]


def test_what_was_measured_may_tell_how_its_device_is_and_keeps_the_facts() -> None:
    outcome = Outcome(State.DEGRADED, 2, "timed_out", "late", Position.CLOSED, seconds(60), 7.0, 0.5)
    told = msgspec.structs.replace(_measured(ONE, seconds(5)), outcome=outcome)
    (found,) = _sort(_measured(ONE, seconds(9)), told, _status(ONE, NOW)).statuses
    assert (found.at, found.since, found.state) == (seconds(5), seconds(5), State.DEGRADED)
    assert (found.attempt, found.error_code, found.error, found.breaker) == (2, "timed_out", "late", Position.CLOSED)
    assert (found.next_attempt, found.uptime_seconds, found.duration_seconds) == (seconds(60), 7.0, 0.5)
    assert (found.identity, found.version, found.model, found.serial) == (None, None, None, None)


def test_what_a_device_said_of_itself_stands_beside_a_newer_poll_without_news() -> None:
    first = msgspec.structs.replace(_status(ONE, NOW), identity="edge", version="7.18")
    outcome = Outcome(State.UP, 1, None, None, Position.CLOSED, None, 7.0, 0.5)
    later = msgspec.structs.replace(_measured(ONE, seconds(5)), outcome=outcome)
    (found,) = _sort(later, first).statuses
    assert (found.at, found.since, found.identity, found.version) == (seconds(5), NOW, "edge", "7.18")


def test_pairs_are_tenant_and_device() -> None:
    stolen = msgspec.structs.replace(_status(ONE, NOW), tenant_id=TWO)
    assert batch.pairs(received([_status(ONE, NOW), _status(ONE, NOW), stolen])) == {(TENANT, ONE), (TWO, ONE)}


def _block(rows: FamilyRows) -> binary.Block:
    return _sort(_measured(ONE, NOW, rows)).blocks[rows.family]


def _sort(*events: Event) -> batch.Batch:
    return batch.sort(received(events), FAMILIES, KNOWN, WINDOW)


def _measured(device: UUID, at: datetime, *rows: FamilyRows) -> DeviceMetricsEvent:
    return DeviceMetricsEvent(tenant_id=TENANT, device_id=device, at=at, cycle=Cycle.FAST, families=rows)


def _status(device: UUID, at: datetime, state: State = State.UP) -> DeviceStatusEvent:
    return DeviceStatusEvent(tenant_id=TENANT, device_id=device, at=at, state=state)
