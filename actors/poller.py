"""The poller: the devices of the partitions that it holds, polled in their rhythm, and their list kept true."""

from __future__ import annotations

import asyncio
import gc
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from actors.credentials import Credentials
from actors.figures import Figures
from actors.roster import Found, Listing, Roster
from actors.schedule import Due, Schedule
from actors.session import Session, Tools
from bus.publisher import Outlet
from fleet import logs
from fleet.breaker import Position
from fleet.device import Device
from fleet.identity import DeviceId
from fleet.ownership import Holding

LONGEST_SLEEP = 1.0

TICK = 0.2
"""Seconds between two beginnings, so that polls which are due close together wake routers, stream and store once."""

FEW = 20
"""New or changed devices that may be polled at once, beside their rhythm."""

log = logs.get(__name__)


@dataclass(frozen=True, slots=True)
class Parts:
    """What a poller is put together from."""

    roster: Roster
    credentials: Credentials
    outlet: Outlet
    tools: Tools
    in_flight: int


class Poller:
    """Polls every device of the partitions that it holds; a slow or dead device never delays another.

    What it holds is told by ``enter``, ``pause`` and ``leave``; ``may`` says whether to begin polls at all just now.
    """

    def __init__(self, parts: Parts, may: Callable[[], bool] = lambda: True) -> None:
        self._parts = parts
        self._may = may
        self._schedule = Schedule()
        self._sessions: dict[DeviceId, Session] = {}
        self._polls: dict[asyncio.Task[None], int] = {}
        self._held: dict[int, Holding] = {}
        self._paused: set[int] = set()
        self._warming: set[asyncio.Task[None]] = set()
        self._list = Listing(parts.roster)
        self._wake = asyncio.Event()
        self._draining = False
        self._until = 0.0
        self._began = 0.0
        self._zero = time.time() - time.monotonic()
        self._spared = 0
        self._spare_at: int | None = None
        self.figures = Figures()

    async def run(self) -> None:
        """Poll until drained."""
        looking = asyncio.create_task(self._list.follow(self.reconcile))
        try:
            while not self._draining:
                self._wake.clear()
                self._begin_due()
                await self._rest()
        finally:
            looking.cancel()

    def enter(self, holdings: Collection[Holding]) -> None:
        """Hold these partitions from now on, under their epochs; their devices are read and polled."""
        entered = {holding.partition: holding for holding in holdings}
        self._held |= entered
        self._paused -= entered.keys()
        for session in self._of(entered):
            session.epoch = entered[session.device.partition].epoch
        self._list.hold(self._held)
        self._list.ask(entered)

    def epochs(self) -> dict[int, int]:
        """Tell the epoch of each partition in which something may be begun."""
        return {number: held.epoch for number, held in self._held.items() if number not in self._paused}

    def device(self, device_id: DeviceId) -> Device | None:
        """Tell a device of those that are held; None for one that is not, or not known yet."""
        session = self._sessions.get(device_id)
        return None if session is None else session.device

    async def pause(self, partitions: Collection[int]) -> float:
        """Begin no more polls of these partitions and wait for those under way; tells since when, in seconds."""
        at = self.now()
        self._paused |= set(partitions)
        for session in self._of(partitions):
            self._schedule.remove(session.device.id)
        if under_way := [poll for poll, number in self._polls.items() if number in partitions]:
            await asyncio.wait(under_way)
        return at

    def resume(self, partitions: Collection[int], since: float) -> None:
        """Poll partitions again that were paused at ``since``."""
        self._paused -= set(partitions)
        for session in self._of(partitions):
            self._plan(session.device, since)
        self._wake.set()

    async def leave(self, partitions: Collection[int]) -> None:
        """Hold these partitions no longer: what is under way with their devices is broken off, unpublished."""
        for number in partitions:
            self._held.pop(number, None)
        self._list.hold(self._held)
        self._paused -= set(partitions)
        for poll, number in self._polls.items():
            if number in partitions:
                poll.cancel()
        await self._forget(self._of(partitions))

    def changed(self, device_id: DeviceId) -> None:
        """Hear that a device was added, changed or removed."""
        self._list.ask_for(device_id)

    def wake(self) -> None:
        """Look again whether polls may begin."""
        self._wake.set()

    def look(self) -> None:
        """Read the list of devices anew, all of it: something may have been missed."""
        self._list.ask(self._held)

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
        breakers = Counter(str(session.position) for session in self._sessions.values())
        return {
            "devices": len(self._sessions),
            "partitions": len(self._held),
            "states": dict(states),
            "breakers": dict(breakers),
            "breakers_open": sum(count for position, count in breakers.items() if position != Position.CLOSED),
            "in_flight": len(self._polls),
            "polls_missed": self._schedule.missed,
            "roster_problem": self._list.problem,
            **self.figures.report(),
            **self._parts.outlet.report(),
        }

    async def reconcile(self, found: Found) -> None:
        """Make sessions and schedule agree with what was read of the list; a few that are news are polled at once."""
        mine = {device.id: device for device in found.devices if device.partition in self._held}
        changed = [device for device in mine.values() if self._place(device)]
        gone = [s for s in self._sessions.values() if found.asked(s.device) and s.device.id not in mine]
        if found.news and len(changed) <= FEW:
            for device in changed:
                self._schedule.hasten(device.id, self.now())
        self._wake.set()
        if changed and len(self._sessions) > 2 * self._spared:
            self._spare_at = self.figures.ok + self.figures.failed + len(self._sessions)
        if changed or gone:
            log.info("devices changed", added_or_changed=len(changed), gone=len(gone), devices=len(self._sessions))
        self._parts.credentials.forget()
        # Apart from the list, which a safe that hangs must not keep from being read.
        self._warming = {warming for warming in self._warming if not warming.done()}
        if not self._warming:
            self._warming.add(asyncio.create_task(self._parts.credentials.warm(mine.values())))
        await self._forget(gone)

    def now(self) -> float:
        """Tell the time that the grids are laid on: the machine's clock at the start, which nothing sets back."""
        return self._zero + time.monotonic()

    def _place(self, device: Device) -> bool:
        """Take a device in, or take over what changed of it; tells whether there was anything to do."""
        session, holding = self._sessions.get(device.id), self._held[device.partition]
        if session is None:
            self._sessions[device.id] = Session(device, self._parts.tools, holding.epoch)
            self._plan(device, holding.since.timestamp() if holding.since else None)
            return True
        planned = device.id in self._schedule
        if session.device == device and planned:
            return False
        if session.device != device:
            session.update(device)
        self._plan(device, None)
        return True

    def _plan(self, device: Device, since: float | None) -> None:
        if device.partition not in self._paused:
            interval = self._parts.tools.clock.real(device.interval)
            self._schedule.add(device.id, interval, self.now(), since)

    def _of(self, partitions: Collection[int]) -> list[Session]:
        return [session for session in self._sessions.values() if session.device.partition in partitions]

    def _begin_due(self) -> None:
        now = self.now()
        if not self._may():
            return
        for due in self._schedule.take(now, self._parts.in_flight - len(self._polls)):
            self._began = now
            self.figures.late(now - due.at)
            session = self._sessions[due.device_id]
            task = asyncio.create_task(self._poll(due, session))
            self._polls[task] = session.device.partition
            task.add_done_callback(self._ended)

    def _next(self) -> float | None:
        """Tell when polls are to begin next; None where nothing is due."""
        following = self._schedule.next()
        return None if following is None else max(following, self._began + TICK)

    async def _rest(self) -> None:
        """Sleep until the next device is due, or something happens before."""
        self._until = self.now() + LONGEST_SLEEP
        full = len(self._polls) >= self._parts.in_flight
        if not full and self._may() and (following := self._next()) is not None:
            self._until = min(self._until, following)
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, self._until - self.now())):
                await self._wake.wait()

    async def _poll(self, due: Due, session: Session) -> None:
        try:
            polled = await session.poll()
        except Exception as error:
            log.exception("a poll crashed", **logs.about(session.device, session.epoch))
            self.figures.crashed += 1
            polled = session.crashed(error)
        if self._sessions.get(due.device_id) is session:
            for event in polled.events:
                self._parts.outlet.publish(event)
        else:
            await session.close()  # The device went away meanwhile; the poll may have connected again since.
        if polled.asked:
            self.figures.polled(ok=polled.ok, seconds=polled.seconds)
            if polled.news is not None:
                self.figures.inventoried(polled.news.told, polled.news.same)
        else:
            self.figures.restated += 1
        self._schedule.done(due, self.now())
        self._spare()

    def _spare(self) -> None:
        """Once about every device was polled, keep what there is from the collector of cycles.

        Connections stay, and looking through thousands of them again and again costs a third of a poll's CPU. It is
        done anew when there are more than twice as many: partitions come and go.
        """
        if self._spare_at is not None and self.figures.ok + self.figures.failed >= self._spare_at:
            self._spared, self._spare_at = len(self._sessions), None
            gc.unfreeze()
            gc.collect()
            gc.freeze()

    def _ended(self, poll: asyncio.Task[None]) -> None:
        """Wake the loop where it had no room for more, or sleeps past the next device."""
        full = len(self._polls) >= self._parts.in_flight
        self._polls.pop(poll, None)
        following = self._next()
        if full or (following is not None and following < self._until):
            self._wake.set()

    async def _forget(self, gone: Iterable[Session]) -> None:
        sessions = list(gone)
        for session in sessions:
            self._sessions.pop(session.device.id, None)
            self._schedule.remove(session.device.id)
        await self._hang_up(sessions)

    async def _hang_up(self, sessions: Iterable[Session]) -> None:
        await asyncio.gather(*(session.close() for session in sessions), return_exceptions=True)
