"""Before another device takes the place of one, what cannot carry over is listed from what both are known to be."""

from __future__ import annotations

import psycopg
import pytest
from werkzeug.test import TestResponse

from db import backups
from db.access import INGEST
from db.backups import Asking, Text
from db.keyring import Keyring
from fleet.backups import Reason
from fleet.identity import Scope
from fleet.inventory import Facts
from tests.fixtures.database import Database
from tests.fixtures.metrics import NOW, received, stocked, write
from tests.fixtures.web import Web, home

EXPORT = b"""\
# 2026-01-05 12:00:00 by RouterOS 7.16.2
# model = RB4011iGS+
/interface ethernet
set [ find default-name=ether1 ] name=wan
set [ find default-name=ether10 ] name=camera
/ip service
set api-ssl certificate=web.crt
/ppp secret
add name=ann password=rustle
/user
add group=full name=flotilla password=hush
"""
PORT: Facts = {"name": "wan", "default_name": "ether1", "type": "ether", "mac_address": "D4:01:C3:00:00:01"}


@pytest.fixture
def known(web: Web, database: Database) -> Web:
    """North's first device has a stored version, the second has told its ports and its version."""
    one, two, _ = web.north.devices
    with backups.writing(web.context.stores) as session:
        asking = Asking(web.north.id, one.id, NOW, Reason.HAND, "anna")
        text = Text(EXPORT, EXPORT, "7.16.2", ("/interface ethernet",))
        backups.store(session, Keyring(web.context.vault), asking, text)
    write(database, received([stocked(two, NOW, {"wan": PORT}, "interfaces")]))
    with psycopg.connect(database.url(INGEST)) as connection:
        told = "UPDATE device_state SET version = '7.16.2', model = 'hEX S' WHERE device_id = %s"
        connection.execute(told, (two.id,))
    return web


def plan(web: Web, by: object, *scopes: Scope, **more: object) -> TestResponse:
    client = web.client(web.key(web.north, *(scopes or (Scope.CONFIG_READ,))))
    path = f"{home(web.north)}/devices/{web.north.devices[0].id}/replacement"
    return client.post(path, json={"by": str(by), **more})


def test_what_cannot_carry_over_is_listed_with_what_to_do(known: Web) -> None:
    answer = plan(known, known.north.devices[1].id)
    found = answer.get_json()
    assert answer.status_code == 200, found
    assert found["number"] == 1
    whats = {(loss["why"], loss["what"]) for loss in found["losses"]}
    assert {("other_port", "ether10"), ("not_exported", "web.crt"), ("not_exported", "flotilla")} <= whats
    assert ("other_port", "ether1") not in whats
    assert all(loss["next_step"] for loss in found["losses"])
    assert "hush" not in answer.text
    assert found["script"].startswith("/interface ethernet set [find default-name=ether1] name=wan\n")
    assert "# left out: /user add" in found["script"]
    assert not found["secrets"]


def test_the_script_with_its_secrets_wants_a_right_of_its_own(known: Web) -> None:
    path = f"{home(known.north)}/devices/{known.north.devices[0].id}/replacement/reveal"
    body = {"by": str(known.north.devices[1].id)}
    reader = known.client(known.key(known.north, Scope.CONFIG_READ))
    assert reader.post(path, json=body).status_code == 403
    keeper = known.client(known.key(known.north, Scope.CONFIG_READ, Scope.CONFIG_SECRETS))
    answer = keeper.post(path, json=body)
    assert (answer.status_code, answer.get_json()["secrets"]) == (200, True)
    assert "/ppp secret add name=ann password=rustle" in answer.get_json()["script"]
    assert "rustle" not in plan(known, known.north.devices[1].id).text


def test_what_is_not_known_yet_is_said(known: Web) -> None:
    answer = plan(known, known.north.devices[2].id)
    assert (answer.status_code, "polled" in answer.get_json()["next_step"]) == (422, True)
    assert plan(known, known.north.devices[0].id).status_code == 422
    assert plan(known, known.north.devices[1].id, version=7).status_code == 404


def test_another_tenants_device_takes_no_place(known: Web) -> None:
    assert plan(known, known.south.devices[0].id).status_code == 404
    assert plan(known, known.north.devices[1].id, Scope.DEVICES_CONTROL).status_code == 403
