"""The connections of a push: the one that changes the device, and fresh ones by which it is looked at."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from actors.pushground import Ground
from routeros.errors import Unreachable
from routeros.push.line import Line


class Lines:
    """Opens and closes the connections to one device."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._work: Line | None = None

    @property
    def work(self) -> Line:
        """The session that changes the device; raises Unreachable where it is gone."""
        if self._work is None:
            raise Unreachable("The session that changes the device is gone.")
        return self._work

    async def begin(self) -> None:
        """Open the session that changes the device. Raises RouterOSError."""
        await self.close()
        self._work = await self._line()

    async def close(self) -> None:
        """Hang up; whatever this session held in safe mode the device takes back by itself."""
        work, self._work = self._work, None
        if work is not None:
            await work.client.close()

    @asynccontextmanager
    async def fresh(self) -> AsyncIterator[Line]:
        """Use a connection of one's own. Raises RouterOSError."""
        line = await self._line()
        try:
            yield line
        finally:
            await line.client.close()

    @asynccontextmanager
    async def any(self) -> AsyncIterator[Line]:
        """Use the session that there is, or a fresh one. Raises RouterOSError."""
        if self._work is not None and not self._work.client.closed:
            yield self._work
            return
        async with self.fresh() as line:
            yield line

    async def _line(self) -> Line:
        return Line(await self._ground.connect(), self._ground.may)
