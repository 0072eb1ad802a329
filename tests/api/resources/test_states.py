"""The states that a device had, over REST."""

from __future__ import annotations

from datetime import timedelta

from fleet.device import State
from tests.api.resources.test_devices import hear
from tests.fixtures.web import Web


def test_the_states_of_a_device_are_told_by_time(web: Web) -> None:
    for state in (State.UP, State.DOWN, State.UP):
        hear(web, 0, state)
        web.clock.advance(timedelta(minutes=10))
    path = f"~/devices/{web.north.devices[0].id}/states"
    found = web.get(path, web.north).get_json()["items"]
    times = [f"2026-01-05T12:{minute:02}:00Z" for minute in (0, 10, 20)]
    assert [(one["state"], one["from"], one["to"]) for one in found] == [
        ("up", times[0], times[1]), ("down", times[1], times[2]), ("up", times[2], None),
    ]  # fmt: skip
    assert web.get(f"{path}?limit=1", web.north).get_json()["items"] == found[2:]
    assert web.get(f"{path}?from=now-12m&to=now-11m", web.north).get_json()["items"] == found[1:2]
    assert web.get(path, web.south).status_code == 404
