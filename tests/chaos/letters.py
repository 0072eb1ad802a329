"""A poison event into the stream, and the dead letter that becomes of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from nats.js.errors import NotFoundError

from bus import streams, subjects
from bus.connection import connect
from db.engine import Stores
from fleet import partition
from fleet.device import State
from fleet.events import DeviceStatusEvent, encode
from fleet.identity import DeviceId
from fleet.settings import Settings
from tests.chaos import sources


@dataclass(frozen=True, slots=True)
class Letter:
    """The newest dead letter, and how many there are."""

    count: int
    tries: int
    reason: str


def poison(asked: Settings, stores: Stores, device: DeviceId, attempt: int, at: datetime) -> None:
    """Publish a status, by right of the device's present owner, whose attempt no column can hold."""
    _, epoch = sources.owners(stores)[partition.of(device)]
    tenant = sources.tenant(stores, device)
    event = DeviceStatusEvent(
        tenant_id=tenant, device_id=UUID(str(device)), at=at, epoch=epoch, state=State.UP, attempt=attempt
    )
    asyncio.run(_publish(asked, event))


async def _publish(asked: Settings, event: DeviceStatusEvent) -> None:
    async with await connect(asked.nats_url, name="poison", token=asked.nats_token, patience=sources.PATIENCE) as bus:
        await (await bus.jetstream()).publish(subjects.of(event), encode(event))


def newest(asked: Settings) -> Letter | None:
    """Read the newest dead letter; None while there is none. Raises Unavailable while NATS is away."""
    return asyncio.run(_newest(asked))


async def _newest(asked: Settings) -> Letter | None:
    async with await connect(
        asked.nats_url, name="letters", token=asked.nats_token, patience=sources.PATIENCE
    ) as bus:
        js = await bus.jetstream()
        try:
            message = await js.get_last_msg(streams.DEAD_LETTERS.name, "dead.writer.>")
        except NotFoundError:
            return None
        headers = message.headers or {}
        count = (await js.stream_info(streams.DEAD_LETTERS.name)).state.messages
        return Letter(count, int(headers["Flotilla-Deliveries"]), headers["Flotilla-Reason"])
