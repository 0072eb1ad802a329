"""What is tried on an operation: an id of another tenant in each place that takes one, beside one that is nowhere.

Pure: a probe says how a request is made; who sends it and what is thought of the answer is others' business.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from uuid import uuid4

from bench.attack import words
from bench.attack.bodies import Maker, alone, kind, put
from bench.attack.document import Document, Operation
from bench.attack.stock import Stock
from bench.attack.wire import Ask

IF_MATCH, IF_NONE, KEY, LAST = "If-Match", "If-None-Match", "Idempotency-Key", "Last-Event-ID"
PAGED = ("after", "before", "cursor", "page")
"""Parameters by which pages are asked for."""
HINTS = ("X-Tenant-ID", "X-Flotilla-Tenant", "X-Forwarded-User", "X-Original-URL")
"""Headers that no document names and that some programs believe."""


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a value is put: in the path, the query, a header or the body, under a name or at the end of a way."""

    place: str
    name: str = ""
    way: tuple[str, ...] = ()

    @property
    def named(self) -> str:
        """The name of the parameter or member that it is."""
        return self.name or next((step for step in reversed(self.way) if step != "*"), "")

    def __str__(self) -> str:
        return f"{self.place} {self.name or '.'.join(self.way)}".strip()


@dataclass(frozen=True, slots=True)
class Probe:
    """An operation, a slot, and what of another tenant is put there; ``more`` are further ids of the path.

    A value that is a ``place`` in a list is held against one beside it: others may lie behind other things.
    """

    operation: Operation
    slot: Slot
    value: str = ""
    more: Mapping[str, str] = field(default_factory=dict)
    place: bool = False

    @property
    def turn(self) -> int:
        """A number by which probes are spread over the passes, the same in every run."""
        return zlib.crc32(f"{self.operation} {self.slot}".encode())


@dataclass(frozen=True, slots=True)
class Prober:
    """Makes probes for one tenant against another, and the requests that they are."""

    document: Document
    own: Stock
    foreign: Stock

    def probes(self, operation: Operation) -> Iterator[Probe]:
        """Yield all that is tried on an operation; first the operation as it is meant."""
        yield Probe(operation, Slot("plain"))
        yield from self._paths(operation)
        yield from self._queries(operation)
        yield from self._bodies(operation)
        yield from self._headers(operation)
        if operation.id in self.foreign.replays:
            yield Probe(operation, Slot("replay"))

    def ask(self, probe: Probe) -> Ask:
        """Make the request of a probe, with new words in its body."""
        operation, slot = probe.operation, probe.slot
        maker = Maker(self.document, self.own.own())
        ask = Ask(
            operation.method,
            operation.path,
            {**self._ids(operation), **probe.more},
            maker.query(operation),
            maker.headers(operation),
            maker.body(operation),
            operation.media,
        )
        match slot.place:
            case "path":
                return replace(ask, ids={**ask.ids, slot.name: probe.value})
            case "query":
                return replace(ask, query={**ask.query, slot.name: probe.value})
            case "header":
                return replace(ask, headers={**ask.headers, slot.name: probe.value})
            case "body":
                rest = alone(ask.body, operation.takes, slot.way[0]) if slot.way else ask.body
                return replace(ask, body=put(rest, slot.way, probe.value))
            case "replay":
                key, body = self.foreign.replays[operation.id]
                return replace(ask, body=body, headers={**ask.headers, KEY: key})
            case _:
                return ask

    def nowhere(self, probe: Probe) -> Probe | None:
        """Make the same probe with what is nowhere; None where the value could be guessed, or nothing was put.

        A value has one counterpart, so that what is left of earlier attempts is left of both.
        """
        if not probe.value or words.marks(probe.value) & self.own.written:
            return None
        if probe.place:
            made = words.beside(probe.value)
            return None if made is None else replace(probe, value=made)
        if (value := self._twin(probe.value)) == probe.value:
            return None
        return replace(probe, value=value, more={name: self._twin(one) for name, one in probe.more.items()})

    def _twin(self, value: str) -> str:
        return self.foreign.twins.setdefault(value, words.absent(value) or value)

    def sighted(self, probe: Probe) -> Probe | None:
        """Make the same probe with what is one's own, where a slot is for a kind of thing; None for any other."""
        one = kind(probe.slot.named)
        if probe.slot.place not in ("query", "body") or not self.own.ids.get(one):
            return None
        theirs = self.foreign.baits(one)
        mine = self.own.baits(one)
        return replace(probe, value=mine[min(theirs.index(probe.value), len(mine) - 1)])

    def _ids(self, operation: Operation) -> dict[str, str]:
        """Name own things; of what is removed one that is nowhere, for there would soon be nothing left."""
        own = self.own.own()
        named = {name: own[kind(name)] for name in operation.names("path")}
        if operation.method == "DELETE" and named:
            last = operation.names("path")[-1]
            named[last] = words.absent(named[last]) or named[last]
        return named

    def _paths(self, operation: Operation) -> Iterator[Probe]:
        """Put an id of theirs in each place of the path, and their tenant together with what is theirs."""
        names = operation.names("path")
        theirs = {name: self.foreign.own()[kind(name)] for name in names}
        for name in names:
            yield Probe(operation, Slot("path", name), theirs[name])
        if len(names) > 1:
            rest = {name: theirs[name] for name in names[1:]}
            yield Probe(operation, Slot("path", names[0]), theirs[names[0]], rest)

    def _queries(self, operation: Operation) -> Iterator[Probe]:
        for parameter in operation.parameters:
            if parameter.place == "query" and self._text(parameter.schema):
                places = self._cursors(operation, parameter.name)
                for value in dict.fromkeys([*self.foreign.baits(parameter.name), *places]):
                    paged = parameter.name in PAGED
                    yield Probe(operation, Slot("query", parameter.name), value, place=paged)

    def _cursors(self, operation: Operation, name: str) -> list[str]:
        """Give their cursors to what pages are asked for with."""
        return self.foreign.cursors[operation.id] if name in PAGED else []

    def _bodies(self, operation: Operation) -> Iterator[Probe]:
        if operation.body is None:
            return
        for way in self.document.texts(operation.body):
            slot = Slot("body", way=way)
            for value in self.foreign.words(slot.named):
                yield Probe(operation, slot, value)

    def _headers(self, operation: Operation) -> Iterator[Probe]:
        """Put theirs in the headers that the document names, and in those that any server might listen to."""
        if not operation.safe:
            for key in self.foreign.keys[operation.id][:1] or [str(uuid4())]:
                yield Probe(operation, Slot("header", KEY), key)
        # One that both have is of what everybody is told.
        theirs = [etag for etag in self.foreign.etags[operation.path] if etag not in self.own.etags[operation.path]]
        for etag in theirs[:1]:
            yield Probe(operation, Slot("header", IF_NONE if operation.safe else IF_MATCH), etag)
        if operation.streams:
            yield Probe(operation, Slot("header", LAST), self.foreign.baits()[0])
        for name in dict.fromkeys((*HINTS, *operation.names("header"))):
            if name not in (KEY, IF_MATCH, IF_NONE, LAST):
                yield Probe(operation, Slot("header", name), str(self.foreign.tenant.id))

    def _text(self, schema: dict[str, object]) -> bool:
        return () in self.document.texts(schema) or self.document.resolve(schema).get("type") == "array"
