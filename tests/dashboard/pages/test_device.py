"""The page of a device, as its callbacks tell it."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from db.maintenance import Maintenance
from db.maintenance import Scope as Whom
from db.tenancy import tenant_session
from fleet.device import Device
from tests.dashboard.seats import Screen, Seat, ago, text
from tests.fixtures.web import NOW

HEAD = "device-head.children"
LOOK = {"scheme": "light", "zone": "Europe/Vienna"}


def call(seat: Seat, device: Device, query: str = "", tab: str = "health", **values: Any) -> dict[str, Any]:
    given = {"look__data": LOOK} | values
    place = "" if tab == "health" else f"/{tab}"
    answer = seat.call(f"{tab}-drawn.data", f"device/{device.id}{place}{query}", **given)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = (answer.json or {})["response"]
    return found


@pytest.fixture
def router(screen: Screen) -> Device:
    """North's first device: up, and measured every minute of the last hour."""
    device = screen.web.north.devices[0]
    screen.tell(
        device, state="up", since=ago(hours=3), heard_at=ago(seconds=10), error=None, breaker="closed",
        version="7.16.1", model="RB4011", serial="HC1234", uptime_seconds=7200.0,
    )  # fmt: skip
    return device


def test_the_head_says_what_the_device_is(north: Seat, router: Device) -> None:
    told = text(north.call(HEAD, f"device/{router.id}", look__data=LOOK))
    for word in ("router-000", "Up", "for 3 h", "RB4011", "7.16.1", "HC1234", "2 h", "192.0.2.1:8728", "10 s ago"):
        assert word in told, word
    assert "whoever is on the path can read the password" in told


def test_what_is_wrong_is_told_with_what_happens_next(north: Seat, screen: Screen, router: Device) -> None:
    failed = {"error": "It refused the password.", "error_code": "login_failed", "attempt": 7}
    later = NOW + timedelta(seconds=42)
    screen.tell(router, state="down", since=ago(minutes=20), breaker="open", next_attempt=later, **failed)
    told = text(north.call(HEAD, f"device/{router.id}"))
    for word in ("Down", "for 20 min", "It refused the password.", "login_failed", "7 times in a row", "in 42 s"):
        assert word in told, word


def test_a_device_that_was_never_polled_says_so(north: Seat, screen: Screen) -> None:
    device = screen.web.north.devices[2]
    assert "Not yet polled." in text(north.call(HEAD, f"device/{device.id}"))
    assert "Nothing was measured in this range" in str(call(north, device)["health-note"])


def test_the_charts_show_the_hour(north: Seat, router: Device) -> None:
    shown = call(north, router)
    figure = shown["cpu-graph"]["figure"]
    line = figure["data"][-1]
    assert len(line["y"]) == 60
    assert line["y"][-1] == pytest.approx(0.69)
    assert line["line"]["color"] == "#0B6AA8"
    assert figure["layout"]["xaxis"]["range"][1] == NOW.timestamp() * 1000
    assert "69" in str(shown["cpu-now"]["children"])


def test_the_busiest_interface_is_shown_until_another_is_chosen(north: Seat, router: Device) -> None:
    shown = call(north, router)
    assert shown["interface"] == {"data": ["ether1", "ether2"], "value": "ether2"}
    assert shown["traffic-graph"]["figure"]["data"][-2]["customdata"][-1] == "160 bit/s"
    assert call(north, router, "?if=ether1")["interface"]["value"] == "ether1"
    assert call(north, router, "?if=nowhere")["interface"]["value"] == "ether2"


def test_the_choice_stays_when_another_becomes_the_busiest(north: Seat, router: Device) -> None:
    assert call(north, router, health_drawn__data={"interface": "ether1"})["interface"]["value"] == "ether1"


def test_what_did_not_change_is_not_drawn_again(north: Seat, router: Device) -> None:
    first = call(north, router)
    again = call(north, router, health_drawn__data=first["health-drawn"]["data"])
    assert "cpu-graph" not in again


def test_panels_without_data_are_left_out_and_named(north: Seat, router: Device) -> None:
    shown = call(north, router)
    assert shown["temperature-panel"]["className"] == "panel absent"
    assert shown["health-absent"]["children"].startswith("Not reported by this device: temperature")


