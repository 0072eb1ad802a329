"""What happened, in words: pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from dashboard import feed
from dashboard.roster import Entry
from db.inventory import DeviceRow
from db.items import ChangeRow
from fleet.device import Endpoint, State
from fleet.identity import DeviceId, TenantId
from fleet.inventory import What
from fleet.operations import Operation, Outcome

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
ONE = DeviceId(UUID(int=1))
UNKNOWN = dict.fromkeys(
    ("heard_at", "identity", "version", "model", "serial", "uptime_seconds", "error_code", "error", "breaker",
     "next_attempt", "attempt", "duration_seconds", "site_id"), None)  # fmt: skip
ROW = DeviceRow(
    id=ONE, tenant_id=TenantId(UUID(int=9)), name="gw", endpoint=Endpoint("192.0.2.1"), username="watcher",
    interval=timedelta(minutes=1), created_at=NOON, tags=(), collectors_off=(), state=State.DOWN, since=NOON,
    site="Cork", **UNKNOWN,
)  # fmt: skip


def entry(**facts: Any) -> Entry:
    row = replace(ROW, **facts)
    return Entry(row, row.state or State.STALE, None, "")


def change(key: str, before: dict[str, Any], after: dict[str, Any], what: What = What.CHANGED) -> ChangeRow:
    return ChangeRow(UUID(int=len(key)), ONE, "gw", "packages", key, NOON, what, before, after)


def test_the_newest_comes_first() -> None:
    early = Operation(tenant_id=ROW.tenant_id, device_id=None, kind="site.created", by="ann",
                      at=NOON - timedelta(hours=1), detail={"name": "Cork"})  # fmt: skip
    told = feed.lines([entry(error="No route.")], [early], [])
    assert [(line.what, line.more) for line in told] == [("Down", "No route."), ("Site created Cork", "by ann")]


def test_a_kind_of_several_words_is_said_in_words() -> None:
    done = Operation(
        tenant_id=ROW.tenant_id, device_id=None, kind="alert_silence.created", by="ann", at=NOON, detail={}
    )
    (line,) = feed.lines([], [done], [])
    assert line.what == "Alert silence created"


def test_a_change_says_what_it_was_and_is() -> None:
    (line,) = feed.lines([], [], [change("routeros", {"version": "7.15"}, {"version": "7.16"})])
    assert (line.what, line.more) == ("Packages changed", "routeros: version 7.15 → 7.16")


def test_what_came_together_is_one_line() -> None:
    found = [change(f"p{n:03}", {}, {"version": "1"}, What.ADDED) for n in range(5)]
    (line,) = feed.lines([], [], found)
    assert (line.what, line.more) == ("5 packages added", "p000, p001, p002 and 2 more")


def test_many_that_go_down_together_are_one_line() -> None:
    down = [entry(id=DeviceId(UUID(int=n)), name=f"ap{n}", since=NOON + timedelta(seconds=n)) for n in range(5)]
    (line,) = feed.lines(down, [], [])
    assert (line.what, line.more, line.device_id) == ("5 devices down", "at Cork", None)


def test_of_a_large_fleet_the_newest_are_told_minute_by_minute() -> None:
    aged = [entry(name=f"ap{n}", since=NOON - timedelta(minutes=n)) for n in range(2 * feed.SHOWN)]
    back = [entry(name=f"gw{n}", since=NOON, state=State.UP) for n in range(feed.MANY)]
    told = feed.lines([*reversed(aged), *back], [], [])
    assert {line.what for line in told[:2]} == {"Down", "4 devices up"}
    assert [line.device for line in told[2:]] == [f"ap{n}" for n in range(1, feed.SHOWN - 1)]


def test_a_failure_is_told() -> None:
    failed = Operation(
        tenant_id=ROW.tenant_id,
        device_id=ONE,
        kind="device.updated",
        by="ann",
        at=NOON,
        outcome=Outcome.FAILED,
        error="refused",
        detail={"name": "gw", "fields": ["name"]},
    )
    (line,) = feed.lines([], [failed], [])
    assert (line.device, line.what, line.more) == ("gw", "Device updated", "name · by ann · refused")
