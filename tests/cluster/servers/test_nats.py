"""NATS asks for its token."""

from __future__ import annotations

import asyncio

import pytest
from nats.aio.client import Client

from cluster.servers.nats import Nats


def test_nobody_enters_without_the_token(nats: Nats) -> None:
    async def enter() -> None:
        await Client().connect(nats.url, allow_reconnect=False, error_cb=ignore, connect_timeout=60)

    async def ignore(_: Exception) -> None: ...

    with pytest.raises(Exception, match=r"(?i)authorization"):
        asyncio.run(enter())


def test_jetstream_is_on(nats: Nats) -> None:
    async def ask() -> int:
        client = Client()
        await client.connect(nats.url, token=nats.token, connect_timeout=60)
        try:
            return (await client.jetstream(timeout=60).account_info()).streams
        finally:
            await client.close()

    assert asyncio.run(ask()) >= 0
