"""A place is looked at before a device is made of it, by the tenant's own bounds, and no credential is sent."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from db import inventory
from db.platform import platform_session
from fleet.egress import SIMULATED
from tests.fixtures.database import Database, Tenant
from tests.fixtures.metrics import stored
from tests.fixtures.simulator import Served
from tests.fixtures.web import Web, home

UNSAID = ("sessions", "cpu_seconds")
NEW: dict[str, Any] = {"name": "core-1", "username": "flotilla", "password": "pw"}


@pytest.fixture
def granted(web: Web) -> Web:
    """North may reach the simulator's routers, south may not; these have a minute to answer."""
    web.context.probes.patience = timedelta(minutes=1)
    with platform_session(web.context.stores, "test") as session:
        inventory.allow(session, web.north.id, [str(SIMULATED)])
    return web


def post(web: Web, path: str, body: object, tenant: Tenant | None = None) -> TestResponse:
    tenant = tenant or web.north
    return web.client(web.key(tenant)).post(f"{home(tenant)}/devices{path}", json=body)


def place(served: Served, device: int = 0, **more: object) -> dict[str, object]:
    entry = served.inventory[device]
    return {"address": entry.address, "port": entry.api_ssl_port, **more}


def test_what_answers_is_told_with_its_certificate(granted: Web, fleet_of_three: Served) -> None:
    answer = post(granted, "/probe", place(fleet_of_three))
    found = answer.get_json()
    assert answer.status_code == 200, found
    assert (found["reachable"], found["tls"], found["error"]) == (True, "pin", None)
    assert found["certificate"]["fingerprint"] == fleet_of_three.inventory[0].fingerprint
    assert found["protocol"].startswith("TLS")


def test_what_does_not_answer_is_told_with_a_next_step(granted: Web, fleet_of_three: Served) -> None:
    found = post(granted, "/probe", place(fleet_of_three, port=1)).get_json()
    assert (found["reachable"], found["tls"], found["certificate"]) == (False, None, None)
    assert found["error"]["code"] == "unreachable"
    assert found["error"]["next_step"]


@pytest.mark.parametrize("address", ["127.0.0.1", "localhost", "169.254.169.254", "10.0.0.1"])
def test_out_of_bounds_nothing_is_looked_at(granted: Web, address: str) -> None:
    answer = post(granted, "/probe", {"address": address})
    assert (answer.status_code, answer.get_json()["code"]) == (422, "egress_denied")
    for more in ({"probe": True}, {"tls": "pin", "trust": True}):
        answer = post(granted, "", {**NEW, "address": address, **more})
        assert (answer.status_code, answer.get_json()["code"]) == (422, "egress_denied")


def test_the_bounds_are_the_tenants_own(granted: Web, fleet_of_three: Served) -> None:
    answer = post(granted, "/probe", place(fleet_of_three), granted.south)
    assert (answer.status_code, answer.get_json()["code"]) == (422, "egress_denied")


def test_a_device_that_answers_is_made(granted: Web, fleet_of_three: Served) -> None:
    entry = fleet_of_three.inventory[0]
    wanted = {**NEW, **place(fleet_of_three), "probe": True, "tls": "pin"}
    answer = post(granted, "", wanted)
    problem = answer.get_json()
    assert (answer.status_code, problem["errors"][0]["name"]) == (422, "fingerprint")
    assert entry.fingerprint in problem["detail"]
    wrong = post(granted, "", {**wanted, "fingerprint": "ab" * 32})
    assert (wrong.status_code, wrong.get_json()["code"]) == (502, "tls_pin_mismatch")
    made = post(granted, "", {**wanted, "fingerprint": entry.fingerprint})
    assert (made.status_code, made.get_json()["fingerprint"]) == (201, entry.fingerprint)


def test_what_does_not_answer_is_not_made(granted: Web, fleet_of_three: Served, database: Database) -> None:
    answer = post(granted, "", {**NEW, **place(fleet_of_three, port=1), "probe": True})
    assert (answer.status_code, answer.get_json()["code"]) == (502, "unreachable")
    assert stored(database, "SELECT count(*) FROM operations") == [(0,)]


def test_the_first_certificate_is_taken_by_consent_that_is_recorded(
    granted: Web, fleet_of_three: Served, database: Database
) -> None:
    entry = fleet_of_three.inventory[1]
    answer = post(granted, "", {**NEW, **place(fleet_of_three, 1), "tls": "pin", "trust": True})
    assert (answer.status_code, answer.get_json()["fingerprint"]) == (201, entry.fingerprint)
    assert stored(database, "SELECT detail ->> 'trusted_at_first_use' FROM operations") == [(entry.fingerprint,)]
    refused = post(granted, "", {**NEW, **place(fleet_of_three, 2), "tls": "plain", "trust": True})
    assert (refused.status_code, refused.get_json()["errors"][0]["name"]) == (422, "trust")


def test_nothing_is_said_to_a_device_that_is_looked_at(granted: Web, fleet_of_three: Served) -> None:
    before = said(fleet_of_three)
    assert post(granted, "/probe", place(fleet_of_three)).get_json()["reachable"]
    assert said(fleet_of_three) == before


def said(served: Served) -> dict[str, object]:
    """What the routers were asked; how many called them, and how long all that took, aside."""
    return {name: value for name, value in served.control("stats").items() if name not in UNSAID}
