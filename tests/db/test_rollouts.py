"""Rollouts in the database: approved first, one for a device, decided by one job, written by one owner."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import psycopg
import pytest
from sqlalchemy.orm import Session

from actors.chore import Occasion
from actors.chores import rollouttidy
from bus import subjects
from db import errands, keys, operations, rollouts, rolloutstart, rolloutstops, rollouttelling, rolloutwork
from db.access import APP
from db.operations import Author
from db.platform import platform_session
from db.rolloutjournal import Note, RolloutBook, Taken, Written
from db.rollouts import Row
from db.rolloutwork import LEASE, Claim
from db.tenancy import tenant_session
from fleet.errands import Ending, ErrandState
from fleet.errors import BadInput, Conflict, Forbidden, NotFound
from fleet.events import FirmwareRolloutEvent, decode
from fleet.identity import COMMAND_LINE, Principal, Role, Scope
from fleet.rollouts import Limits, Plan, Result, RolloutState, Stage, Step, Terms, Told, unit
from fleet.rollouts.candidate import Candidate
from fleet.rollouts.forecast import of_plan
from fleet.rollouts.gates import Picture
from fleet.rollouts.pace import Pace
from fleet.rollouts.planning import Fleet, make
from fleet.settings import Settings
from fleet.strategies import everything
from tests.fixtures.database import CREATED, Database, Tenant

Tenants = tuple[Tenant, Tenant]
ADA, BOB = Author("ada@north.example", CREATED), Author("bob@north.example", CREATED)
HAND = Author(f"root{COMMAND_LINE}", CREATED)
NOW = CREATED + timedelta(minutes=1)
HOUR = timedelta(hours=1)


def plan(tenant: Tenant, count: int = 2) -> Plan:
    candidates = [
        Candidate(
            id=one.id,
            name=one.name,
            site=None,
            model="hAP",
            architecture="arm64",
            version="7.16",
            serial=one.name,
            backup_at=CREATED,
            parents=frozenset(),
        )
        for one in tenant.devices[:count]
    ]
    terms = Terms("7.24.4", "everything", CREATED + 12 * HOUR, limits=Limits(soak=timedelta(0)))
    links = {one.id: one.parents for one in candidates}
    made = make(Fleet(candidates, links), terms, everything.strategy, lambda _: ("7.24.4",), CREATED)
    return replace(made, forecast=of_plan(made, Pace(), CREATED))


def made(database: Database, tenant: Tenant, count: int = 2) -> Row:
    with tenant_session(database.stores, tenant.principal) as session:
        return rollouts.one(session, rollouts.create(session, ADA, tenant.id, "spring", plan(tenant, count)))


def read(database: Database, tenant: Tenant, rollout_id: UUID) -> Row:
    with tenant_session(database.stores, tenant.principal) as session:
        return rollouts.one(session, rollout_id)


def started(database: Database, tenant: Tenant, count: int = 2) -> Row:
    row = made(database, tenant, count)
    with tenant_session(database.stores, tenant.principal) as session:
        rollouts.start(session, ADA, row)
        return rollouts.one(session, row.id)


def claimed(database: Database, row: Row, at: timedelta = timedelta(0)) -> Claim:
    with platform_session(database.stores, "test") as session:
        found = rolloutwork.claim(session, row.id, NOW + at)
    assert found is not None
    return found


def turned(database: Database, claim: Claim, at: timedelta = timedelta(0)) -> list[tuple[Stage, Step | None]] | None:
    with platform_session(database.stores, "test") as session:
        found = rolloutwork.turn(session, claim, NOW + at)
    return None if found is None else [(one.stage, one.step) for one in found.units]


def errand_of(database: Database, row: Row, place: int = 0) -> tuple[UUID, UUID]:
    """Tell a device of a rollout and the errand that it has."""
    with psycopg.connect(database.admin_url) as connection:
        found = connection.execute(
            "SELECT device_id, errand_id FROM rollout_devices WHERE rollout_id = %s AND place = %s", (row.id, place)
        ).fetchone()
    assert found is not None
    return found[0], found[1]


def taken(database: Database, row: Row, place: int = 0, epoch: int = 1) -> Taken | None:
    device_id, errand_id = errand_of(database, row, place)
    return RolloutBook(database.stores).take(row.id, device_id, errand_id, epoch)  # type: ignore[arg-type]


def note(held: Taken, stage: Stage, step: Step = Step.STAGE, **more: object) -> Note:
    return Note(NOW, step, unit.enter(held.unit, stage, NOW), **more)  # type: ignore[arg-type]


def test_a_plan_is_stored_with_its_devices_and_reads_as_it_was(database: Database, two_tenants: Tenants) -> None:
    north, south = two_tenants
    row = made(database, north)
    assert (row.state, row.digest, row.stages) == (RolloutState.PLANNED, plan(north).digest, {Stage.PENDING: 2})
    with tenant_session(database.stores, north.principal) as session:
        assert [one.member for one in rollouts.standings(session, row.id)] == list(plan(north).members)
        assert (row.forecast, row.foreseen) == (plan(north).forecast, None)
        assert [one.id for one in rollouts.page(session, None, 10)] == [row.id]
    with tenant_session(database.stores, south.principal) as session:
        assert rollouts.page(session, None, 10) == []
        assert rollouts.standings(session, row.id) == []
        with pytest.raises(NotFound):
            rollouts.one(session, row.id)


def test_a_plan_is_approved_by_its_digest_and_started_once(database: Database, two_tenants: Tenants) -> None:
    north, _ = two_tenants
    row = made(database, north)
    with pytest.raises(Conflict), platform_session(database.stores, "test") as session:
        rolloutwork.claim(session, row.id, NOW)
    with tenant_session(database.stores, north.principal) as session:
        with pytest.raises(Conflict):
            rollouts.approve(session, BOB, row, "0" * 64)
        rollouts.approve(session, BOB, row, row.digest)
        rollouts.start(session, ADA, rollouts.one(session, row.id))
        again = rollouts.one(session, row.id)
        assert (again.approved_by, again.started_by, again.state) == (BOB.by, ADA.by, RolloutState.RUNNING)
        with pytest.raises(Conflict):
            rollouts.start(session, ADA, again)


def test_a_second_person_approves_where_the_tenant_asks_for_it(database: Database, two_tenants: Tenants) -> None:
    north, _ = two_tenants
    row = made(database, north)
    with tenant_session(database.stores, north.principal) as session:
        rolloutstops.ask(session, BOB, north.id, True)
        with pytest.raises(Forbidden):
            rollouts.approve(session, ADA, row, row.digest)
        with pytest.raises(Conflict):
            rollouts.start(session, ADA, row)
        rollouts.approve(session, BOB, row, row.digest)
        rollouts.start(session, ADA, rollouts.one(session, row.id))


def test_a_device_is_in_one_rollout_at_most(database: Database, two_tenants: Tenants) -> None:
    north, _ = two_tenants
    first, second = started(database, north), made(database, north, 3)
    taken_already = pytest.raises(Conflict, match="a rollout that has one of these")
    with taken_already, tenant_session(database.stores, north.principal) as session:
        rollouts.start(session, ADA, second)
    with tenant_session(database.stores, north.principal) as session:
        rollouts.abort(session, ADA, first)
    assert turned(database, claimed(database, first)) == [(Stage.SKIPPED, None)] * 2
    with tenant_session(database.stores, north.principal) as session:
        rollouts.start(session, ADA, second)


def test_a_turn_asks_once_and_each_device_has_its_errand(database: Database, two_tenants: Tenants) -> None:
    north, _ = two_tenants
    row = started(database, north)
    claim = claimed(database, row)
    assert turned(database, claim) == [(Stage.PENDING, Step.STAGE)] * 2
    assert turned(database, claim) == [(Stage.PENDING, Step.STAGE)] * 2
    with tenant_session(database.stores, north.principal) as session:
        for one in north.devices[:2]:
            (errand,) = errands.of_device(session, one.id, "firmware.stage", 10)
            assert (errand.by, errand.detail) == (ADA.by, {"rollout_id": str(row.id)})


def test_a_job_that_was_shut_out_decides_nothing_more(database: Database, two_tenants: Tenants) -> None:
    north, _ = two_tenants
    row = started(database, north)
    sleeper = claimed(database, row)
    with platform_session(database.stores, "test") as session:
        assert rolloutwork.claim(session, row.id, NOW + LEASE / 2) is None
    heir = claimed(database, row, 2 * LEASE)
    assert turned(database, sleeper, 2 * LEASE) is None
    assert turned(database, heir, 2 * LEASE) == [(Stage.PENDING, Step.STAGE)] * 2
    with platform_session(database.stores, "test") as session:
        rolloutwork.release(session, heir, NOW + 2 * LEASE)
    claimed(database, row, 2 * LEASE)


def test_only_the_newest_owner_writes_and_each_line_once(database: Database, two_tenants: Tenants) -> None:
    north, _ = two_tenants
    row = started(database, north)
    turned(database, claimed(database, row))
    book = RolloutBook(database.stores)
    first = taken(database, row, epoch=4)
    assert first is not None
    assert (first.unit.step, first.entries, first.member.version) == (Step.STAGE, 0, "7.16")
    assert book.write(first, 0, note(first, Stage.STAGING)) is Written.DONE
    assert book.write(first, 0, note(first, Stage.STAGING)) is Written.GONE
    second = taken(database, row, epoch=5)
    assert second is not None
    assert (second.entries, second.unit.stage) == (1, Stage.STAGING)
    assert book.write(first, 1, note(first, Stage.STAGED)) is Written.GONE
    assert taken(database, row, epoch=4) is None
    ended = unit.end(second.unit, Step.STAGE, Told(Result.DONE), NOW)
    assert book.write(second, 1, Note(NOW, Step.STAGE, ended, Result.DONE, {"bytes": 3})) is Written.DONE
    # The step is over, so its errand is nobody's any more.
    assert book.take(row.id, second.unit.device_id, second.errand_id, 6) is None
    with tenant_session(database.stores, north.principal) as session:
        found = rollouts.lines(session, row.id, second.unit.device_id)
    assert [(line.stage, line.result) for line in found] == [(Stage.STAGING, None), (Stage.STAGED, Result.DONE)]


@pytest.mark.parametrize("how", ["pause", "stop", "house"])
def test_nothing_goes_over_a_point_of_no_return_while_all_stands_still(
    database: Database, two_tenants: Tenants, how: str
) -> None:
    north, _ = two_tenants
    row = started(database, north)
    turned(database, claimed(database, row))
    held = taken(database, row)
    assert held is not None
    book = RolloutBook(database.stores)
    gated = note(held, Stage.INSTALLING, gate=True, before=Picture("7.16", frozenset()))
    halted(database, row, how, True)
    assert book.write(held, 0, gated) is Written.HELD
    halted(database, row, how, False)
    assert book.write(held, 0, gated) is Written.DONE
    again = taken(database, row)
    assert again is not None
    assert again.before == Picture("7.16", frozenset())


def halted(database: Database, row: Row, how: str, still: bool) -> None:
    """Let a rollout stand still, or go on again: by itself, with its tenant's, or with all there are."""
    with tenant_session(database.stores, principal(row)) as session:
        if how == "pause" and still:
            rollouts.pause(session, BOB, row)
        elif how == "pause":
            rollouts.resume(session, BOB, rollouts.one(session, row.id))
        elif how == "stop" and still:
            rolloutstops.stop(session, BOB, row.tenant_id, "a storm")
        elif how == "stop":
            rolloutstops.lift(session, BOB, row.tenant_id)
    with platform_session(database.stores, "test") as session:
        if how == "house" and still:
            rolloutstops.stop_house(session, BOB, "a storm")
        elif how == "house":
            rolloutstops.lift_house(session, BOB)


