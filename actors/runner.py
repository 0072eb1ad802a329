"""The runner: does the errands on the devices that its poller owns, one at a time with each device."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from actors.errand import Duty, Means, Visit
from actors.tenure import Standing
from actors.waiting import waits
from fleet import logs
from fleet.device import Device
from fleet.errands import Ending, Errand, ErrandState
from fleet.errors import FleetError, Unavailable
from fleet.identity import DeviceId
from fleet.ownership import Deed
from routeros.errors import GONE

LOOK = 2.0
"""Seconds between two looks at what is to be done, where nothing was said of it."""

GATHER = 0.1
"""Seconds between two looks at the least."""

CRASHES = 5
"""How often an errand is begun whose duty crashes."""

log = logs.get(__name__)


class Book(Protocol):
    """Where errands are kept (``db.errands.Book``); every method blocks and raises Unavailable while it is away."""

    def waiting(self, held: Collection[int], at: datetime) -> Sequence[Errand]: ...
    def take(self, wanted: Collection[UUID], at: datetime) -> Mapping[UUID, int]: ...
    def end(self, errand: Errand, epoch: int, ending: Ending, at: datetime) -> bool: ...


class Land(Protocol):
    """What is owned just now (``actors.poller.Poller``)."""

    def epochs(self) -> Mapping[int, int]:
        """Tell the partitions in which something may be begun, each with its epoch."""
        ...

    def device(self, device_id: DeviceId) -> Device | None:
        """Tell a device of these; None for one that is not known yet, or no longer."""
        ...


@dataclass(slots=True)
class Doing:
    """An errand under way: its task, and under which epoch of which partition."""

    task: asyncio.Task[None]
    partition: int
    epoch: int


@dataclass(slots=True)
class Runner:
    """Begins what waits, ``most`` at a time, and breaks off what has become another's.

    ``margin`` is for how many seconds a lease must last at the least when something is begun or sent.
    """

    book: Book
    land: Land
    duties: Mapping[str, Duty]
    means: Means
    standing: Standing
    margin: float = 1.0
    most: int = 64
    problem: str = ""
    _doing: dict[DeviceId, Doing] = field(default_factory=dict)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _ended: Counter[str] = field(default_factory=Counter)
    _draining: bool = False

    @classmethod
    def of(cls, book: Book, land: Land, duties: Iterable[Duty], means: Means, standing: Standing) -> Runner:
        return cls(book, land, {duty.kind: duty for duty in duties}, means, standing)

    def wake(self) -> None:
        """Look at once: something was asked for, or may have been."""
        self._wake.set()

    def busy(self, device_id: DeviceId) -> bool:
        """Tell whether an errand is under way with a device."""
        return device_id in self._doing

    async def run(self) -> None:
        """Do errands until drained."""
        while not self._draining:
            self._wake.clear()
            await self.look()
            await asyncio.sleep(GATHER)
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK):
                    await self._wake.wait()

    async def look(self) -> None:
        """Break off what is another's by now, and begin what waits."""
        epochs = self.land.epochs()
        for doing in self._doing.values():
            if epochs.get(doing.partition) != doing.epoch:
                doing.task.cancel()
        room = self.most - len(self._doing)
        if room <= 0 or not epochs or self._draining or not self._may():
            return
        try:
            await self._begin(epochs, room)
            self.problem = ""
        except Unavailable as error:
            self.problem = str(error)

    async def drain(self, patience: timedelta) -> None:
        """Begin nothing more; what does not end within ``patience`` is left to the next owner."""
        self._draining = True
        self.wake()
        if tasks := [doing.task for doing in self._doing.values()]:
            _, late = await asyncio.wait(tasks, timeout=patience.total_seconds())
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def report(self) -> dict[str, object]:
        """Tell what is under way and what was done."""
        return {
            "errands_under_way": len(self._doing),
            "errands_ended": dict(self._ended),
            "errands_problem": self.problem,
        }

    def _may(self) -> bool:
        return self.standing.may(Deed.OPERATE, self.margin)

    async def _begin(self, epochs: Mapping[int, int], room: int) -> None:
        """Take what waits, one errand of each device that is free, and start it."""
        at = self.means.clock.now()
        waiting = await asyncio.to_thread(self.book.waiting, list(epochs), at)
        wanted: dict[DeviceId, tuple[Errand, Device]] = {}
        for errand in waiting:
            device = self.land.device(errand.device_id)
            free = errand.device_id not in self._doing and errand.device_id not in wanted
            its = device is not None and device.tenant_id == errand.tenant_id
            if free and its and len(wanted) < room:
                assert device is not None
                wanted[errand.device_id] = (errand, device)
        if not wanted:
            return
        taken = await asyncio.to_thread(self.book.take, [errand.id for errand, _ in wanted.values()], at)
        for errand, device in wanted.values():
            if (epoch := taken.get(errand.id)) is not None:
                self._start(errand, device, epoch)

    def _start(self, errand: Errand, device: Device, epoch: int) -> None:
        begun = replace(errand, state=ErrandState.TAKEN, epoch=epoch, attempt=errand.attempt + 1)

        def may() -> bool:
            return self._may() and self.land.epochs().get(device.partition) == epoch

        task = asyncio.create_task(self._do(Visit(begun, device, epoch, self.means, may)))
        self._doing[device.id] = Doing(task, device.partition, epoch)
        task.add_done_callback(lambda _: self._free(device.id, task))

    def _free(self, device_id: DeviceId, task: asyncio.Task[None]) -> None:
        if (doing := self._doing.get(device_id)) is not None and doing.task is task:
            del self._doing[device_id]
            self.wake()

    async def _do(self, visit: Visit) -> None:
        ending = await self._ending(visit)
        self._ended[ending.state.value] += 1
        while True:
            try:
                at = self.means.clock.now()
                if not await asyncio.to_thread(self.book.end, visit.errand, visit.epoch, ending, at):
                    log.info("an errand is another's", errand=str(visit.errand.id), epoch=visit.epoch)
                return
            except Unavailable:
                await asyncio.sleep(LOOK)

    async def _ending(self, visit: Visit) -> Ending:
        """Do an errand; whatever goes wrong becomes its end, or is tried again."""
        errand = visit.errand
        about = {"errand": str(errand.id), "kind": errand.kind, **logs.about(visit.device, visit.epoch)}
        duty = self.duties.get(errand.kind)
        if duty is None:
            return Ending.failed(f"This program knows no errand of the kind {errand.kind}.")
        try:
            return await duty.run(visit)
        except (Unavailable, *GONE) as error:
            return Ending.later(waits(errand.attempt), error)
        except FleetError as error:
            log.info("an errand failed", why=str(error), code=error.code, **about)
            return Ending.failed(error)
        except Exception as error:
            log.exception("an errand crashed", **about)
            why = f"It failed inside Flotilla: {type(error).__name__}. Report it with the poller's log."
            return Ending.failed(why) if errand.attempt >= CRASHES else Ending.later(waits(errand.attempt), why)
