"""The supervisor: watches nodes, pollers and their leases, and hands the partitions out."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol
from uuid import UUID

from actors.resident import persist
from db.assignment import Assignment
from db.leases import Held
from fleet import logs, ownership
from fleet.errors import Unavailable
from fleet.ownership import Deed, Lease, Sight, Step, Take

LOOKS = 10
"""Looks within a lease's time to live."""

KEEPS = 5
"""How often within that time the pollers of all nodes are looked after."""

MARGIN = 0.2
"""What is waited beyond the end of a lease, as a share of its time to live: clocks differ, and looks have gaps."""

SETTLE = 4.0
"""Times a lease's life that pollers may take to come at a cold start, before the first ones get it all."""

HUNG, HUNG_ALONE = 24.0, 3.0
"""Times a lease's life after which a poller that lost it is ended: late, but soon where nobody else is left."""

log = logs.get(__name__)


class Register(Protocol):
    """Where leases are read (``db.leases.Leases``); raises Unavailable while Redis is away."""

    @property
    def ttl(self) -> timedelta: ...
    async def held(self) -> Held: ...


class Office(Protocol):
    """Where the assignment is kept (``db.assignment.Office``); blocks, and raises Unavailable while it is away."""

    def version(self) -> int: ...
    def read(self) -> Assignment: ...
    def perform(self, steps: Sequence[Step], since: datetime, at: datetime) -> None: ...


class Crew(Protocol):
    """The pollers as Ray has them; blocks."""

    def keep(self) -> Mapping[str, str | None]:
        """Make the pollers that are missing, end those that are too many; tells who should be there, and where."""
        ...

    def end(self, poller: str) -> None:
        """End a poller's process; Ray starts it again."""
        ...


@dataclass(slots=True)
class Watch:
    """Since when things have been as they are, in seconds of the monotonic clock."""

    expected: dict[str, float] = field(default_factory=dict)
    gone: dict[UUID, float] = field(default_factory=dict)
    nodes: Mapping[str, str | None] = field(default_factory=dict)

    def expect(self, nodes: Mapping[str, str | None], now: float) -> None:
        """Note who should be there, and on which node."""
        self.nodes = nodes
        self.expected = {name: self.expected.get(name, now) for name in nodes}

    def see(self, owners: Collection[UUID], living: Collection[UUID], now: float) -> None:
        """Note which owners hold no lease."""
        self.gone = {owner: self.gone.get(owner, now) for owner in owners if owner not in living}

    def awaited(self, leases: Mapping[str, Lease], now: float, patience: float) -> bool:
        """Tell whether somebody who was made a moment ago has not come yet."""
        return any(now - since < patience for name, since in self.expected.items() if name not in leases)

    def lapsed(self, now: float, margin: float) -> set[UUID]:
        """Tell which owners have had no lease for longer than the margin."""
        return {owner for owner, since in self.gone.items() if now - since >= margin}


