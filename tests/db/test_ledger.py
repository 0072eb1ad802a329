"""The ledger counts sequences, not deliveries."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import psycopg
from hypothesis import given
from hypothesis import strategies as st

from db import ledger
from tests.fixtures.database import Database, Tenant
from tests.fixtures.metrics import MADE, NOW, STREAM, cpu, ingest, received, stored

TwoTenants = tuple[Tenant, Tenant]


def test_neighbours_are_joined() -> None:
    assert ledger.multirange([3, 1, 2, 7, 2]) == "{[1,4),[7,8)}"
    assert ledger.multirange([]) == "{}"


@given(st.sets(st.integers(1, 60)))
def test_a_multirange_holds_just_its_sequences(sequences: set[int]) -> None:
    text = ledger.multirange(sequences).strip("{}")
    pairs = [part.strip("[").split(",") for part in text.split("),")] if text else []
    held = [n for first, end in pairs for n in range(int(first), int(end.rstrip(")")))]
    assert held == sorted(sequences)


def test_sequences_of_all_writers_count_once(database: Database) -> None:
    _record(database, ("a", MADE, range(1, 11)), ("b", MADE, range(5, 21)), ("a", MADE, [3, 40]))
    assert ledger.counts(database.stores) == {STREAM: 21}


def test_a_stream_made_anew_counts_from_the_beginning(database: Database) -> None:
    _record(database, ("a", MADE, range(1, 11)), ("a", MADE + timedelta(days=1), [1, 2]))
    assert ledger.counts(database.stores) == {STREAM: 2}


def test_an_empty_ledger_counts_nothing(database: Database) -> None:
    assert ledger.counts(database.stores) == {}


def test_folding_keeps_the_count_and_few_ranges(database: Database) -> None:
    _record(database, ("a", MADE, range(1, 2000, 2)), ("b", MADE, range(2, 2000, 2)), ("b", MADE, [3000]))
    before = ledger.counts(database.stores)
    asyncio.run(_fold(database))
    asyncio.run(_fold(database))
    assert ledger.counts(database.stores) == before == {STREAM: 2000}
    rows = stored(database, "SELECT writer, committed::text FROM ingest_ledger ORDER BY writer")
    assert rows == [("", "{[1,2000),[3000,3001)}"), ("a", "{}"), ("b", "{}")]


def test_folding_loses_nothing_of_writers_at_work(database: Database, two_tenants: TwoTenants) -> None:
    devices = two_tenants[0].devices

    async def share(writer: str, first: int) -> None:
        async with ingest(database, writer) as into:
            for sequence in range(first, 101, 2):
                event = cpu(devices[sequence % 3], NOW + timedelta(seconds=sequence), 0.5)
                await into.write(received([event], sequence))

    async def run() -> None:
        sharing = asyncio.gather(share("a", 1), share("b", 2))
        while not sharing.done():
            await _fold(database)
        await sharing

    asyncio.run(run())
    assert ledger.counts(database.stores) == {STREAM: 100}


def test_a_writer_folds_when_its_row_grows_long(database: Database, two_tenants: TwoTenants) -> None:
    gaps = range(1, 2 * ledger.FOLD_AT + 1, 2)
    device = two_tenants[0].devices[0]
    batch = [received([cpu(device, NOW + timedelta(seconds=n), 0.5)], n)[0] for n in gaps]

    async def run() -> None:
        async with ingest(database) as into:
            await into.write(batch)

    asyncio.run(run())
    rows = stored(database, "SELECT writer, (SELECT count(*) FROM unnest(committed)) FROM ingest_ledger ORDER BY 1")
    assert rows == [("", ledger.FOLD_AT), ("writer-0", 0)]


def _record(database: Database, *entries: tuple[str, object, object]) -> None:
    with psycopg.connect(database.url("flotilla_ingest")) as connection:
        for writer, created, sequences in entries:
            connection.execute(ledger.RECORD, (STREAM, created, writer, ledger.multirange(sequences)))  # type: ignore[arg-type]


async def _fold(database: Database) -> None:
    async with await psycopg.AsyncConnection.connect(database.url("flotilla_ingest"), autocommit=True) as connection:
        await ledger.fold(connection, STREAM, MADE)
