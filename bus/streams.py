"""The streams and their durable consumers, declared as values; ``ensure`` makes the server agree."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import nats.errors
from nats.js import JetStreamContext
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DeliverPolicy,
    DiscardPolicy,
    RetentionPolicy,
    StorageType,
    StoreCompression,
    StreamConfig,
)
from nats.js.errors import BadRequestError, NotFoundError

from bus.connection import Bus
from fleet.errors import Unavailable

MIB = 2**20


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream on disk, capped in bytes, in age and in messages of one subject; the oldest go first.

    Within ``duplicates`` a message id is taken once. It is longer than any server takes to come back, and short
    enough that the server can hold all ids of that time (about 100 bytes each).
    """

    name: str
    subjects: tuple[str, ...]
    max_bytes: int
    max_age: timedelta
    per_subject: int = -1
    duplicates: timedelta = timedelta(minutes=5)

    def config(self) -> StreamConfig:
        """Put it in the server's words."""
        return StreamConfig(
            name=self.name,
            subjects=list(self.subjects),
            retention=RetentionPolicy.LIMITS,
            discard=DiscardPolicy.OLD,
            storage=StorageType.FILE,
            compression=StoreCompression.S2,
            max_bytes=self.max_bytes,
            max_age=self.max_age.total_seconds(),
            max_msgs_per_subject=self.per_subject,
            duplicate_window=self.duplicates.total_seconds(),
            allow_direct=True,
        )


@dataclass(frozen=True, slots=True)
class Durable:
    """A consumer that the server remembers: what it reads, in batches of how many, and how patient it is.

    A batch ends with its count or ``linger`` after its first event. An event that was not settled within ``patience``
    is delivered again; a failing one is, ever later, by ``back_off``, and after ``tries`` deliveries goes to the dead
    letters. One that is made ``anew`` begins with what is said from then on, not with all that the stream still has.
    """

    name: str
    stream: Stream
    subjects: tuple[str, ...] = ()
    batch: int = 500
    linger: timedelta = timedelta(milliseconds=500)
    patience: timedelta = timedelta(seconds=5)
    tries: int = 5
    back_off: tuple[timedelta, ...] = tuple(timedelta(seconds=s) for s in (1, 2, 5, 10, 30))
    anew: bool = False

    def config(self) -> ConsumerConfig:
        """Put it in the server's words; the server never gives an event up by itself."""
        return ConsumerConfig(
            name=self.name,
            durable_name=self.name,
            ack_policy=AckPolicy.EXPLICIT,
            deliver_policy=DeliverPolicy.NEW if self.anew else DeliverPolicy.ALL,
            ack_wait=self.patience.total_seconds(),
            max_deliver=-1,
            max_ack_pending=20 * self.batch,
            filter_subjects=list(self.subjects or self.stream.subjects),
        )


DEVICE_EVENTS = Stream(
    "DEVICE_EVENTS", ("device.>", "partition.>"), 2048 * MIB, timedelta(days=2), per_subject=20_000
)
OPERATION_EVENTS = Stream("OPERATION_EVENTS", ("operation.>", "audit.>"), 256 * MIB, timedelta(days=30))
ALERT_EVENTS = Stream("ALERT_EVENTS", ("alert.>",), 128 * MIB, timedelta(days=30))
DEAD_LETTERS = Stream("DEAD_LETTERS", ("dead.>",), 256 * MIB, timedelta(days=30))

EVERY = (DEVICE_EVENTS, OPERATION_EVENTS, ALERT_EVENTS, DEAD_LETTERS)

WRITER = Durable("writer", DEVICE_EVENTS)
ALERTER = Durable("alerter", DEVICE_EVENTS, ("device.status.>", "device.metrics.>"), anew=True)

DURABLES = (WRITER, ALERTER)
"""Those that must have had an event before it counts as done."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many messages a stream ever took, and how many of them each of its durables has not acknowledged."""

    published: int
    lags: Mapping[str, int] = field(default_factory=dict)

    @property
    def lag(self) -> int:
        """How many the slowest durable has not acknowledged."""
        return max(self.lags.values(), default=0)


async def tally(bus: Bus, stream: Stream) -> Tally:
    """Count a stream; raises Unavailable when NATS does not answer."""
    if not bus.connected:
        raise Unavailable(f"NATS is away: {bus.problem}", "Look at the log of the NATS server.")
    try:
        js = await bus.jetstream()
        published = (await js.stream_info(stream.name)).state.last_seq
        return Tally(published, {d.name: await _lag(js, d, published) for d in DURABLES if d.stream == stream})
    except NotFoundError:
        return Tally(0)
    except (nats.errors.Error, OSError, TimeoutError) as error:
        raise Unavailable(f"NATS does not answer: {error}", "Look at the log of the NATS server.") from error


async def behind(bus: Bus, durable: Durable) -> int:
    """Count what a durable has not acknowledged; raises Unavailable when NATS does not answer."""
    if not bus.connected:
        raise Unavailable(f"NATS is away: {bus.problem}", "Look at the log of the NATS server.")
    try:
        js = await bus.jetstream()
        return await _lag(js, durable, (await js.stream_info(durable.stream.name)).state.last_seq)
    except NotFoundError:
        return 0
    except (nats.errors.Error, OSError, TimeoutError) as error:
        raise Unavailable(f"NATS does not answer: {error}", "Look at the log of the NATS server.") from error


async def ensure(js: JetStreamContext, streams: Iterable[Stream] = EVERY) -> None:
    """Make or update the streams; safe to repeat, and from several processes at once.

    A durable that is there takes a stream's new subjects at once: what it has passed over it would never see.
    """
    for stream in streams:
        wanted = stream.config()
        try:
            present = (await js.stream_info(stream.name)).config
        except NotFoundError:
            await _add(js, wanted)
        else:
            if _differs(wanted, present):
                await js.update_stream(wanted)
            for durable in DURABLES:
                if durable.stream.name == stream.name:
                    await _widen(js, replace(durable, stream=stream))


async def incarnation(js: JetStreamContext, stream: Stream) -> datetime:
    """Tell when a stream was made; one that is made anew counts its sequences from 1 again."""
    return (await js.stream_info(stream.name)).created or datetime.min.replace(tzinfo=UTC)


async def ensure_durable(js: JetStreamContext, durable: Durable) -> None:
    """Make or update a durable; its place in the stream stays."""
    await js.add_consumer(durable.stream.name, durable.config())


async def _widen(js: JetStreamContext, durable: Durable) -> None:
    with suppress(NotFoundError):
        present = (await js.consumer_info(durable.stream.name, durable.name)).config
        if present.filter_subjects != durable.config().filter_subjects:
            await ensure_durable(js, durable)


async def _lag(js: JetStreamContext, durable: Durable, published: int) -> int:
    try:
        seen = await js.consumer_info(durable.stream.name, durable.name)
    except NotFoundError:
        return 0 if durable.anew else published
    return (seen.num_pending or 0) + (seen.num_ack_pending or 0)


async def _add(js: JetStreamContext, wanted: StreamConfig) -> None:
    try:
        await js.add_stream(wanted)
    except BadRequestError:
        # Another process was faster, maybe an older one with other limits.
        await js.update_stream(wanted)


def _differs(wanted: StreamConfig, present: StreamConfig) -> bool:
    names = ("subjects", "max_bytes", "max_age", "max_msgs_per_subject", "duplicate_window", "compression")
    return any(getattr(wanted, name) != getattr(present, name) for name in (*names, "allow_direct"))