class Supervisor:
    """Looks, decides (``fleet.ownership.decide``) and acts, again and again.

    It keeps nothing that matters: killed at any moment, its successor reads leases and table and goes on.
    ``now`` tells the seconds of a clock that nothing sets back.
    """

    def __init__(
        self, register: Register, office: Office, crew: Crew, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._register = register
        self._office = office
        self._crew = crew
        self._now = now
        self._watch = Watch()
        self._seen: Assignment | None = None
        self._leases: Mapping[str, Lease] = {}
        self._settled: tuple[int, Mapping[str, Lease], frozenset[UUID]] | None = None
        self._stop = asyncio.Event()
        self._counts: Counter[str] = Counter()
        self._problem = ""

    async def run(self) -> None:
        """Look until drained."""
        ttl = self._register.ttl.total_seconds()
        keeping = asyncio.create_task(persist(self._keep, ttl / KEEPS))
        try:
            while not self._stop.is_set():
                await self._look_safely()
                with suppress(TimeoutError):
                    async with asyncio.timeout(ttl / LOOKS):
                        await self._stop.wait()
        finally:
            keeping.cancel()

    async def drain(self, patience: timedelta) -> int:
        """Hand nothing out any more."""
        self._stop.set()
        return 0

    def report(self) -> dict[str, object]:
        """Tell who owns how much, and what was done.

        What a process without a lease has is nobody's; it is told under its name, unless that name lives again.
        """
        holdings = self._seen.holdings if self._seen else ()
        living = {lease.incarnation for lease in self._leases.values()}
        kept = Counter(h.poller for h in holdings if not h.free and h.incarnation in living)
        left = Counter(h.poller for h in holdings if not h.free and h.poller not in self._leases)
        shares = kept + left
        names = sorted({*self._watch.expected, *self._leases, *(name for name in shares if name)})
        return {
            "version": self._seen.version if self._seen else None,
            "pollers": [
                {
                    "name": name,
                    "node": self._watch.nodes.get(name),
                    "alive": name in self._leases,
                    "partitions": shares[name],
                    **self._weight(name),
                }
                for name in names
            ],
            "partitions_unowned": len(holdings) - kept.total() if self._seen else None,
            "partitions_moving": sum(holding.wanted is not None for holding in holdings),
            "takes": self._counts["takes"],
            "wants": self._counts["wants"],
            "ended": self._counts["ended"],
            "supervisor_problem": self._problem,
        }

    async def look(self) -> None:
        """Look once and act on it; raises Unavailable where Redis or the database is away."""
        held, seen = await self._read()
        ttl, now = self._register.ttl.total_seconds(), self._now()
        owners = {h.incarnation for h in seen.holdings if not h.free and h.incarnation is not None}
        living = {lease.incarnation for lease in held.leases.values()}
        self._watch.see(owners, living, now)
        self._leases = held.leases
        await self._end_hung(now, ttl)
        # While any owner lives, who comes later is handed its share; from a cold start all are to come first.
        if owners.isdisjoint(living) and self._watch.awaited(held.leases, now, SETTLE * ttl):
            return
        # A server that has only just come up may have forgotten leases that have not run out.
        trusted = held.uptime.total_seconds() >= (1 + MARGIN) * ttl
        lapsed = frozenset(self._watch.lapsed(now, MARGIN * ttl)) if trusted else frozenset()
        # What was decided last holds as long as nothing has changed.
        if self._settled != (settled := (seen.version, held.leases, lapsed)):
            await self._perform(list(ownership.decide(seen.holdings, held.leases, lapsed)), ttl)
            self._settled = settled

    async def _look_safely(self) -> None:
        try:
            await self.look()
            self._problem = ""
        except Unavailable as error:
            if not self._problem:
                log.warning("nothing changes hands", why=str(error))
            self._problem = str(error)

    async def _keep(self) -> None:
        """Keep the pollers there; apart from the looks, for Ray itself may be away."""
        self._watch.expect(await asyncio.to_thread(self._crew.keep), self._now())

    async def _read(self) -> tuple[Held, Assignment]:
        """Read both stores; where one is away, what was seen of absent owners counts no longer."""
        held, seen, trouble = None, None, None
        try:
            held = await self._register.held()
            seen = await asyncio.to_thread(self._assigned)
        except Unavailable as error:
            trouble = error
        sight = Sight(redis=held is not None, postgres=seen is not None)
        if trouble or not held or not seen or not ownership.may(Deed.TAKE_OVER, sight):
            self._watch.gone.clear()
            raise trouble or Unavailable("The assignment cannot be read.", "It is tried again.")
        return held, seen

    def _assigned(self) -> Assignment:
        version = self._office.version()
        if self._seen is None or self._seen.version != version:
            self._seen = self._office.read()
        return self._seen

    async def _perform(self, steps: Sequence[Step], ttl: float) -> None:
        if not steps:
            return
        at = datetime.now(UTC)
        await asyncio.to_thread(self._office.perform, steps, at - timedelta(seconds=(1 + 2 * MARGIN) * ttl), at)
        for step in steps:
            count = len(step.epochs) if isinstance(step, Take) else len(step.partitions)
            to = step.lease.poller if isinstance(step, Take) else step.poller
            self._counts["takes" if isinstance(step, Take) else "wants"] += count
            log.info("partitions given" if isinstance(step, Take) else "partitions wanted", to=to, partitions=count)

    async def _end_hung(self, now: float, ttl: float) -> None:
        """End pollers that lost their lease long ago and still own something: they hang."""
        patience = (HUNG if self._leases else HUNG_ALONE) * ttl
        owners = {h.incarnation: h.poller for h in self._seen.holdings if not h.free} if self._seen else {}
        for owner in [owner for owner, since in self._watch.gone.items() if now - since >= patience]:
            name = owners.get(owner)
            if name and name not in self._leases:
                self._watch.gone[owner] = now
                self._counts["ended"] += 1
                log.warning("a poller hangs and is ended", poller=name)
                await asyncio.to_thread(self._crew.end, name)

    def _weight(self, name: str) -> dict[str, float]:
        lease = self._leases.get(name)
        return {"weight": lease.weight} if lease else {}
