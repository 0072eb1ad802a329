"""The poller: the devices of its partitions, polled in their rhythm, and their list kept true."""

from __future__ import annotations

import asyncio
import gc
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from actors.credentials import Credentials
from actors.figures import Figures
from actors.schedule import Due, Schedule
from actors.session import Session, Tools
from bus.publisher import Outlet
from fleet import logs, partition
from fleet.breaker import Position
from fleet.device import Device
from fleet.identity import DeviceId

LOOK_EVERY = 5.0
LOOK_AT_LEAST_EVERY = 60.0
LOOK_SHARE = 100
"""The list is read every 5 s; where that would take more than a hundredth of the time, less often."""

LONGEST_SLEEP = 1.0

log = logs.get(__name__)


@dataclass(frozen=True, slots=True)
class Parts:
    """What a poller is put together from. ``roster`` reads all devices; it blocks and may raise."""

    roster: Callable[[], Sequence[Device]]
    credentials: Credentials
    outlet: Outlet
    tools: Tools
    in_flight: int


class Poller:
    """Polls every device of its partitions; a slow or dead device never delays another."""

    def __init__(self, partitions: frozenset[int], parts: Parts) -> None:
        self._partitions = partitions
        self._parts = parts
        self._schedule = Schedule()
        self._sessions: dict[DeviceId, Session] = {}
        self._polls: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()
        self._draining = False
        self._until = 0.0
        self._zero = time.time() - time.monotonic()
        self._problem = ""
        self._spared = False
        self.figures = Figures()

    async def run(self) -> None:
        """Poll until drained."""
        looking = asyncio.create_task(self._look_forever())
        try:
            while not self._draining:
                self._wake.clear()
                self._begin_due()
                await self._rest()
        finally:
            looking.cancel()

    async def drain(self, patience: timedelta) -> int:
        """Begin no more polls, finish those under way, and hang up; tells how many events did not get out.

        A poll that takes longer than ``patience`` is broken off; then the events have that long to get out.
        """
        self._draining = True
        self._wake.set()
        if self._polls:
            _, late = await asyncio.wait(self._polls, timeout=patience.total_seconds())
            for poll in late:
                poll.cancel()
        left = await self._parts.outlet.drain(patience)
        await self._hang_up(self._sessions.values())
        return left

    def report(self) -> dict[str, object]:
        """Tell what is going on."""
        states = Counter(str(session.state or "unknown") for session in self._sessions.values())
        return {
            "devices": len(self._sessions),
            "states": dict(states),
            "breakers_open": sum(s.position is not Position.CLOSED for s in self._sessions.values()),
            "in_flight": len(self._polls),
            "polls_missed": self._schedule.missed,
            "roster_problem": self._problem,
            **self.figures.report(),
            **self._parts.outlet.report(),
        }

    async def reconcile(self) -> None:
        """Read the list of devices and make the schedule agree with it; raises what the roster raises."""
        listed = await asyncio.to_thread(self._parts.roster)
        mine = {device.id: device for device in listed if partition.of(device.id) in self._partitions}
        changed = [device for device in mine.values() if self._place(device)]
        gone = [self._sessions.pop(device_id) for device_id in self._sessions.keys() - mine.keys()]
        for session in gone:
            self._schedule.remove(session.device.id)
        self._wake.set()
        if changed or gone:
            log.info("devices changed", added_or_changed=len(changed), gone=len(gone), devices=len(mine))
        await self._parts.credentials.warm(changed)
        await self._hang_up(gone)

    def _place(self, device: Device) -> bool:
        """Take a device in, or take over what changed of it; tells whether there was anything to do."""
        session = self._sessions.get(device.id)
        if session is None:
            self._sessions[device.id] = Session(device, self._parts.tools)
        elif session.device == device:
            return False
        else:
            session.update(device)
        interval = self._parts.tools.clock.real(device.interval)
        self._schedule.add(device.id, interval, self._now())
        return True

    async def _look_forever(self) -> None:
        while True:
            began = time.monotonic()
            try:
                await self.reconcile()
                self._problem = ""
            except Exception as error:
                if not self._problem:
                    log.exception("the list of devices cannot be read; polling goes on with the last one")
                self._problem = f"{type(error).__name__}: {error}"
            self._parts.credentials.forget()
            cost = LOOK_SHARE * (time.monotonic() - began)
            pause = min(max(LOOK_EVERY, cost), LOOK_AT_LEAST_EVERY)
            await asyncio.sleep(1.0 if self._problem else pause)

    def _begin_due(self) -> None:
        now = self._now()
        for due in self._schedule.take(now, self._parts.in_flight - len(self._polls)):
            self.figures.latenesses.append(now - due.at)
            task = asyncio.create_task(self._poll(due))
            self._polls.add(task)
            task.add_done_callback(self._ended)

    async def _rest(self) -> None:
        """Sleep until the next device is due, or something happens before."""
        self._until = self._now() + LONGEST_SLEEP
        full = len(self._polls) >= self._parts.in_flight
        if not full and (following := self._schedule.next()) is not None:
            self._until = min(self._until, following)
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, self._until - self._now())):
                await self._wake.wait()

    async def _poll(self, due: Due) -> None:
        session = self._sessions[due.device_id]
        try:
            polled = await session.poll()
        except Exception as error:
            log.exception("a poll crashed", device=str(due.device_id))
            self.figures.crashed += 1
            polled = session.crashed(error)
        if self._sessions.get(due.device_id) is session:
            for event in polled.events:
                self._parts.outlet.publish(event)
        else:
            await session.close()  # The device went away meanwhile; the poll may have connected again since.
        if polled.asked:
            self.figures.polled(ok=polled.ok, seconds=polled.seconds)
        else:
            self.figures.restated += 1
        self._schedule.done(due, self._now())
        self._spare()

    def _spare(self) -> None:
        """Once about every device was polled, keep what there is from the collector of cycles for good.

        Connections stay, and looking through thousands of them again and again costs a third of a poll's CPU.
        """
        if not self._spared and self.figures.ok + self.figures.failed >= len(self._sessions):
            self._spared = True
            gc.collect()
            gc.freeze()

    def _ended(self, poll: asyncio.Task[None]) -> None:
        """Wake the loop where it had no room for more, or sleeps past the next device."""
        full = len(self._polls) >= self._parts.in_flight
        self._polls.discard(poll)
        following = self._schedule.next()
        if full or (following is not None and following < self._until):
            self._wake.set()

    async def _hang_up(self, sessions: Iterable[Session]) -> None:
        await asyncio.gather(*(session.close() for session in sessions), return_exceptions=True)

    def _now(self) -> float:
        """Tell the time that the grids are laid on: the machine's clock at the start, which nothing sets back."""
        return self._zero + time.monotonic()
