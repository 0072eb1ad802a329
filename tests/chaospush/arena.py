"""One simulated router on a clock that leaps, and what a push needs to stand on there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from fleet.device import Endpoint, Login, TlsMode
from fleet.egress import SIMULATED, Egress
from fleet.vantage import View
from fleet.versions import version
from routeros import client
from routeros.client import Client
from routeros.errors import Unreachable
from routeros.simulator.device.model import Firmware, Model
from routeros.simulator.exporting import Style, export
from routeros.simulator.parts.devicemode import DeviceMode
from routeros.simulator.parts.files import Files
from routeros.simulator.router import Router
from routeros.simulator.simulation import Options, Simulation, serve
from tests.fixtures.leaping import LeapingLoop

T = TypeVar("T")

EPOCH = datetime(2026, 3, 2, 12, tzinfo=UTC)
EGRESS = Egress((SIMULATED,))
TIMEOUT = timedelta(seconds=10)


class LoopClock:
    """The time of the running loop, as an instant: it leaps when nothing is to be done."""

    def now(self) -> datetime:
        return EPOCH + timedelta(seconds=asyncio.get_running_loop().time())

    def real(self, span: timedelta) -> float:
        return span.total_seconds()


@dataclass(frozen=True, slots=True)
class Board:
    """A device to push to: the persona, the version that runs, and its device-mode (None: as it is delivered)."""

    persona: str
    version: str
    mode: str | None = None

    def __str__(self) -> str:
        return f"{self.persona}-{self.version}-{self.mode or 'usual'}"


FLASH, PLAIN, OLD = "wap_ac", "hap_ax2", "hap_ac_lite"
"""Boards with a directory for flash, without one, and of version 6 with one."""


@dataclass
class Place:
    """A router that is being served, all sessions with it that a push has opened, and what the push keeps.

    ``views`` are what is seen from elsewhere, one look after the other; without any there is one node alone.
    """

    simulation: Simulation
    clock: LoopClock
    router: Router
    clients: list[Client] = field(default_factory=list)
    kept: bytes | None = None
    views: list[View] = field(default_factory=list)

    @property
    def endpoint(self) -> Endpoint:
        entry = self.simulation.inventory()[0]
        return Endpoint(entry.address, entry.api_port, TlsMode.PLAIN)

    @property
    def login(self) -> Login:
        entry = self.simulation.inventory()[0]
        return Login(entry.username, entry.password)

    async def connect(self) -> Client:
        """Log in, and remember the session."""
        made = await client.connect(self.endpoint, self.login, timeout=TIMEOUT, egress=EGRESS)
        self.clients.append(made)
        return made

    async def fetch(self, name: str) -> bytes:
        """Read a file, as by SFTP."""
        return self.router.part(Files).read(name)

    def abort(self) -> None:
        """Let go of every session without a farewell, as a process that was killed does."""
        for one in self.clients:
            one._wire.fail(Unreachable("killed"))
        self.clients.clear()

    def text(self) -> str:
        """Tell the configuration that the router holds."""
        return without(self.router)


def without(router: Router) -> str:
    """Tell the configuration of a router without its first line, the timers of pushes, and what others did."""
    told = export(router, Style(sensitive=True)).splitlines()[1:]
    return "\n".join(line for line in told if "flotilla-" not in line and "winbox" not in line)


@asynccontextmanager
async def place(board: Board) -> AsyncIterator[Place]:
    """Serve one router of a board."""
    clock = LoopClock()
    async with serve(Options(1, personas=(board.persona,), clock=clock)) as simulation:
        known = Model(1, 0, (board.persona,), fleet=1)
        runs = Firmware(version(board.version), known.firmware.extras)
        simulation.models[0] = Model(1, 0, (board.persona,), runs, fleet=1)
        router = simulation.router(0)
        assert router is not None
        if board.mode:
            router.part(DeviceMode).come_in(board.mode)
        yield Place(simulation, clock, router)


def leap(work: Callable[[], Awaitable[T]]) -> T:
    """Run something on a loop whose clock leaps."""

    async def body() -> T:
        return await work()

    with asyncio.Runner(loop_factory=LeapingLoop) as runner:
        return runner.run(body())
