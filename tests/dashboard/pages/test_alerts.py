"""The pages of alerts, the bell, and where alerts show elsewhere, as the callbacks tell it."""

from __future__ import annotations

import pytest

from fleet.identity import Role
from tests.dashboard.alarms import rule, strike
from tests.dashboard.seats import Screen, Seat, ago, text
from tests.fixtures.web import guard

BODY, BELL = "alerts-body.children", "bell.children"
CHANNELS, DELIVERIES = "alerts-channels-body.children", "alerts-deliveries-body.children"


@pytest.fixture
def operator(screen: Screen) -> Seat:
    return Seat(screen.web.browser(screen.web.north, Role.OPERATOR), screen.web.north)


def test_alerts_are_listed_with_their_cause_and_acknowledged_together(
    screen: Screen, operator: Seat, north: Seat, south: Seat
) -> None:
    one, two, three = screen.web.north.devices
    down, busy = (rule(screen, screen.web.north, name) for name in ("device down", "CPU busy"))
    assert "The rules watch 3 devices." in text(operator.call(BODY, "alerts"))
    first = strike(screen, one, down)
    second = strike(screen, two, busy, value=0.97)
    strike(screen, three, down, cause=one.id)
    told = text(operator.call(BODY, "alerts"))
    for word in (
        "explains 1 other",
        "CPU load above 90 %",
        "97 %",
        f"device/{two.id}/health?at=",
        "Open 2",
        "Critical 1",
    ):
        assert word in told, word
    assert three.name not in told
    assert three.name in text(operator.call(BODY, f"alerts?cause={one.id}"))
    assert "No alert fits" in text(operator.call(BODY, "alerts?state=silenced"))
    assert two.name not in text(operator.call(BODY, "alerts?severity=critical"))
    assert "/api/tenants/" in told
    assert "/api/tenants/" not in text(north.call(BODY, "alerts"))
    assert "Unacknowledged: 1 critical alert and 1 warning" in text(north.call(BELL, "alerts"))
    assert "No alert waits" in text(south.call(BELL, "alerts"))
    assert one.name not in text(south.call(BODY, f"alerts?cause={one.id}"))
    place, said = f"/api/tenants/{screen.web.north.id}/alerts/acknowledge", {"comment": "on my way"}
    for seat, status in ((north, 403), (operator, 200)):
        sent = said | {"alerts": [first, second]}
        assert seat.client.post(place, json=sent, headers=guard(seat.client)).status_code == status
    told = text(operator.call(BODY, "alerts"))
    assert told.count("“on my way”") == 2
    assert "No alert waits" in text(operator.call(BELL, "alerts"))


def test_an_alert_shows_on_its_device_the_overview_and_in_the_history(screen: Screen, south: Seat) -> None:
    device = screen.web.south.devices[0]
    hot = rule(screen, screen.web.south, "hot")
    strike(screen, device, hot, key="cpu", value=81.0)
    strike(screen, device, hot, key="board", value=80.0, since=ago(minutes=50), over=True)
    assert "1 open alert" in text(south.call("device-head.children", f"device/{device.id}"))
    assert "alerts?state=firing&severity=warning" in text(south.call("overview-tiles.children", ""))
    assert "Alert, warning: hot" in text(south.call("health-marks.children", f"device/{device.id}"))
    told = text(south.call("alerts-history-body.children", "alerts/history"))
    assert "lasted 50 min" in told
    assert "board" in told
    assert "Acknowledge" not in told


def test_channels_routes_and_deliveries_are_seen_by_all_and_changed_by_some(
    screen: Screen, south: Seat, north: Seat
) -> None:
    web, tenant = screen.web, screen.web.south
    operator = Seat(web.browser(tenant, Role.OPERATOR), tenant)
    assert "There is no channel yet" in text(south.call(CHANNELS, "alerts/channels"))
    web.alert_route(tenant)
    web.alert_delivery(tenant)
    told = text(operator.call(CHANNELS, "alerts/channels"))
    for word in ("https://r.invalid/…", "Every day", "Add a route", "/test"):
        assert word in told, word
    told = text(south.call(CHANNELS, "alerts/channels"))
    assert "https://r.invalid/…" in told
    assert "/api/tenants/" not in told
    told = text(operator.call(DELIVERIES, "alerts/deliveries?state=dead"))
    assert "It was not taken within a day." in told
    assert "Try again" in told
    assert "Nothing fits" in text(south.call(DELIVERIES, "alerts/deliveries?state=sent"))
    assert "r.invalid" not in text(north.call(CHANNELS, "alerts/channels"))


def test_a_device_that_is_well_again_says_so_while_its_alert_still_stands(screen: Screen, south: Seat) -> None:
    one, two, *_ = screen.web.south.devices
    down = rule(screen, screen.web.south, "device down")
    strike(screen, one, down, value=1.0)
    assert "well since" not in text(south.call(BODY, "alerts"))
    strike(screen, two, down, value=0.0)
    assert "well since" in text(south.call(BODY, "alerts"))
