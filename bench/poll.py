"""CPU for a poll of one device: our client on a persistent connection against librouteros with a connection each.

The work is that of the product's collectors, over plain TCP on both sides, on the same simulated fleet; librouteros
asks for the same menus, with the same properties where its caller may name them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import librouteros
import uvloop

from bench import rounds
from bench.fleet import simulated
from fleet.device import Endpoint, Login, TlsMode
from fleet.egress import SIMULATED, Egress
from routeros import collectors
from routeros.client import Client, connect
from routeros.words import Command

PATIENCE = timedelta(seconds=20)
COMMANDS: tuple[Command, ...] = tuple(c for one in collectors.every().values() for c in one.commands)


@dataclass(slots=True)
class Ours:
    """Our client: a connection for each device, kept; all commands of a device in flight at once."""

    entries: Sequence[Mapping[str, Any]]
    loop: asyncio.AbstractEventLoop = field(default_factory=uvloop.new_event_loop)
    clients: list[Client] = field(default_factory=list)
    rows: int = 0

    def poll(self) -> None:
        self.rows = self.loop.run_until_complete(self._poll())

    async def _poll(self) -> int:
        if not self.clients:
            self.clients = list(await asyncio.gather(*(self._connect(entry) for entry in self.entries)))
        polls = (client.calls(COMMANDS, timeout=PATIENCE) for client in self.clients)
        return sum(
            len(reply) for replies in await asyncio.gather(*polls) for reply in replies if isinstance(reply, list)
        )

    async def _connect(self, entry: Mapping[str, Any]) -> Client:
        endpoint = Endpoint(entry["address"], entry["api_port"], TlsMode.PLAIN)
        login = Login(entry["username"], entry["password"])
        return await connect(endpoint, login, timeout=PATIENCE, egress=Egress((SIMULATED,)))

    def close(self) -> None:
        for client in self.clients:
            self.loop.run_until_complete(client.close())
        self.loop.close()


@dataclass(slots=True)
class Theirs:
    """librouteros, synchronous: a connection for each poll, one command after the other."""

    entries: Sequence[Mapping[str, Any]]
    rows: int = 0

    def poll(self) -> None:
        self.rows = sum(self._one(entry) for entry in self.entries)

    def _one(self, entry: Mapping[str, Any]) -> int:
        api = librouteros.connect(
            host=entry["address"], port=entry["api_port"], username=entry["username"], password=entry["password"]
        )
        found = 0
        for command in COMMANDS:
            try:
                wanted = f"=.proplist={','.join(command.properties)}"
                found += len(list(api.rawCmd(command.menu, wanted, *command.queries)))
            except librouteros.exceptions.TrapError:
                continue
        api.close()
        return found


def measure(quick: bool) -> dict[str, Any]:
    """Poll the fleet in turn; return ratios with their spread, and milliseconds a device for orientation."""
    with simulated(20 if quick else 50) as entries:
        ours, theirs = Ours(entries), Theirs(entries)
        spent = rounds.interleaved({"ours": lambda: ours.poll, "librouteros": lambda: theirs.poll}, 3 if quick else 7)
        same = ours.rows == theirs.rows
        ours.close()
    return {
        "cpu_ratio_librouteros_vs_ours": rounds.ratio(spent["librouteros"], spent["ours"]),
        "ms_a_device": {name: rounds.spread([1000 * s / len(entries) for s in each]) for name, each in spent.items()},
        "same_rows": same,
    }
