"""Dead letters: events that could not be handled, set apart with the reason, to be looked at and replayed.

A letter is the message as it was; its headers say where it stood. A replayed message keeps its first sequence in the
same header, because a fence asks when the stream first accepted an event, not when it came back.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
import nats.errors
from nats.js import JetStreamContext, api
from nats.js.errors import APIError, NotFoundError

from bus.connection import Bus
from bus.delivery import Delivery
from bus.streams import DEAD_LETTERS, Durable
from fleet import events
from fleet.errors import NotFound, Unavailable

STREAM = "Flotilla-Stream"
CREATED = "Flotilla-Created"
SEQUENCE = "Flotilla-Sequence"
DELIVERIES = "Flotilla-Deliveries"
REASON = "Flotilla-Reason"

LONGEST_REASON = 1000
(EVERY,) = DEAD_LETTERS.subjects


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An event that died at ``at``, of a stream that was made at ``created``; ``origin`` is its sequence there."""

    sequence: int
    at: datetime
    durable: str
    stream: str
    created: datetime | None
    origin: int
    subject: str
    deliveries: int
    reason: str
    data: bytes


def subject(durable: Durable, delivery: Delivery) -> str:
    """Tell under which subject a delivery is buried."""
    return f"dead.{durable.name}.{delivery.subject}"


def headers(durable: Durable, delivery: Delivery, created: datetime | None, reason: str) -> dict[str, str]:
    """Say where a delivery stood and why it is dead; one that is buried twice is one letter."""
    told = {
        api.Header.MSG_ID.value: f"{durable.name}:{delivery.stream}:{delivery.sequence}",
        STREAM: delivery.stream,
        SEQUENCE: str(delivery.sequence if delivery.origin is None else delivery.origin),
        DELIVERIES: str(delivery.deliveries),
        # A header is one line of ASCII.
        REASON: " ".join(reason.split())[:LONGEST_REASON].encode("ascii", "backslashreplace").decode(),
    }
    return told if created is None else {**told, CREATED: created.isoformat()}


def origin(found: Mapping[str, str] | None) -> int | None:
    """Read from a message's headers which sequence it had when the stream first took it; None if it is that."""
    return _integer(found.get(SEQUENCE, "")) if found else None


async def read(bus: Bus, after: int = 0) -> AsyncGenerator[DeadLetter, None]:
    """Read the letters above a sequence, the oldest first, as many as there are when it begins."""
    try:
        with _reached():
            js = await _stream(bus)
            last = (await js.stream_info(DEAD_LETTERS.name)).state.last_seq
            while after < last:
                letter = _letter(await js.get_msg(DEAD_LETTERS.name, after + 1, EVERY, direct=True, next=True))
                after = letter.sequence
                yield letter
    except NotFoundError:
        return


async def find(bus: Bus, sequence: int) -> DeadLetter:
    """Read one letter; raises NotFound."""
    try:
        with _reached():
            js = await _stream(bus)
            return _letter(await js.get_msg(DEAD_LETTERS.name, sequence))
    except NotFoundError as error:
        raise NotFound(
            f"There is no dead letter {sequence}.", "`flotilla dlq list` names those there are."
        ) from error


async def replay(bus: Bus, letter: DeadLetter) -> int:
    """Put a letter's event into its stream again, then remove the letter; returns its new sequence.

    Raises Unavailable where that fails; the letter is there still. Twice at once stores it once.
    """
    try:
        with _reached():
            js = await _stream(bus)
            created = (await js.stream_info(letter.stream)).created
            again = await js.publish(
                letter.subject,
                letter.data,
                stream=letter.stream,
                headers={
                    api.Header.MSG_ID.value: f"replay:{letter.sequence}:{letter.at.timestamp()}",
                    # In a stream that was made anew since it stands before everything.
                    SEQUENCE: str(letter.origin if letter.created in (None, created) else 0),
                },
            )
            await _remove(js, letter)
    except (NotFoundError, ValueError) as error:
        raise Unavailable(
            f"There is no stream {letter.stream!r} to take letter {letter.sequence} back.",
            "A running Flotilla makes its streams: start it, then replay again.",
        ) from error
    return int(again.seq)


def document(data: bytes) -> Any:
    """Read the body of a letter for people and programs: an event, any msgpack, else None."""
    with suppress(msgspec.DecodeError, UnicodeDecodeError):
        return msgspec.to_builtins(events.decode(data))
    with suppress(msgspec.DecodeError, UnicodeDecodeError, TypeError, ValueError):
        return msgspec.to_builtins(msgspec.msgpack.decode(data), str_keys=True)
    return None


async def _stream(bus: Bus) -> JetStreamContext:
    if not bus.connected:
        raise Unavailable(f"NATS is away: {bus.problem}", "Look at the log of the NATS server.")
    return await bus.jetstream()


async def _remove(js: JetStreamContext, letter: DeadLetter) -> None:
    try:
        await js.delete_msg(DEAD_LETTERS.name, letter.sequence)
    except APIError as error:
        if "no message found" not in (error.description or ""):
            raise  # Otherwise somebody else replayed it at the same time.


@contextmanager
def _reached() -> Iterator[None]:
    """Raise Unavailable where NATS does not answer or refuses; NotFoundError is for the caller."""
    try:
        yield
    except NotFoundError:
        raise
    except (nats.errors.Error, OSError, TimeoutError) as error:
        said = str(error) or type(error).__name__
        raise Unavailable(f"NATS did not do it: {said}.", "Look at the log of the NATS server.") from error


def _letter(found: api.RawStreamMsg) -> DeadLetter:
    """Read a letter; what others may have put there has gaps."""
    told = found.headers or {}
    durable, _, subject = (found.subject or "").removeprefix("dead.").partition(".")
    return DeadLetter(
        sequence=found.seq or 0,
        at=found.time or datetime.min.replace(tzinfo=UTC),
        durable=durable,
        stream=told.get(STREAM, ""),
        created=_instant(told.get(CREATED, "")),
        origin=_integer(told.get(SEQUENCE, "")) or 0,
        subject=subject,
        deliveries=_integer(told.get(DELIVERIES, "")) or 0,
        reason=told.get(REASON, ""),
        data=found.data or b"",
    )


def _integer(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None


def _instant(text: str) -> datetime | None:
    with suppress(ValueError):
        return datetime.fromisoformat(text)
    return None
