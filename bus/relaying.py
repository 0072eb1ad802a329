"""From the outbox into the stream: every letter under its own id, every answer waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import nats.errors
from nats.js import JetStreamContext, api
from nats.js.errors import NoStreamResponseError

from bus import streams
from bus.connection import Bus
from fleet.errors import Unavailable
from fleet.letter import Letter

PATIENCE = 5.0
"""Seconds for the answers to a batch."""

KNOCK = 1.0
"""Seconds for the connection to be there; it goes on coming back by itself."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the stream has now, those it had already among them, and why it has not the rest."""

    accepted: tuple[UUID, ...]
    problem: str = ""


class Courier:
    """Publishes letters; the stream takes each once, however often it is brought within the window of its ids."""

    def __init__(self, bus: Bus, patience: float = PATIENCE) -> None:
        self._bus = bus
        self._patience = patience
        self._ensured = 0

    async def ready(self) -> None:
        """Make sure that there is a connection, and the streams; raises Unavailable where NATS is away."""
        try:
            async with asyncio.timeout(KNOCK):
                js = await self._bus.jetstream()
            if self._ensured != self._bus.generation:
                generation = self._bus.generation
                await streams.ensure(js)
                self._ensured = generation
        except (nats.errors.Error, OSError, TimeoutError) as error:
            raise Unavailable(
                f"NATS is away: {self._bus.problem or error}", "Look at the log of the NATS server."
            ) from error

    async def send(self, letters: Sequence[Letter]) -> Receipt:
        """Publish all at once and wait for the answers; a connection that has just gone is not waited for."""
        try:
            async with asyncio.timeout(KNOCK):
                js = await self._bus.jetstream()
        except TimeoutError:
            return Receipt((), self._bus.problem)
        answers = await asyncio.gather(*(self._bring(js, letter) for letter in letters))
        problems = [answer for answer in answers if answer]
        accepted = [letter.event_id for letter, answer in zip(letters, answers, strict=True) if not answer]
        return Receipt(tuple(accepted), problems[0] if problems else "")

    async def _bring(self, js: JetStreamContext, letter: Letter) -> str:
        """Publish one; returns what went wrong, empty where the stream has it."""
        headers = {api.Header.MSG_ID.value: str(letter.event_id)}
        try:
            await js.publish(letter.subject, letter.event, timeout=self._patience, headers=headers)
        except NoStreamResponseError:
            self._ensured = 0
            return "No stream takes the events."
        except (nats.errors.Error, OSError, TimeoutError) as error:
            return str(error) or type(error).__name__
        return ""
