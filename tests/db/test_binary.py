"""The binary formats against PostgreSQL itself."""

from __future__ import annotations

import math
from uuid import UUID

import numpy as np
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cluster.servers.postgres import Postgres
from db import binary, metric_tables, staging
from fleet.families import Family, Field, Kind, Storage

LINES = Family(
    "lines",
    "Lines",
    (Field("gain_db"), Field("rx_total", Kind.COUNTER), Field("link", Kind.STATE, states=("down", "up"))),
    ("line", "side"),
)
TENANT, DEVICE = UUID(int=7), UUID(int=2**127 + 1)

words = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
counts = st.one_of(st.none(), st.integers(0, 2**63 - 1))
numbers = st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False))
rows = st.tuples(
    words, words, numbers, counts, counts, st.one_of(st.none(), st.floats(0, 1e9)), st.sampled_from([None, 0, 1])
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(rows, min_size=1, max_size=20))
def test_rows_survive_the_way_into_a_table(postgres: Postgres, made: list[tuple[object, ...]]) -> None:
    places = list(zip(*made, strict=True))
    block = binary.Block(
        binary.EPOCH + np.arange(len(made), dtype="i8"),
        binary.ids(TENANT.bytes),
        binary.ids(DEVICE.bytes * len(made)),
        tuple(binary.texts([str(word).encode() for word in place]) for place in places[:2]),
        tuple(np.array([_held(n, c.storage) for n in p]) for p, c in zip(places[2:], LINES.columns, strict=True)),
    )
    with psycopg.connect(postgres.url) as connection:
        connection.execute(staging.prepare(LINES))
        with connection.cursor() as cursor, cursor.copy(staging.staged(LINES)) as copy:
            copy.write(binary.encode(LINES, block))
        names = ", ".join(metric_tables.names(LINES)[3:])
        found = connection.execute(f"SELECT {names} FROM lines_staging ORDER BY time".encode()).fetchall()
        connection.rollback()
    assert found == made


def test_what_a_column_cannot_hold_becomes_null() -> None:
    raw = [
        np.array([1.0, np.nan, -np.inf, -3.0]),
        np.array([2**64 - 1, 2**63, 2**63 - 1, 0], dtype="u8"),
        np.array([-1, 5, 6, 7], dtype="i4"),
        np.array([-0.5, np.inf, 0.0, 1 / 3]),
        np.array([2.0, 1.0, np.nan, 0.0]),
    ]
    gain, total, increase, rate, link = binary.cleaned(LINES, raw)
    np.testing.assert_array_equal(gain, [1.0, np.nan, np.nan, -3.0])
    assert total.tolist() == [-1, -1, 2**63 - 1, 0]
    assert increase.tolist() == [-1, 5, 6, 7]
    np.testing.assert_array_equal(rate, [np.nan, np.nan, 0.0, np.float32(1 / 3)])
    assert link.tolist() == [-1, 1, -1, 0]
    assert [column.dtype.str for column in (gain, total, link)] == ["<f8", "<i8", "<i2"]


@pytest.mark.parametrize("storage", list(Storage))
@pytest.mark.parametrize("length", [0, 1, 1000])
def test_arrays_of_a_query_come_back(postgres: Postgres, storage: Storage, length: int) -> None:
    query = f"SELECT array_send(ARRAY(SELECT n::{storage.value} FROM generate_series(1, {length}) AS n))"
    with psycopg.connect(postgres.url) as connection:
        data = connection.execute(query.encode()).fetchone()
    assert data is not None
    assert binary.decode(data[0], storage).tolist() == list(range(1, length + 1))


def test_times_of_a_query_come_back(postgres: Postgres) -> None:
    query = "SELECT array_send(ARRAY['2026-01-05T12:00:00.000001Z', '1999-12-31T23:59:59Z']::timestamptz[])"
    with psycopg.connect(postgres.url) as connection:
        data = connection.execute(query.encode()).fetchone()
    assert data is not None
    expected = np.array(["2026-01-05T12:00:00.000001", "1999-12-31T23:59:59"], dtype="datetime64[us]")
    np.testing.assert_array_equal(binary.decode_times(data[0]), expected)


def _held(number: object, storage: Storage) -> object:
    if number is not None:
        return number
    return math.nan if storage is Storage.DOUBLE else -1