def test_sensors_and_radios_are_shown_where_there_are_some(north: Seat, screen: Screen) -> None:
    device = screen.web.north.devices[1]
    screen.tell(device, state="up", since=ago(hours=3), heard_at=ago(seconds=10))
    times = [ago(minutes=n) for n in (3, 2, 1)]
    screen.measure(device, "health", times, label="", cpu_temperature_celsius=[51.0, 52.0, 53.0])
    screen.measure(
        device, "wireless", times, label="wifi1", clients=[3.0, 4.0, 5.0], signal_dbm=[-60.0, -61.0, -62.0]
    )
    shown = call(north, device)
    assert "'53'" in str(shown["temperature-now"]["children"])
    shown = call(north, device, tab="wireless")
    assert "'5'" in str(shown["clients-now"]["children"])
    assert "'−62'" in str(shown["signal-now"]["children"])
    assert shown["signal-panel"]["className"] == "panel"


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("?from=now&to=now-1h", "start is not before its end"),
        ("?from=2027-01-01T00:00:00Z&to=2027-01-02T00:00:00Z", "lies in the future"),
        ("?from=yesterday", "is no instant"),
        ("?from=now-30d&to=now-29d", "Nothing was measured in this range"),
    ],
)
def test_a_range_without_an_answer_says_why(north: Seat, router: Device, query: str, said: str) -> None:
    shown = call(north, router, query)
    assert said in str(shown["health-note"]["children"])
    assert shown["cpu-panel"]["className"] == "panel absent"


def test_a_range_that_stands_still_says_so(north: Seat, router: Device) -> None:
    path = f"device/{router.id}?from=2026-01-05T11:00:00Z&to=2026-01-05T11:30:00Z"
    told = text(north.call(HEAD, path, look__data=LOOK))
    assert "12:00:00 – 12:30:00" in told
    assert "Back to now" in told


def test_values_of_a_silent_device_tell_their_age(north: Seat, screen: Screen, router: Device) -> None:
    screen.tell(router, state="down", since=ago(minutes=1), heard_at=ago(seconds=10))
    screen.web.clock.advance(timedelta(minutes=5))
    shown = call(north, router)
    screen.web.clock.advance(-timedelta(minutes=5))
    assert "6 min ago" in str(shown["cpu-now"]["children"])


def test_the_interfaces_are_listed_and_the_chosen_one_is_drawn(north: Seat, router: Device) -> None:
    shown = call(north, router, "?if=ether1", tab="interfaces")
    table = str(shown["interfaces-tables"]["children"])
    for word in ("ether1", "ether2", "80 bit/s", "160 bit/s"):
        assert f"'{word}'" in table, word
    assert "?if=ether2" in table
    assert shown["port-graph"]["figure"]["data"][-2]["customdata"][-1] == "80.0 bit/s"


def test_radios_and_their_clients_are_listed_the_weakest_first(north: Seat, screen: Screen) -> None:
    device = screen.web.north.devices[1]
    screen.tell(device, state="up", since=ago(hours=3), heard_at=ago(seconds=10))
    screen.measure(device, "radio", [ago(minutes=12)], label="wifi9", frequency_hertz=[5.18e9], clients=[2.0])
    with psycopg.connect(screen.database.admin_url) as admin:
        for mac, signal in (("AA:00:00:00:00:01", -50.0), ("AA:00:00:00:00:02", -81.0)):
            admin.execute(
                "INSERT INTO wireless_clients_metrics (time, tenant_id, device_id, interface, mac_address, ssid, "
                "signal_dbm) VALUES (%s, %s, %s, 'wifi9', %s, 'guests', %s)",
                (ago(minutes=12), device.tenant_id, device.id, mac, signal),
            )
    table = str(call(north, device, tab="wireless")["wireless-tables"]["children"])
    assert "5,180 MHz" in table
    assert table.index("AA:00:00:00:00:02") < table.index("AA:00:00:00:00:01")


def test_a_tab_without_anything_says_so(north: Seat, screen: Screen) -> None:
    shown = call(north, screen.web.north.devices[2], tab="routing")
    assert "has told of no routing session" in str(shown["routing-note"]["children"])


def test_what_a_device_has_is_listed(north: Seat, screen: Screen, router: Device) -> None:
    stock(screen, router, "addresses", "10.9.8.7/24|ether1", {"address": "10.9.8.7/24", "interface": "ether1"})
    assert "10.9.8.7/24" in str(call(north, router, tab="routing")["routing-tables"]["children"])


