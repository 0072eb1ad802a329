"""One router made ready: from the request for the script to a poll with the login that the script made."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from uuid import UUID

import pytest

from actors.access import Access
from actors.credentials import Credentials
from db import inventory
from db.platform import platform_session
from fleet.device import Device
from fleet.egress import SIMULATED
from fleet.identity import DeviceId
from routeros import ssh
from routeros.collectors import identity
from routeros.errors import LoginFailed, RouterOSError
from routeros.ssh import Host
from tests.fixtures.simulator import EGRESS, Factory, Served
from tests.fixtures.web import Web, home

PATIENCE = timedelta(seconds=10)


@pytest.mark.parametrize("persona", ["hap_ac_lite", "hap_ax2"])
def test_a_router_is_prepared_added_and_polled(web: Web, simulator: Factory, persona: str) -> None:
    fleet = simulator(1, personas=(persona,))
    entry, client = fleet.inventory[0], web.client(web.key(web.north))
    with platform_session(web.context.stores, "test") as session:
        inventory.allow(session, web.north.id, [str(SIMULATED)])
    wanted = {"profile": "edge", "username": "watch", "sources": ["127.0.0.0/8"]}
    script = client.post(f"{home(web.north)}/prepare", json=wanted).data
    asyncio.run(imported(fleet, script, legacy=entry.version.startswith("6")))
    place = {"address": entry.address, "port": entry.api_ssl_port, "tls": "pin", "fingerprint": entry.fingerprint}
    made = client.post(f"{home(web.north)}/devices", json={"name": "new", "profile": "edge", **place})
    assert made.status_code == 201, made.text
    (device,) = inventory.some(web.context.stores, [DeviceId(UUID(made.get_json()["id"]))])
    assert asyncio.run(asked(web, device)) == entry.identity
    rotated = client.patch(f"{home(web.north)}/profiles/{made.get_json()['profile_id']}", json={"password": "other"})
    assert rotated.status_code == 200
    (device,) = inventory.some(web.context.stores, [device.id])
    with pytest.raises(LoginFailed):
        asyncio.run(asked(web, device))


def test_from_elsewhere_the_login_is_of_no_use(web: Web, simulator: Factory) -> None:
    fleet = simulator(1, personas=("hap_ax2",))
    entry, client = fleet.inventory[0], web.client(web.key(web.north))
    wanted = {"profile": "edge", "username": "watch", "sources": ["198.51.100.7"]}
    asyncio.run(imported(fleet, client.post(f"{home(web.north)}/prepare", json=wanted).data))
    with platform_session(web.context.stores, "test") as session:
        inventory.allow(session, web.north.id, [str(SIMULATED)])
    body = {"name": "new", "profile": "edge", "address": entry.address, "port": entry.api_port, "tls": "plain"}
    made = client.post(f"{home(web.north)}/devices", json=body).get_json()
    (device,) = inventory.some(web.context.stores, [DeviceId(UUID(made["id"]))])
    with pytest.raises(RouterOSError):
        asyncio.run(asked(web, device))


async def imported(fleet: Served, script: bytes, *, legacy: bool = False) -> None:
    """Bring the script to the first router and run it there, twice."""
    entry = fleet.inventory[0]
    host = Host(entry.address, entry.ssh_port, consent="a test", legacy=legacy)
    async with await ssh.connect(host, fleet.login(0), timeout=PATIENCE, egress=EGRESS) as shell:
        await shell.put("flotilla.rsc", BytesIO(script))
        for _ in range(2):
            output = await shell.exec("/import file-name=flotilla.rsc", timeout=PATIENCE)
            assert "successfully" in output.text, output


async def asked(web: Web, device: Device) -> str:
    """Log in as a poller does, and read the router's name."""
    access = Access(Credentials(web.context.vault), PATIENCE)
    client = await access.connect(replace(device, networks=(str(SIMULATED),)))
    try:
        (row,) = await client.call(identity.commands[0], timeout=PATIENCE)
        return row["name"]
    finally:
        await client.close()
