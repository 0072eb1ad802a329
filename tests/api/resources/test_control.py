"""A restart needs the device's name typed in, is one at a time, and is an operation of whoever asked."""

from __future__ import annotations

import psycopg
import pytest
from werkzeug.test import TestResponse

from db import errands
from db.access import INGEST
from db.tenancy import tenant_session
from fleet import control
from fleet.errands import Errand
from fleet.identity import DeviceId, Scope
from tests.fixtures.database import Database
from tests.fixtures.web import Web, home


def place(web: Web, number: int = 0) -> str:
    return f"{home(web.north)}/devices/{web.north.devices[number].id}"


def post(web: Web, path: str, body: object, *scopes: Scope) -> TestResponse:
    return web.client(web.key(web.north, *(scopes or (Scope.DEVICES_CONTROL,)))).post(path, json=body)


def waiting(web: Web, kind: str, number: int = 0) -> list[Errand]:
    with tenant_session(web.context.stores, web.north.principal) as session:
        return errands.of_device(session, DeviceId(web.north.devices[number].id), kind, 10)


def named(database: Database, web: Web, identity: str) -> None:
    """Let the first device have told what it calls itself."""
    with psycopg.connect(database.url(INGEST)) as connection:
        told = (identity, web.north.devices[0].id)
        connection.execute("UPDATE device_state SET identity = %s WHERE device_id = %s", told)


def test_a_restart_waits_for_the_device_to_be_named(web: Web, database: Database) -> None:
    path = f"{place(web)}/reboot"
    early = post(web, path, {"identity": "core-1"})
    assert (early.status_code, early.get_json()["code"]) == (409, "conflict")
    named(database, web, "core-1")
    odd = post(web, path, {"identity": "core-2"})
    assert (odd.status_code, odd.get_json()["code"]) == (422, "bad_input")
    assert waiting(web, control.REBOOT) == []
    answer = post(web, path, {"identity": "core-1"})
    found = answer.get_json()
    assert answer.status_code == 202, found
    assert answer.headers["Location"].endswith(f"/operations/{found['id']}")
    (errand,) = waiting(web, control.REBOOT)
    assert (errand.kind, errand.detail, str(errand.id)) == ("device.reboot", {"identity": "core-1"}, found["id"])
    operation = web.get(f"~/operations/{found['id']}", web.north).get_json()
    assert (operation["outcome"], operation["kind"], operation["by"]) == ("pending", "device.reboot", errand.by)


def test_one_restart_at_a_time(web: Web, database: Database) -> None:
    named(database, web, "core-1")
    assert post(web, f"{place(web)}/reboot", {"identity": "core-1"}).status_code == 202
    again = post(web, f"{place(web)}/reboot", {"identity": "core-1"})
    assert (again.status_code, again.get_json()["code"]) == (409, "conflict")


def test_a_device_is_made_known_for_a_while(web: Web) -> None:
    answer = post(web, f"{place(web, 1)}/identify", {"seconds": 5})
    assert answer.status_code == 202, answer.text
    (errand,) = waiting(web, control.IDENTIFY, 1)
    assert (errand.kind, errand.detail) == ("device.identify", {"seconds": 5})


@pytest.mark.parametrize("body", [{}, {"identity": ""}, {"identity": 5}, {"identity": "x", "force": True}])
def test_what_is_no_confirmation_is_refused(web: Web, body: object) -> None:
    assert post(web, f"{place(web)}/reboot", body).status_code == 422


def test_it_takes_the_scope(web: Web) -> None:
    assert post(web, f"{place(web)}/identify", {}, Scope.DEVICES_WRITE).status_code == 403
