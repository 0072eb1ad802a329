"""How many sessions one process may have with a device: three of the API and one of SSH; a further one waits.

Routers bear few sessions (``max-sessions`` is 20 for all clients together), and many at once slow small ones down.

client = await connect(endpoint, login, timeout=timeout, slots=slots)
shell = await ssh.connect(host, login, timeout=timeout, slots=slots)
"""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable
from enum import StrEnum
from functools import partial
from ipaddress import ip_address
from typing import Final, Protocol, TypeAlias

from routeros.errors import TimedOut

Key: TypeAlias = tuple[str, str]
"""A device: the vantage from which it is seen, and its address, without a port: it counts all its services."""


class Service(StrEnum):
    """A service of a device that sessions are counted for."""

    API = "API"
    SSH = "SSH"


MOST: Final = {Service.API: 3, Service.SSH: 1}
"""The sessions that one process may have with a device."""


class Place(Protocol):
    """Where a service of a device is: an endpoint of the API, or a host of SSH."""

    @property
    def vantage(self) -> str: ...

    @property
    def address(self) -> str: ...


def key(place: Place) -> Key:
    """Tell which device an endpoint belongs to, however its address is written."""
    try:
        address = str(ip_address(place.address))
    except ValueError:
        address = place.address.lower().rstrip(".")
    return place.vantage, address


Kept: TypeAlias = tuple[Service, Key]
Release: TypeAlias = Callable[[], None]


class Slots:
    """The sessions of one process and its event loop. Whoever waits longest comes first.

    Nothing is kept of a device with which there is no session.
    """

    __slots__ = ("_held", "_queues")

    def __init__(self) -> None:
        self._held: defaultdict[Kept, int] = defaultdict(int)
        self._queues: dict[Kept, deque[asyncio.Future[None]]] = {}

    async def take(self, service: Service, device: Key, deadline: float) -> Release:
        """Take a slot, waiting for one until ``deadline``, a time of the loop; raises TimedOut where none is free.

        What is returned gives it back, once, however often it is called.
        """
        place = service, device
        if self._held[place] < MOST[service]:
            self._held[place] += 1
        else:
            await self._wait(place, deadline)
        left = [partial(self._give_back, place)]

        def release() -> None:
            if left:
                left.pop()()

        return release

    def held(self, service: Service, device: Key) -> int:
        """Tell how many sessions there are."""
        return self._held.get((service, device), 0)

    async def _wait(self, place: Kept, deadline: float) -> None:
        turn = asyncio.get_running_loop().create_future()
        self._queues.setdefault(place, deque()).append(turn)
        try:
            async with asyncio.timeout_at(deadline):
                await turn
        except TimeoutError:
            self._stand_back(place, turn)
            raise _full(place) from None
        except asyncio.CancelledError:
            self._stand_back(place, turn)
            raise

    def _stand_back(self, place: Kept, turn: asyncio.Future[None]) -> None:
        """Leave the queue; a turn that came in the same moment goes to the next one."""
        if turn.done() and not turn.cancelled():
            self._give_back(place)
        elif turn in (queue := self._queues.get(place, deque())):
            queue.remove(turn)
            self._tidy(place)

    def _give_back(self, place: Kept) -> None:
        """Hand the slot to whoever waits longest, or let it be free."""
        queue = self._queues.get(place, deque())
        while queue:
            turn = queue.popleft()
            self._tidy(place)
            if not turn.done():
                turn.set_result(None)
                return
        self._held[place] -= 1
        self._tidy(place)

    def _tidy(self, place: Kept) -> None:
        """Forget what is empty."""
        if not self._queues.get(place, True):
            del self._queues[place]
        if not self._held.get(place, 1):
            del self._held[place]


def _full(place: Kept) -> TimedOut:
    service, (_, address) = place
    text = f"All {service} sessions with {address} are in use (at most {MOST[service]}), and none ended in time."
    return TimedOut(text, device=address, next_step="Wait for the other work on this device to end, or end it.")


def unlimited() -> None:
    """Give back a slot that nobody counts."""
