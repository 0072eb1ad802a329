"""One poller looks at a device for another: by its name, and where it is away nobody waits long."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from bus import vantage
from bus.connection import Bus
from fleet.errors import Unavailable
from fleet.vantage import Sight, Wish
from tests.bus.brokers import Broker

WISH = Wish(tenant_id=UUID(int=1), device_id=UUID(int=2))


def test_the_poller_that_is_named_looks_and_tells(broker: Broker) -> None:
    assert asyncio.run(_asked(broker)) == [WISH]


async def _asked(broker: Broker) -> list[Wish]:
    """Ask a poller that is there and one that is not, and tell what was heard."""
    heard: list[Wish] = []

    async def look(wish: Wish) -> Sight:
        heard.append(wish)
        return Sight(seen=False, error="It refused the password.")

    async with (
        Bus(broker.url, name="far", token=broker.token) as far,
        Bus(broker.url, name="near", token=broker.token) as near,
    ):
        task = asyncio.create_task(vantage.serve(far, "poller-far-0", look))
        await (await far.client()).flush()
        await asyncio.sleep(0)
        await (await far.client()).flush()
        assert await vantage.ask(near, "poller-far-0", WISH, 60) == Sight(
            seen=False, error="It refused the password."
        )
        with pytest.raises(Unavailable, match="poller-gone-0 did not answer"):
            await vantage.ask(near, "poller-gone-0", WISH, 5)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    return heard
