"""The page of rollouts, as its callback tells it: what stands where, and what may be done by whom."""

from __future__ import annotations

import json
from datetime import timedelta
from uuid import UUID

import psycopg
import pytest

from db import rollouts
from db.operations import Author
from db.tenancy import tenant_session
from fleet.identity import Role
from tests.dashboard.seats import Screen, Seat, text
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
            getattr(rollouts, deed)(session, Author("grace", NOW), rollouts.one(session, rollout))


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
            now = NOW + timedelta(seconds=seq)
            admin.execute(LINE, {**told, "id": rollout, "device": device.id, "tenant": tenant.id, "now": now})
    return device.id


def test_a_rollout_is_offered_what_fits_where_it_stands(screen: Screen, rollout: UUID) -> None:
    operator, address = seat(screen, screen.web.north, Role.OPERATOR), f"firmware/rollouts?rollout={rollout}"

    def offered() -> set[str]:
        told = text(operator.call(BODY, address))
        return {deed for deed in ("approve", "start", "pause", "resume", "retry", "abort") if f"/{deed}" in told}

    assert offered() == {"approve", "start", "abort"}
    told = text(operator.call(BODY, address))
    for word in ("router-000", "7.16", "7.24.4", "Downgrade", "Planned", "Digest", "by ada"):
        assert word in told, word
    steer(screen, rollout, "start")
    assert offered() == {"pause", "abort"}
    steer(screen, rollout, "pause")
    assert offered() == {"resume", "abort"}
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
    assert "/api/tenants/" not in told
    assert "firmware/plan" not in told


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