def principal(row: Row) -> Principal:
    return Principal.person(row.tenant_id, "test", Role.OPERATOR)


@pytest.mark.parametrize("how", ["stop", "house"])
def test_a_job_asks_nothing_while_all_is_stopped_and_goes_on_after(
    database: Database, two_tenants: Tenants, how: str
) -> None:
    north, south = two_tenants
    row = started(database, north)
    claim = claimed(database, row)
    halted(database, row, how, True)
    with tenant_session(database.stores, south.principal) as session:
        assert (rolloutstops.rules(session, south.id).stopped is None) is (how == "stop")
    with platform_session(database.stores, "test") as session:
        told = rolloutwork.turn(session, claim, NOW)
    assert told is not None
    assert (told.state, [unit.step for unit in told.units]) == (RolloutState.RUNNING, [None] * 2)
    assert str(told.why).endswith(": a storm")
    halted(database, row, how, False)
    assert turned(database, claim) == [(Stage.PENDING, Step.STAGE)] * 2
    with tenant_session(database.stores, north.principal) as session:
        kinds = [one.kind for one in operations.page(session, None, 10)]
    assert sorted(kind for kind in kinds if "_" in kind) == (
        ["firmware.lifted_all", "firmware.stopped_all"]
        if how == "stop"
        else ["firmware.lifted_house", "firmware.stopped_house"]
    )


