"""What to ask a device this time, and what its answers amount to; remembers what the device cannot do."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from fleet.errors import FleetError
from fleet.families import Cycle
from routeros.client import Reply
from routeros.collector import Collector, Reading
from routeros.errors import ProtocolError, RouterOSError, Trap
from routeros.switches import is_off
from routeros.words import Command, Row

TWICE = 2
DAY = timedelta(days=1)
FIRST_DAILY = timedelta(hours=1)
"""Within which the daily collectors run for the first time: a poller that begins with thousands of devices does not
send all of them to their vendor's server at once."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The collectors of one poll, and the commands of theirs that the device may have.

    It is ``usual`` where it asks what every poll asks, and nothing more.
    """

    collectors: tuple[Collector, ...]
    commands: tuple[Command, ...]
    cycles: frozenset[Cycle]
    usual: bool = False

    def along(self, commands: tuple[Command, ...]) -> Asked:
        """Make what was asked together with further commands."""
        return replace(self, commands=self.commands + commands)


@dataclass(frozen=True, slots=True)
class Answered:
    """What each collector read, and all facts."""

    readings: Mapping[str, Reading]
    facts: Mapping[str, str]


@dataclass(slots=True)
class Collection:
    """The collectors of one device.

    The first poll runs the fast ones and the slow ones; then the fast ones run in every poll, the others when their
    time has come. By a part that is drawn the slow ones come sooner the second time, and the daily ones later the
    first time: devices that were first polled together are not asked all that together. A menu that the device does
    not have is asked for again with the slow collectors only: a package may have been added. So is a collector that
    has found nothing to watch yet. A slow collector that failed is tried again in the next poll.

    What follows from an answer (``Collector.then``) is asked in the same poll, and along with the rest from then on.
    Those that are switched ``off`` by name are not asked. It ``watches`` where a fast one tells what the device has.
    """

    collectors: Sequence[Collector]
    slow_every: timedelta
    draw: Callable[[], float] = random.random
    off: frozenset[str] = frozenset()
    _on: Sequence[Collector] = field(init=False)
    _fast: tuple[Collector, ...] = field(init=False)
    watches: bool = field(init=False)
    _ran: dict[Cycle, datetime] = field(default_factory=dict)
    _absent: set[Command] = field(default_factory=set)
    _awake: set[str] = field(default_factory=set)
    _further: dict[str, tuple[Command, ...]] = field(default_factory=dict)
    _failures: Counter[str] = field(default_factory=Counter)
    _reasons: dict[str, FleetError] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.switch(self.off)

    @property
    def fault(self) -> FleetError | None:
        """Why the device is degraded: the error of a collector that failed twice in a row."""
        return next((self._reasons[name] for name, count in self._failures.items() if count >= TWICE), None)

    def switch(self, off: frozenset[str]) -> None:
        """Ask all but these from now on; what was wrong with them is forgotten, and what was off is asked at once."""
        if any(_waits(c) for c in self.collectors if is_off(c.name, self.off) and not is_off(c.name, off)):
            self._ran.pop(Cycle.SLOW, None)
        self.off = off
        self._on = [c for c in self.collectors if not is_off(c.name, off)] if off else self.collectors
        self._fast = tuple(c for c in self._on if c.cycle is Cycle.FAST)
        self.watches = any(c.kind is not None for c in self._fast)
        self._forget()

    def ask(self, now: datetime) -> Asked:
        """Choose what is due at ``now``."""
        if Cycle.DAILY not in self._ran:
            self._ran[Cycle.DAILY] = now - DAY + self.draw() * FIRST_DAILY
        cycles = frozenset(cycle for cycle in Cycle if self._due(cycle, now))
        if self.off and self._failures:
            self._forget()
        slow = Cycle.SLOW in cycles
        if slow:
            self._absent.clear()
        usual = len(cycles) == 1 and not self._failures
        due = tuple([c for c in (self._fast if usual else self._on) if self._wanted(c, cycles)])
        commands = dict.fromkeys(
            command
            for c in due
            for command in (*c.commands, *(c.seldom if slow else ()), *self._further.get(c.name, ()))
            if command not in self._absent
        )
        return Asked(due, tuple(commands), cycles, usual)

    def further(self, asked: Asked, replies: Sequence[Reply]) -> tuple[Command, ...]:
        """Tell what follows from the replies and was not asked along."""
        given: dict[Command, Reply] | None = None
        wanted: dict[Command, None] = {}
        for collector in asked.collectors:
            if collector.then is not None:
                given = given or dict(zip(asked.commands, replies, strict=True))
                told = [_rows(given.get(command)) for command in (*collector.commands, *collector.seldom)]
                self._further[collector.name] = follows = collector.further(told)
                wanted |= dict.fromkeys(c for c in follows if c not in given and c not in self._absent)
        return tuple(wanted)

    def take(self, asked: Asked, replies: Sequence[Reply], now: datetime) -> Answered:
        """Read the replies; raises the first error when no collector could read anything."""
        given = dict(zip(asked.commands, replies, strict=True))
        self._absent.update(c for c, reply in given.items() if isinstance(reply, Trap) and reply.absent)
        readings, facts = dict[str, Reading](), dict[str, str]()
        for collector in asked.collectors:
            further = self._further.get(collector.name, ())
            error = self._error(given, collector.commands)
            if error is None:
                rows = [_rows(given.get(c)) for c in (*collector.commands, *collector.seldom, *further)]
                readings[collector.name] = reading = collector.read(rows)
                facts.update(reading.facts)
                error = self._error(given, further) or _nonsense(collector, reading)
                if collector.idle is not None and not collector.idle(rows):
                    self._awake.add(collector.name)
            refused = collector.lenient and isinstance(error, Trap)
            self._judge(collector.name, None if refused else error)
            if collector.seldom and Cycle.SLOW in asked.cycles:
                self._judge(f"{collector.name}, seldom", self._error(given, collector.seldom))
        if not readings and asked.collectors:
            raise self._reasons[asked.collectors[0].name]
        self._note(asked.cycles, now)
        return Answered(readings, facts)

    def _due(self, cycle: Cycle, now: datetime) -> bool:
        if cycle is Cycle.FAST or cycle not in self._ran:
            return True
        return now - self._ran[cycle] >= (self.slow_every if cycle is Cycle.SLOW else DAY)

    def _wanted(self, collector: Collector, cycles: frozenset[Cycle]) -> bool:
        if collector.cycle not in cycles:
            return self._failures.get(collector.name) == 1
        watched = collector.idle is None or collector.name in self._awake
        return watched or Cycle.SLOW in cycles or self._failures.get(collector.name) == 1

    def _forget(self) -> None:
        """Forget what was wrong with collectors that are off; one may have been under way when it was switched."""
        for name in [name for name in self._failures if is_off(name.partition(",")[0], self.off)]:
            del self._failures[name], self._reasons[name]

    def _note(self, cycles: Iterable[Cycle], now: datetime) -> None:
        for cycle in cycles:
            if cycle is not Cycle.FAST:
                self._ran[cycle] = now if cycle in self._ran else now - self.draw() * self.slow_every

    def _error(self, given: Mapping[Command, Reply], commands: Sequence[Command]) -> RouterOSError | None:
        """Find the first reply that is an error; an absent menu is none."""
        for command in commands:
            reply = given.get(command)
            if isinstance(reply, RouterOSError) and command not in self._absent:
                return reply
        return None

    def _judge(self, name: str, error: FleetError | None) -> None:
        if error is None:
            if name in self._failures:
                del self._failures[name], self._reasons[name]
        else:
            self._failures[name] += 1
            self._reasons[name] = error


def _waits(collector: Collector) -> bool:
    """Tell whether a collector, or a part of it, is asked in slow polls only."""
    return collector.cycle is not Cycle.FAST or bool(collector.seldom) or collector.idle is not None


def _rows(reply: Reply | None) -> list[Row] | None:
    return reply if isinstance(reply, list) else None


def _nonsense(collector: Collector, reading: Reading) -> ProtocolError | None:
    """Make an error of what the device said and nobody can understand."""
    if not reading.problems:
        return None
    return ProtocolError(
        f"{collector.name}: {'; '.join(reading.problems[:3])}.",
        next_step="Compare with what the device itself shows; the other values are kept.",
    )
