"""A piece of a search for routers: addresses knocked at, at a pace, and what has answered."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeAlias

from db.scans import Wanted
from fleet.device import Endpoint
from fleet.egress import Address, Egress
from fleet.scanning import Found, Service
from routeros import knocking
from routeros.knocking import Answer

IN_FLIGHT = 256
"""Knocks of one search that wait for an answer at once."""

LASTING = 5.0
MOST = 64
"""So many seconds a piece may take to begin all its knocks, and so many addresses it has at most."""

Knock: TypeAlias = Callable[[Endpoint, Service, Egress], Awaitable[Answer | None]]


class Pace:
    """Lets so many begin in a second, evenly."""

    def __init__(self, rate: float) -> None:
        self._gap = 1 / rate
        self._next = 0.0

    def turn(self, now: float) -> float:
        """Tell when the next one may begin; a time in which nobody came is not made up for."""
        at = max(now, self._next)
        self._next = at + self._gap
        return at

    async def take(self) -> None:
        """Wait for one's turn."""
        now = asyncio.get_running_loop().time()
        await asyncio.sleep(self.turn(now) - now)


def size(wanted: Wanted) -> int:
    """Tell how many addresses make a piece that is soon over, so that a search can be left and gone on with."""
    return max(1, min(MOST, int(LASTING * wanted.rate / len(wanted.ports))))


async def piece(
    places: Iterable[Address], wanted: Wanted, egress: Egress, knock: Knock = knocking.knock
) -> list[Found]:
    """Knock at every port of some addresses; raises EgressDenied where one is denied, and ends the others then."""
    pace, room = Pace(wanted.rate), asyncio.Semaphore(IN_FLIGHT)
    answers: dict[str, list[Answer]] = defaultdict(list)

    async def ask(place: str, service: Service, port: int) -> None:
        try:
            answer = await knock(Endpoint(place, port), service, egress)
        finally:
            room.release()
        if answer is not None:
            answers[place].append(answer)

    try:
        async with asyncio.TaskGroup() as tasks:
            for place in map(str, places):
                for service, port in wanted.ports.items():
                    await room.acquire()
                    await pace.take()
                    tasks.create_task(ask(place, service, port))
    except ExceptionGroup as group:
        raise group.exceptions[0] from group
    return [_found(place, answers[place]) for place in map(str, places) if place in answers]


def _found(place: str, answers: Iterable[Answer]) -> Found:
    told = sorted(answers, key=lambda answer: list(Service).index(answer.service))
    prints = [answer.fingerprint for answer in told if answer.fingerprint]
    ports = {answer.service: answer.port for answer in told}
    return Found(place, ports, prints[0] if prints else None, any(answer.speaks for answer in told))