def test_who_stopped_first_stays_on_record_and_lifting_nothing_leaves_no_word(
    database: Database, two_tenants: Tenants
) -> None:
    north, _ = two_tenants
    with tenant_session(database.stores, north.principal) as session:
        rolloutstops.stop(session, ADA, north.id, "a storm")
        rolloutstops.stop(session, BOB, north.id, None)
        stop = rolloutstops.rules(session, north.id).stop
        assert stop is not None
        assert (stop.by, stop.reason) == (ADA.by, "a storm")
        rolloutstops.lift(session, BOB, north.id)
        rolloutstops.lift(session, BOB, north.id)
        assert len(operations.page(session, None, 10)) == 2


@pytest.mark.parametrize("planner", ["ada@north.example", None])
def test_what_a_program_asks_is_approved_by_somebody_else_than_who_made_its_key(
    database: Database, two_tenants: Tenants, planner: str | None
) -> None:
    north, _ = two_tenants
    key = keys.make(database.stores, north.id, "ci", (Scope.FIRMWARE_WRITE,), None)
    with psycopg.connect(database.admin_url) as connection:
        connection.execute("UPDATE api_keys SET created_by = 'ada@north.example'")
    program = Author(f"key {key[:12]}", CREATED)
    with tenant_session(database.stores, north.principal) as session:
        rolloutstops.ask(session, BOB, north.id, True)
        by = program if planner is None else Author(planner, CREATED)
        made = rollouts.create(session, by, north.id, "spring", plan(north))
        for refused in (program, ADA):
            with pytest.raises(Forbidden):
                rollouts.approve(session, refused, rollouts.one(session, made), plan(north).digest)
        rollouts.approve(session, BOB, rollouts.one(session, made), plan(north).digest)


