"""The page of a device, as its callbacks tell it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from fleet.device import Device
from tests.dashboard.seats import Screen, Seat, ago, text
from tests.fixtures.web import NOW

HEAD = "device-head.children"
LOOK = {"scheme": "light", "zone": "Europe/Vienna"}


def call(seat: Seat, device: Device, query: str = "", **values: Any) -> dict[str, Any]:
    given = {"look__data": LOOK} | values
    answer = seat.call(HEAD, f"device/{device.id}{query}", **given)
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
    told = text(north.call(HEAD, f"device/{screen.web.north.devices[2].id}"))
    assert "Not yet polled." in told
    assert "Nothing was measured in this range" in told


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
    assert call(north, router, device_drawn__data={"interface": "ether1"})["interface"]["value"] == "ether1"


def test_what_did_not_change_is_not_drawn_again(north: Seat, router: Device) -> None:
    first = call(north, router)
    again = call(north, router, device_drawn__data=first["device-drawn"]["data"])
    assert "cpu-graph" not in again
    assert "device-head" in again


def test_panels_without_data_are_left_out_and_named(north: Seat, router: Device) -> None:
    shown = call(north, router)
    assert shown["temperature-panel"]["className"] == "panel absent"
    assert shown["device-absent"]["children"].startswith("Not reported by this device: temperature")


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
    assert said in str(shown["device-note"]["children"])
    assert shown["cpu-panel"]["className"] == "panel absent"


def test_a_range_that_stands_still_says_so(north: Seat, router: Device) -> None:
    shown = call(north, router, "?from=2026-01-05T11:00:00Z&to=2026-01-05T11:30:00Z")
    assert "12:00:00 – 12:30:00" in str(shown["device-live"]["children"])
    assert "Back to now" in str(shown["device-live"]["children"])


def test_values_of_a_silent_device_tell_their_age(north: Seat, screen: Screen, router: Device) -> None:
    screen.tell(router, state="down", since=ago(minutes=1), heard_at=ago(seconds=10))
    screen.web.clock.advance(timedelta(minutes=5))
    shown = call(north, router)
    screen.web.clock.advance(-timedelta(minutes=5))
    assert "6 min ago" in str(shown["cpu-now"]["children"])
