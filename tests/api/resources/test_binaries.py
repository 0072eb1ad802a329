"""Binary backups are asked for, listed without what is in them, and loaded by the device that they are of alone."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import psycopg
import pytest
from werkzeug.test import TestResponse

from db import backups, binaries, errands
from db.access import INGEST
from db.binaries import Binary, Origin
from db.keyring import Keyring
from db.tenancy import tenant_session
from fleet import control
from fleet.identity import Scope
from tests.fixtures.database import Database
from tests.fixtures.web import NOW, Web, home

ORIGIN = Origin("7.16.2 (stable)", "RB4011", "HCX0001", "")
FACTS: dict[str, Any] = {"identity": "core-1", "serial": "HCX0001", "version": "7.16.2 (stable)", "model": "RB4011"}


def place(web: Web) -> str:
    return f"{home(web.north)}/devices/{web.north.devices[0].id}/binaries"


def post(web: Web, path: str, body: object, *scopes: Scope) -> TestResponse:
    return web.client(web.key(web.north, *(scopes or (Scope.CONFIG_WRITE,)))).post(path, json=body)


def told(database: Database, web: Web, **facts: Any) -> None:
    """Let the first device have told what it is."""
    names = ", ".join(f"{name} = %({name})s" for name in facts)
    statement = f"UPDATE device_state SET {names} WHERE device_id = %(device)s"
    with psycopg.connect(database.url(INGEST)) as connection:
        connection.execute(statement.encode(), {**facts, "device": web.north.devices[0].id})


def stored(web: Web) -> UUID:
    """Store a backup of the first device, as its owner does."""
    device = web.north.devices[0]
    with backups.writing(web.context.stores) as session:
        ring, who = Keyring(web.context.vault), (web.north.id, device.id, "anna", NOW)
        return binaries.store(session, ring, who, ORIGIN, Binary(b"\xef\xa8\x91\x73 all of it", "a secret word"))


def test_one_is_taken_by_the_owner_of_the_device(web: Web) -> None:
    answer = post(web, place(web), {})
    assert answer.status_code == 202, answer.text
    with tenant_session(web.context.stores, web.north.principal) as session:
        (errand,) = errands.of_device(session, web.north.devices[0].id, control.BINARY, 5)
    assert str(errand.id) == answer.get_json()["id"]
    assert post(web, place(web), {}).status_code == 409
    assert post(web, place(web), {}, Scope.CONFIG_READ).status_code == 403


def test_it_is_listed_without_what_is_in_it_and_removed(web: Web) -> None:
    binary_id = stored(web)
    answer = web.get(place(web), web.north)
    (one,) = answer.get_json()["items"]
    assert (one["id"], one["version"], one["serial"]) == (str(binary_id), "7.16.2 (stable)", "HCX0001")
    assert "secret" not in answer.text
    client = web.client(web.key(web.north))
    assert client.delete(f"{place(web)}/{binary_id}").status_code == 204
    assert client.delete(f"{place(web)}/{binary_id}").status_code == 404


@pytest.mark.parametrize(
    ("changed", "identity", "status", "code"),
    [
        ({}, "core-1", 202, None),
        ({}, "core-2", 422, "bad_input"),
        ({"serial": "HCX0002"}, "core-1", 409, "backup_unfit"),
        ({"version": "7.17 (stable)"}, "core-1", 409, "backup_unfit"),
    ],
)
def test_only_the_same_device_with_the_same_version_loads_it(
    web: Web, database: Database, changed: dict[str, str], identity: str, status: int, code: str | None
) -> None:
    told(database, web, **FACTS | changed)
    answer = post(web, f"{place(web)}/{stored(web)}/load", {"identity": identity})
    assert (answer.status_code, answer.get_json().get("code")) == (status, code)
    with tenant_session(web.context.stores, web.north.principal) as session:
        asked = errands.of_device(session, web.north.devices[0].id, control.LOAD, 5)
    assert len(asked) == (status == 202)


def test_another_tenants_is_not_there(web: Web, database: Database) -> None:
    told(database, web, **FACTS)
    binary_id = stored(web)
    client = web.client(web.key(web.south))
    theirs = f"{home(web.south)}/devices/{web.south.devices[0].id}/binaries"
    assert client.get(theirs).get_json() == {"items": []}
    assert client.delete(f"{theirs}/{binary_id}").status_code == 404
