"""The owners of the devices in a run: the product's runner with its real errands, on connections that can be cut."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, cast
from uuid import UUID, uuid4

from sqlalchemy import update

from actors.access import Access
from actors.credentials import Credentials
from actors.errand import Means
from actors.errands import firmware
from actors.runner import Runner
from actors.tenure import Standing
from bus.memory import MemoryBus
from db import errands
from db.engine import Stores
from db.platform import platform_session
from db.worktables import partitions
from fleet import partition
from fleet.clock import Clock
from fleet.device import Device
from fleet.identity import DeviceId
from routeros import ssh
from routeros.client import Client
from routeros.depot.mirror import Mirror
from routeros.errors import Unreachable
from tests.fixtures.configs import Safe

LOOK = 60.0
"""Seconds between two looks at what is to be done, where nobody says that there is something."""

DUTIES = (firmware.staging, firmware.installing, firmware.booting, firmware.cleaning)
TIMEOUT = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Ways(Access):
    """The way into devices, which remembers every session."""

    clients: list[Client] = field(default_factory=list)
    shells: list[ssh.Shell] = field(default_factory=list)

    async def connect(self, device: Device) -> Client:
        made = await Access.connect(self, device)
        self.clients.append(made)
        return made

    def cut(self) -> None:
        """Let go of all sessions without a farewell, as a process that was killed does."""
        for one in self.clients:
            with suppress(Exception):
                one._wire.fail(Unreachable("killed"))
        self.clients.clear()


@dataclass
class Ground:
    """What all owners of a run stand on."""

    stores: Stores
    clock: Clock
    mirror: Path
    safe: Safe
    devices: Mapping[DeviceId, Device]


@dataclass
class Owner:
    """A poller that has some of the devices, until it is lost."""

    ground: Ground
    devices: Sequence[Device]
    incarnation: UUID = field(default_factory=uuid4)
    standing: Standing = field(default_factory=lambda: Standing(until=float("inf"), current=True))
    lost: bool = False
    held: dict[int, int] = field(default_factory=dict)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _runner: Runner = field(init=False)
    _ways: Ways = field(init=False)
    _task: asyncio.Task[None] | None = None

    def __post_init__(self) -> None:
        ground = self.ground
        self._ways = Ways(Credentials(ground.safe), TIMEOUT)
        mirror = Mirror(ground.mirror, 10**9)
        means = Means(self._ways, ground.stores, cast(Any, ground.safe), MemoryBus(), ground.clock, mirror)
        book = errands.Book(ground.stores, self.incarnation)
        self._runner = Runner.of(book, self, DUTIES, means, self.standing)

    def epochs(self) -> Mapping[int, int]:
        return self.held

    def device(self, device_id: DeviceId) -> Device | None:
        mine = self.ground.devices.get(device_id)
        return mine if mine is not None and mine.partition in self.held else None

    def seize(self) -> None:
        """Take the partitions of the devices, each under its next epoch; blocks."""
        wanted = {partition.of(device.id) for device in self.devices}
        taken = (
            update(partitions)
            .where(partitions.c.partition.in_(wanted))
            .values(
                epoch=partitions.c.epoch + 1,
                poller="poller",
                incarnation=self.incarnation,
                taken_at=self.ground.clock.now(),
                released_at=None,
            )
            .returning(partitions.c.partition, partitions.c.epoch)
        )
        with platform_session(self.ground.stores, "a rollout that is interrupted") as session:
            self.held = {row.partition: row.epoch for row in session.execute(taken)}

    def begin(self) -> None:
        """Do errands from now on."""
        self._task = asyncio.create_task(self._run())

    def wake(self) -> None:
        """Look at once."""
        self._wake.set()

    def doze(self) -> None:
        """Lose the lease and not know of it: what is under way goes on, and may not act."""
        self.standing.until = 0.0

    def drop(self) -> None:
        """Be gone in this moment."""
        self.lost = True
        self._ways.cut()
        if self._task:
            self._task.cancel()
        for doing in list(self._runner._doing.values()):
            doing.task.cancel()

    async def end(self) -> None:
        """Let nothing of it be left."""
        tasks = [doing.task for doing in self._runner._doing.values()]
        self.drop()
        await asyncio.gather(*tasks, *([self._task] if self._task else []), return_exceptions=True)

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            await self._runner.look()
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK):
                    await self._wake.wait()