def test_one_that_is_scheduled_begins_at_its_time_and_no_sooner(database: Database, two_tenants: Tenants) -> None:
    north, _ = two_tenants
    row, other, at = made(database, north), made(database, north), NOW + 2 * HOUR
    with tenant_session(database.stores, north.principal) as session:
        rollouts.start(session, HAND, row, at)
        ahead = rollouts.one(session, row.id)
        assert (ahead.state, ahead.started_at, ahead.started_by) == (RolloutState.SCHEDULED, at, HAND.by)
        with pytest.raises(Conflict, match="a rollout that has one"):
            rollouts.start(session, ADA, other)
    with pytest.raises(Conflict, match="begins at"), platform_session(database.stores, "test") as session:
        rolloutwork.claim(session, row.id, NOW)
    assert begun(database, at - timedelta(seconds=1)) == []
    assert begun(database, at) == [row.id]
    assert begun(database, at) == []
    assert turned(database, claimed(database, row, 2 * HOUR), 2 * HOUR) == [(Stage.PENDING, Step.STAGE)] * 2


def test_a_scheduled_one_is_given_another_time_or_dropped(database: Database, two_tenants: Tenants) -> None:
    north, _ = two_tenants
    row, other = made(database, north), made(database, north)
    with tenant_session(database.stores, north.principal) as session:
        rollouts.start(session, HAND, row, NOW + HOUR)
        rollouts.start(session, HAND, rollouts.one(session, row.id), NOW + 3 * HOUR)
    assert begun(database, NOW + 2 * HOUR) == []
    with tenant_session(database.stores, north.principal) as session:
        for wrong in (CREATED - HOUR, CREATED + 12 * HOUR):
            with pytest.raises(Conflict):
                rollouts.start(session, HAND, rollouts.one(session, row.id), wrong)
        rollouts.abort(session, HAND, rollouts.one(session, row.id))
        rollouts.start(session, HAND, other)
    assert begun(database, NOW + 4 * HOUR) == []
    assert read(database, north, row.id).state is RolloutState.ABORTED