def test_what_happened_is_told_and_marked_on_the_charts(north: Seat, screen: Screen, router: Device) -> None:
    change(screen, router, "resource", ago(minutes=30), ({"version": "7.15"}, {"version": "7.16"}))
    with tenant_session(screen.web.context.stores, screen.web.north.principal) as session:
        planner = Maintenance(session, screen.web.author(screen.web.north), screen.web.north.id)
        planner.plan(Whom(device_id=router.id), (ago(minutes=20), ago(minutes=10)), "new power supply")
    events = str(call(north, router, tab="events")["events-tables"]["children"])
    assert "RouterOS 7.15 → 7.16" in events
    assert "Maintenance added" in events
    assert "starts at: 12:40:00" in events
    shown = call(north, router)
    notes = shown["cpu-graph"]["figure"]["layout"]["annotations"]
    assert {"RouterOS 7.15 → 7.16", "Maintenance: new power supply"} <= {note["hovertext"] for note in notes}
    assert "?at=2026-01-05T11%3A30%3A00Z" in str(shown["health-marks"]["children"])


def test_the_states_of_the_range_are_a_band_and_are_told_among_what_happened(north: Seat, screen: Screen) -> None:
    device = screen.web.north.devices[1]
    for state, since in (("up", ago(hours=5)), ("down", ago(minutes=30)), ("up", ago(minutes=24))):
        error = "It does not answer." if state == "down" else None
        screen.tell(device, state=state, since=since, heard_at=ago(seconds=10), error=error)
    screen.measure(device, "resource", [ago(minutes=50)], cpu_load_ratio=[0.5])
    band = str(call(north, device)["health-states"]["children"])
    assert "Down from 12:30:00 for 6 min: It does not answer." in band
    assert "10.0 % · 6 min" in band or "10 % · 6 min" in band
    assert "at=2026-01-05T11%3A30%3A00Z" in band
    events = str(call(north, device, tab="events")["events-tables"]["children"])
    assert events.index("12:36:00") < events.index("12:30:00") < events.index("08:00:00")


def test_the_versions_of_its_configuration_are_listed(north: Seat, screen: Screen, router: Device) -> None:
    assert "There is no backup of this device yet" in str(call(north, router, tab="config")["config-note"])
    screen.web.configuration(screen.web.north)
    told = str(call(north, router, tab="config")["config-tables"]["children"])
    for word in ("Versions of the configuration", "7.16", "eve", "Another version"):
        assert word in told, word
    assert "hunter2" not in told


def test_a_viewer_of_another_tenant_is_told_nothing_of_it(south: Seat, screen: Screen, router: Device) -> None:
    for tab in ("health", "events", "routing", "config"):
        answer = south.call(f"{tab}-drawn.data", f"device/{router.id}/{tab}")
        assert answer.status_code == 404, tab


def test_what_is_switched_on_lies_behind_the_lines(north: Seat, router: Device) -> None:
    plain = call(north, router, "?from=now-30m")["cpu-graph"]["figure"]["data"]
    shown = call(north, router, "?from=now-30m&over=previous,usual,nonsense")
    ghost = next(trace for trace in shown["cpu-graph"]["figure"]["data"] if trace["line"].get("dash") == "dot")
    assert ghost["y"][0] == pytest.approx(0.1)
    assert ghost["x"][0] == ago(minutes=30).timestamp() * 1000
    assert len(shown["cpu-graph"]["figure"]["data"]) == len(plain) + 1
    assert "What is usual is not known yet" in str(shown["health-note"]["children"])


def test_the_fleet_lies_behind_a_device(north: Seat, screen: Screen, router: Device) -> None:
    times = [ago(minutes=n) for n in range(50, 0, -1)]
    for device, load in zip(screen.web.north.devices[1:], (0.4, 0.9), strict=True):
        screen.measure(device, "resource", times, cpu_load_ratio=[load] * len(times))
    band = call(north, router, "?over=fleet")["cpu-graph"]["figure"]["data"][0]
    assert band["name"] == "Fleet p5–p95"
    known = [y for y in band["y"] if y is not None]
    assert 0.1 <= min(known) < 0.4 < 0.8 < max(known) <= 0.9


