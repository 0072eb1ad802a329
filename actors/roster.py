"""The list of a poller's devices: read whole every minute, and at once where partitions or devices are asked for."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from fleet import logs
from fleet.device import Device
from fleet.identity import DeviceId

WHOLE_EVERY = 60.0
AGAIN = 1.0
"""Seconds until the next try where the list could not be read."""

GATHER = 0.2
"""Seconds for which single wishes are gathered into one question."""

log = logs.get(__name__)


class Roster(Protocol):
    """Where devices are read; both methods block and may raise."""

    def of(self, partitions: Collection[int]) -> Collection[Device]:
        """Read the devices of partitions."""
        ...

    def some(self, device_ids: Collection[DeviceId]) -> Collection[Device]:
        """Read these devices; one that is not there is left out."""
        ...


@dataclass(frozen=True, slots=True)
class Found:
    """What was read: the devices, and which ones would be among them if they were there.

    ``news`` says that single devices were read because something was said of them.
    """

    devices: Collection[Device]
    asked: Callable[[Device], bool]
    news: bool = False


Reconcile = Callable[[Found], Awaitable[None]]


class Listing:
    """What is to be read, and what went wrong the last time; empty ``problem`` while all is well."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster
        self._partitions: set[int] = set()
        self._devices: set[DeviceId] = set()
        self._held: set[int] = set()
        self._asked = asyncio.Event()
        self._whole_at = time.monotonic() + WHOLE_EVERY
        self.problem = ""

    def hold(self, partitions: Iterable[int]) -> None:
        """Say what the whole is."""
        self._held = set(partitions)

    def ask(self, partitions: Iterable[int]) -> None:
        """Have partitions read as soon as may be."""
        self._partitions |= set(partitions)
        self._asked.set()

    def ask_for(self, device_id: DeviceId) -> None:
        """Have a single device read."""
        self._devices.add(device_id)
        self._asked.set()

    async def follow(self, reconcile: Reconcile) -> None:
        """Read what is asked for, and everything once a minute; polling goes on with the last list meanwhile."""
        while True:
            try:
                await self._read(reconcile)
                self.problem = ""
            except Exception as error:
                if not self.problem:
                    log.exception("the list of devices cannot be read; polling goes on with the last one")
                self.problem = f"{type(error).__name__}: {error}"
            await self._pause()

    async def _read(self, reconcile: Reconcile) -> None:
        if time.monotonic() >= self._whole_at:
            self._whole_at = time.monotonic() + WHOLE_EVERY
            self._partitions |= self._held
        partitions, self._partitions = self._partitions, set()
        devices, self._devices = self._devices, set()
        try:
            if partitions:
                listed = await asyncio.to_thread(self._roster.of, partitions)
                await reconcile(Found(listed, lambda device: device.partition in partitions))
            if devices:
                listed = await asyncio.to_thread(self._roster.some, devices)
                await reconcile(Found(listed, lambda device: device.id in devices, news=True))
        except Exception:
            self._partitions |= partitions
            self._devices |= devices
            raise

    async def _pause(self) -> None:
        """Wait until something is asked for or the minute is over; after a failure for a second."""
        if self.problem:
            await asyncio.sleep(AGAIN)
            return
        self._asked.clear()
        if not self._partitions and not self._devices:
            with suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, self._whole_at - time.monotonic())):
                    await self._asked.wait()
            await asyncio.sleep(GATHER if self._devices else 0)
