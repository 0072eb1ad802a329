"""The state of one router: what was changed from its model, who is logged in, and its clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from typing import Any, Protocol, TypeVar, cast

import numpy as np

from fleet.clock import Clock
from routeros.simulator import measures
from routeros.simulator.faults import Fault, Kind
from routeros.simulator.firmware import Channels
from routeros.simulator.model import Firmware, Model
from routeros.simulator.noise import Floats
from routeros.simulator.outcome import Row

P = TypeVar("P")


class Table:
    """The stored rows of a menu, by ``.id`` and in order; a new row's id follows the highest ever given."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = {row.get(".id", ""): dict(row) for row in rows}
        self._last = max((int(id[1:], 16) for id in self.rows if id), default=0)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows.values())

    def add(self, row: Row) -> str:
        """Append a row and tell its new id."""
        self._last += 1
        id = f"*{self._last:X}"
        self.rows[id] = {".id": id, **row}
        return id


@dataclass(frozen=True, slots=True)
class Active:
    """Someone who is logged in."""

    id: str
    name: str
    group: str
    address: str
    via: str
    since: float


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a stored table, whole enough to be undone.

    ``before`` is None for a row that was added, ``after`` for one that was removed. ``order`` holds all ids in their
    order before the change, where a row was removed or moved. ``who`` made it: None is the router itself.
    """

    menu: str
    store: str
    before: Row | None
    after: Row | None
    order: tuple[str, ...] = ()
    who: Active | None = None

    @property
    def shown(self) -> Row:
        """The row as those who listen are told."""
        return self.after if self.after is not None else {".id": (self.before or {}).get(".id", ""), ".dead": "true"}


class Timers(Protocol):
    """What a router waits with."""

    def later(self, span: timedelta, act: Callable[[], None]) -> Callable[[], None]:
        """Do something after a span of the router's clock; returns what calls it off."""
        ...


@dataclass(frozen=True, slots=True)
class LoopTimers:
    """Timers of the running event loop, as fast as the clock."""

    clock: Clock

    def later(self, span: timedelta, act: Callable[[], None]) -> Callable[[], None]:
        return asyncio.get_running_loop().call_later(self.clock.real(span), act).cancel


class Condition(Enum):
    """How a router meets a client: it answers, says nothing at all, or refuses since its services do not run yet."""

    UP = auto()
    SILENT = auto()
    STARTING = auto()


class Guest(Protocol):
    """A connection to one of the router's services."""

    service: str

    def cut(self) -> None:
        """End it at once, without a farewell."""
        ...


@dataclass(slots=True)
class Meter:
    """The interfaces' counters as they are shown: those of a disabled interface stand still.

    ``stopped`` and ``missed`` hold columns of counts by the place of the interface.
    """

    model: Model
    stopped: dict[int, Floats] = field(default_factory=dict)
    missed: dict[int, Floats] = field(default_factory=dict)

    def read(self, at: float) -> Floats:
        """Tell the counts: bytes, packets, errors, drops, queue drops; received and sent for each interface."""
        now = measures.traffic(self.model, np.array([at]))
        counts = np.stack([now.bytes, now.packets, now.errors, now.drops, now.queue_drops])
        counts = counts.reshape(5, 2, len(self.model.interfaces))
        for place, missed in self.missed.items():
            counts[:, :, place] -= missed
        for place, standing in self.stopped.items():
            counts[:, :, place] = standing
        return counts

    def stop(self, place: int, at: float) -> None:
        """Let an interface's counters stand still."""
        self.stopped[place] = self.read(at)[:, :, place].copy()

    def start(self, place: int, at: float) -> None:
        """Let them go on from where they stood."""
        standing = self.stopped.pop(place, None)
        if standing is not None:
            self.missed[place] = self.missed.get(place, 0) + self.read(at)[:, :, place] - standing

    def reboot(self) -> None:
        """Start from 0, with what is disabled still disabled."""
        self.missed.clear()
        for standing in self.stopped.values():
            standing[:] = 0


class Router:
    """One stateful router. Its tables are made from the model when they are first looked at."""

    def __init__(
        self, model: Model, clock: Clock, password: str, username: str, timers: Timers | None = None
    ) -> None:
        self.model = model
        self.clock = clock
        self.timers = timers or LoopTimers(clock)
        self.users = {username: password}
        self.faults: dict[Kind, Fault] = {}
        self.condition = Condition.UP
        self.channels = Channels()
        self.canned = False
        self.active: dict[str, Active] = {}
        self.guests: set[Guest] = set()
        self.watchers: set[Callable[[str, Row], None]] = set()
        self.meter = Meter(model)
        self._tables: dict[str, Table] = {}
        self._entered = 0
        self._parts: dict[object, Any] = {}

    def part(self, kind: Callable[[Router], P]) -> P:
        """Find this router's own one of a kind, made when it is first asked for: ``router.part(Boot)``."""
        if kind not in self._parts:
            self._parts[kind] = kind(self)
        return cast(P, self._parts[kind])

    def now(self) -> float:
        """Tell the time in seconds since 1970."""
        return self.clock.now().timestamp()

    def booted(self, at: float) -> float:
        """Tell when the router started last."""
        return float(self.model.booted(np.array([at]))[0])

    def local(self, at: float) -> datetime:
        """Tell the router's own wall clock at a time; without a battery it starts in 1970 at each boot."""
        if Kind.CLOCK_1970 in self.faults:
            at = 3600 * 24 + at - self.booted(at)
        return datetime.fromtimestamp(at + 3600 * self.model.site.offset_hours, UTC)

    def forget(self, name: str) -> None:
        """Let a stored table be made anew from the model when it is looked at next."""
        self._tables.pop(name, None)

    def table(self, name: str, stored: Callable[[Model], Sequence[Row]]) -> Table:
        """Find a stored table, or make it as a new device has it."""
        if name not in self._tables:
            self._tables[name] = Table(stored(self.model))
        return self._tables[name]

    def changed(self, change: Change) -> None:
        """Tell everyone who watches the table that it changed."""
        for tell in list(self.watchers):
            tell(change.store, change.shown)

    def enter(self, name: str, address: str, via: str) -> Active:
        """Note that someone logged in."""
        self._entered += 1
        active = Active(f"*{self._entered:X}", name, "full", address, via, self.now())
        self.active[active.id] = active
        return active

    def leave(self, active: Active) -> None:
        self.active.pop(active.id, None)

    def cut(self) -> None:
        """End every connection without a farewell."""
        for guest in list(self.guests):
            guest.cut()

    def restart(self, at: float, runs: Firmware | None = None) -> None:
        """Begin to count anew from a time on, with other firmware if need be; the configuration stays."""
        self.model = self.model.restarted(at, runs)
        self.meter.model = self.model
        self.meter.reboot()