def test_one_that_nobody_stands_behind_any_more_begins_paused(database: Database, two_tenants: Tenants) -> None:
    north, _ = two_tenants
    row = made(database, north)
    with tenant_session(database.stores, north.principal) as session:
        # Nobody of that name belongs to the tenant.
        rollouts.start(session, ADA, row, NOW + HOUR)
    assert begun(database, NOW + HOUR) == [row.id]
    paused = read(database, north, row.id)
    assert paused.state is RolloutState.PAUSED
    assert "may not write firmware any more" in str(paused.why)


def begun(database: Database, at: datetime) -> list[UUID]:
    """Let begin what is due, as the chore does."""
    with platform_session(database.stores, "test") as session:
        return rolloutstart.begin(session, at)


def test_a_device_whose_errand_ended_without_a_word_is_seen_to(database: Database, two_tenants: Tenants) -> None:
    north, _ = two_tenants
    row = started(database, north)
    claim = claimed(database, row)
    turned(database, claim)
    held = taken(database, row)
    assert held is not None
    RolloutBook(database.stores).write(held, 0, note(held, Stage.REBOOTING))
    with psycopg.connect(database.admin_url) as connection:
        over = Ending(ErrandState.FAILED, "It crashed.")
        connection.execute("UPDATE errands SET state = %s, error = %s, ended_at = now()", (over.state, over.error))
    assert turned(database, claim) == [(Stage.LOST, None), (Stage.WAITING, None)]
    with tenant_session(database.stores, north.principal) as session:
        (lost, _) = rollouts.standings(session, row.id)
        assert "It crashed." in str(lost.unit.reason)
        assert rollouts.retry(session, ADA, rollouts.one(session, row.id)) == 1
        assert rollouts.standing(session, row.id, lost.unit.device_id).unit.attempt == 2


def test_a_failed_canary_of_sorts_pauses_it_and_a_person_lets_it_go_on(
    database: Database, two_tenants: Tenants
) -> None:
    north, _ = two_tenants
    row = started(database, north, 3)
    claim = claimed(database, row)
    turned(database, claim)
    book = RolloutBook(database.stores)
    for place in range(2):
        held = taken(database, row, place)
        assert held is not None
        ended = unit.end(unit.enter(held.unit, Stage.VERIFYING, NOW), Step.STAGE, Told(Result.FAILED, "no"), NOW)
        assert book.write(held, 0, Note(NOW, Step.STAGE, ended, Result.FAILED)) is Written.DONE
    turned(database, claim)
    paused = read(database, north, row.id)
    assert (paused.state, paused.ended_at) == (RolloutState.PAUSED, None)
    assert "did not come through" in str(paused.why)
    with tenant_session(database.stores, north.principal) as session:
        later = replace(ADA, at=NOW + timedelta(minutes=1))
        rollouts.resume(session, later, paused)
    turned(database, claim)
    assert read(database, north, row.id).state is RolloutState.RUNNING


