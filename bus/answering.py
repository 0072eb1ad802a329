"""Answer questions about the devices that one owns: those of other partitions are put away unread."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

import msgspec
import nats.errors
from nats.aio.msg import Msg

from bus import subjects, subscribing
from bus.connection import Bus
from fleet import logs, questions
from fleet.errors import FleetError, TooMany
from fleet.questions import Fault, Part, Question

MOST = 32
"""Questions that one process answers at once."""

log = logs.get(__name__)


class Respondent(Protocol):
    """Who owns devices and asks them."""

    def holds(self, partition: int) -> bool:
        """Tell whether a partition's devices are one's own to ask just now."""
        ...

    def answer(self, question: Question) -> AsyncIterator[Part]:
        """Ask a device and yield its answer in parts; raises FleetError."""
        ...


async def answer(bus: Bus, respondent: Respondent) -> None:
    """Answer until cancelled; what was asked while NATS was away is not answered."""
    desk = _Desk(bus, respondent)
    try:
        await subscribing.subscribe(bus, f"{subjects.QUESTION}.*", desk.hear)
    finally:
        await desk.close()


@dataclass(slots=True)
class _Desk:
    """The questions that are being answered."""

    bus: Bus
    respondent: Respondent
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def hear(self, message: Msg) -> None:
        """Take a question in hand if it is for us, and go on listening."""
        if not message.reply or not self.respondent.holds(subjects.asked(message.subject)):
            return
        try:
            asked = questions.question(message.data)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            log.warning("a question cannot be read", subject=message.subject, error=str(error))
            return
        task = asyncio.create_task(self._serve(asked, message.reply))
        self.tasks.add(task)
        task.add_done_callback(self._ended)

    async def close(self) -> None:
        """Break off what is under way."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    async def _serve(self, asked: Question, to: str) -> None:
        try:
            if len(self.tasks) > MOST:
                raise TooMany("Many devices are being asked just now.", "Ask again in a few seconds.")
            await self._say(to, Part())
            async for part in self.respondent.answer(asked):
                await self._say(to, part)
        except FleetError as error:
            await self._say(to, Part(fault=Fault.of(error), last=True))

    async def _say(self, to: str, part: Part) -> None:
        """Send a part; where NATS is away nobody waits for it any more."""
        with suppress(nats.errors.Error, OSError):
            await (await self.bus.client()).publish(to, questions.encode(part))

    def _ended(self, task: asyncio.Task[None]) -> None:
        self.tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a question was not answered", exc_info=error)
