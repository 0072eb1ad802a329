"""Ask the owner of a device over NATS, without a stream: who is there answers in parts, and nobody else hears it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from typing import TypeAlias

import msgspec
import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from bus import subjects
from bus.connection import Bus
from fleet import questions
from fleet.errors import Unavailable
from fleet.questions import Part, Question, Reply

PROMPT = 2.0
"""Seconds within which an owner says that it is at it."""

GRACE = 3.0
"""Seconds that an answer may take to come, beyond the time that the question gives the device."""

STATUS, NOBODY = "Status", "503"
"""The header by which NATS says that nobody listens."""

UNOWNED = "Nobody looks after this device just now."
WAIT = "Try again in a few seconds; `flotilla status` tells which pollers are away."


async def ask(bus: Bus, question: Question, prompt: float = PROMPT) -> AsyncIterator[Part]:
    """Yield the parts of an answer as they come, the last one included; its first within ``prompt`` seconds.

    Raises Unavailable where NATS is away or no owner answers, and the error that the owner met.
    """
    client = await _reached(bus)
    inbox = client.new_inbox()
    try:
        subscription = await client.subscribe(inbox)
        try:
            await client.publish(subjects.question(question.partition), questions.encode(question), reply=inbox)
            async for part in _parts(subscription, prompt, question.seconds + GRACE):
                yield part
        finally:
            with suppress(nats.errors.Error, OSError):
                await subscription.unsubscribe()
    except nats.errors.TimeoutError:
        raise Unavailable(UNOWNED, WAIT) from None
    except (nats.errors.Error, OSError) as error:
        raise Unavailable("NATS was lost while the device was asked.", "Ask again.") from error


Hear: TypeAlias = Callable[[Sequence[Mapping[str, str]]], None]
"""Hears of the rows that an answer has up to now, whenever there are more."""


async def whole(bus: Bus, question: Question, hear: Hear | None = None, prompt: float = PROMPT) -> Reply:
    """Gather an answer, and let it be heard as it comes; raises as ``ask`` does."""
    rows: list[dict[str, str]] = []
    more = False
    async for part in ask(bus, question, prompt):
        rows += part.rows
        more = more or part.more
        if hear is not None and part.rows:
            hear(rows)
    return Reply(rows=rows, more=more)


async def _reached(bus: Bus) -> Client:
    try:
        async with asyncio.timeout(PROMPT):
            return await bus.client()
    except TimeoutError:
        raise Unavailable(
            "NATS cannot be reached, so no device can be asked.", "Try again in a few seconds."
        ) from None


async def _parts(subscription: Subscription, prompt: float, patience: float) -> AsyncIterator[Part]:
    """Read parts until the last; raises what the owner met."""
    wait = prompt
    while True:
        part = _read(await subscription.next_msg(timeout=wait))
        if part.fault is not None:
            raise part.fault.error()
        yield part
        if part.last:
            return
        wait = patience


def _read(message: Msg) -> Part:
    if message.headers and message.headers.get(STATUS) == NOBODY:
        raise Unavailable(UNOWNED, WAIT)
    try:
        return questions.part(message.data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unavailable("The owner's answer cannot be read.", "Let all processes run the same version.") from error
