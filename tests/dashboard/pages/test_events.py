"""What happened, a page at a time: of all devices, and of one."""

from __future__ import annotations

import re

from fleet.identity import Role
from tests.dashboard.seats import Screen, Seat, ago, text

BODY = "happened-body.children"
OLDER = re.compile(r"\?[^\"]*before=[A-Za-z0-9_-]+")


def test_pages_follow_one_another_and_end(screen: Screen, north: Seat) -> None:
    device = screen.web.north.devices[0]
    for minute in range(60):
        screen.tell(device, state="down" if minute % 2 else "up", since=ago(minutes=100 - minute))
    first = text(north.call(BODY, "events"))
    assert "router-000" in first
    assert "10:29:00" not in first
    older = OLDER.findall(first)[-1]
    second = text(north.call(BODY, f"events{older}"))
    assert "The newest" in second
    assert "10:20:00" in second
    assert "Older" not in second
    tab = text(north.call("events-drawn.data", f"device/{device.id}/events"))
    assert OLDER.search(tab)
    assert "device/" + str(device.id) in first


def test_what_is_no_page_is_said(screen: Screen, north: Seat) -> None:
    assert "There is no such page." in text(north.call(BODY, "events?before=x"))
    path = f"device/{screen.web.north.devices[0].id}/events?before=x"
    assert "There is no such page." in text(north.call("events-drawn.data", path))


def test_another_tenants_events_are_not_shown(screen: Screen, south: Seat) -> None:
    screen.tell(screen.web.north.devices[1], state="down", since=ago(minutes=3), error="A word of the north.")
    assert "A word of the north." not in text(south.call(BODY, "events"))
    boss = Seat(screen.web.browser(screen.web.south, Role.TENANT_ADMIN), screen.web.south)
    assert "A word of the north." not in text(boss.call(BODY, "events"))
