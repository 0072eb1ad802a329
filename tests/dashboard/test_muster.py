"""Devices kept at hand: what is read again, and that nothing that changed is missed."""

from __future__ import annotations

from datetime import timedelta
from typing import LiteralString

import psycopg
import pytest

from dashboard.muster import WHOLE, Muster
from db import renewal
from db.inventory import DeviceRow
from db.renewal import LATEST
from db.tenancy import tenant_session
from fleet.device import State
from fleet.identity import DeviceId, Role
from tests.fixtures.database import Database
from tests.fixtures.web import NOW, Web, home


@pytest.fixture
def muster(web: Web) -> Muster:
    """What is known of north's devices."""
    found = Muster()
    _read(web, found)
    return found


def _read(web: Web, muster: Muster, later: timedelta = timedelta(seconds=1)) -> dict[DeviceId, DeviceRow]:
    with tenant_session(web.context.stores, web.north.principal) as session:
        return {row.id: row for row in muster.renew(session, NOW + later)}


def test_what_did_not_change_is_not_read_again(web: Web, muster: Muster) -> None:
    before = dict(muster.rows)
    assert len(before) == 3
    assert all(row is before[known] for known, row in _read(web, muster).items())


def test_a_written_state_is_seen_and_the_others_are_left(web: Web, database: Database, muster: Muster) -> None:
    before, device = dict(muster.rows), web.north.devices[1].id
    _write(
        database,
        "UPDATE device_state SET state = 'down', since = now(), heard_at = now() WHERE device_id = %s",
        device,
    )
    after = _read(web, muster)
    assert after[device].state is State.DOWN
    assert [known for known, row in after.items() if row is not before[known]] == [device]


def test_what_a_person_changed_is_seen(web: Web, muster: Muster) -> None:
    device, client = web.north.devices[0].id, web.program(web.north, Role.OPERATOR)
    assert client.patch(f"{home(web.north)}/devices/{device}", json={"name": "renamed"}).status_code == 200
    assert _read(web, muster)[device].name == "renamed"


def test_a_site_of_another_name_is_seen_at_its_devices(web: Web, muster: Muster) -> None:
    site, client = web.place(web.north), web.program(web.north, Role.OPERATOR)
    device = f"{home(web.north)}/devices/{web.north.devices[0].id}"
    assert client.patch(device, json={"site": str(site)}).status_code == 200
    _read(web, muster)
    assert client.patch(f"{home(web.north)}/sites/{site}", json={"name": "the other place"}).status_code == 200
    assert _read(web, muster)[web.north.devices[0].id].site == "the other place"


def test_a_device_that_is_gone_is_not_there(web: Web, muster: Muster) -> None:
    device, client = web.north.devices[2].id, web.program(web.north, Role.TENANT_ADMIN)
    assert client.delete(f"{home(web.north)}/devices/{device}").status_code == 204
    assert device not in _read(web, muster)


def test_what_nobody_noted_is_seen_after_a_while(web: Web, database: Database, muster: Muster) -> None:
    device = web.north.devices[0].id
    _write(database, "UPDATE devices SET name = 'by hand' WHERE id = %s", device)
    assert _read(web, muster)[device].name != "by hand"
    assert _read(web, muster, 2 * WHOLE)[device].name == "by hand"


def test_a_fleet_in_which_much_was_done_is_read_whole(web: Web, database: Database, muster: Muster) -> None:
    device = web.north.devices[0].id
    _write(database, "UPDATE devices SET name = 'by hand' WHERE id = %s", device)
    for _ in range(LATEST):
        web.deed(web.north)
    assert _read(web, muster)[device].name == "by hand"


def test_the_other_tenants_devices_are_never_there(web: Web, muster: Muster) -> None:
    assert {row.tenant_id for row in muster.rows.values()} == {web.north.id}
    with tenant_session(web.context.stores, web.north.principal) as session:
        assert renewal.some(session, [web.south.devices[0].id]) == []


def _write(database: Database, statement: LiteralString, device: DeviceId) -> None:
    with psycopg.connect(database.admin_url, autocommit=True) as connection:
        assert connection.execute(statement, (device,)).rowcount == 1
