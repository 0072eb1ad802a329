"""Open streams while another tenant's events are published: what its own hear shows that the others hear nothing."""

from __future__ import annotations

import asyncio
import re
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from bench.attack import words
from bench.attack.bodies import Maker
from bench.attack.document import Document, Operation
from bench.attack.house import House
from bench.attack.people import Asker
from bench.attack.stock import Stock
from bench.attack.wire import Ask
from bus import subjects
from bus.connection import connect
from fleet.device import State
from fleet.events import DeviceMetricsEvent, DeviceStatusEvent, Event, FamilyRows, encode
from fleet.families import Cycle

PATIENCE = 60.0
"""Seconds for a stream to tell of what is its own."""
MOMENT = 0.6
_ID = re.compile(rb"^id: ?(\S+)", re.MULTILINE)
_SINCE = ("last_event_id", "since", "cursor")


@dataclass(slots=True)
class Heard:
    """How many streams were opened, how many of them told of what is their own, and what was told that is not."""

    opened: int = 0
    heard: int = 0
    leaks: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Line:
    """An open stream: who listens to what, whether that may be anything of ours, and what was heard so far."""

    who: Asker
    what: str
    ours: bool
    socket: socket.socket
    data: bytes = b""

    def read(self) -> None:
        """Take what is there, without waiting."""
        with suppress(BlockingIOError, TimeoutError, ConnectionError):
            while piece := self.socket.recv(65536):
                self.data += piece

    @property
    def open(self) -> bool:
        return self.data.startswith(b"HTTP/1.1 200")


def attack(house: House, document: Document, tenants: tuple[Stock, Stock]) -> Heard:
    """Listen as everybody of one tenant to all operations that are streams."""
    own, foreign = tenants
    streams = [operation for operation in document.operations if operation.streams]
    found = Heard()
    for operation in streams:
        since = _place(house, document, operation, foreign)
        with ExitStack() as stack:
            lines = list(_opened(house, document, operation, (own, foreign), since))
            for line in lines:
                stack.callback(line.socket.close)
            _listen(house, own, foreign, [line for line in lines if line.open], found)
    return found


def _listen(house: House, own: Stock, foreign: Stock, lines: Sequence[Line], found: Heard) -> None:
    """Publish theirs, then ours, and read until ours is heard: by then theirs would have been.

    Who asked for theirs alone hears nothing, and is listened to for a moment longer.
    """
    marks = (foreign.marks() - own.known) | _publish(house, _events(foreign))
    mine = _publish(house, _events(own))
    waiting, end = [line for line in lines if line.ours], time.monotonic() + PATIENCE
    hopeful = len(waiting)
    while waiting and time.monotonic() < end:
        for line in waiting:
            line.read()
        waiting = [line for line in waiting if not words.marks(line.data.decode(errors="replace")) & mine]
        time.sleep(0.02)
    time.sleep(MOMENT)
    found.opened += len(lines)
    found.heard += hopeful - len(waiting)
    for line in lines:
        line.read()
        if seen := words.marks(line.data.decode(errors="replace")) & marks:
            found.leaks.append(f"{line.who.name}: {line.what}: {sorted(seen)[:3]}")


def _opened(
    house: House, document: Document, operation: Operation, tenants: tuple[Stock, Stock], since: str
) -> Iterator[Line]:
    """Open a stream for everybody, with each thing of theirs that it can be asked for, and with nothing."""
    own, foreign = tenants
    maker, given = Maker(document, own.own()), operation.names("query")
    theirs = foreign.ids["device"][0]
    wishes: list[tuple[str, dict[str, str], dict[str, str]]] = [
        ("plain", {}, {}),
        ("id", {}, {"Last-Event-ID": since}),
    ]
    wishes += [(name, {name: theirs}, {}) for name in given if name in ("devices", "device", "device_id")]
    wishes += [(name, {name: f"{theirs},{own.ids['device'][0]}"}, {}) for name in given if name == "devices"]
    wishes += [(name, {name: since}, {}) for name in given if name in _SINCE]
    for who in own.people:
        for what, query, headers in wishes:
            ids = {name: own.own()[name.removesuffix("_id")] for name in operation.names("path")}
            ask = Ask("GET", operation.path, ids, {**maker.query(operation), **query}, headers)
            yield _line(house, who, what, ask)


def _line(house: House, who: Asker, what: str, ask: Ask) -> Line:
    """Open a stream and wait for the head of its answer."""
    place = urlsplit(house.url)
    made = socket.create_connection((place.hostname or "", place.port or 80), PATIENCE)
    heads = "".join(f"{name}: {value}\r\n" for name, value in ask.showing(who.headers).headers.items())
    made.sendall(f"GET {ask.target} HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n{heads}\r\n".encode())
    ours = not what.startswith("device") or "," in ask.query[what]
    line = Line(who, what, ours, made, made.recv(65536))
    made.setblocking(False)
    return line


def _place(house: House, document: Document, operation: Operation, stock: Stock) -> str:
    """Learn the id of an event of a tenant's, as its own administrator is told it."""
    maker = Maker(document, stock.own())
    ask = Ask("GET", operation.path, {"tenant_id": str(stock.tenant.id)}, maker.query(operation))
    line = _line(house, stock.admin, "own", ask)
    mine, end = _publish(house, _events(stock)), time.monotonic() + PATIENCE
    while not words.marks(line.data.decode(errors="replace")) & mine and time.monotonic() < end:
        line.read()
        time.sleep(0.02)
    line.socket.close()
    ids = _ID.findall(line.data)
    return ids[0].decode() if ids else "1"


def _events(stock: Stock) -> list[Event]:
    """Make events of each device of a tenant, with tokens that nobody else may hear of."""
    now = datetime.now(UTC)
    made: list[Event] = []
    for device in stock.ids["device"]:
        whose: dict[str, Any] = {"tenant_id": stock.tenant.id, "device_id": UUID(device), "at": now}
        rows = FamilyRows("interfaces", ("rx_bytes_rate",), ((words.token(),),), ((1.0,),))
        made.append(DeviceStatusEvent(**whose, state=State.UP, identity=words.token(), serial=words.token()))
        made.append(DeviceMetricsEvent(**whose, cycle=Cycle.FAST, families=(rows,)))
    return made


def _publish(house: House, events: Sequence[Event]) -> frozenset[str]:
    """Publish events as pollers do; tells their tokens."""

    async def run() -> None:
        async with await connect(house.asked.nats_url, name="attack", token=house.asked.nats_token) as bus:
            js = await bus.jetstream()
            for event in events:
                await js.publish(subjects.of(event), encode(event))

    asyncio.run(run())
    return frozenset(mark for event in events for mark in words.TOKEN.findall(encode(event).decode(errors="replace")))
