"""A device is entered with its own password, and only where its tenant may go."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest

from actors.access import Access
from actors.credentials import Credentials
from fleet.device import Device, TlsMode
from fleet.errors import BadInput, EgressDenied
from fleet.identity import TenantId
from routeros.errors import LoginFailed
from tests.actors.doubles import SECOND, device
from tests.fixtures.simulator import Served


class Safe:
    """A vault whose secrets are their own ciphertext."""

    def open(self, tenant_id: TenantId, sealed: Sequence[str]) -> list[bytes]:
        return [text.encode() for text in sealed]


def access() -> Access:
    return Access(Credentials(Safe()), timedelta(minutes=1))


def simulated(fleet: Served, secret: str, *networks: str) -> Device:
    username = fleet.login(0).username
    endpoint = fleet.endpoint(0, TlsMode.PIN)
    return device(endpoint=endpoint, username=username, secret=secret, networks=networks)


def enter(of: Device) -> bool:
    """Connect and hang up; tells whether the connection stood."""

    async def run() -> bool:
        client = await access().connect(of)
        stood = not client.closed
        await client.close()
        return stood

    return asyncio.run(run())


def test_a_device_is_entered_with_its_opened_password(fleet_of_three: Served) -> None:
    assert enter(simulated(fleet_of_three, fleet_of_three.login(0).password, "127.64.0.0/10"))


def test_a_wrong_password_is_a_failed_login(fleet_of_three: Served) -> None:
    with pytest.raises(LoginFailed):
        enter(simulated(fleet_of_three, "wrong", "127.64.0.0/10"))


@pytest.mark.parametrize("networks", [(), ("10.0.0.0/8",)], ids=["none granted", "another granted"])
def test_an_address_outside_the_tenants_networks_is_not_connected_to(
    fleet_of_three: Served, networks: tuple[str, ...]
) -> None:
    before = fleet_of_three.control("stats")["logins"]
    with pytest.raises(EgressDenied):
        enter(simulated(fleet_of_three, fleet_of_three.login(0).password, *networks))
    assert fleet_of_three.control("stats")["logins"] == before


def test_a_network_that_is_none_is_the_error_of_the_device() -> None:
    with pytest.raises(BadInput):
        asyncio.run(access().connect(device(networks=("no network",), interval=SECOND)))
