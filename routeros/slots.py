"""How many sessions one process may have with a device: three of the API and one of SSH; a further one waits.

Routers bear few sessions (``max-sessions`` is 20 for all clients together), and many at once slow small ones down.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from enum import StrEnum
from functools import partial
from ipaddress import ip_address
from typing import Final, TypeAlias

from fleet.device import Endpoint
from routeros.errors import TimedOut

Key: TypeAlias = tuple[str, str]
"""A device: the vantage from which it is seen, and its address, without a port: it counts all its services."""


class Service(StrEnum):
    """A service of a device that sessions are counted for."""

    API = "API"
    SSH = "SSH"


MOST: Final = {Service.API: 3, Service.SSH: 1}
"""The sessions that one process may have with a device."""


def key(endpoint: Endpoint) -> Key:
    """Tell which device an endpoint belongs to, however its address is written."""
    try:
        address = str(ip_address(endpoint.address))
    except ValueError:
        address = endpoint.address.lower().rstrip(".")
    return endpoint.vantage, address


Place: TypeAlias = tuple[Service, Key]
Release: TypeAlias = Callable[[], None]


class Slots:
    """The sessions of one process and its event loop. Whoever waits longest comes first.

    Nothing is kept of a device with which there is no session.
    """

    __slots__ = ("_held", "_queues")

    def __init__(self) -> None:
        self._held: defaultdict[Place, int] = defaultdict(int)
        self._queues: dict[Place, deque[asyncio.Future[None]]] = {}

    @asynccontextmanager
    async def api(self, device: Key, deadline: float) -> AsyncIterator[None]:
        """Hold one of the device's three API sessions; raises TimedOut where none is free by ``deadline``.

        ``deadline`` is a time of the loop, here as in all methods.
        """
        release = await self.take(Service.API, device, deadline)
        try:
            yield
        finally:
            release()

    @asynccontextmanager
    async def ssh(self, device: Key, deadline: float) -> AsyncIterator[None]:
        """Hold the device's one SSH session; raises TimedOut where it is not free by ``deadline``."""
        release = await self.take(Service.SSH, device, deadline)
        try:
            yield
        finally:
            release()

    async def take(self, service: Service, device: Key, deadline: float) -> Release:
        """Take a slot for longer than a block lasts; what is returned gives it back, once, however often called."""
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

    async def _wait(self, place: Place, deadline: float) -> None:
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

    def _stand_back(self, place: Place, turn: asyncio.Future[None]) -> None:
        """Leave the queue; a turn that came in the same moment goes to the next one."""
        if turn.done() and not turn.cancelled():
            self._give_back(place)
        elif turn in (queue := self._queues.get(place, deque())):
            queue.remove(turn)
            self._tidy(place)

    def _give_back(self, place: Place) -> None:
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

    def _tidy(self, place: Place) -> None:
        """Forget what is empty."""
        if not self._queues.get(place, True):
            del self._queues[place]
        if not self._held.get(place, 1):
            del self._held[place]


def _full(place: Place) -> TimedOut:
    service, (_, address) = place
    text = f"All {service} sessions with {address} are in use (at most {MOST[service]}), and none ended in time."
    return TimedOut(text, device=address, next_step="Wait for the other work on this device to end, or end it.")
