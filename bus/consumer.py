"""The one consumer loop: decode a batch, hand it over, acknowledge; a poisonous event is set apart."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta

import msgspec

from bus.delivery import Delivery, Handler, Source
from fleet import logs
from fleet.errors import Unavailable
from fleet.events import Received, decode

HOLD = (0.1, 0.2, 0.5, 1.0, 2.0)
AT_ONCE = timedelta(0)
SHORTLY = timedelta(seconds=1)
"""When an event is delivered again that its handler could not settle yet."""

log = logs.get(__name__)


@dataclass(slots=True)
class Progress:
    """What a consumer did so far. ``held`` says why it waits, and is empty while it does not."""

    batches: int = 0
    events: int = 0
    redelivered: int = 0
    failures: int = 0
    dead: int = 0
    held: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """A delivery and the event in it."""

    delivery: Delivery
    received: Received


@dataclass(frozen=True, slots=True)
class Work:
    """One consumer's parts."""

    source: Source
    handler: Handler
    stop: asyncio.Event
    progress: Progress


async def consume(source: Source, handler: Handler, stop: asyncio.Event, progress: Progress | None = None) -> None:
    """Consume until ``stop`` is set; what was taken by then is finished or given back."""
    work = Work(source, handler, stop, progress or Progress())
    try:
        while not stop.is_set():
            if batch := await source.batch():
                async with _kept(source, batch):
                    await _settle(work, [pair for d in batch if (pair := await _opened(work, d))])
    finally:
        await source.close()


async def _opened(work: Work, delivery: Delivery) -> Pair | None:
    """Decode a delivery; what cannot be decoded will not be tomorrow either and is buried at once."""
    try:
        event = decode(delivery.data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        await _bury(work, delivery, f"undecodable: {error}")
        return None
    work.progress.redelivered += delivery.deliveries > 1
    place = (delivery.stream, delivery.sequence, delivery.subject)
    return Pair(delivery, Received(*place, event, delivery.deliveries, delivery.origin))


async def _settle(work: Work, pairs: Sequence[Pair]) -> None:
    """Handle a batch and acknowledge it; a failing one is halved until the poisonous event stands alone."""
    if not pairs:
        return
    try:
        again = await _handled(work, [pair.received for pair in pairs])
    except Exception as error:  # noqa: BLE001  (the consumer is one of the three boundaries)
        work.progress.failures += 1
        if len(pairs) == 1:
            await _failed(work, pairs[0], error)
            return
        log.warning("a batch failed and is halved", durable=work.source.durable.name, events=len(pairs))
        middle = len(pairs) // 2
        await _settle(work, pairs[:middle])
        await _settle(work, pairs[middle:])
        return
    work.progress.batches += again is not None
    for pair in pairs:
        if again is None:
            await pair.delivery.nak(AT_ONCE)
        elif pair.delivery.sequence in again:
            await pair.delivery.nak(SHORTLY)
        else:
            await pair.delivery.ack()
            work.progress.events += 1


async def _handled(work: Work, received: Sequence[Received]) -> Collection[int] | None:
    """Call the handler until it is not unavailable any more; None when the consumer is to stop meanwhile."""
    tries = 0
    while True:
        try:
            again = await work.handler(received)
        except Unavailable as error:
            if not work.progress.held:
                log.warning("a batch is held back", durable=work.source.durable.name, reason=str(error))
            work.progress.held = str(error)
        else:
            work.progress.held = ""
            return again or ()
        with suppress(TimeoutError):
            async with asyncio.timeout(HOLD[min(tries, len(HOLD) - 1)]):
                await work.stop.wait()
        if work.stop.is_set():
            return None
        tries += 1


async def _failed(work: Work, pair: Pair, error: Exception) -> None:
    deliveries = pair.delivery.deliveries
    log.error("an event failed", subject=pair.delivery.subject, deliveries=deliveries, exc_info=error)
    if deliveries >= work.source.durable.tries:
        await _bury(work, pair.delivery, f"{type(error).__name__}: {error}")
    else:
        await pair.delivery.nak(_delay(work, deliveries))


async def _bury(work: Work, delivery: Delivery, reason: str) -> None:
    if await work.source.bury(delivery, reason):
        work.progress.dead += 1
        log.error("an event is dead", subject=delivery.subject, sequence=delivery.sequence, reason=reason)
        await delivery.ack()
    else:
        await delivery.nak(_delay(work, delivery.deliveries))


def _delay(work: Work, deliveries: int) -> timedelta:
    steps = work.source.durable.back_off
    return steps[min(deliveries, len(steps)) - 1]


@asynccontextmanager
async def _kept(source: Source, batch: Sequence[Delivery]) -> AsyncIterator[None]:
    """Ask for more time, as often as needed, for a batch that is being worked on."""
    keeper = asyncio.create_task(_keep(source, batch))
    try:
        yield
    finally:
        keeper.cancel()


async def _keep(source: Source, batch: Sequence[Delivery]) -> None:
    while True:
        await asyncio.sleep(source.durable.patience.total_seconds() / 3)
        for delivery in batch:
            await delivery.working()
        await source.keep()
