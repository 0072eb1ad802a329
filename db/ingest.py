"""Events into the store: a batch is one transaction, and the same batch twice makes one row.

Rows go by binary COPY straight into the metric tables; only where the store has some of them already (a batch that
is delivered again) it is done anew through staging tables. The role may insert and not read.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Self, TypeAlias

import msgspec
import psycopg
from psycopg import errors

from db import batch, binary, dirty, ledger, partitions, staging, states, stocktaking
from db.fences import Fences, Judged
from fleet.clock import Clock, SystemClock
from fleet.events import Received
from fleet.families import Family

BEHIND = timedelta(days=8)
"""How late a sample may come at most; where raw rows of then are not kept any more, it may not."""

REMEMBERED = 30.0
"""Seconds for which a device is taken to be known, or unknown, without asking again."""

FENCED = "fenced"
"""The reason of an event that a former owner sent behind the fence of the next."""

_OPTIONS = "-c TimeZone=UTC -c jit=off -c statement_timeout=60s -c idle_in_transaction_session_timeout=60s"

_KNOWN = """
    SELECT tenant_id, device_id FROM device_state
    WHERE (tenant_id, device_id) IN (SELECT * FROM unnest(%s::uuid[], %s::uuid[]))
"""

_Connection: TypeAlias = psycopg.AsyncConnection[tuple[Any, ...]]
_Way: TypeAlias = Callable[[_Connection, Family, binary.Sent], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a batch; ``reasons`` counts what was refused and why.

    Rows that the store had already are ``duplicates``. A refused event is settled like any other. ``waiting`` are
    the sequences of events that are not settled, because nobody can tell yet whether they stand behind a fence.
    """

    events: int
    rows: int = 0
    duplicates: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)
    waiting: frozenset[int] = frozenset()

    @property
    def refused(self) -> int:
        """How many events, rows and values were refused."""
        return sum(self.reasons.values())


