"""A rollout's job: refused without a start, gone on with by whoever comes next, at its end with the rollout."""

from __future__ import annotations

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest

from db import metric_tables, partitions, rollouts, rolloutwork
from db.platform import platform_session
from db.rolloutjournal import Note, RolloutBook, Written
from db.rolloutwork import LEASE, Progress
from db.tenancy import tenant_session
from fleet.clock import FakeClock, SystemClock
from fleet.errors import Conflict, NotFound
from fleet.resolutions import Resolution
from fleet.rollouts import Result, RolloutState, Step, Told, Verdict, unit
from fleet.rollouts.foreseen import Forecast
from fleet.rollouts.gates import Usual
from jobs import rollout
from routeros import collectors
from tests.db.test_rollouts import ADA, NOW, made, started
from tests.fixtures.database import Database, Tenant
from tests.fixtures.metrics import stored
from tests.fleet.rollouts.world import candidate, planned

Tenants = tuple[Tenant, Tenant]
WELL = Told(Result.DONE, verdict=Verdict.PASS)


def owners(database: Database, told: Told = WELL) -> None:
    """Let the owners do all that was asked, and end it so."""
    with psycopg.connect(database.admin_url) as admin:
        asked = admin.execute(
            "SELECT rollout_id, device_id, errand_id FROM rollout_devices WHERE step IS NOT NULL"
        ).fetchall()
    book = RolloutBook(database.stores)
    for rollout_id, device_id, errand_id in asked:
        held = book.take(rollout_id, device_id, errand_id, 1)
        assert held is not None
        assert held.unit.step is not None
        step: Step = held.unit.step
        begun = unit.begin(held.unit, step, NOW)
        assert book.write(held, held.entries, Note(NOW, step, begun)) is Written.DONE
        ended = unit.end(begun, step, told, NOW)
        assert book.write(held, held.entries + 1, Note(NOW, step, ended, told.result)) is Written.DONE


def test_it_goes_to_the_end_and_tells_each_change_once(
    database: Database, two_tenants: Tenants, capsys: pytest.CaptureFixture[str]
) -> None:
    north, _ = two_tenants
    row = started(database, north, 3)
    clock = FakeClock(NOW)

    def rest(_: float) -> None:
        owners(database)
        clock.advance(timedelta(seconds=1))

    assert rollout.work(database.stores, clock, row.id, rest) is RolloutState.DONE
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
    assert told[-1] == {"state": "done", "why": None, "done": 3}
    assert len(told) == len({json.dumps(one) for one in told})
    kinds = Counter(kind for (kind,) in stored(database, "SELECT kind FROM errands"))
    assert kinds == {"firmware.stage": 3, "firmware.install": 3}


def test_it_tells_when_it_will_end(database: Database, two_tenants: Tenants) -> None:
    north, _ = two_tenants
    row = started(database, north, 3)
    told: list[Forecast | None] = []

    def rest(_: float) -> None:
        with tenant_session(database.stores, north.principal) as session:
            told.append(rollouts.one(session, row.id).foreseen)
        owners(database)

    rollout.work(database.stores, FakeClock(NOW), row.id, rest)
    (first,) = {one.at: one for one in told if one}.values()
    assert [(one.devices, one.over) for one in first.waves] == [(3, 0)]
    assert first.ends_at is not None
    assert first.ends_at > NOW


def test_of_many_it_is_foreseen_less_often() -> None:
    units = [one.unit() for one in planned(*map(candidate, range(800))).members]
    few, many = rollout.Ahead(), rollout.Ahead()
    running, paused = (Progress(state, None, units) for state in (RolloutState.RUNNING, RolloutState.PAUSED))
    assert sum(many.due(running) for _ in range(401)) == 3
    assert sum(few.due(Progress(RolloutState.RUNNING, None, units[:5])) for _ in range(361)) == 4
    assert not rollout.Ahead().due(paused)


def test_a_killed_job_asks_nothing_twice(database: Database, two_tenants: Tenants) -> None:
    row = started(database, two_tenants[0], 3)
    clock = FakeClock(NOW)
    for _ in range(3):
        claim = rollout.taken(database.stores, clock, row.id)
        assert claim is not None
        rollout.turn(database.stores, clock, claim)
        clock.advance(timedelta(minutes=1))
    assert stored(database, "SELECT count(*) FROM errands") == [(3,)]


def test_a_job_that_wakes_up_late_has_lost_the_rollout_and_asks_nothing(
    database: Database, two_tenants: Tenants
) -> None:
    row = started(database, two_tenants[0], 3)
    clock = FakeClock(NOW)
    sleeper = rollout.taken(database.stores, clock, row.id)
    assert sleeper is not None
    assert rollout.taken(database.stores, clock, row.id) is None
    clock.advance(LEASE + timedelta(seconds=1))
    heir = rollout.taken(database.stores, clock, row.id)
    assert heir is not None
    for step in ("stage", "install"):
        assert rollout.turn(database.stores, clock, heir) is not None
        asked = stored(database, "SELECT id, device_id, kind FROM errands ORDER BY id")
        assert sum(kind == f"firmware.{step}" for *_, kind in asked) == 3
        assert rollout.turn(database.stores, clock, sleeper) is None
        assert stored(database, "SELECT id, device_id, kind FROM errands ORDER BY id") == asked
        owners(database)
    assert stored(database, "SELECT DISTINCT epoch FROM rollouts") == [(heir.epoch,)]


