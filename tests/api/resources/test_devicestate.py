"""How one device is, and its interfaces, over REST."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from db.maintenance import Maintenance
from db.maintenance import Scope as Whom
from db.tenancy import tenant_session
from fleet.device import State
from fleet.identity import Scope
from fleet.inventory import Facts
from tests.api.resources.test_devices import hear
from tests.fixtures.database import Database
from tests.fixtures.metrics import received, stocked, write
from tests.fixtures.web import NOW, Web


def read(web: Web, what: str, *scopes: Scope, number: int = 0) -> dict[str, Any]:
    answer = web.get(f"~/devices/{web.north.devices[number].id}/{what}", web.north, *scopes)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def test_a_device_tells_how_it_is_and_when_it_was_silent(web: Web) -> None:
    hear(web, 0, State.UP)
    found = read(web, "state?from=2026-01-05T10:00:00Z")
    assert (found["state"], found["since"], found["error"]) == ("up", "2026-01-05T12:00:00Z", None)
    assert found["history"] == []
    web.clock.advance(timedelta(minutes=30))
    found = read(web, "state?from=now-1h")
    assert found["state"] == "stale"
    assert found["history"] == [{"what": "silent", "from": "2026-01-05T12:00:00Z", "to": "2026-01-05T12:30:00Z"}]
    assert found["resolution"] == "raw"
    silent = read(web, "state", number=1)["history"]
    assert silent == [{"what": "silent", "from": "2026-01-05T11:00:00Z", "to": "2026-01-05T12:30:00Z"}]
    assert read(web, "state?from=now-2d&to=now-1d")["history"] == []


def test_maintenance_is_part_of_the_history(web: Web) -> None:
    device = web.north.devices[0]
    with tenant_session(web.context.stores, web.north.principal) as session:
        span = NOW - timedelta(minutes=40), NOW - timedelta(minutes=20)
        Maintenance(session, web.author(web.north), web.north.id).plan(Whom(device.id), span, "power work")
    (stretch,) = read(web, "state?from=now-1h")["history"]
    assert stretch == {"what": "maintenance", "from": "2026-01-05T11:20:00Z", "to": "2026-01-05T11:40:00Z"}


def test_interfaces_are_told_with_their_newest_reading(web: Web, database: Database) -> None:
    facts: Facts = {"name": "ether1", "type": "ether", "mac_address": "AA:BB", "comment": "uplink", "mtu": 1500}
    lone: Facts = {"name": "ether9", "type": "ether"}
    items = {"ether1": facts, "ether9": lone}
    write(database, received([stocked(web.north.devices[0], NOW, items, "interfaces")]))
    first, second, third = read(web, "interfaces")["items"]
    assert [one["name"] for one in (first, second, third)] == ["ether1", "ether2", "ether9"]
    assert (first["type"], first["comment"], first["mtu"]) == ("ether", "uplink", 1500)
    assert (first["at"], first["values"]["rx_bytes_total"]) == ("2026-01-05T11:59:00Z", 600 * 59)
    assert (second["type"], second["values"]["rx_bytes_total"]) == (None, 1200 * 59)
    assert (third["at"], third["values"]) == (None, {})
    narrow = read(web, "interfaces", Scope.METRICS_READ)["items"]
    assert [(one["name"], one["comment"]) for one in narrow] == [("ether1", None), ("ether2", None)]


@pytest.mark.parametrize("what", ["state", "interfaces"])
def test_another_tenants_device_is_not_there(shared_web: Web, what: str) -> None:
    for device in (shared_web.south.devices[0].id, uuid4()):
        answer = shared_web.get(f"~/devices/{device}/{what}", shared_web.north)
        assert (answer.status_code, answer.get_json()["detail"]) == (404, f"There is no device {device}.")
