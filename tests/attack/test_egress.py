"""No operation makes us connect to ourselves, to this host or to a cloud's metadata, however the place is written."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bench.attack import egress, hostile
from bench.attack.egress import Listeners
from bench.attack.filling import Filler
from bench.attack.wire import Ask, Reply
from fleet.device import Endpoint, Login, TlsMode
from fleet.egress import SIMULATED, Egress
from fleet.errors import FleetError
from routeros import client
from tests.attack.grounds import Ground


@pytest.fixture(scope="module")
def attacked(ground: Ground) -> tuple[Listeners, list[tuple[Ask, Reply]]]:
    """All places were offered, and what was taken was then connected to as a poller does."""
    with egress.listening() as listeners:
        sent = egress.attack(Filler(ground.document, ground.wire, ground.south), listeners)
        taken = {str(place) for ask, reply in sent if reply.ok and (place := named(reply)) is not None}
        for place in sorted(taken):
            assert poll(place, listeners.port) is not None, place
    return listeners, sent


def named(reply: Reply) -> object:
    return reply.json.get("address") if isinstance(reply.json, dict) else None


def poll(place: str, port: int) -> str | None:
    """Connect as the poller of a tenant with the simulator's networks does; tells why not."""

    async def enter() -> None:
        endpoint = Endpoint(place, port, TlsMode.PLAIN)
        networks = Egress.of([str(SIMULATED)])
        await (await client.connect(endpoint, Login("u", "p"), timeout=timedelta(seconds=2), egress=networks)).close()

    try:
        asyncio.run(enter())
    except FleetError as error:
        return error.code
    return None


def test_nobody_came(attacked: tuple[Listeners, list[tuple[Ask, Reply]]]) -> None:
    listeners, sent = attacked
    assert sent
    assert listeners.came == []


def test_what_is_refused_is_one_clear_problem(attacked: tuple[Listeners, list[tuple[Ask, Reply]]]) -> None:
    wrong = [f"{ask.path} {ask.body}: {said}" for ask, reply in attacked[1] if (said := hostile.proper(reply))]
    assert not wrong, "\n".join(wrong)


def test_a_listener_counts_who_comes() -> None:
    """Else the count of none would say nothing."""
    with egress.listening() as listeners:
        assert poll_anything("127.0.0.1", listeners.port)
        assert len(listeners.came) == 1


def poll_anything(place: str, port: int) -> bool:
    """Connect and see the other side hang up, which it does once it has counted."""

    async def knock() -> bytes:
        reader, writer = await asyncio.open_connection(place, port)
        heard = await reader.read()
        writer.close()
        return heard

    return asyncio.run(knock()) == b""
