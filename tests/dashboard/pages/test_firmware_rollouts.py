"""The page of rollouts, as its callback tells it: what stands where, and what may be done by whom."""

from __future__ import annotations

import json
from datetime import timedelta
from uuid import UUID

import psycopg
import pytest

from db import rollouts, rolloutstops
from db.operations import Author
from db.tenancy import tenant_session
from fleet.identity import Role
from tests.dashboard.seats import Screen, Seat, ago, text
from tests.fixtures.database import Tenant
from tests.fixtures.web import NOW

BODY = "firmware-rollouts-body.children"
STANDS = """
    UPDATE rollout_devices SET stage = 'failed', live = false, ended_at = %(now)s, reason = %(why)s, verdict = 'fail'
    WHERE rollout_id = %(id)s
"""
LINE = """
    INSERT INTO rollout_journal (rollout_id, device_id, seq, tenant_id, at, epoch, step, stage, result, detail)
    VALUES (%(id)s, %(device)s, %(seq)s, %(tenant)s, %(now)s, 1, %(step)s, %(stage)s, %(result)s, %(detail)s)
"""


@pytest.fixture(scope="module")
def rollout(screen: Screen) -> UUID:
    """A plan over north's first device, made by ada."""
    return screen.web.rollout(screen.web.north)


def seat(screen: Screen, tenant: Tenant, role: Role) -> Seat:
    return Seat(screen.web.browser(tenant, role), tenant)


def steer(screen: Screen, rollout: UUID, *deeds: str) -> None:
    with tenant_session(screen.web.context.stores, screen.web.north.principal) as session:
        for deed in deeds:
            getattr(rollouts, deed)(session, Author("grace", ago(minutes=20)), rollouts.one(session, rollout))


def fails(screen: Screen, rollout: UUID) -> UUID:
    """Let the device fail as its owner would write it."""
    device, tenant = screen.web.north.devices[0], screen.web.north
    lines = (
        ("stage", "staging", None, {"files": ["routeros-7.24.4-arm64.npk"], "bytes": 2048}),
        ("install", "installing", None, {"from": "7.16", "to": "7.24.4"}),
        ("install", "failed", "failed", {"reason": "It runs 7.16 <still>."}),
    )
    with psycopg.connect(screen.database.admin_url) as admin:
        admin.execute(STANDS, {"id": rollout, "now": NOW, "why": "It runs 7.16 <still>."})
        for seq, (step, stage, result, detail) in enumerate(lines):
            told = {"step": step, "stage": stage, "result": result, "detail": json.dumps(detail), "seq": seq}
            now = ago(minutes=10) + timedelta(seconds=seq)
            admin.execute(LINE, {**told, "id": rollout, "device": device.id, "tenant": tenant.id, "now": now})
    return device.id


def test_a_rollout_is_offered_what_fits_where_it_stands(screen: Screen, rollout: UUID) -> None:
    operator, address = seat(screen, screen.web.north, Role.OPERATOR), f"firmware/rollouts?rollout={rollout}"

    def offered() -> set[str]:
        told = text(operator.call(BODY, address))
        return {
            deed for deed in ("approve", "start", "pause", "resume", "retry", "skip", "abort") if f"/{deed}" in told
        }

    assert offered() == {"approve", "start", "abort"}
    told = text(operator.call(BODY, address))
    for word in ("router-000", "7.16", "7.24.4", "Downgrade", "Planned", "Digest", "by ada"):
        assert word in told, word
    steer(screen, rollout, "start")
    assert offered() == {"pause", "skip", "abort"}
    steer(screen, rollout, "pause")
    assert offered() == {"resume", "skip", "abort"}
    assert "grace paused it." in text(operator.call(BODY, address))
    device = fails(screen, rollout)
    assert offered() == {"resume", "retry", "abort"}
    told = text(operator.call(BODY, f"{address}&stage=failed&device={device}"))
    for word in ("1 bad", "It runs 7.16 <still>.", "The install begins", "2 KiB", "7.16 → 7.24.4", "Install: failed"):
        assert word in told, word
    assert "No device stands there" in text(operator.call(BODY, f"{address}&stage=lost"))


def test_who_may_only_look_is_offered_nothing(screen: Screen, rollout: UUID) -> None:
    told = text(seat(screen, screen.web.north, Role.VIEWER).call(BODY, f"firmware/rollouts?rollout={rollout}"))
    assert "router-000" in told
    assert "data-form" not in told
    assert "firmware/plan" not in told


def test_a_start_may_lie_ahead_and_everything_can_be_stopped_and_let_go_on(screen: Screen) -> None:
    web, south = screen.web, screen.web.south
    made, operator = web.rollout(south), seat(screen, south, Role.OPERATOR)
    with tenant_session(web.context.stores, south.principal) as session:
        rollouts.start(session, Author("ada", NOW), rollouts.one(session, made), NOW + timedelta(hours=2))
    told = text(operator.call(BODY, f"firmware/rollouts?rollout={made}"))
    assert "It begins 14:00:00, in 2 h." in told
    assert "Start at another time" in told
    assert "firmware/stop" in told
    with tenant_session(web.context.stores, south.principal) as session:
        rolloutstops.stop(session, Author("grace", NOW), south.id, "a bad release")
    told = text(operator.call(BODY, "firmware/rollouts"))
    assert "grace has stopped all rollouts: a bad release" in told
    assert "firmware/stop/lift" in told
    assert "data-form" not in text(seat(screen, south, Role.VIEWER).call(BODY, "firmware/rollouts"))
    with tenant_session(web.context.stores, south.principal) as session:
        rolloutstops.lift(session, Author("grace", NOW), south.id)
        rollouts.abort(session, Author("ada", NOW), rollouts.one(session, made))


def test_who_planned_waits_for_another_where_a_second_person_is_asked_for(screen: Screen) -> None:
    web, south = screen.web, screen.web.south
    made = web.rollout(south)
    person = web.person(south, Role.OPERATOR)
    with psycopg.connect(screen.database.admin_url) as admin:
        admin.execute("INSERT INTO firmware_settings (tenant_id, second_person) VALUES (%s, true)", (south.id,))
        admin.execute("UPDATE rollouts SET by = %s WHERE id = %s", (person.email, made))
    address = f"firmware/rollouts?rollout={made}"
    own = text(Seat(web.seat(person.email, south), south).call(BODY, address))
    assert "A second person has to approve it" in own
    assert "/approve" not in own
    assert "/start" not in own
    assert "/approve" in text(seat(screen, south, Role.OPERATOR).call(BODY, address))


def test_another_tenant_sees_none_of_it(screen: Screen, rollout: UUID) -> None:
    told = text(seat(screen, screen.web.south, Role.OPERATOR).call(BODY, f"firmware/rollouts?rollout={rollout}"))
    assert "There is no rollout" in told
    assert "router-000" not in told


def test_what_it_did_is_marked_on_the_charts_of_its_devices(screen: Screen, rollout: UUID, north: Seat) -> None:
    device = screen.web.north.devices[0]
    done = "Upgrade 7.16 → 7.24.4 failed, by rollout"
    shown = north.call("health-marks.children", f"device/{device.id}/health")
    assert done in text(shown)
    span = "from=2026-01-05T11:00:00Z&to=2026-01-05T12:00:00Z"
    named = text(north.call("explore-note.children", f"explore?{span}&of=devices&in={device.id}"))
    assert f"router-000: {done}" in named
    assert '"hovertext": "router-000: Upgrade 7.16' in named
    every = text(north.call("explore-note.children", f"explore?{span}"))
    assert "to 7.24.4" in every
    assert done not in every