def test_one_that_sleeps_within_a_turn_is_waited_for_and_keeps_the_rollout(
    database: Database, two_tenants: Tenants
) -> None:
    row = started(database, two_tenants[0], 3)
    clock = FakeClock(NOW)
    sleeper = rollout.taken(database.stores, clock, row.id)
    assert sleeper is not None
    late = clock.advance(LEASE + timedelta(seconds=1))
    with ThreadPoolExecutor(1) as threads:
        with platform_session(database.stores, "test") as session:
            assert rolloutwork.turn(session, sleeper, late) is not None
            other = threads.submit(rollout.taken, database.stores, clock, row.id)
        assert other.result(30) is None
    assert stored(database, "SELECT count(*) FROM errands") == [(3,)]


def test_one_that_nobody_has_started_is_refused(database: Database, two_tenants: Tenants) -> None:
    row = made(database, two_tenants[0])
    for _ in range(2):
        with pytest.raises(Conflict, match="not approved"):
            rollout.work(database.stores, FakeClock(NOW), row.id)
        with tenant_session(database.stores, two_tenants[0].principal) as session:
            if (now := rollouts.one(session, row.id)).state is RolloutState.PLANNED:
                rollouts.approve(session, ADA, now, now.digest)
    with tenant_session(database.stores, two_tenants[0].principal) as session:
        rollouts.start(session, ADA, rollouts.one(session, row.id), NOW + timedelta(hours=1))
    with pytest.raises(Conflict, match="begins at"):
        rollout.work(database.stores, FakeClock(NOW), row.id)
    with pytest.raises(NotFound):
        rollout.work(database.stores, FakeClock(NOW), uuid4())


def test_a_paused_one_waits_for_a_person(database: Database, two_tenants: Tenants) -> None:
    north, _ = two_tenants
    row = started(database, north, 3)
    asked: list[int] = []

    def rest(_: float) -> None:
        with tenant_session(database.stores, north.principal) as session:
            if not asked:
                rollouts.pause(session, ADA, rollouts.one(session, row.id))
                owners(database)
            if len(asked) == 3:
                rollouts.resume(session, ADA, rollouts.one(session, row.id))
        if len(asked) > 3:
            owners(database)
        asked.append(stored(database, "SELECT count(*)::int FROM errands")[0][0])

    assert rollout.work(database.stores, FakeClock(NOW), row.id, rest) is RolloutState.DONE
    assert asked[:4] == [3] * 4
    assert asked[-1] == 6


def test_owners_hear_how_busy_a_device_usually_is(database: Database, two_tenants: Tenants) -> None:
    north, _ = two_tenants
    row, one = started(database, north, 3), north.devices[0].id
    known = collectors.families()
    hours, dhcp, ppp = (
        metric_tables.table_name(known[name], Resolution.HOUR) for name in ("resource", "dhcp", "ppp")
    )
    with psycopg.connect(database.admin_url) as admin:
        partitions.ensure(admin, {(NOW - timedelta(hours=n)).date() for n in range(1, 21)})
        admin.execute(
            f"INSERT INTO {hours} (time, tenant_id, device_id, rows, cpu_load_ratio_sum, memory_free_bytes_sum)"
            " SELECT %s - n * interval '1 hour', %s, %s, 60, 30, 6000 FROM generate_series(1, 20) n",
            (NOW, north.id, one),
        )
        # Two servers, of which one loses and gains a lease within each hour, and sessions that are known too briefly.
        admin.execute(
            f"INSERT INTO {dhcp} (time, tenant_id, device_id, server, rows, leases_bound_min, leases_bound_max)"
            " SELECT %s - n * interval '1 hour', %s, %s, server, 4, 7, most FROM generate_series(1, 20) n,"
            " (VALUES ('a', 7), ('b', 8)) servers (server, most)",
            (NOW, north.id, one),
        )
        admin.execute(
            f"INSERT INTO {ppp} (time, tenant_id, device_id, rows, sessions_min, sessions_max)"
            " SELECT %s - n * interval '1 hour', %s, %s, 60, 1, 9 FROM generate_series(1, 3) n",
            (NOW, north.id, one),
        )
    claim = rollout.taken(database.stores, FakeClock(NOW), row.id)
    assert claim is not None
    assert claim.usual == {one: Usual(0.5, 100, leases=1)}
    rollout.turn(database.stores, FakeClock(NOW), claim)
    owners(database)
    rollout.turn(database.stores, FakeClock(NOW), claim)
    said = stored(
        database, "SELECT detail -> 'usual' FROM errands WHERE kind = 'firmware.install' AND detail ? 'usual'"
    )
    assert said == [({"busy": 0.5, "free": 100, "leases": 1, "clients": None},)]


def test_a_lease_is_as_long_on_a_fast_clock() -> None:
    assert rollout.lease(SystemClock(NOW, 60.0)) == 60 * rollout.lease(SystemClock())