def test_a_device_may_be_left_out_before_its_turn(database: Database, two_tenants: Tenants) -> None:
    north, _ = two_tenants
    row = started(database, north)
    device_id = north.devices[0].id
    with tenant_session(database.stores, north.principal) as session:
        rollouts.skip(session, ADA, row, device_id)
        with pytest.raises(Conflict):
            rollouts.skip(session, ADA, row, device_id)
        assert rollouts.standing(session, row.id, device_id).unit.stage is Stage.SKIPPED


def test_a_plan_that_is_dropped_is_over_with_its_devices(database: Database, two_tenants: Tenants) -> None:
    north, _ = two_tenants
    row = made(database, north)
    with tenant_session(database.stores, north.principal) as session:
        rollouts.abort(session, ADA, row)
        again = rollouts.one(session, row.id)
        assert (again.state, again.stages) == (RolloutState.ABORTED, {Stage.SKIPPED: 2})
        with pytest.raises(Conflict):
            rollouts.abort(session, ADA, again)


def test_the_tenants_role_does_not_hold_a_job_up(database: Database, two_tenants: Tenants) -> None:
    started(database, two_tenants[0])
    with psycopg.connect(database.url(APP)) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("UPDATE rollouts SET epoch = 7")


def put(database: Database, statement: str, *values: object) -> None:
    with psycopg.connect(database.admin_url) as connection:
        connection.execute(statement, values)


PUSH = """
    INSERT INTO pushes (id, tenant_id, device_id, source, digest, shown, risks, total, risky, "by", at, state,
        entries, epoch, sealed)
    VALUES (gen_random_uuid(), %s, %s, 'commands', 'x', '[]', '[]', 1, false, 'eve', %s, 'pending', 0, 0, 'vault:x')
"""


def test_with_whom_something_else_goes_on_waits_at_its_turn_and_others_go_on(
    database: Database, two_tenants: Tenants
) -> None:
    north, _ = two_tenants
    row = started(database, north, 3)
    claim = claimed(database, row)
    first = errand_of(database, row)[0]
    seen = "UPDATE device_state SET state = %s, since = %s, heard_at = %s WHERE device_id = %s"
    put(database, seen, "maintenance", NOW, NOW, first)
    waits, asked = (Stage.WAITING, None), (Stage.PENDING, Step.STAGE)
    assert turned(database, claim) == [waits, asked, asked]
    with tenant_session(database.stores, north.principal) as session:
        assert rollouts.standings(session, row.id)[0].unit.reason == "It is in maintenance."
    put(database, seen, "up", NOW, NOW, first)
    # It is looked at again once it was left alone for a while.
    assert turned(database, claim, timedelta(seconds=30)) == [waits, asked, asked]
    assert turned(database, claim, timedelta(seconds=60)) == [(Stage.WAITING, Step.STAGE), asked, asked]


def test_a_restart_waits_for_a_push_that_was_asked_since(database: Database, two_tenants: Tenants) -> None:
    north, _ = two_tenants
    row = started(database, north)
    claim = claimed(database, row)
    turned(database, claim)
    book = RolloutBook(database.stores)
    held = taken(database, row)
    assert held is not None
    ended = unit.end(held.unit, Step.STAGE, Told(Result.DONE), NOW)
    assert book.write(held, 0, Note(NOW, Step.STAGE, ended, Result.DONE)) is Written.DONE
    put(database, PUSH, north.id, held.unit.device_id, NOW)
    assert turned(database, claim) == [(Stage.STAGED, None), (Stage.PENDING, Step.STAGE)]
    with tenant_session(database.stores, north.principal) as session:
        assert rollouts.standings(session, row.id)[0].unit.reason == "A push to it goes on."
    put(database, "UPDATE pushes SET state = 'cancelled', ended_at = %s", NOW)
    assert turned(database, claim) == [(Stage.STAGED, Step.INSTALL), (Stage.PENDING, Step.STAGE)]
    with tenant_session(database.stores, north.principal) as session:
        assert rollouts.standings(session, row.id)[0].unit.reason is None


