"""How long steps took, as the journals tell it: of each model, of what came through, of one's own devices."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest

from db import rolloutpaces
from db.platform import platform_session
from db.tenancy import tenant_session
from fleet.rollouts import Step
from fleet.rollouts.pace import Pace
from tests.db.test_rollouts import NOW, Tenants, started
from tests.fixtures.database import Database

LINE = """INSERT INTO rollout_journal (rollout_id, device_id, seq, tenant_id, at, epoch, step, stage, result, detail)
    VALUES (%s, %s, %s, %s, %s, 1, %s, 'verifying', %s, '{}')"""
ERRAND = """INSERT INTO errands (id, tenant_id, device_id, partition, kind, by, at, expires_at, detail, state, epoch,
    attempt, ended_at) VALUES (%s, %s, %s, 1, %s, 'ada', %s, %s, jsonb_build_object('rollout_id', %s::text), 'done',
    1, 1, %s)"""
TOOK = timedelta(minutes=4)


@pytest.fixture
def told(database: Database, two_tenants: Tenants) -> Database:
    """Three devices were staged and installed at once, each failed first; one install waited long for its owner.

    The others waited for half a minute, and their boot firmware was asked for ten seconds later.
    """
    north, _ = two_tenants
    row = started(database, north, 3)
    with psycopg.connect(database.admin_url) as connection:
        for device, waited in zip(north.devices[:3], (30, 30, 3000), strict=True):
            at = NOW
            lines = [("stage", 1, None), ("stage", 2, "done"), ("install", 0, None), ("install", 9, "failed")]
            lines += [("install", 5, None), ("install", 4, "done")]
            for seq, (step, minutes, result) in enumerate(lines):
                at += timedelta(minutes=minutes)
                connection.execute(LINE, (row.id, device.id, seq, north.id, at, step, result))
            asked, booted = at - TOOK - timedelta(seconds=waited), at + timedelta(seconds=10)
            for kind, begun, ended in (("install", asked, at), ("boot", booted, booted + TOOK)):
                told = (uuid4(), north.id, device.id, f"firmware.{kind}", begun, ended + TOOK, row.id, ended)
                connection.execute(ERRAND, told)
    return database


def test_steps_take_what_they_took_where_they_came_through(told: Database, two_tenants: Tenants) -> None:
    later = NOW + timedelta(hours=1)
    with tenant_session(told.stores, two_tenants[0].principal) as session:
        pace = rolloutpaces.read(session, later)
    for model in ("hAP", ""):
        assert (pace.seen[model, Step.STAGE], pace.seen[model, Step.INSTALL]) == (timedelta(minutes=2), TOOK)
    assert pace.gap == timedelta(seconds=40)
    assert set(pace.spread.values()) == {timedelta(0)}
    with platform_session(told.stores, "test") as session:
        assert rolloutpaces.read(session, later, two_tenants[0].id) == pace


def test_others_and_what_was_long_ago_tell_nothing(told: Database, two_tenants: Tenants) -> None:
    north, south = two_tenants
    with tenant_session(told.stores, south.principal) as session:
        assert rolloutpaces.read(session, NOW) == Pace()
    with platform_session(told.stores, "test") as session:
        assert rolloutpaces.read(session, NOW, south.id) == Pace()
        assert rolloutpaces.read(session, NOW + timedelta(days=200), north.id) == Pace()
