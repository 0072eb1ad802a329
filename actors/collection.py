"""What to ask a device this time, and what its answers amount to; remembers what the device cannot do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from fleet.errors import FleetError
from fleet.families import Cycle
from routeros.client import Reply
from routeros.collector import Collector, Reading
from routeros.errors import ProtocolError, RouterOSError, Trap
from routeros.words import Command

TWICE = 2
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Asked:
    """The collectors of one poll, and the commands of theirs that the device may have."""

    collectors: tuple[Collector, ...]
    commands: tuple[Command, ...]
    cycles: frozenset[Cycle]


@dataclass(frozen=True, slots=True)
class Answered:
    """What each collector read, and all facts."""

    readings: Mapping[str, Reading]
    facts: Mapping[str, str]


@dataclass(slots=True)
class Collection:
    """The collectors of one device.

    The first poll runs all; then the fast ones run in every poll, the others when their time has come. A menu that
    the device does not have is asked for again with the slow collectors only: a package may have been added. A slow
    collector that failed is tried again in the next poll.
    """

    collectors: Sequence[Collector]
    slow_every: timedelta
    _ran: dict[Cycle, datetime] = field(default_factory=dict)
    _absent: set[Command] = field(default_factory=set)
    _failures: Counter[str] = field(default_factory=Counter)
    _reasons: dict[str, FleetError] = field(default_factory=dict)

    @property
    def fault(self) -> FleetError | None:
        """Why the device is degraded: the error of a collector that failed twice in a row."""
        return next((self._reasons[name] for name, count in self._failures.items() if count >= TWICE), None)

    def ask(self, now: datetime) -> Asked:
        """Choose what is due at ``now``."""
        cycles = frozenset(cycle for cycle in Cycle if self._due(cycle, now))
        if Cycle.SLOW in cycles:
            self._absent.clear()
        due = tuple(c for c in self.collectors if c.cycle in cycles or self._failures.get(c.name) == 1)
        commands = dict.fromkeys(command for c in due for command in c.commands if command not in self._absent)
        return Asked(due, tuple(commands), cycles)

    def take(self, asked: Asked, replies: Sequence[Reply], now: datetime) -> Answered:
        """Read the replies; raises the first error when no collector could read anything."""
        given = dict(zip(asked.commands, replies, strict=True))
        self._absent.update(c for c, reply in given.items() if isinstance(reply, Trap) and reply.absent)
        readings, facts = dict[str, Reading](), dict[str, str]()
        for collector in asked.collectors:
            said = [given.get(command) for command in collector.commands]
            error = self._error(collector, said)
            if error is None:
                rows = [reply if isinstance(reply, list) else None for reply in said]
                readings[collector.name] = reading = collector.read(rows)
                facts.update(reading.facts)
                error = _nonsense(collector, reading)
            self._judge(collector, error)
        if not readings and asked.collectors:
            raise self._reasons[asked.collectors[0].name]
        self._ran.update(dict.fromkeys(asked.cycles, now))
        return Answered(readings, facts)

    def _due(self, cycle: Cycle, now: datetime) -> bool:
        if cycle is Cycle.FAST or cycle not in self._ran:
            return True
        return now - self._ran[cycle] >= (self.slow_every if cycle is Cycle.SLOW else DAY)

    def _error(self, collector: Collector, said: Sequence[Reply | None]) -> RouterOSError | None:
        """Find the first reply that is an error; an absent menu is none."""
        for command, reply in zip(collector.commands, said, strict=True):
            if isinstance(reply, RouterOSError) and command not in self._absent:
                return reply
        return None

    def _judge(self, collector: Collector, error: FleetError | None) -> None:
        if error is None:
            if collector.name in self._failures:
                del self._failures[collector.name], self._reasons[collector.name]
        else:
            self._failures[collector.name] += 1
            self._reasons[collector.name] = error


def _nonsense(collector: Collector, reading: Reading) -> ProtocolError | None:
    """Make an error of what the device said and nobody can understand."""
    if not reading.problems:
        return None
    return ProtocolError(
        f"{collector.name}: {'; '.join(reading.problems[:3])}.",
        next_step="Compare with what the device itself shows; the other values are kept.",
    )
