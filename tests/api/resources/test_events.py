"""What happened to devices, over REST: one list by time, of one or of all."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from fleet.device import State
from fleet.identity import Scope
from tests.api.resources.test_devices import hear
from tests.fixtures.database import Database
from tests.fixtures.metrics import received, stocked, write
from tests.fixtures.web import NOW, Web, home


def read(web: Web, path: str) -> dict[str, Any]:
    answer = web.get(path, web.north, Scope.EVENTS_READ)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def paged(web: Web, path: str, limit: int = 1) -> list[dict[str, Any]]:
    """Read a list page by page."""
    seen: list[dict[str, Any]] = []
    after = ""
    while True:
        page = read(web, f"{path}?limit={limit}{after}")
        seen += page["items"]
        if page["next"] is None:
            return seen
        after = f"&after={page['next']}"


def test_what_happened_is_one_list_by_time(web: Web, database: Database) -> None:
    device = web.north.devices[0]
    read_before = [
        stocked(device, NOW - timedelta(minutes=ago), {"routeros": {"name": "routeros", "version": version}})
        for ago, version in ((30, "7.18"), (29, "7.19"))
    ]
    write(database, received(read_before))
    client = web.client(web.key(web.north))
    assert client.patch(f"{home(web.north)}/devices/{device.id}", json={"port": 1}).status_code == 200
    web.clock.advance(timedelta(minutes=5))
    hear(web, 0, State.DOWN)
    path = f"~/devices/{device.id}/events"
    found = read(web, path)["items"]
    assert [(one["source"], one["kind"]) for one in found] == [
        ("state", "state.down"),
        ("operation", "device.updated"),
        ("inventory", "packages.changed"),
    ]
    assert found[1]["by"].startswith("key ")
    assert found[1]["detail"]["fields"] == ["port"]
    assert (found[2]["detail"]["before"], found[2]["detail"]["after"]) == ({"version": "7.18"}, {"version": "7.19"})
    assert paged(web, path) == found
    assert read(web, f"~/devices/{web.north.devices[1].id}/events") == {"items": [], "next": None}
    assert read(web, "~/events")["items"] == found


def test_all_devices_that_fell_in_one_instant_are_told_once(web: Web) -> None:
    for number in range(3):
        hear(web, number, State.DOWN)
    found = read(web, "~/events")["items"]
    assert {one["device_id"] for one in found} == {str(device.id) for device in web.north.devices}
    assert {one["kind"] for one in found} == {"state.down"}
    for limit in (1, 2):
        assert paged(web, "~/events", limit) == found


def test_what_was_done_to_no_device_is_no_event_of_one(web: Web) -> None:
    client = web.client(web.key(web.north))
    assert client.post(f"{home(web.north)}/sites", json={"name": "Harbour"}).status_code == 201
    assert read(web, "~/events")["items"] == []


def test_another_tenants_events_are_not_there(web: Web) -> None:
    hear(web, 0, State.DOWN)
    answer = web.get("~/events", web.south, Scope.EVENTS_READ)
    assert answer.get_json() == {"items": [], "next": None}
    for device in (web.south.devices[0].id, uuid4()):
        answer = web.get(f"~/devices/{device}/events", web.north)
        assert (answer.status_code, answer.get_json()["detail"]) == (404, f"There is no device {device}.")


@pytest.mark.parametrize("path", ["~/events", "~/devices/{}/events"])
def test_what_is_no_place_in_the_list_is_refused(shared_web: Web, path: str) -> None:
    for cursor in ("x", "WyJhIiwiYiJd"):
        answer = shared_web.get(f"{path.format(shared_web.north.devices[0].id)}?after={cursor}", shared_web.north)
        assert (answer.status_code, answer.get_json()["detail"]) == (422, "There is no such page.")
