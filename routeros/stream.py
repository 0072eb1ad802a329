"""Rows as they come, from a command that may have no end: ``listen``, ``monitor-traffic``, ``ping``."""

from __future__ import annotations

import asyncio
import copy
from collections import deque
from collections.abc import Iterable
from datetime import timedelta
from math import inf
from types import TracebackType
from typing import Final, Protocol, Self

from routeros.errors import RouterOSError
from routeros.exchange import Exchange, Flow, Reply
from routeros.words import Command, Row, weigh

ROWS: Final = 1000
TEXT: Final = 4 * 1024 * 1024
"""What waits for a reader at most: rows, and characters in them."""

LOSSLESS: Final = ("listen", "print", "getall")
"""Verbs whose rows are changes or items; those of all others are measurements, of which the newest count."""


class Carrier(Protocol):
    """What a stream needs of its connection."""

    def follow(self, flow: Flow) -> None:
        """Send the command; raises Busy, or why the connection ended."""
        ...

    def abandon(self, exchanges: Iterable[Exchange]) -> None:
        """Cancel on the device what nobody waits for any more."""
        ...


class Stream:
    """The rows of one command, for one reader. It begins when it is entered and is cancelled when it is left.

        async with client.stream(Command("/interface/listen")) as rows:
            async for row in rows: ...

    Rows come as the device sent them: ``.dead`` in those of removed items (see ``dead``), ``.section`` in those of
    monitors. Iteration ends with the command; it raises Trap, TimedOut, TooManyRows, Busy or what ended the
    connection, after the rows that came before.

    A slow reader never holds up the other commands of the connection, and what waits for it is bounded: 1000 rows or
    4 MiB of text. Then ``listen`` and ``print``, where no row may be missed, are cancelled and raise TooManyRows; of
    anything else, which measures, the oldest rows make room for the newest, and ``dropped`` counts them.
    """

    __slots__ = ("_carrier", "_end", "_entered", "_flow", "_lossless", "_news", "_over", "_rows", "_size", "dropped")

    def __init__(self, carrier: Carrier, command: Command, idle: timedelta | None) -> None:
        self._carrier = carrier
        seconds = inf if idle is None else idle.total_seconds()
        self._flow = Flow(command, seconds, self._settle, take=self._take)
        self._lossless = command.menu.rpartition("/")[2] in LOSSLESS
        self._rows: deque[Row] = deque()
        self._size = 0
        self._news = asyncio.Event()
        self._over = True
        self._entered = False
        self._end: RouterOSError | None = None
        self.dropped = 0

    async def __aenter__(self) -> Self:
        if self._entered:
            raise RuntimeError("a stream can be entered once")
        self._carrier.follow(self._flow)
        self._entered, self._over = True, False
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._over:
            self._over = True
            self._carrier.abandon((self._flow,))
        self._rows.clear()
        self._end = None
        self._news.set()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Row:
        while not self._rows:
            if not self._entered:
                raise RuntimeError("a stream begins when it is entered: async with client.stream(...) as rows")
            if self._over:
                if self._end is not None:
                    raise copy.copy(self._end)
                raise StopAsyncIteration
            self._news.clear()
            await self._news.wait()
        return self._pop()

    def _pop(self) -> Row:
        row = self._rows.popleft()
        self._size -= _weight(row)
        return row

    def _take(self, row: Row) -> bool:
        """Keep a row for the reader; tells False where no more may come."""
        self._rows.append(row)
        self._size += _weight(row)
        self._news.set()
        while len(self._rows) > ROWS or self._size > TEXT:
            if self._lossless:
                return False
            self._pop()
            self.dropped += 1
        return True

    def _settle(self, reply: Reply) -> None:
        self._over = True
        if isinstance(reply, list):
            self._rows.extend(reply)
        else:
            self._end = reply
        self._news.set()


def dead(row: Row) -> bool:
    """Tell whether a row of ``listen`` says that its item was removed."""
    return row.get(".dead", "") in ("yes", "true")


def _weight(row: Row) -> int:
    """Weigh a row: its text, names included, and what its properties take beside it."""
    return sum(map(len, row.values())) + sum(map(len, row)) + weigh((row,))
