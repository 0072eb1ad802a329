"""Where messages may go: names are looked up once, and what was checked is what is connected to."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass

from fleet import egress, listeners
from fleet.egress import Network
from fleet.errors import EgressDenied
from fleet.settings import Settings

MOST = 4
"""Addresses of one name that are tried."""


@dataclass(frozen=True, slots=True)
class Guard:
    """Lets messages out into the world, and to networks that the operator ``allowed``; never to our ``own`` else.

    ``patience`` is in seconds, and for a whole exchange: who drips his answer ends it.
    """

    allowed: tuple[Network, ...] = ()
    own: tuple[Network, ...] = ()
    patience: float = 15.0

    @classmethod
    def of(cls, settings: Settings) -> Guard:
        """Take the networks from the settings."""
        return cls(settings.notify_networks, listeners.networks(settings))

    async def addresses(self, host: str, port: int) -> list[str]:
        """Look a name up; raises EgressDenied where it is not known, or where any of its addresses may not be met."""
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise EgressDenied(f"The name {host} is not known.", "Check how it is written.") from error
        addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
        for address in addresses:
            egress.outward(address, port, self.allowed, self.own)
        return addresses[:MOST]