def test_what_is_usual_lies_behind_a_device_that_was_measured_for_weeks(north: Seat, screen: Screen) -> None:
    device = screen.web.north.devices[2]
    weeks = [NOW - timedelta(weeks=week, minutes=minute) for week in (4, 3, 2, 1) for minute in (50, 30, 10)]
    now = [ago(minutes=n) for n in range(60, 0, -1)]
    loads = [*(0.2 + 0.01 * (n // 3) for n in range(len(weeks))), *(0.9 for _ in now)]
    screen.measure(device, "conntrack", [*weeks, *now], connections=[1000 * load for load in loads])
    shown = call(north, device, "?over=usual")
    band = next(t for t in shown["connections-graph"]["figure"]["data"] if t.get("name") == "Usual")
    known = [y for y in band["y"] if y is not None]
    assert (min(known), max(known)) == (pytest.approx(185), pytest.approx(245))
    assert shown["health-note"]["children"] == []


def test_a_panel_leads_to_the_same_metric_of_other_devices(north: Seat, router: Device) -> None:
    said = str(call(north, router)["cpu-now"]["children"])
    assert f"explore?metric=resource.cpu_load_ratio&of=devices&in={router.id}" in said


def test_no_trace_has_more_points_than_a_screen(north: Seat, router: Device) -> None:
    shown = call(north, router, "?from=now-7d&over=previous,fleet,usual")
    figures = [part["figure"] for part in shown.values() if "figure" in part]
    traces = [trace for figure in figures for trace in figure["data"]]
    assert traces
    assert max(len(trace["x"]) for trace in traces) <= 2000


def test_the_last_polls_can_be_seen_for_themselves(north: Seat, router: Device) -> None:
    told = text(north.call(HEAD, f"device/{router.id}"))
    assert "?from=now-1800s" in told
    modes = [
        call(north, router, f"?from=now-{span}")["cpu-graph"]["figure"]["data"][-1]["mode"] for span in ("30m", "1h")
    ]
    assert modes == ["lines+markers", "lines"]


def test_what_changed_around_an_instant_is_told(north: Seat, screen: Screen, router: Device) -> None:
    times = [ago(minutes=n) for n in range(55, 0, -1)]
    screen.measure(router, "conntrack", times, connections=[100.0 if at < ago(minutes=30) else 900.0 for at in times])
    change(screen, router, "addresses", ago(minutes=25), ({}, {"address": "192.0.2.77/24"}))
    path = f"device/{router.id}?at=2026-01-05T11:30:00Z"
    told = text(north.call("device-changed.children", path, look__data=LOOK))
    for word in ("What changed around 12:30:00", "Connections", "100", "900", "192.0.2.77/24"):
        assert word in told, word
    assert "is no instant" in text(north.call("device-changed.children", f"device/{router.id}?at=soon"))
    assert "Nothing was measured then" in text(
        north.call("device-changed.children", f"device/{router.id}?at=0001-01-01T00:00:00Z")
    )
    assert text(north.call("device-changed.children", f"device/{router.id}")).endswith("[]}}}")


def stock(screen: Screen, device: Device, kind: str, key: str, facts: dict[str, Any]) -> None:
    """Let a device have something."""
    with psycopg.connect(screen.database.admin_url) as admin:
        its = (device.id, kind, device.tenant_id)
        admin.execute(
            "INSERT INTO inventory_readings (device_id, kind, tenant_id, at, told, kept) "
            "VALUES (%s, %s, %s, %s, 1, 1)",
            (*its, NOW),
        )
        admin.execute(
            "INSERT INTO inventory (device_id, kind, tenant_id, key, facts, first_seen) "
            "VALUES (%s, %s, %s, %s, %s, %s)",
            (*its, key, json.dumps(facts), NOW),
        )


def change(
    screen: Screen, device: Device, kind: str, at: datetime, differs: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    """Let something of a device have been other before."""
    before, after = differs
    with psycopg.connect(screen.database.admin_url) as admin:
        admin.execute(
            "INSERT INTO inventory_changes (id, device_id, tenant_id, kind, key, at, what, before, after) "
            "VALUES (%s, %s, %s, %s, '', %s, %s, %s, %s)",
            (uuid4(), device.id, device.tenant_id, kind, at, "changed" if before else "added",
             json.dumps(before), json.dumps(after)),
        )  # fmt: skip
