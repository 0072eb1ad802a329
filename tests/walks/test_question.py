"""One question, from the request by the owner of the device to its answer, and one deed; over the real servers."""

from __future__ import annotations

import itertools
from typing import Any

import httpx

from db import keys
from fleet.identity import Scope
from tests.fixtures.demo import Running, until

NUMBERS = itertools.count()


def up(running: Running) -> dict[str, Any]:
    """Wait for a device that is up."""

    def found() -> dict[str, Any] | None:
        items = running.get(f"{home(running)}/devices").json()["items"]
        return next((device for device in items if device["state"] == "up"), None)

    return until(found, "a device is up")


def home(running: Running) -> str:
    return f"/api/tenants/{running.tenant.id}"


def post(running: Running, path: str, body: object) -> httpx.Response:
    return httpx.post(f"{running.url}{home(running)}/{path}", json=body, headers=headers(running), timeout=60)


def headers(running: Running) -> dict[str, str]:
    """A key that may do all that keys may; the demo's own only reads."""
    key = keys.make(running.demo.stores, running.tenant.id, f"walk {next(NUMBERS)}", tuple(Scope), None)
    return {"Authorization": f"Bearer {key}"}


def test_a_device_answers_in_the_same_request(running: Running) -> None:
    device = up(running)
    place = f"devices/{device['id']}"
    answer = post(running, f"{place}/commands", {"menu": "/system/identity", "properties": ["name"]})
    assert (answer.status_code, answer.json()) == (200, {"rows": [{"name": device["identity"]}], "more": False})
    pinged = post(running, f"{place}/ping", {"address": "127.0.0.1", "count": 2, "interval_seconds": 0.2}).json()
    assert (pinged["sent"], pinged["received"]) == (2, 2)
    log = httpx.get(f"{running.url}{home(running)}/{place}/log?limit=5", headers=headers(running), timeout=60)
    assert log.json()["lines"]
    refused = post(running, f"{place}/commands", {"menu": "/no/such"})
    assert (refused.status_code, refused.json()["code"]) == (502, "trap")


def test_a_device_is_made_known_by_its_owner(running: Running) -> None:
    device = up(running)
    begun = post(running, f"devices/{device['id']}/identify", {"seconds": 2})
    assert begun.status_code == 202, begun.text

    def ended() -> dict[str, Any] | None:
        found: dict[str, Any] = running.get(begun.headers["Location"]).json()
        return found if found["outcome"] != "pending" else None

    assert until(ended, "the operation has ended")["outcome"] == "done"
