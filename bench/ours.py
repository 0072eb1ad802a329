"""Our client in a benchmark: all commands of a device in flight at once, on a kept connection or a new one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import uvloop

from bench.target import LOGIN, Kept, Target
from fleet.device import Endpoint, TlsMode
from fleet.egress import SIMULATED, Egress
from routeros.client import Client, Command, connect

PATIENCE = timedelta(seconds=60)
IN_FLIGHT = 100
"""Devices that are polled at once; a poller, too, bounds them."""


class Ours:
    """Polls devices ``begin`` to ``end``, each with ``commands``."""

    def __init__(self, target: Target, commands: Sequence[Command], *, tls: bool = False, kept: bool = True) -> None:
        self._target, self._commands, self._tls, self._stays = target, tuple(commands), tls, kept
        self._loop = uvloop.new_event_loop()
        self._clients: list[Client] = []
        self.kept = Kept()

    def open(self, connections: int) -> None:
        """Connect and log in so many times, the devices in turn."""
        self._loop.run_until_complete(self._open(connections))

    def sweep(self) -> None:
        """Poll every device once."""
        self._loop.run_until_complete(self._sweep())

    def close(self) -> None:
        """Hang up."""
        for client in self._clients:
            self._loop.run_until_complete(client.close())
        self._loop.close()

    async def _open(self, connections: int) -> None:
        for begin in range(len(self._clients), connections, IN_FLIGHT):
            wanted = range(begin, min(begin + IN_FLIGHT, connections))
            self._clients += await asyncio.gather(*map(self._connect, wanted))

    async def _sweep(self) -> None:
        if not self._stays:
            await asyncio.gather(*map(self._fresh, range(self._target.devices)))
            return
        for begin in range(0, len(self._clients), IN_FLIGHT):
            await asyncio.gather(*map(self._poll, self._clients[begin : begin + IN_FLIGHT]))

    async def _poll(self, client: Client) -> None:
        replies = await client.calls(self._commands, timeout=PATIENCE)
        self.kept.take([rows for rows in replies if isinstance(rows, list)])

    async def _fresh(self, index: int) -> None:
        async with await self._connect(index) as client:
            await self._poll(client)

    async def _connect(self, index: int) -> Client:
        address = self._target.address(index)
        endpoint = (
            Endpoint(address, self._target.tls, TlsMode.PIN, self._target.fingerprint)
            if self._tls
            else Endpoint(address, self._target.plain, TlsMode.PLAIN)
        )
        return await connect(endpoint, LOGIN, timeout=PATIENCE, egress=Egress((SIMULATED,)))
