"""A run over many devices: bounded by site, stopped by a person, gone on with by whoever comes next."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
import pytest

from db import configruns, sites
from db.configruns import Run
from db.operations import Author
from db.tenancy import tenant_session
from fleet.backups import RunState, StepState
from fleet.clock import FakeClock
from fleet.errors import Conflict, NotFound
from jobs import backup
from tests.fixtures.database import Database, Tenant, seed
from tests.fixtures.metrics import stored

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)


@pytest.fixture
def north(database: Database) -> Tenant:
    return seed(database.stores, "north", 7)


def begin(database: Database, tenant: Tenant, per_site: int = 2) -> UUID:
    with tenant_session(database.stores, tenant.principal) as session:
        return configruns.begin(session, Author("anna", NOW), tenant.id, [d.id for d in tenant.devices], per_site)


def turn(database: Database, run_id: UUID) -> Run:
    return backup.turn(database.stores, FakeClock(NOW), run_id)


def end(database: Database, state: str = "done", error: str | None = None) -> None:
    """Let the owners end all that was asked."""
    with psycopg.connect(database.admin_url) as admin:
        admin.execute(
            "UPDATE errands SET state = %s, error = %s, ended_at = %s WHERE ended_at IS NULL", (state, error, NOW)
        )


def test_so_many_devices_of_a_site_are_asked_at_once(database: Database, north: Tenant) -> None:
    with tenant_session(database.stores, north.principal) as session:
        site = sites.Sites(session, Author("anna", NOW), north.id).add("harbour")
    with psycopg.connect(database.admin_url) as admin:
        admin.execute("UPDATE devices SET site_id = %s WHERE name < 'router-004'", (site,))
    run_id = begin(database, north)
    assert (turn(database, run_id).asked, turn(database, run_id).asked) == (4, 4)
    end(database)
    second = turn(database, run_id)
    assert (second.done, second.asked, second.waiting) == (4, 3, 0)
    end(database)
    assert turn(database, run_id).state is RunState.DONE


def test_a_killed_job_asks_nothing_twice(database: Database, north: Tenant) -> None:
    run_id = begin(database, north, per_site=100)
    for _ in range(3):
        turn(database, run_id)
    assert stored(database, "SELECT count(*) FROM errands") == [(7,)]
    end(database)
    done = backup.work(database.stores, FakeClock(NOW), run_id, lambda _: None)
    assert (done.state, done.done, done.total) == (RunState.DONE, 7, 7)


def test_what_failed_says_why_and_who_is_out_of_reach_does_not_hold_the_run(
    database: Database, north: Tenant
) -> None:
    run_id = begin(database, north, per_site=100)
    turn(database, run_id)
    with psycopg.connect(database.admin_url) as admin:
        late = NOW + timedelta(minutes=1)
        admin.execute(
            "UPDATE errands SET attempt = 1, not_before = %s, error = 'No answer.' WHERE device_id = %s",
            (late, north.devices[0].id),
        )
        admin.execute(
            "UPDATE errands SET state = 'failed', error = 'No rights.', ended_at = %s WHERE device_id <> %s",
            (NOW, north.devices[0].id),
        )
    run = turn(database, run_id)
    assert (run.state, run.failed) == (RunState.DONE, 7)
    with tenant_session(database.stores, north.principal) as session:
        first, second, *_ = configruns.listed(session, run_id, None, 10)
    assert first.why == "Not yet, it is tried again for a day: No answer."
    assert (second.state, second.why) == (StepState.FAILED, "No rights.")
    assert stored(database, "SELECT count(*) FROM errands WHERE ended_at IS NULL") == [(1,)]


def test_a_run_is_stopped_and_there_is_one_at_a_time(database: Database, north: Tenant) -> None:
    run_id = begin(database, north)
    with pytest.raises(Conflict, match="a run that goes on"):
        begin(database, north)
    turn(database, run_id)
    with tenant_session(database.stores, north.principal) as session:
        configruns.stop(session, Author("anna", NOW), configruns.one(session, run_id))
    run = turn(database, run_id)
    assert (run.state, run.stopped, run.asked) == (RunState.STOPPED, 5, 2)
    with tenant_session(database.stores, north.principal) as session, pytest.raises(Conflict):
        configruns.stop(session, Author("anna", NOW), configruns.one(session, run_id))
    begin(database, north)


def test_another_tenants_run_is_not_there(database: Database, north: Tenant) -> None:
    run_id, south = begin(database, north), seed(database.stores, "south", 1)
    with tenant_session(database.stores, south.principal) as session:
        assert configruns.page(session, None, 10) == []
        with pytest.raises(NotFound):
            configruns.one(session, run_id)
