"""One change of a device: from the request to the event in the stream, and nothing of the secret on the way."""

from __future__ import annotations

import asyncio
from uuid import UUID

from nats.js import JetStreamContext
from nats.js.api import RawStreamMsg

from actors.relay import Relay
from bus.connection import Bus
from bus.relaying import Courier
from bus.streams import OPERATION_EVENTS
from cluster.servers.nats import Nats
from db import inventory
from fleet.events import Change, DeviceChangedEvent, decode
from fleet.identity import DeviceId
from tests.fixtures.web import Web, home

NEW = {"name": "core-1", "address": "198.51.100.7", "username": "flotilla", "password": "correct horse"}


def test_a_change_goes_from_the_request_to_the_stream(web: Web, nats: Nats) -> None:
    client = web.client(web.key(web.north))
    made = client.post(f"{home(web.north)}/devices", json=NEW).get_json()["id"]
    place = f"{home(web.north)}/devices/{made}"
    assert client.patch(place, json={"port": 8730, "password": "battery"}).status_code == 200
    (device,) = inventory.some(web.context.stores, [DeviceId(UUID(made))])
    assert client.delete(place).status_code == 204
    subject = f"operation.device.{web.north.id}.{made}"

    async def run() -> list[RawStreamMsg]:
        async with Bus(nats.url, name="test", token=nats.token) as bus:
            assert await Relay(web.context.stores, Courier(bus), web.clock).turn() == 3
            return await told(await bus.jetstream(), subject)

    messages = asyncio.run(run())
    events = [decode(message.data or b"") for message in messages]
    assert all(isinstance(event, DeviceChangedEvent) and str(event.device_id) == made for event in events)
    found = {event.change: event.fields for event in events if isinstance(event, DeviceChangedEvent)}
    assert found == {Change.CREATED: (), Change.UPDATED: ("port", "password"), Change.DELETED: ()}
    sent = b"".join(message.data or b"" for message in messages)
    assert not [word for word in ("horse", "battery", device.secret, "198.51.100.7") if word.encode() in sent]


async def told(js: JetStreamContext, subject: str) -> list[RawStreamMsg]:
    """Read all messages of a subject from the stream."""
    last = (await js.stream_info(OPERATION_EVENTS.name)).state.last_seq
    found = [await js.get_msg(OPERATION_EVENTS.name, number + 1) for number in range(last)]
    return [message for message in found if message.subject == subject]
