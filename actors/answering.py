"""Answers of an owner: a question is asked on a connection of its own, which ends with it; nothing is changed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace

from actors.access import Access
from actors.runner import Land
from fleet.device import Device
from fleet.errors import Unavailable
from fleet.identity import DeviceId
from fleet.questions import LONGEST, MOST_ROWS, Part, Question
from routeros import inquiry
from routeros.errors import Busy, TimedOut
from routeros.inquiry import Asking, Shelf, Wish
from routeros.words import Command

GATHER = 0.25
"""Seconds for which rows are gathered before they are sent on, and between two looks whether we may go on."""

READ = 20_000
"""Rows that are read of a reply at the most, however few of them count."""

HEAVY = 200_000
"""Characters of a part at the most; NATS takes a megabyte."""


@dataclass(slots=True)
class Answerer:
    """Asks devices of the partitions that are held, one question of each at a time.

    ``busy`` tells with which devices an errand is under way: its sessions go before, so questions wait outside.
    """

    land: Land
    access: Access
    may: Callable[[], bool]
    busy: Callable[[DeviceId], bool]
    _asked: set[DeviceId] = field(default_factory=set)

    def holds(self, partition: int) -> bool:
        """Tell whether a partition's devices are ours to ask just now."""
        return self.may() and partition in self.land.epochs()

    async def answer(self, question: Question) -> AsyncIterator[Part]:
        """Ask a device and yield the rows by and by; raises FleetError."""
        device = self.land.device(DeviceId(question.device_id))
        if device is None or device.tenant_id != question.tenant_id:
            raise Unavailable("The device is not known to its owner yet.", "Ask again in a few seconds.")
        asking = inquiry.asks(_wish(question))
        if device.id in self._asked:
            raise _taken("Somebody else is asking this device just now.")
        self._asked.add(device.id)
        try:
            async for part in self._asking(device, question, asking):
                yield part
        finally:
            self._asked.discard(device.id)

    async def _asking(self, device: Device, question: Question, asking: Asking) -> AsyncIterator[Part]:
        """Open a connection, follow the command, and give the device up as soon as something goes before."""
        shelf = Shelf(question.keep, min(question.rows, MOST_ROWS))
        epoch = self.land.epochs().get(device.partition, -1)
        seconds = min(question.seconds, LONGEST)
        reading = asyncio.create_task(self._read(device, question, asking, shelf))
        until = asyncio.get_running_loop().time() + seconds
        try:
            while not reading.done():
                self._still(device, epoch)
                left = until - asyncio.get_running_loop().time()
                if left <= 0:
                    break
                await asyncio.wait({reading}, timeout=min(GATHER, left))
                if shelf.flows:
                    for part in _parts(shelf, question):
                        yield part
            late = not reading.done()
        finally:
            reading.cancel()
            await asyncio.wait({reading})
        if not late:
            reading.result()
        parts = list(_parts(shelf, question))
        if late and not parts and not shelf.told:
            raise TimedOut("The device told nothing in the time that it had.", device=str(device.endpoint))
        for part in parts:
            yield part
        yield Part(last=True, more=shelf.more or late, epoch=epoch)

    async def _read(self, device: Device, question: Question, asking: Asking, shelf: Shelf) -> None:
        """Read the reply onto the shelf until it ends or holds enough."""
        command = Command(
            asking.command,
            question.properties,
            asking.attributes,
            question.queries,
            rows=READ,
        )
        # A stream needs a place beside the one that is kept free; on a connection of its own there is nothing else.
        roomy = replace(device, endpoint=replace(device.endpoint, streams=max(2, device.endpoint.streams)))
        connection = await self.access.connect(roomy)
        try:
            async with connection.stream(command) as rows:
                async for row in rows:
                    shelf.put(row)
                    if shelf.full:
                        break
        finally:
            await connection.close()

    def _still(self, device: Device, epoch: int) -> None:
        """Raise where the device is another's by now, or an errand has begun with it."""
        if not self.may() or self.land.epochs().get(device.partition, -1) != epoch:
            raise Unavailable("The device has just changed hands.", "Ask again in a few seconds.")
        if self.busy(device.id):
            raise _taken("An operation is under way with this device, and it goes first.")


def _taken(message: str) -> Busy:
    return Busy(message, next_step="Ask again when that has ended; the device's operations tell how far it is.")


def _wish(question: Question) -> Wish:
    """Take a question apart as a person's wish, so that the owner holds it to the same list."""
    menu, _, verb = question.command.rpartition("/")
    return Wish(menu, verb, question.attributes, {}, ())


def _parts(shelf: Shelf, question: Question) -> list[Part]:
    """Make parts of what is on the shelf, none too heavy for the bus."""
    menu = question.command.rpartition("/")[0]
    parts: list[Part] = []
    rows: list[dict[str, str]] = []
    weight = 0
    for row in shelf.take():
        told = inquiry.seen(menu, row, unmasked=question.unmasked)
        heavy = sum(len(name) + len(value) for name, value in told.items())
        if rows and weight + heavy > HEAVY:
            parts.append(Part(rows=rows))
            rows, weight = [], 0
        rows.append(told)
        weight += heavy
    return [*parts, Part(rows=rows)] if rows else parts
