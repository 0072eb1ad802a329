"""A poller's right to its partitions: the lease kept, new epochs fenced, and given back what another is to have."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Protocol, TypeVar
from uuid import UUID

from actors.poller import Poller
from actors.resident import persist
from bus.publisher import Outlet
from fleet import logs, ownership
from fleet.errors import Unavailable
from fleet.events import PartitionFenceEvent
from fleet.ownership import Deed, Fence, Holding, Lease, Sight

RENEWALS = 5
"""How often a lease is renewed within its time to live."""

LOOKS = 10
"""How often within that time the poller looks whether its partitions have changed."""

FENCE_PATIENCE = 2.0
"""Seconds that polling waits for the fence; with NATS away it goes on without, and the events wait behind it."""

FLUSH_PATIENCE = timedelta(seconds=10)

T = TypeVar("T")

log = logs.get(__name__)


class Register(Protocol):
    """Where the lease is kept (``db.leases.Leases``); raises Unavailable while Redis is away."""

    @property
    def ttl(self) -> timedelta: ...
    async def keep(self, lease: Lease) -> bool: ...
    async def drop(self, lease: Lease) -> None: ...


class Desk(Protocol):
    """Who owns which partition, as the store has it. Every method blocks and raises Unavailable while it is away."""

    def version(self) -> int:
        """Count the changes."""
        ...

    def mine(self, incarnation: UUID) -> tuple[int, Sequence[Holding]]:
        """Read the version, and what an incarnation owns at it."""
        ...

    def fence(self, epoch: int, place: Fence) -> None:
        """Store where an epoch begins."""
        ...

    def release(self, incarnation: UUID, partitions: Collection[int], at: datetime) -> int:
        """Give partitions back."""
        ...


@dataclass(slots=True)
class Standing:
    """What the poller knows of its right: until when the lease lasts, and which stores answer."""

    until: float = 0.0
    redis: bool = True
    postgres: bool = True
    replaced: bool = False
    current: bool = False
    """Whether the store was asked for the partitions since the lease was last taken anew."""
    now: Callable[[], float] = time.monotonic
    """Tells the seconds in which ``until`` is; they run on while the process is stopped."""

    def may_poll(self) -> bool:
        """Tell whether polls may begin: a lease that ran out while Redis answers has to be taken anew first.

        A poller that was paused so asks before it polls what may be another's by now; one that cannot ask goes on.
        """
        if self.replaced:
            return False
        return not (self.redis and self.postgres) or (self.current and self.now() < self.until)

    def may(self, deed: Deed, margin: float) -> bool:
        """Tell whether a deed may begin; what cannot be undone needs a lease that lasts for ``margin`` seconds."""
        lasting = deed is Deed.POLL or (self.current and self.now() < self.until - margin)
        return lasting and ownership.may(deed, Sight(self.redis, self.postgres))


@dataclass(slots=True)
class Tenure:
    """Keeps the lease of one poller process and tells the poller what it holds."""

    lease: Lease
    register: Register
    desk: Desk
    poller: Poller
    outlet: Outlet
    standing: Standing = field(default_factory=Standing)
    patience: float = FENCE_PATIENCE
    _held: dict[int, Holding] = field(default_factory=dict)
    _version: int = -1
    _taken: int = 0
    _changing: asyncio.Lock = field(default_factory=asyncio.Lock)
    _moving: set[int] = field(default_factory=set)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _problem: str = ""

    @property
    def margin(self) -> float:
        """Seconds before the end of a lease from which on nothing is begun that cannot be undone."""
        return self.register.ttl.total_seconds() / RENEWALS

    async def run(self) -> None:
        """Keep the lease and follow the assignment until cancelled."""
        ttl = self.register.ttl.total_seconds()
        renewing = asyncio.create_task(persist(self._renew, ttl / RENEWALS))
        try:
            await persist(self._look, ttl / LOOKS)
        finally:
            for task in (renewing, *self._tasks):
                task.cancel()

    async def give_back(self, at: datetime) -> None:
        """Give everything back at the end, so that nobody has to wait for the lease to run out."""
        try:
            if self._held:
                await asyncio.to_thread(self.desk.release, self.lease.incarnation, list(self._held), at)
            await self.register.drop(self.lease)
        except Unavailable as error:
            log.warning("partitions could not be given back; they are free once the lease runs out", why=str(error))

    def report(self) -> dict[str, object]:
        """Tell what the poller holds and how safely."""
        return {
            "incarnation": str(self.lease.incarnation),
            "epoch": max((holding.epoch for holding in self._held.values()), default=0),
            "partitions_wanted": sum(self._leaves(holding) for holding in self._held.values()),
            "lease_left_seconds": round(max(0.0, self.standing.until - self.standing.now()), 1),
            "tenure_problem": self._problem,
        }

    async def _renew(self) -> None:
        standing = self.standing
        began = standing.now()
        try:
            kept = await self.register.keep(self.lease)
        except Unavailable as error:
            standing.redis, self._problem = False, str(error)
            self.poller.wake()
            return
        standing.redis, standing.replaced = True, not kept
        if not kept:
            self._problem = "Another process holds the lease of this poller."
            standing.until = 0.0
            await self._lose(set(self._held))
            return
        if began >= standing.until:
            log.info("lease taken", poller=self.lease.poller, incarnation=str(self.lease.incarnation))
            standing.current, self._version = False, -1
            self._taken += 1
        standing.until = began + self.register.ttl.total_seconds()

    async def _look(self) -> None:
        """Ask whether anything has changed, and follow it; what is held stays held while nobody can be asked."""
        taken = self._taken
        try:
            await self._ask(taken)
        except Unavailable as error:
            self.standing.postgres, self._problem = False, str(error)
            return
        self.standing.postgres = True
        if self.standing.redis and not self.standing.replaced:
            self._problem = ""
            # What was asked before the lease was taken anew tells nothing of what happened meanwhile.
            self.standing.current = self.standing.current or taken == self._taken
        self._hand_over()
        self.poller.wake()

    async def _ask(self, taken: int) -> None:
        if await asyncio.to_thread(self.desk.version) == self._version:
            return
        async with self._changing:
            version, mine = await asyncio.to_thread(self.desk.mine, self.lease.incarnation)
            await self._follow(mine)
        self._version = version if taken == self._taken else -1

    async def _follow(self, mine: Sequence[Holding]) -> None:
        """Compare what is owned with what was, and act on the difference."""
        now = {holding.partition: holding for holding in mine}
        await self._lose(self._held.keys() - now.keys())
        gained = [holding for holding in mine if not self._holds(holding)]
        if again := [holding for holding in gained if holding.partition in self._held]:
            # Polling goes on under the new epoch at once: behind its fence the old one is shut out.
            self.poller.enter(again)
        self._held.update(now)
        for epoch in {holding.epoch for holding in gained}:
            entered = [holding for holding in gained if holding.epoch == epoch]
            log.info("partitions taken", poller=self.lease.poller, epoch=epoch, partitions=len(entered))
            self._spawn(self._enter(epoch, entered))

    async def _lose(self, lost: set[int]) -> None:
        if lost:
            log.info("partitions gone", poller=self.lease.poller, partitions=len(lost))
            for number in lost:
                self._held.pop(number, None)
            await self.poller.leave(lost)

    async def _enter(self, epoch: int, entered: Sequence[Holding]) -> None:
        """Set the fence, then poll; where the stream is away poll at once, for no event can pass the fence."""
        if any(holding.fence is None for holding in entered):
            fencing = self._spawn(self._fence(epoch, tuple(holding.partition for holding in entered)))
            if self.outlet.connected:
                await asyncio.wait([fencing], timeout=self.patience)
        self.poller.enter([h for h in entered if self._holds(h)])

    async def _fence(self, epoch: int, partitions: tuple[int, ...]) -> None:
        event = PartitionFenceEvent(at=datetime.now(UTC), epoch=epoch, partitions=partitions)
        place = await self._insist(partial(self.outlet.mark, event))
        await self._insist(partial(asyncio.to_thread, self.desk.fence, epoch, place))
        log.info("fence set", epoch=epoch, sequence=place.sequence, partitions=len(partitions))

    async def _insist(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do what nobody else will do and writers wait for: again and again, whatever it is that fails."""
        while True:
            try:
                return await work()
            except Unavailable:
                pass
            except Exception:
                log.exception("a fence is not set yet")
            await asyncio.sleep(self.margin)

    def _hand_over(self) -> None:
        """Begin to give back what another is to have, while both stores and the stream are there."""
        leaving = [h for h in self._held.values() if self._leaves(h) and h.partition not in self._moving]
        if leaving and self.outlet.connected and self.standing.may(Deed.HAND_OVER, self.margin):
            self._moving |= {holding.partition for holding in leaving}
            self._spawn(self._give(leaving))

    async def _give(self, leaving: Sequence[Holding]) -> None:
        """Let a backlog out while polling goes on, then give back; where something fails, try again later."""
        try:
            if await self.outlet.flush(FLUSH_PATIENCE):
                await self._release(leaving)
        except Unavailable as error:
            log.warning("partitions could not be handed over", why=str(error), partitions=len(leaving))
        finally:
            self._moving -= {holding.partition for holding in leaving}

    async def _release(self, leaving: Sequence[Holding]) -> None:
        """Stop polling, let the last events out, and release; what could not be released is polled on."""
        partitions = {holding.partition for holding in leaving}
        since = await self.poller.pause(partitions)
        try:
            if await self.outlet.flush(FLUSH_PATIENCE):
                async with self._changing:
                    given = {holding.partition for holding in leaving if self._holds(holding)}
                    at = datetime.fromtimestamp(since, UTC)
                    await asyncio.to_thread(self.desk.release, self.lease.incarnation, given, at)
                    await self._lose(given)
        finally:
            self.poller.resume(partitions & self._held.keys(), since)

    def _leaves(self, holding: Holding) -> bool:
        return holding.wanted is not None and holding.wanted != self.lease.poller

    def _holds(self, holding: Holding) -> bool:
        held = self._held.get(holding.partition)
        return held is not None and held.epoch == holding.epoch

    def _spawn(self, work: Awaitable[None]) -> asyncio.Task[None]:
        async def watched() -> None:
            try:
                await work
            except Exception:
                log.exception("a change of partitions failed")
                self._version = -1

        task = asyncio.create_task(watched())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
