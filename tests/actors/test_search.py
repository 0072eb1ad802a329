"""A piece of a search: its pace, its bounds, and what is made of the answers."""

from __future__ import annotations

import asyncio

import pytest

from actors import search
from actors.search import Pace
from db.scans import Wanted
from fleet import scanning
from fleet.device import Endpoint
from fleet.egress import Egress
from fleet.errors import EgressDenied
from fleet.scanning import PORTS, Found, Service
from routeros.knocking import Answer

NETWORK = scanning.network("10.0.0.0/29")
EVERYTHING = Wanted(NETWORK, PORTS, 200.0)


def run(wanted: Wanted, knock: search.Knock) -> list[Found]:
    return asyncio.run(search.piece(scanning.addresses(wanted.network), wanted, Egress(), knock))


def test_what_answers_is_told_by_address() -> None:
    async def knock(place: Endpoint, service: Service, egress: Egress) -> Answer | None:
        match place.address, service:
            case "10.0.0.5", Service.SSH:
                return Answer(service, place.port)
            case "10.0.0.2", Service.API:
                return Answer(service, place.port, speaks=True)
            case "10.0.0.2", Service.API_SSL:
                return Answer(service, place.port, "ab" * 32, speaks=True)
        return None

    assert run(EVERYTHING, knock) == [
        Found("10.0.0.2", {Service.API: 8728, Service.API_SSL: 8729}, "ab" * 32, speaks=True),
        Found("10.0.0.5", {Service.SSH: 22}),
    ]


def test_every_door_is_knocked_at_once() -> None:
    knocked: list[tuple[str, int]] = []

    async def knock(place: Endpoint, service: Service, egress: Egress) -> Answer | None:
        knocked.append((place.address, place.port))
        return None

    run(EVERYTHING, knock)
    assert sorted(knocked) == sorted((f"10.0.0.{n}", port) for n in range(1, 7) for port in PORTS.values())


def test_it_keeps_its_pace() -> None:
    pace = Pace(100.0)
    turns = [pace.turn(now) for now in (5.0, 5.0, 5.0, 5.025, 9.0, 9.0)]
    assert turns == pytest.approx([5.0, 5.01, 5.02, 5.03, 9.0, 9.01])


def test_one_that_is_denied_ends_all() -> None:
    asked: list[str] = []

    async def knock(place: Endpoint, service: Service, egress: Egress) -> Answer | None:
        asked.append(place.address)
        raise EgressDenied("no", "no")

    with pytest.raises(EgressDenied):
        run(EVERYTHING, knock)
    assert len(asked) < 24


@pytest.mark.parametrize(("rate", "ports", "size"), [(1, 4, 1), (1, 1, 5), (10, 4, 12), (200, 4, 64), (200, 1, 64)])
def test_a_piece_is_soon_over(rate: float, ports: int, size: int) -> None:
    wanted = Wanted(NETWORK, dict(list(PORTS.items())[:ports]), rate)
    assert search.size(wanted) == size
