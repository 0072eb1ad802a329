"""The attack itself: every operation, everybody of one tenant, everything that is the other's; leaks are counted."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

from bench.attack import effects, people, verdict, words
from bench.attack.document import Document, Operation
from bench.attack.effects import Rows, Witness
from bench.attack.house import House
from bench.attack.people import Asker, Door
from bench.attack.probes import Probe, Prober
from bench.attack.stock import Stock
from bench.attack.wire import Reply

MOST_TOLD = 50
"""Findings that are told in full; all are counted."""


@dataclass(slots=True)
class Findings:
    """What came of it. ``statuses`` counts the answers to each operation as it is meant; ``volatile`` are answers
    that differ from themselves, of which status and code alone were compared."""

    requests: int = 0
    leaks: int = 0
    differences: int = 0
    effects: int = 0
    volatile: int = 0
    told: list[str] = field(default_factory=list)
    statuses: dict[str, Counter[int]] = field(default_factory=dict)
    faults: Counter[str] = field(default_factory=Counter)
    askers: set[str] = field(default_factory=set)
    slots: Counter[str] = field(default_factory=Counter)

    def tell(self, line: str) -> None:
        """Note a finding, and say it at once: an attack that breaks off later must not keep it to itself."""
        if len(self.told) < MOST_TOLD:
            self.told.append(line)
            print(line, file=sys.stderr, flush=True)

    @property
    def unanswered(self) -> list[str]:
        """Name the operations that nobody was answered by with success: of them the attack proves nothing."""
        return sorted(one for one, seen in self.statuses.items() if not any(200 <= s < 300 for s in seen))


@dataclass(slots=True)
class Campaign:
    """One tenant's people against another tenant. ``enough`` is asked between operations whether to end."""

    house: House
    door: Door
    document: Document
    findings: Findings
    enough: Callable[[Findings], bool] = lambda _: False

    def run(
        self, own: Stock, foreign: Stock, operations: Sequence[Operation], passes: Sequence[tuple[int, int]]
    ) -> None:
        """Go through the passes: ``(2, 5)`` is the third fifth of all that is tried."""
        prober = Prober(self.document, own, foreign)
        with Witness(self.house.admin_url, foreign.tenant.id) as witness:
            before = witness.look()
            foreign.known.update(_marked(before))
            # What both have, one of them was made to keep: a text of the other's that was sent.
            marks = foreign.marks() - _marked(effects.rows(self.house.admin_url, own.tenant.id))
            for place, parts in passes:
                for operation in operations:
                    if self.enough(self.findings):
                        return
                    for who, probe in _chosen(prober, operation, place, parts):
                        self._try(prober, who, probe, marks)
                    before = self._effects(operation, before, witness.look())

    def _effects(self, operation: Operation, before: Rows, after: Rows) -> Rows:
        """See that nothing of the other tenant's has changed; tells how it is now."""
        for change in effects.changes(before, after):
            self.findings.effects += 1
            self.findings.tell(f"effect: {operation}: {change[:400]}")
        return after

    def blind(self, own: Stock, foreign: Stock, operations: Sequence[Operation]) -> list[str]:
        """Name the slots for a thing in which one's own is refused, too: what is tried there proves little."""
        prober = Prober(self.document, own, foreign)
        found: dict[str, str] = {}
        seen: set[str] = set()
        for operation in operations:
            probes = [probe for probe in prober.probes(operation) if probe.value in foreign.baits(probe.slot.named)]
            for mine in [one for probe in probes if (one := prober.sighted(probe)) is not None]:
                reply = self._sent(prober, own.admin, mine)
                slot = f"{operation}: {mine.slot}"
                if reply.ok:
                    seen.add(slot)
                found[slot] = f"{slot}: {reply.status} {verdict.core(reply)[1]}"
        return sorted(told for slot, told in found.items() if slot not in seen)

    def _try(self, prober: Prober, who: Asker, probe: Probe, marks: frozenset[str]) -> None:
        found, free = self.findings, who.roams and not probe.operation.of_tenant
        if free and probe.slot.place != "plain":
            return
        found.askers.add(who.name)
        found.slots[probe.slot.place] += 1
        reply = self._sent(prober, who, probe)
        if probe.slot.place == "plain":
            found.statuses.setdefault(str(probe.operation), Counter())[reply.status] += 1
        if not free and (seen := self._leaked(prober, who, reply, marks)):
            found.leaks += 1
            found.tell(f"leak: {who.name}: {probe.operation}: {probe.slot}={probe.value}: {sorted(seen)[:3]}")
        if not free and (nowhere := prober.nowhere(probe)) is not None:
            self._compare(prober, who, (probe, reply), nowhere)
        if probe.slot.place in ("body", "replay") and reply.ok:
            prober.own.written |= words.marks(json.dumps(prober.ask(probe).body))

    def _leaked(self, prober: Prober, who: Asker, reply: Reply, marks: frozenset[str]) -> set[str]:
        """Find the other tenant's marks in an answer.

        Who may enter every tenant may also take a person of another one in: what the own tenant has by then is told.
        """
        seen = verdict.leaks(reply, marks)
        if seen and who.roams:
            seen -= _marked(effects.rows(self.house.admin_url, prober.own.tenant.id))
        return seen

    def _compare(self, prober: Prober, who: Asker, theirs: tuple[Probe, Reply], nowhere: Probe) -> None:
        """Hold an answer for what is theirs against one for what is nowhere; a difference is one that stays."""
        probe, reply = theirs
        other = self._sent(prober, who, nowhere)
        one, two = _shape(probe, reply), _shape(nowhere, other)
        if one == two:
            return
        again, nowhere_again = self._sent(prober, who, probe), self._sent(prober, who, nowhere)
        if (_shape(probe, again), _shape(nowhere, nowhere_again)) != (one, two):
            self.findings.volatile += 1
            if len({verdict.core(r) for r in (reply, again, other, nowhere_again)}) == 1:
                return
            # The first of all began something of which there may be one at a time; the three after it are alike.
            rest = {verdict.core(r) for r in (again, other, nowhere_again)}
            if reply.ok and other.status == HTTPStatus.CONFLICT and len(rest) == 1:
                return
        self.findings.differences += 1
        line = f"difference: {who.name}: {probe.operation}: {probe.slot}={probe.value}"
        self.findings.tell(f"{line}:\n    theirs:  {verdict.brief(one)}\n    nowhere: {verdict.brief(two)}")

    def _sent(self, prober: Prober, who: Asker, probe: Probe) -> Reply:
        """Send it; somebody whose session has ended meanwhile signs in again."""
        ask = prober.ask(probe)
        reply = who.send(self.door.wire, ask)
        if reply.status == HTTPStatus.UNAUTHORIZED and who.email:
            people.enter(self.door, who)
            reply = who.send(self.door.wire, ask)
        if reply.status >= HTTPStatus.INTERNAL_SERVER_ERROR and reply.status != HTTPStatus.SERVICE_UNAVAILABLE:
            self.findings.faults[f"{probe.operation}: {probe.slot}: {reply.status}"] += 1
        self.findings.requests = self.door.wire.sent
        return reply


def _marked(rows: Rows) -> set[str]:
    return set().union(*(words.marks(row) for table in rows.values() for row in table))


def _shape(probe: Probe, reply: Reply) -> verdict.Shape:
    return verdict.shape(reply, [probe.value, *probe.more.values()])


def _chosen(prober: Prober, operation: Operation, place: int, parts: int) -> Iterator[tuple[Asker, Probe]]:
    """Yield a part of everybody times everything; the operation as it is meant is in every part."""
    for number, who in enumerate(prober.own.people):
        for probe in prober.probes(operation):
            plain = probe.slot.place == "plain" and operation.method != "DELETE"
            if (probe.turn + number) % parts == place or (plain and who is prober.own.admin):
                yield who, probe


def clock() -> Callable[[], float]:
    """Start a watch."""
    begun = time.monotonic()
    return lambda: time.monotonic() - begun
