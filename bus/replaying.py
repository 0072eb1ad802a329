"""Read what a stream holds behind a place in it, page by page: nothing is made on the server, and nothing remembered.

NATS answers "direct gets" from the stream itself (ADR-31): up to ``batch`` messages of a subject from a sequence on.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass

import nats.errors
from nats.aio.msg import Msg
from nats.js import api

from bus.connection import Bus
from bus.following import Heard
from bus.streams import Stream
from fleet.errors import Unavailable

PATIENCE = 5.0
"""Seconds that a page may take."""

BYTES = 4 * 2**20
"""What a page may hold; one message always comes."""


@dataclass(frozen=True, slots=True)
class Page:
    """Messages of a subject in order, and how many more there are behind them."""

    messages: tuple[Heard, ...]
    left: int


async def first(bus: Bus, stream: Stream) -> int:
    """Tell the first sequence that a stream still has; raises Unavailable where NATS is away."""
    try:
        async with asyncio.timeout(PATIENCE):
            return (await (await bus.jetstream()).stream_info(stream.name)).state.first_seq
    except (nats.errors.Error, OSError, TimeoutError) as error:
        raise _away(error) from error


async def behind(bus: Bus, stream: Stream, subject: str, sequence: int, most: int) -> Page:
    """Read at most so many messages of a subject (wildcards allowed) behind a sequence; raises Unavailable."""
    asked = {"seq": sequence + 1, "next_by_subj": subject, "batch": most, "max_bytes": BYTES}
    found: list[Heard] = []
    try:
        async with asyncio.timeout(PATIENCE):
            client = await bus.client()
            inbox = client.new_inbox()
            answers = await client.subscribe(inbox)
            try:
                subject = f"$JS.API.DIRECT.GET.{stream.name}"
                await client.publish(subject, json.dumps(asked).encode(), reply=inbox)
                while (answer := _read(await answers.next_msg(PATIENCE))) is not None:
                    if isinstance(answer, int):
                        return Page(tuple(found), answer)
                    found.append(answer)
            finally:
                await answers.unsubscribe()
    except (nats.errors.Error, OSError, TimeoutError) as error:
        raise _away(error) from error
    return Page(tuple(found), 0)


def _read(message: Msg) -> Heard | int | None:
    """Take an answer: a message, at the end the number of those behind it, None where there is none at all."""
    headers = message.headers or {}
    status = headers.get(api.Header.STATUS)
    if status is None:
        return Heard(int(headers["Nats-Sequence"]), headers["Nats-Subject"], message.data)
    if status == "204":
        return int(headers.get("Nats-Num-Pending", "0"))
    if status == "404":
        return None
    raise nats.errors.Error(f"{status} {headers.get('Description', '')}".strip())


def _away(error: Exception) -> Unavailable:
    said = str(error) or type(error).__name__
    return Unavailable(f"NATS does not answer: {said}.", "Try again in a few seconds.")
