"""The way into a device: its password, the networks that its tenant may reach, and a connection."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from typing import Final

from actors.credentials import Credentials
from fleet.device import Device, Login
from fleet.egress import Egress, Network
from fleet.errors import EgressDenied
from routeros import client, knocking, ssh
from routeros.slots import Slots

KNOCK: Final = timedelta(seconds=8)
"""How long a door may take to answer: a small board computes for seconds."""


@dataclass(frozen=True, slots=True)
class Access:
    """Connects to devices. Raises Unavailable where the password cannot be had just now, and FleetError else.

    ``slots`` are those of the process: all that it does with a device shares them. ``own`` are the networks of our
    own machines.
    """

    credentials: Credentials
    timeout: timedelta
    slots: Slots = field(default_factory=Slots)
    own: tuple[Network, ...] = ()

    async def connect(self, device: Device) -> client.Client:
        """Log in to a device; its addresses are checked after its name was resolved."""
        egress = _egress(device.networks, self.own)
        login = Login(device.username, await self.credentials.password(device))
        return await client.connect(device.endpoint, login, timeout=self.timeout, egress=egress, slots=self.slots)

    async def shell(self, device: Device, host: ssh.Host) -> ssh.Shell:
        """Log in by SSH, where a person has allowed it; the host key is judged before the password is sent."""
        egress = _egress(device.networks, self.own)
        login = Login(device.username, await self.credentials.password(device))
        return await ssh.connect(host, login, timeout=self.timeout, egress=egress, slots=self.slots)

    async def answers(self, device: Device) -> bool:
        """Knock at a device's door: tell whether the API answers there. Nobody logs in."""
        egress = _egress(device.networks, self.own)
        try:
            return await knocking.speaks(device.endpoint, egress, min(self.timeout, KNOCK))
        except EgressDenied:
            return False


@lru_cache(maxsize=1024)
def _egress(networks: tuple[str, ...], own: tuple[Network, ...]) -> Egress:
    return Egress.of(networks, own)
