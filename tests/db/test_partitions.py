"""Partitions: made once, ahead, by roles that may not make tables."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta, timezone

import psycopg
import pytest

from db import partitions
from db.metric_tables import table_name
from db.platform import platform_session
from fleet.resolutions import Resolution
from tests.fixtures.database import Database
from tests.fixtures.metrics import FAMILIES, stored

DAY = date(2026, 1, 5)
TABLES = [table_name(family, resolution) for family in FAMILIES.values() for resolution in Resolution]
MADE = "SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r' ORDER BY relname"


def test_every_family_gets_its_day_once(database: Database) -> None:
    with _connected(database) as connection:
        assert partitions.ensure(connection, [DAY, DAY]) == len(TABLES)
        assert partitions.ensure(connection, [DAY]) == 0
    names = [name for (name,) in stored(database, MADE)]
    assert names == sorted(partitions.name(table, DAY) for table in TABLES)
    assert all(map(partitions.is_partition, names))


def test_hours_are_in_months(database: Database) -> None:
    with _connected(database) as connection:
        partitions.ensure(connection, [DAY, DAY + timedelta(days=20), DAY + timedelta(days=27)])
    names = [name for (name,) in stored(database, MADE) if name.startswith("resource_1h")]
    assert names == ["resource_1h_202601", "resource_1h_202602"]


def test_a_partition_is_known_by_its_name(database: Database) -> None:
    with _connected(database) as connection:
        partitions.ensure(connection, [DAY])
    with platform_session(database.stores, "test") as session:
        found = {(one.family, one.resolution): one for one in partitions.listed(session)}
    assert set(found) == {(name, resolution) for name in FAMILIES for resolution in Resolution}
    day, month = found["resource", Resolution.RAW], found["resource", Resolution.HOUR]
    assert (day.start, day.end) == (datetime(2026, 1, 5, tzinfo=UTC), datetime(2026, 1, 6, tzinfo=UTC))
    assert (month.start, month.end) == (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC))
    assert (day.rows, day.heap) == (0, 0)
    assert day.size > 0


def test_no_table_is_taken_for_a_partition() -> None:
    tables = [*TABLES, "resource_metrics_5m", "devices", "x_20260105", "resource_1h_20260105", "resource_5m_202601"]
    assert not any(map(partitions.is_partition, tables))


def test_many_may_make_the_same_days_at_once(database: Database) -> None:
    days = [DAY + timedelta(days=n) for n in range(4)]

    def make(_: int) -> int:
        with _connected(database) as connection:
            return partitions.ensure(connection, days)

    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(make, range(4)))
    assert sum(made) == (2 * len(days) + 1) * len(FAMILIES)


def test_making_a_day_does_not_wait_for_readers(database: Database) -> None:
    with psycopg.connect(database.admin_url) as reader, _connected(database) as connection:
        reader.execute("SELECT count(*) FROM resource_metrics")
        connection.execute("SET lock_timeout = '2s'")
        assert partitions.ensure(connection, [DAY]) == len(TABLES)


def test_a_day_begins_and_ends_at_midnight_utc(database: Database) -> None:
    with _connected(database) as connection:
        connection.execute("SET TimeZone = 'America/New_York'")
        partitions.ensure(connection, [DAY])
    bound = stored(
        database, "SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE relname = 'resource_metrics_20260105'"
    )
    first, end = (datetime.fromisoformat(part) for part in bound[0][0].split("'")[1::2])
    assert (first, end) == (datetime(2026, 1, 5, tzinfo=UTC), datetime(2026, 1, 6, tzinfo=UTC))


def test_a_year_is_made_in_pieces(database: Database) -> None:
    with pytest.raises(psycopg.errors.ProgramLimitExceeded), _connected(database) as connection:
        connection.execute(partitions.ENSURE, ([DAY + timedelta(days=n) for n in range(partitions.MOST + 1)],))


def test_tenants_make_no_partitions(database: Database) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege), psycopg.connect(database.url("flotilla_app")) as app:
        app.execute(partitions.ENSURE, ([DAY],))


@pytest.mark.parametrize("role", ["flotilla_app", "flotilla_ingest", "flotilla_poller"])
def test_only_the_platform_drops_them(database: Database, role: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege), psycopg.connect(database.url(role)) as connection:
        connection.execute("SELECT drop_partition('resource_metrics_20260105', true)")


def test_days_of_a_range_are_those_of_utc() -> None:
    east = timezone(timedelta(hours=5))
    assert partitions.between(datetime(2026, 1, 5, 2, tzinfo=east), datetime(2026, 1, 5, 9, tzinfo=east)) == [
        date(2026, 1, 4),
        date(2026, 1, 5),
    ]


def test_the_days_that_follow_are_made_too() -> None:
    assert partitions.with_ahead([DAY]) == [DAY + timedelta(days=n) for n in range(3)]


def _connected(database: Database) -> psycopg.Connection[tuple[int]]:
    return psycopg.connect(database.url("flotilla_ingest"), autocommit=True)
