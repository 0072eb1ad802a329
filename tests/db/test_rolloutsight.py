"""What a job reads of a rollout's devices: what changed, whoever wrote it and whenever that ends."""

from __future__ import annotations

from uuid import UUID

import psycopg
import pytest

from db import rollouts, rolloutwork
from db.platform import platform_session
from db.rollouts import Row
from db.rolloutsight import ROUND, Sight
from db.tenancy import tenant_session
from fleet.rollouts import Stage, Step
from tests.db.test_rollouts import ADA, Tenants, claimed, started, turned
from tests.fixtures.database import Database


def looked(database: Database, sight: Sight) -> list[Stage]:
    with platform_session(database.stores, "test") as session:
        return [one.stage for one in sight.look(session)[0].values()]


def put(connection: psycopg.Connection, row: Row, place: int, values: str) -> None:
    which = (row.id, place)
    connection.execute(f"UPDATE rollout_devices SET {values} WHERE rollout_id = %s AND place = %s", which)


@pytest.mark.parametrize("since", [None, ROUND - 1, 3 * ROUND + 5])
def test_what_one_writes_that_began_before_the_look_is_seen_in_the_next(
    database: Database, two_tenants: Tenants, since: int | None
) -> None:
    row = started(database, two_tenants[0])
    sight = Sight(row.id, since=since)
    with psycopg.connect(database.admin_url) as early, psycopg.connect(database.admin_url) as late:
        put(early, row, 0, "stage = 'staging'")
        put(late, row, 1, "stage = 'staged'")
        late.commit()
        assert looked(database, sight) == [Stage.PENDING, Stage.STAGED]
        early.commit()
    assert looked(database, sight) == [Stage.STAGING, Stage.STAGED]


def test_what_was_rolled_back_was_never_seen(database: Database, two_tenants: Tenants) -> None:
    row = started(database, two_tenants[0])
    claim = claimed(database, row)

    with platform_session(database.stores, "test") as session:
        assert rolloutwork.turn(session, claim, ADA.at) is not None
        session.rollback()
    assert turned(database, claim) == [(Stage.PENDING, Step.STAGE)] * 2
    with psycopg.connect(database.admin_url) as connection:
        (asked,) = connection.execute("SELECT count(*) FROM errands").fetchone() or (0,)
    assert asked == 2


def test_nothing_is_asked_of_a_device_that_was_changed_since_it_was_read(
    database: Database, two_tenants: Tenants
) -> None:
    north, _ = two_tenants
    row = started(database, north)
    claim = claimed(database, row)
    with platform_session(database.stores, "test") as session:
        claim.sight.look(session)
    with tenant_session(database.stores, north.principal) as session:
        rollouts.skip(session, ADA, row, north.devices[0].id)
    with platform_session(database.stores, "test") as session:
        those = [one.id for one in north.devices[:2]]
        assert claim.sight.unchanged(session, those) == {north.devices[1].id}


def test_who_does_not_answer_is_known_though_its_row_was_not_written(
    database: Database, two_tenants: Tenants
) -> None:
    row = started(database, two_tenants[0])
    sight, first = Sight(row.id), two_tenants[0].devices[0].id
    looked(database, sight)
    for state, down in (("down", True), ("up", False)):
        with psycopg.connect(database.admin_url) as connection:
            set_ = "UPDATE device_state SET state = %s, since = now() WHERE device_id = %s"
            connection.execute(set_, (state, UUID(str(first))))
        with platform_session(database.stores, "test") as session:
            assert sight.look(session)[0][first].down is down


def test_a_row_that_is_gone_is_forgotten(database: Database, two_tenants: Tenants) -> None:
    row = started(database, two_tenants[0])
    sight = Sight(row.id)
    looked(database, sight)
    with psycopg.connect(database.admin_url) as connection:
        connection.execute("DELETE FROM rollout_devices WHERE rollout_id = %s AND place = 0", (row.id,))
    assert looked(database, sight) == [Stage.PENDING]
