"""The fleet as a table: states, filters, orders and words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from api import meant
from dashboard import roster
from dashboard.groups import Group
from dashboard.roster import Roster
from dashboard.state import View
from db.inventory import DeviceRow
from db.latest import Spark
from fleet.breaker import Position
from fleet.device import Endpoint, State, TlsMode
from fleet.identity import DeviceId, TenantId

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)


def row(number: int, **facts: Any) -> DeviceRow:
    usual: dict[str, Any] = {
        "id": DeviceId(UUID(int=number)),
        "tenant_id": TenantId(UUID(int=1)),
        "name": f"router-{number}",
        "endpoint": Endpoint(f"192.0.2.{number}", 8729, TlsMode.PIN, fingerprint="ab" * 32),
        "username": "flotilla",
        "interval": timedelta(seconds=10),
        "created_at": NOW,
        "site_id": None,
        "site": None,
        "tags": (),
        "collectors_off": (),
        "state": State.UP,
        "since": NOW - timedelta(hours=1),
        "heard_at": NOW - timedelta(seconds=4),
        "identity": f"id-{number}",
        "version": "7.16.1",
        "model": "RB4011",
        "serial": f"HC{number}",
        "uptime_seconds": 90_000.0,
        "error_code": None,
        "error": None,
        "breaker": Position.CLOSED,
        "next_attempt": None,
        "attempt": 1,
        "duration_seconds": 0.03,
    }
    return DeviceRow(**(usual | facts))


def spark(latest: float) -> Spark:
    return Spark(time=NOW, latest=latest, values=(None, 0.1, latest))


def of(*rows: DeviceRow, **loads: float) -> Roster:
    sparks = {r.id: spark(loads[r.name.replace("-", "_")]) for r in rows if r.name.replace("-", "_") in loads}
    return Roster.of(rows, sparks, NOW)


def names(fleet: Roster, view: View | None = None, *sort: str) -> list[str]:
    return [e.row.name for e in roster.ordered(fleet.matching(view or View()), sort)]


def test_states_are_counted_as_they_are_shown() -> None:
    silent = row(3, heard_at=NOW - timedelta(minutes=5))
    fleet = of(row(1), row(2, state=State.DOWN), silent, row(4, state=None, heard_at=None))
    assert fleet.counts == {State.UP: 1, State.DOWN: 1, State.STALE: 2}
    assert fleet.heard_at == NOW - timedelta(seconds=4)
    assert fleet.late_after == timedelta(seconds=30)


def test_what_is_the_same_as_before_is_taken_from_there() -> None:
    calm, falling, silent = row(1), row(2), row(3, heard_at=NOW - timedelta(seconds=29))
    before = of(calm, falling, silent, router_1=0.1)
    fallen, later = replace(falling, state=State.DOWN), NOW + timedelta(seconds=2)
    after = Roster.of((calm, fallen, silent), {calm.id: spark(0.2)}, later, before=before)
    assert after == Roster.of((calm, fallen, silent), {calm.id: spark(0.2)}, later)
    assert after.counts == {State.UP: 1, State.DOWN: 1, State.STALE: 1}
    again = Roster.of((calm, fallen, silent), {calm.id: spark(0.2)}, later, before=after)
    assert all(one is other for one, other in zip(again.entries, after.entries, strict=True))


def test_a_fleet_in_which_nothing_changed_is_the_same_since_then() -> None:
    device, later = row(1), NOW + timedelta(seconds=2)
    before = of(device)
    assert (before.since, Roster.of((device,), {}, later, before=before).since) == (NOW, NOW)
    assert Roster.of((replace(device, model="hEX"),), {}, later, before=before).since == later
    assert Roster.of((), {}, later, before=before).since == later


def test_another_group_puts_devices_into_it() -> None:
    device = row(1)
    named = (Group("old ones", meant.kept({"version": ["7.16.1"]})),)
    assert Roster.of((device,), {}, NOW, named, before=of(device)).entries[0].groups == ("old ones",)


def test_an_empty_fleet_is_one_too() -> None:
    fleet = of()
    assert (fleet.entries, fleet.heard_at) == ((), None)


def test_the_worst_comes_first_and_numbers_sort_as_numbers() -> None:
    fleet = of(row(10), row(2), row(3, state=State.DOWN), row(4, state=State.DEGRADED))
    assert names(fleet) == ["router-3", "router-4", "router-2", "router-10"]


def test_every_word_must_be_found_somewhere() -> None:
    fleet = of(row(1, model="hAP ac²"), row(2, identity="Vienna core"), row(3, state=State.DOWN, error="Refused."))
    assert names(fleet, View(q="VIENNA rb4011")) == ["router-2"]
    assert names(fleet, View(q="192.0.2.1")) == ["router-1"]
    assert names(fleet, View(q="down refused")) == ["router-3"]
    assert names(fleet, View(q="vienna hap")) == []
    assert names(fleet, View(status=State.UP)) == ["router-1", "router-2"]


def test_digits_that_are_no_numbers_sort_as_text() -> None:
    assert names(of(row(1, name="hAP²"), row(2, name="hAP10"), row(3, name="hAP9"))) == ["hAP9", "hAP10", "hAP²"]


def test_what_is_made_of_a_roster_is_made_once() -> None:
    fleet, made = of(row(1)), []
    for key in ("a", "a", "b"):
        fleet.once(key, lambda key=key: made.append(key) or key)
    assert made == ["a", "b"]
    for number in range(roster.REMEMBERED + 1):
        fleet.once(number, lambda: 0)
    assert len(fleet.kept) <= roster.REMEMBERED


@pytest.mark.parametrize(
    ("column", "ascending"),
    [
        ("version", ["router-2", "router-1", "router-3"]),
        ("address", ["router-2", "router-1", "router-3"]),
        ("cpu", ["router-1", "router-2", "router-3"]),
        ("heard", ["router-3", "router-1", "router-2"]),
        ("uptime", ["router-2", "router-1", "router-3"]),
        ("problem", ["router-2", "router-1", "router-3"]),
        ("nothing", ["router-1", "router-2", "router-3"]),
    ],
)
def test_columns_sort_by_what_they_mean_and_the_unknown_comes_last(column: str, ascending: list[str]) -> None:
    fleet = of(
        row(1, version="7.16", endpoint=Endpoint("10.0.0.10"), heard_at=NOW - timedelta(seconds=5), error="b"),
        row(2, version="7.9", endpoint=Endpoint("10.0.0.9"), heard_at=NOW - timedelta(seconds=9), error="a",
            uptime_seconds=1.0),
        row(3, version=None, endpoint=Endpoint("router.example"), heard_at=NOW, uptime_seconds=None),
        router_1=0.2, router_2=0.9,
    )  # fmt: skip
    assert names(fleet, None, column) == ascending
    if column not in ("nothing", "heard", "address"):
        assert names(fleet, None, f"-{column}") == [*ascending[1::-1], ascending[2]]


def test_a_row_says_everything_in_words() -> None:
    told = roster.cells(of(row(1), router_1=0.42).entries[0], "/t/north/", NOW)
    assert told["href"] == f"/t/north/device/{UUID(int=1)}"
    assert (told["word"], told["glyph"], told["cpu"], told["heard"]) == ("Up", "●", "42 %", "4 s ago")
    assert (told["uptime"], told["tls"], told["problem"]) == ("1 d 1 h", "", "")
    assert told["spark"].startswith("M")


@pytest.mark.parametrize("mode", [TlsMode.PLAIN, TlsMode.ANONYMOUS])
def test_a_connection_that_proves_nothing_is_marked(mode: TlsMode) -> None:
    told = roster.cells(of(row(1, endpoint=Endpoint("192.0.2.1", tls=mode))).entries[0], "/", NOW)
    assert told["tls"]
    assert told["tls_title"]


def test_a_device_that_is_down_has_no_current_cpu() -> None:
    told = roster.cells(of(row(1, state=State.DOWN), router_1=0.42).entries[0], "/", NOW)
    assert told["cpu"] == "–"


def test_a_problem_is_told_with_what_happens_next() -> None:
    down = row(1, state=State.DOWN, error="Refused.", breaker=Position.OPEN, next_attempt=NOW + timedelta(seconds=42))
    assert roster.problem(down, State.DOWN, NOW) == "Refused. Next try in 42 s."
    assert roster.problem(row(1), State.UP, NOW) == ""
    silent = replace(row(1), heard_at=NOW - timedelta(minutes=5))
    assert roster.problem(silent, State.STALE, NOW) == "Nothing heard for 5 min."
    assert roster.problem(replace(silent, heard_at=None), State.STALE, NOW) == "Never answered yet."
