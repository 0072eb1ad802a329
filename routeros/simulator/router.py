"""The state of one router: what was changed from its model, who is logged in, and its clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from typing import Any, Protocol, TypeVar, cast

import numpy as np

from fleet.clock import Clock
from routeros.simulator.device.firmware import Channels
from routeros.simulator.device.meter import Meter
from routeros.simulator.device.model import Firmware, Model
from routeros.simulator.faults import Fault, Kind
from routeros.simulator.outcome import Row
from routeros.simulator.parts import accounts
from routeros.simulator.parts.log import Log

P = TypeVar("P")

MISSED = timedelta(minutes=9)
"""So long a router believes in a connection whose path is dead: the time-out of TCP."""


class Table:
    """The stored rows of a menu, by ``.id`` and in order; a new row's id follows ``last``, the last that was given.

    Without ``last`` that is the highest one.
    """

    def __init__(self, rows: Sequence[Row], last: int = 0) -> None:
        self.rows = {row.get(".id", ""): dict(row) for row in rows}
        self.last = last or max((int(id[1:], 16) for id in self.rows if id), default=0)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows.values())

    def add(self, row: Row) -> str:
        """Append a row and tell its new id."""
        self.last += 1
        id = f"*{self.last:X}"
        self.rows[id] = {".id": id, **row}
        return id


@dataclass(frozen=True, slots=True)
class Active:
    """Someone who is logged in. ``rights`` are those of the group at login: later changes do not reach a session."""

    id: str
    name: str
    group: str
    address: str
    via: str
    since: float
    rights: frozenset[str] = accounts.ALL

    @property
    def host(self) -> str:
        """The address without its port."""
        return self.address.rpartition(":")[0] or self.address


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


class Router:
    """One stateful router. Its tables are made from the model when they are first looked at.

    ``turn`` counts commands, ``certificate`` is the API's as DER. ``down`` is called when it goes down, ``left`` when
    someone leaves, ``stepped`` when its own clock jumps. ``came`` tells by name when each user last entered.
    """

    def __init__(
        self, model: Model, clock: Clock, password: str, username: str, timers: Timers | None = None
    ) -> None:
        self.model = model
        self.clock = clock
        self.timers = timers or LoopTimers(clock)
        self.faults: dict[Kind, Fault] = {}
        self.condition = Condition.UP
        self.channels = Channels()
        self.canned = False
        self.turn = 0
        self.certificate = b""
        self.active: dict[str, Active] = {}
        self.came: dict[str, float] = {}
        self.guests: set[Guest] = set()
        self.watchers: set[Callable[[str, Row], None]] = set()
        self.down: list[Callable[[], None]] = []
        self.left: list[Callable[[Active], None]] = []
        self.stepped: list[Callable[[], None]] = []
        self.meter = Meter(model)
        self._first = (username, password)
        self._offset = timedelta()
        self._tables: dict[str, Table] = {}
        self._entered = 0
        self._parts: dict[object, Any] = {}

    def part(self, kind: Callable[[Router], P]) -> P:
        """Find this router's own one of a kind, made when it is first asked for: ``router.part(Boot)``."""
        if kind not in self._parts:
            self._parts[kind] = kind(self)
        return cast(P, self._parts[kind])

    def has(self, kind: Callable[[Router], object]) -> bool:
        """Tell whether a part has been made."""
        return kind in self._parts

    def now(self) -> float:
        """Tell the time in seconds since 1970."""
        return self.clock.now().timestamp()

    def booted(self, at: float) -> float:
        """Tell when the router started last."""
        return float(self.model.booted(np.array([at]))[0])

    @property
    def offset(self) -> timedelta:
        """How far the router's own clock is from the true one; setting it is a step."""
        return self._offset

    @offset.setter
    def offset(self, offset: timedelta) -> None:
        self._offset = offset
        self.step()

    def step(self) -> None:
        """Tell all who wait by the router's own clock that it jumped."""
        for act in list(self.stepped):
            act()

    def local(self, at: float) -> datetime:
        """Tell the router's own wall clock at a time; without a battery it starts in 1970 at each boot."""
        return datetime.fromtimestamp(at + self._ahead, UTC)

    def instant(self, local: datetime) -> float:
        """Tell when the router's own wall clock shows this; undoes ``local``."""
        return local.timestamp() - self._ahead

    @property
    def _ahead(self) -> float:
        """The seconds by which the router's wall clock is ahead of UTC."""
        lost = 3600 * 24 - self.booted(self.now()) if Kind.CLOCK_1970 in self.faults else 0.0
        return 3600 * self.model.site.offset_hours + self._offset.total_seconds() + lost

    def forget(self, name: str) -> None:
        """Let a stored table be made anew from the model when it is looked at next."""
        self._tables.pop(name, None)

    def table(self, name: str, stored: Callable[[Model], Sequence[Row]]) -> Table:
        """Find a stored table, or make it as a new device has it."""
        if name not in self._tables:
            rows = [accounts.first(*self._first)] if name == accounts.USERS else stored(self.model)
            self._tables[name] = Table(rows)
        return self._tables[name]

    @property
    def users(self) -> dict[str, str]:
        """The names and passwords of all users."""
        return {row["name"]: row["password"] for row in self.table(accounts.USERS, accounts.nobody)}

    @property
    def tables(self) -> dict[str, Table]:
        """The tables that were looked at, by name; to set them anew is to put another configuration in place."""
        return self._tables

    @tables.setter
    def tables(self, tables: dict[str, Table]) -> None:
        self._tables = tables

    def changed(self, change: Change) -> None:
        """Tell everyone who watches the table that it changed."""
        self.tell(change.store, change.shown)

    def tell(self, store: str, row: Row) -> None:
        """Tell everyone who watches a table of a row in it."""
        for watcher in list(self.watchers):
            watcher(store, row)

    def enter(self, name: str, address: str, via: str) -> Active:
        """Note that someone logged in."""
        self._entered += 1
        group, rights = accounts.standing(self, name)
        active = Active(f"*{self._entered:X}", name, group, address, via, self.now(), rights)
        self.active[active.id] = active
        self.came[name] = active.since
        self.part(Log).add("system,info,account", f"user {name} logged in from {active.host} via {via}")
        return active

    def leave(self, active: Active) -> None:
        """Note that someone's session ended; where the path is dead the router finds out nine minutes later."""
        if Kind.HALF_OPEN in self.faults or Kind.SILENT in self.faults:
            self.timers.later(MISSED, lambda: self._part_from(active))
        else:
            self._part_from(active)

    def _part_from(self, active: Active) -> None:
        if self.active.pop(active.id, None) is None:
            return
        said = f"user {active.name} logged out from {active.host} via {active.via}"
        self.part(Log).add("system,info,account", said)
        for act in list(self.left):
            act(active)

    def cut(self) -> None:
        """End every connection without a farewell."""
        for guest in list(self.guests):
            guest.cut()

    def restart(self, at: float, runs: Firmware | None = None) -> None:
        """Begin to count anew from a time on, with other firmware if need be; the configuration stays."""
        self.active.clear()
        for act in list(self.down):
            act()
        self.model = self.model.restarted(at, runs)
        self.meter.model = self.model
        self.meter.reboot()