def test_a_device_that_is_removed_takes_its_part_with_it(database: Database, two_tenants: Tenants) -> None:
    north, _ = two_tenants
    row = started(database, north)
    claim = claimed(database, row)
    assert turned(database, claim) == [(Stage.PENDING, Step.STAGE)] * 2
    put(database, "DELETE FROM devices WHERE id = %s", errand_of(database, row)[0])
    assert turned(database, claim) == [(Stage.PENDING, Step.STAGE)]
    put(database, "DELETE FROM devices WHERE tenant_id = %s", north.id)
    assert turned(database, claim) == []
    assert read(database, north, row.id).state is RolloutState.DONE


def test_a_device_of_another_tenant_cannot_join(database: Database, two_tenants: Tenants) -> None:
    north, south = two_tenants
    foreign = pytest.raises(BadInput, match="no such device")
    with foreign, tenant_session(database.stores, north.principal) as session:
        rollouts.create(session, ADA, north.id, "theft", plan(south))


def letters(database: Database) -> list[FirmwareRolloutEvent]:
    """Read what is to be told of whole rollouts, in its order."""
    with psycopg.connect(database.admin_url) as connection:
        rows = connection.execute("SELECT event FROM outbox ORDER BY created_at, event_id").fetchall()
    found = [decode(row[0]) for row in rows]
    return [one for one in found if isinstance(one, FirmwareRolloutEvent)]


def test_a_rollout_is_told_as_a_whole_where_that_is_news(database: Database, two_tenants: Tenants) -> None:
    north, _ = two_tenants
    row = made(database, north)
    told: list[tuple[str, int, str | None]] = []

    def said(look: Callable[[Session], object]) -> list[tuple[str, int, str | None]]:
        with platform_session(database.stores, "test") as session:
            look(session)
        new = [(one.state.value, one.ended, one.error) for one in letters(database)[len(told) :]]
        told.extend(new)
        return new

    def chore(session: Session) -> None:
        rollouttelling.settle(session, NOW + timedelta(seconds=len(told)), subjects.of)

    def job(session: Session) -> None:
        at = NOW + timedelta(seconds=len(told))
        found = rolloutwork.turn(session, claim, at)
        assert found is not None
        rollouttelling.tell(session, claim, found, at, subjects.of)

    assert said(chore) == [("planned", 0, None)]
    assert said(chore) == []
    with tenant_session(database.stores, north.principal) as session:
        rollouts.start(session, ADA, row)
    assert said(chore) == []
    claim = claimed(database, row)
    assert said(job) == [("running", 0, None)]
    assert said(job) == []
    halted(database, row, "pause", True)
    assert said(job) == [("paused", 0, f"{BOB.by} paused it.")]
    halted(database, row, "pause", False)
    put(database, "DELETE FROM devices WHERE tenant_id = %s", north.id)
    assert said(job) == [("done", 0, None)]
    assert said(chore) == []


def test_what_ended_long_ago_goes_and_a_plan_that_nobody_started_is_over(
    database: Database, two_tenants: Tenants
) -> None:
    north, _ = two_tenants
    live, plan_only = started(database, north, 1), made(database, north)
    settings = Settings(keep_rollouts=timedelta(days=30))

    def left(days: int) -> dict[UUID, RolloutState]:
        rollouttidy.tidy(Occasion(database.stores, CREATED + timedelta(days=days), settings=settings))
        with tenant_session(database.stores, north.principal) as session:
            return {one.id: one.state for one in rollouts.page(session, None, 10)}

    assert left(0) == {live.id: RolloutState.RUNNING, plan_only.id: RolloutState.PLANNED}
    assert left(1) == {live.id: RolloutState.RUNNING, plan_only.id: RolloutState.EXPIRED}
    assert left(30) == {live.id: RolloutState.RUNNING, plan_only.id: RolloutState.EXPIRED}
    assert left(32) == {live.id: RolloutState.RUNNING}
