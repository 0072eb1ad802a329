"""The page of the whole fleet, as its callbacks tell it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.dashboard.seats import Screen, Seat, ago, text

TILES, CELL, WORST = "overview-tiles.children", "honeycomb-said.children", "overview-worst.children"
FEED, FLOW = "overview-feed.children", "overview-flow.figure"


def parts(seat: Seat, output: str, path: str = "", **given: Any) -> dict[str, Any]:
    answer = seat.call(output, path, **given)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = (answer.json or {})["response"]
    return found


@pytest.fixture(autouse=True)
def _states(screen: Screen) -> None:
    one, two, _ = screen.web.north.devices
    screen.tell(one, state="up", since=ago(hours=3), heard_at=ago(seconds=10), duration_seconds=0.2)
    screen.tell(two, state="down", since=ago(minutes=5), heard_at=ago(seconds=20), error="It refused the password.")


def test_counts_lead_to_the_lists_behind_them(north: Seat) -> None:
    told = text(north.call(TILES))
    assert '"href": "/t/north/fleet?status=down"' in told
    assert '"data-testid": "overview-down"' in told


def test_a_device_is_a_letter_of_its_state(north: Seat) -> None:
    assert parts(north, TILES)["overview-cells"]["data"]["cells"] == "uds"


def test_cells_that_are_drawn_are_not_told_again(north: Seat) -> None:
    drawn = parts(north, TILES)["overview-drawn"]["data"]
    assert "overview-cells" not in parts(north, TILES, overview_drawn__data=drawn)


def test_cells_are_coloured_by_what_was_measured(north: Seat) -> None:
    shown = parts(north, TILES, "?colour=metric&metric=cpu")
    assert shown["overview-cells"]["data"]["cells"] == "3--"
    assert "not measured" in str(shown["overview-legend"])


def test_who_a_cell_is_is_told_with_its_link(north: Seat, screen: Screen) -> None:
    key = parts(north, TILES)["overview-cells"]["data"]["key"]
    told = text(north.call(CELL, honeycomb_at__data={"at": 1, "key": key}))
    assert f"/t/north/device/{screen.web.north.devices[1].id}" in told
    assert "Down" in told
    assert "It refused the password." in told


@pytest.mark.parametrize("at", [None, 7, {"at": 1, "key": "another"}, {"at": -1}, {"at": "1"}, {"at": True}])
def test_a_cell_that_is_none_is_nobody(north: Seat, at: object) -> None:
    if isinstance(at, dict):
        at = {"key": parts(north, TILES)["overview-cells"]["data"]["key"]} | at
    assert parts(north, CELL, honeycomb_at__data=at)["honeycomb-cell"]["data"] is None


def test_a_cell_of_another_tenants_order_is_nobody(north: Seat, south: Seat) -> None:
    key = parts(south, TILES)["overview-cells"]["data"]["key"]
    assert parts(north, CELL, honeycomb_at__data={"at": 0, "key": key})["honeycomb-cell"]["data"] is None


def test_the_worst_are_listed_with_their_numbers(north: Seat) -> None:
    told = text(north.call(WORST))
    assert "router-000" in told
    assert "39.5 %" in told
    assert '"?metric=traffic"' in told


@pytest.mark.parametrize("metric", ["cpu", "memory", "disk", "heat", "traffic", "errors", "clients", "<b>"])
def test_every_metric_can_be_asked_for(north: Seat, metric: str) -> None:
    told = text(north.call(WORST, f"?metric={metric}"))
    assert "request" not in told
    assert ("Nothing was measured" in told) == (metric in ("memory", "disk", "heat", "errors", "clients"))


def test_a_range_that_is_none_says_so_where_the_numbers_would_stand(north: Seat) -> None:
    assert "The range lies in the future." in text(
        north.call(WORST, "?from=2030-01-01T00:00:00Z&to=2030-01-02T00:00:00Z")
    )
    assert "The range lies in the future." in text(
        north.call(FLOW, "?from=2030-01-01T00:00:00Z&to=2030-01-02T00:00:00Z")
    )


def test_what_happened_is_told_the_newest_first(north: Seat, screen: Screen) -> None:
    screen.web.place(screen.web.north)
    told = text(north.call(FEED))
    assert told.index("Site created") < told.index("It refused the password.") < told.index("3 h ago")


def received(seat: Seat) -> float:
    figure = parts(seat, FLOW)["overview-flow"]["figure"]
    (shown,) = (trace for trace in figure["data"] if trace.get("name") == "Received")
    return float(shown["y"][5])


def test_the_traffic_is_that_of_all_interfaces_that_stand_upon_no_other(north: Seat, screen: Screen) -> None:
    device = screen.web.north.devices[0]
    assert received(north) == pytest.approx(30.0)
    assert "240" in text(north.call(WORST, "?metric=traffic"))
    screen.have(device, "interfaces", ether1={"type": "ether"}, ether2={"type": "vlan"})
    assert received(north) == pytest.approx(10.0)
    assert "80 bit/s" in text(north.call(WORST, "?metric=traffic"))
    screen.have(device, "interfaces", ether2={"type": "ether"})
    assert received(north) == pytest.approx(30.0)
    assert "Bridges, bonds, VLANs and tunnels are left out" in text(north.call("page.children"))


def test_what_a_device_makes_for_those_who_dial_in_is_not_counted_twice(south: Seat, screen: Screen) -> None:
    before, times = received(south), [ago(minutes=n) for n in range(60, 0, -1)]
    counted = [6000.0 * n for n in range(60)]
    screen.measure(screen.web.south.devices[0], "interfaces", times, label="<pppoe-eve>", rx_bytes_total=counted)
    assert received(south) == pytest.approx(before)


def test_the_same_traffic_is_not_drawn_twice(north: Seat) -> None:
    drawn = parts(north, FLOW)["overview-flow-drawn"]["data"]
    assert north.call(FLOW, overview_flow_drawn__data=drawn).status_code in (200, 204)
    assert "overview-flow" not in str(north.call(FLOW, overview_flow_drawn__data=drawn).json or "")


def test_each_tenant_has_its_own(south: Seat, screen: Screen) -> None:
    every = "".join(text(south.call(output)) for output in (TILES, WORST, FEED))
    assert all(str(device.id) not in every for device in screen.web.north.devices)


def test_the_machinery_is_told_to_whom_it_belongs(screen: Screen, north: Seat) -> None:
    assert "Events not stored yet" not in text(north.call(TILES))


def test_who_is_not_signed_in_is_told_nothing(nobody: Seat) -> None:
    assert nobody.client.get("/t/north/").status_code in (303, 401)