@dataclass(slots=True)
class Ingest:
    """Writes batches on one connection of the role ``flotilla_ingest``, one after the other.

    ``writer`` names who writes, and ``incarnations`` when each stream was made (the ledger counts by both). After an
    error of psycopg nothing, or all, of the batch is stored: give it again; the connection is made anew by itself.
    """

    url: str
    families: Mapping[str, Family]
    writer: str
    incarnations: Mapping[str, datetime]
    clock: Clock = field(default_factory=SystemClock)
    _connection: _Connection | None = field(default=None, init=False)
    _known: dict[batch.Pair, bool] = field(default_factory=dict, init=False)
    _known_until: float = field(default=0.0, init=False)
    _floor: datetime = field(default=dirty.EARLIEST, init=False)
    _days: set[date] = field(default_factory=set, init=False)
    _fences: Fences = field(default_factory=Fences, init=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connection and forget what was known; a later write opens a new one."""
        connection, self._connection = self._connection, None
        self._forget()
        if connection is not None:
            await connection.close()

    def _forget(self) -> None:
        self._known.clear()
        self._known_until = 0.0
        self._days.clear()

    async def write(self, received: Sequence[Received]) -> Written:
        """Store a batch and return once it is committed; raises psycopg.Error."""
        try:
            return await self._write(await self._connected(), received)
        except (psycopg.Error, asyncio.CancelledError):
            await self.close()
            raise

    async def _connected(self) -> _Connection:
        if self._connection is None or self._connection.closed:
            self._connection = await psycopg.AsyncConnection.connect(
                self.url,
                autocommit=True,
                connect_timeout=5,
                application_name=f"flotilla {self.writer}",
                options=_OPTIONS,
            )
        return self._connection

    async def _write(self, connection: _Connection, received: Sequence[Received]) -> Written:
        judged = await self._fences.judged(connection, received, self.incarnations)
        try:
            return await self._settle(connection, judged)
        except errors.CheckViolation:
            # A partition was dropped that this writer took to be there: what is kept is read anew.
            self._forget()
            return await self._settle(connection, judged)

    async def _settle(self, connection: _Connection, judged: Judged) -> Written:
        known = await self._pairs(connection, batch.pairs(judged.admitted))
        now = self.clock.now()
        window = batch.Window(max(now - BEHIND, self._floor), now + partitions.AHEAD)
        work = batch.sort(judged.admitted, self.families, known, window)
        settled = [*judged.admitted, *judged.refused]
        await self._ensure(connection, work.days)
        try:
            rows, ranges = await self._store(connection, work, settled, _straight)
        except (errors.UniqueViolation, errors.DeadlockDetected):
            rows, ranges = await self._store(connection, work, settled, _staged)
        for stream in (s for s, count in ranges.items() if count >= ledger.FOLD_AT):
            await ledger.fold(connection, stream, self.incarnations[stream])
        given = sum(len(block.times) for block in work.blocks.values())
        fenced = {FENCED: len(judged.refused)} if judged.refused else {}
        waiting = frozenset(one.sequence for one in judged.waiting)
        return Written(len(settled), rows, given - rows, {**work.refused, **fenced}, waiting)

    async def _store(
        self, connection: _Connection, work: batch.Batch, received: Sequence[Received], way: _Way
    ) -> tuple[int, dict[str, int]]:
        """Store all in one transaction; returns the rows that are new, and the ranges in the ledger by stream."""
        async with connection.transaction():
            rows = 0
            for name, block in work.blocks.items():
                rows += await way(connection, self.families[name], binary.encode(self.families[name], block))
            if work.blocks:
                await connection.execute(dirty.MARK, dirty.marks({n: b.times for n, b in work.blocks.items()}))
            if work.turns:
                await connection.execute(states.TURNS, (msgspec.json.encode(work.turns).decode(),))
            if work.statuses:
                await connection.execute(states.TELL, (msgspec.json.encode(work.statuses).decode(),))
            await stocktaking.store(connection, work.stocks)
            return rows, await self._record(connection, received)

    async def _record(self, connection: _Connection, received: Sequence[Received]) -> dict[str, int]:
        sequences: dict[str, list[int]] = defaultdict(list)
        for one in received:
            sequences[one.stream].append(one.sequence)
        ranges = {}
        for stream in sorted(sequences):
            key = (stream, self.incarnations[stream], self.writer)
            found = await connection.execute(ledger.RECORD, (*key, ledger.multirange(sequences[stream])))
            ranges[stream] = (await found.fetchone() or (0,))[0]
        return ranges

    async def _pairs(self, connection: _Connection, asked: set[batch.Pair]) -> set[batch.Pair]:
        """Tell which of the pairs are devices, from memory where it is fresh; else what is kept is asked as well."""
        if time.monotonic() >= self._known_until:
            self._known.clear()
            self._known_until = time.monotonic() + REMEMBERED
            floor = await (await connection.execute(partitions.FLOOR)).fetchone()
            self._floor = floor[0] if floor else dirty.EARLIEST
        if missing := [pair for pair in asked if pair not in self._known]:
            tenants, devices = zip(*missing, strict=True)
            found = await connection.execute(_KNOWN, (list(tenants), list(devices)))
            there = set(await found.fetchall())
            self._known.update((pair, pair in there) for pair in missing)
        return {pair for pair in asked if self._known[pair]}

    async def _ensure(self, connection: _Connection, days: Iterable[date]) -> None:
        """Have the partitions of the days, and of those that follow, made before the first row needs them."""
        if missing := set(days) - self._days:
            await connection.execute(partitions.ENSURE, (partitions.with_ahead(missing),))
            self._days |= missing


async def _straight(connection: _Connection, family: Family, rows: binary.Sent) -> int:
    return await _copy(connection, staging.straight(family), rows)


async def _staged(connection: _Connection, family: Family, rows: binary.Sent) -> int:
    await connection.execute(staging.prepare(family))
    await _copy(connection, staging.staged(family), rows)
    return (await connection.execute(staging.merge(family))).rowcount


async def _copy(connection: _Connection, statement: bytes, rows: binary.Sent) -> int:
    async with connection.cursor() as cursor:
        async with cursor.copy(statement) as copy:
            await copy.write(rows)
        return cursor.rowcount
