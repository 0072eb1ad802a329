"""Stored roll-ups are the roll-ups of the raw rows, whatever comes late, twice, or in the middle."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db import dirty, metric_tables, partitions, rollups
from db.access import PLATFORM
from db.dirty import Window, Work
from db.engine import Stores
from db.platform import platform_session
from db.rollups import Done
from fleet.errors import Unavailable
from fleet.resolutions import ROLLUPS, Resolution
from fleet.retention import Mode
from tests.fixtures import rollups as fixture
from tests.fixtures.database import Database, Tenant, copy
from tests.fixtures.database import Template as Migrated
from tests.fixtures.rollups import FAMILIES, LARGEST, WEATHER, Raw, add, expected, store

pytestmark = pytest.mark.modes(*Mode)

START = datetime(2026, 1, 5, 21, tzinfo=UTC)
MUCH_LATER = Window(START + timedelta(days=2))
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def weather(template: Migrated) -> Iterator[Database]:
    """A database with the invented family."""
    with copy(template) as database:
        fixture.create(database)
        yield database


@pytest.fixture
def empty(weather: Database) -> Database:
    """That database without rows, and with the partitions of the days that the tests use."""
    _clear(weather)
    with _writer(weather) as writer:
        partitions.ensure(writer, partitions.with_ahead([START.date()]))
    return weather


NUMBERS = st.one_of(
    st.none(),
    st.integers(-1000, 1000).map(float),
    st.sampled_from([float("nan"), float("inf"), float("-inf"), 1e300, -1e300, 1e-300, 0.0]),
)
COUNTS = st.one_of(st.none(), st.integers(0, 1000), st.just(LARGEST))
ROWS = st.builds(
    Raw,
    st.integers(0, 5 * 3600).map(lambda seconds: START + timedelta(seconds=seconds)),
    st.integers(1, 3),
    st.sampled_from(["", "hill", "näher am ☃"]),
    st.tuples(NUMBERS, COUNTS, COUNTS, NUMBERS, st.one_of(st.none(), st.integers(0, 1))),
)
BATCHES = st.lists(st.tuples(st.lists(ROWS, min_size=1, max_size=12), st.integers(-1, 360)), min_size=1, max_size=8)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(BATCHES)
def test_stored_roll_ups_are_those_of_the_raw_rows(
    weather: Database, batches: Sequence[tuple[list[Raw], int]]
) -> None:
    """After a batch the job runs at some minute, or not at all; rows come late, and some a second time.

    Now and then all is put into the columnstore, so that rows come late there, too.
    """
    _clear(weather)
    for rows, minute in batches:
        store(weather, rows)
        if minute >= 0:
            rollups.run(weather.stores, FAMILIES, Window(START + minute * MINUTE))
        if minute % 3 == 0:
            weather.settle()
    _agree(weather, [row for rows, _ in batches for row in rows])


def test_a_bucket_waits_until_it_is_over(empty: Database) -> None:
    store(empty, [_row(0)])
    for seconds, stored in ((299, 0), (319, 0), (320, 1)):
        rollups.run(empty.stores, FAMILIES, Window(START + timedelta(seconds=seconds)))
        assert len(fixture.stored(empty, Resolution.FIVE_MINUTES)) == stored
    assert fixture.stored(empty, Resolution.HOUR) == {}
    rollups.run(empty.stores, FAMILIES, Window(START + timedelta(hours=1, seconds=20)))
    assert len(fixture.stored(empty, Resolution.HOUR)) == 1


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
def test_a_row_that_is_committed_while_the_job_is_at_it_is_not_missed(empty: Database, before: bool) -> None:
    """A writer has a row and its mark uncommitted while the job takes the bucket's marks, and commits ``before`` the
    job reads the rows, or after it."""
    first, late = _row(0), _row(60, device=2)
    store(empty, [first])
    with _writer(empty) as writer:
        add(writer, [late])
        with platform_session(empty.stores, "test") as session:
            work = _found(session)
            dirty.take(session, work)
            if before:
                writer.commit()
            rollups.compute(session, work)
        writer.commit()
    _agree(empty, [first, late])


def test_writers_do_not_wait_for_each_other_or_for_the_job(empty: Database) -> None:
    rows = [_row(0), _row(1, device=2)]
    store(empty, [_row(2, device=3)])
    with _writer(empty) as one, _writer(empty) as other:
        for connection in (one, other):
            connection.execute("SET lock_timeout = '5s'")
        add(one, rows[:1])
        add(other, rows[1:])
        with platform_session(empty.stores, "test") as session:
            work = _found(session)
            dirty.take(session, work)
            rollups.compute(session, work)
            add(one, [_row(3)])
            one.commit()
            other.commit()
    _agree(empty, [*rows, _row(2, device=3), _row(3)])


@pytest.mark.parametrize("cut", range(3))
def test_a_step_that_is_killed_was_not_begun(empty: Database, cut: int) -> None:
    rows = [_row(seconds) for seconds in (0, 100, 400)]
    store(empty, rows)
    with pytest.raises(Unavailable):
        _killed(empty.stores, cut)
    assert fixture.stored(empty, Resolution.FIVE_MINUTES) == {}
    _agree(empty, rows)


def test_one_alone_rolls_up(empty: Database) -> None:
    store(empty, [_row(0)])
    with platform_session(empty.stores, "test") as session:
        assert rollups.alone(session)
        assert rollups.run(empty.stores, FAMILIES, MUCH_LATER) == Done()
    assert rollups.run(empty.stores, FAMILIES, MUCH_LATER) == Done(2, 2)


def test_a_run_ends_when_its_budget_is_used_up(empty: Database) -> None:
    store(empty, [_row(0), _row(3 * 3600)])
    ticks = iter([0.0, 30.0])
    done = rollups.run(empty.stores, FAMILIES, MUCH_LATER, rollups.after(timedelta(seconds=20), lambda: next(ticks)))
    assert done == Done(1, 1, more=True)
    _agree(empty, [_row(0), _row(3 * 3600)])


def test_only_what_has_changed_is_written(empty: Database) -> None:
    store(empty, [_row(0, device=n) for n in range(1, 6)])
    assert rollups.run(empty.stores, FAMILIES, MUCH_LATER).rows == 10
    store(empty, [_row(1, device=3)])
    assert rollups.run(empty.stores, FAMILIES, MUCH_LATER).rows == 2
    store(empty, [_row(1, device=3)])
    assert rollups.run(empty.stores, FAMILIES, MUCH_LATER).rows == 0


def test_a_stretch_is_marked_at_once_and_split(empty: Database) -> None:
    rows = [_row(0), _row(3600), _row(7000)]
    with _writer(empty) as writer:
        add(writer, rows)
        writer.commit()
    with psycopg.connect(empty.admin_url) as admin:
        admin.execute("TRUNCATE dirty")
        admin.execute(dirty.MARK_STRETCH.encode(), ("weather", rows[0].time, rows[-1].time))
        assert admin.execute("SELECT bucket, until FROM dirty").fetchall() != []
    with platform_session(empty.stores, "test") as session:
        (waits,) = dirty.backlog(session, MUCH_LATER.now)
        assert (waits.oldest, waits.buckets) == (START, 24)
    _agree(empty, rows)


def test_marks_of_families_that_this_program_does_not_know_stay(empty: Database) -> None:
    store(empty, [_row(0)])
    assert rollups.run(empty.stores, {}, MUCH_LATER) == Done()
    with platform_session(empty.stores, "test") as session:
        assert [one.family for one in dirty.backlog(session, MUCH_LATER.now)] == ["weather"]
        assert dirty.backlog(session, START) == []


def test_what_was_made_of_dropped_rows_stays(empty: Database) -> None:
    rows = [_row(0), _row(60)]
    store(empty, rows)
    rollups.run(empty.stores, FAMILIES, MUCH_LATER)
    before = fixture.stored(empty, Resolution.FIVE_MINUTES)
    dropped = fixture.held(empty, "weather", Resolution.RAW, START)
    with psycopg.connect(empty.admin_url) as admin:
        admin.execute(dirty.MARK_STRETCH.encode(), ("weather", rows[0].time, rows[-1].time))
    with platform_session(empty.stores, "test") as session:
        assert partitions.drop(session, dropped, unfinished=True)
    rollups.run(empty.stores, FAMILIES, MUCH_LATER)
    assert fixture.stored(empty, Resolution.FIVE_MINUTES) == before
    with platform_session(empty.stores, "test") as session:
        assert dirty.backlog(session, MUCH_LATER.now) == []


def test_buckets_side_by_side_are_one_step(empty: Database) -> None:
    store(empty, [_row(minutes * 60) for minutes in (0, 6, 12, 30)])
    with platform_session(empty.stores, "test") as session:
        work = rollups.find(session, FAMILIES, MUCH_LATER)
    assert work == Work(WEATHER, Resolution.FIVE_MINUTES, START, START + 15 * MINUTE)


def test_tenants_see_their_roll_ups_alone(database: Database, two_tenants: tuple[Tenant, Tenant]) -> None:
    fixture.create(database)
    for resolution in ROLLUPS:
        view = metric_tables.view_name(WEATHER, resolution)
        with psycopg.connect(database.url("flotilla_app"), autocommit=True) as app:
            assert app.execute(f"SELECT count(*) FROM {view}".encode()).fetchone() == (0,)
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute(f"SELECT count(*) FROM {metric_tables.table_name(WEATHER, resolution)}".encode())


def test_a_store_that_is_away_is_told(empty: Database) -> None:
    with Stores({PLATFORM: "postgresql://x:y@127.0.0.1:9/z"}) as stores, pytest.raises(Unavailable):
        rollups.run(stores, FAMILIES, MUCH_LATER)


def _found(session: Session) -> Work:
    work = rollups.find(session, FAMILIES, MUCH_LATER)
    assert work is not None
    return work


def _killed(stores: Stores, cut: int) -> None:
    """Do the parts of a step up to some place, where the server ends the connection."""
    with platform_session(stores, "test") as session:
        work = _found(session)
        for part in (dirty.take, rollups.compute)[:cut]:
            part(session, work)
        session.execute(select(func.pg_terminate_backend(func.pg_backend_pid())))


def _row(seconds: float, device: int = 1) -> Raw:
    return Raw(START + timedelta(seconds=seconds), device, "hill", (1.0 + seconds, 5, 2, 0.5, 1))


def _writer(database: Database) -> psycopg.Connection:
    return psycopg.connect(database.url("flotilla_ingest"))


def _clear(database: Database) -> None:
    with psycopg.connect(database.admin_url) as admin:
        admin.execute("TRUNCATE weather_metrics, weather_5m, weather_1h, dirty, retention")


def _agree(database: Database, rows: Sequence[Raw]) -> None:
    """Let the job do what is left, and compare."""
    rollups.run(database.stores, FAMILIES, MUCH_LATER)
    for resolution in ROLLUPS:
        assert fixture.stored(database, resolution) == expected(rows, resolution)
