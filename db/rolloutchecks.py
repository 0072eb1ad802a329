"""What is stored of devices when they have their turn: the checks of the plan, once more before anything begins."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import Uuid, any_, exists, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from db import filters
from db.backuptables import config_state
from db.inventory import WITH_STATE
from db.pushtables import pushes
from db.tables import devices
from fleet.device import State
from fleet.identity import DeviceId
from fleet.rollouts import Ask, Close, Decisions, Rollout, Stage, Step, Unit, advance
from fleet.rollouts.preflight import Standing, barred

CHECKED: Final = frozenset({Step.STAGE, Step.INSTALL})
"""The steps before which it is looked once more."""


def decide(session: Session, rollout: Rollout, units: Mapping[DeviceId, Unit], at: datetime) -> Decisions:
    """Tell what comes next in a rollout; with whom something else goes on waits, and others have their turn.

    The session is the platform's.
    """
    now, bars, looked = dict(units), dict[DeviceId, str](), set[DeviceId]()
    while True:
        found = advance(rollout, list(now.values()), at)
        asked = {act.device_id for act in found.acts if isinstance(act, Ask) and act.step in CHECKED} - looked
        fresh = _bars(session, [now[one] for one in asked], at) if asked else {}
        looked |= asked
        if not fresh:
            waits = (act for one, why in bars.items() if (act := _wait(units[one], why)))
            return replace(found, acts=(*found.acts, *waits))
        bars |= fresh
        now |= {one: replace(now[one], barred=True) for one in fresh}


def _wait(one: Unit, why: str) -> Close | None:
    """Let a device wait: as it is, where packages lie on it, and else aside, so that no wave waits for it."""
    if one.stage is Stage.STAGED:
        return Close(one.device_id, Stage.STAGED, why) if one.reason != why else None
    return Close(one.device_id, Stage.STAGING if one.stage is Stage.STAGING else Stage.WAITING, why)


def _bars(session: Session, those: Collection[Unit], at: datetime) -> dict[DeviceId, str]:
    """Tell with which of these devices nothing is begun just now, and why."""
    pushing = exists(pushes.c.id).where(pushes.c.device_id == devices.c.id, pushes.c.ended_at.is_(None))
    ids = literal([one.device_id for one in those], ARRAY(Uuid))
    query = (
        select(devices.c.id, filters.shown_state(at).label("state"), pushing, config_state.c.whole_at)
        .select_from(WITH_STATE)
        .outerjoin(config_state, config_state.c.device_id == devices.c.id)
        .where(devices.c.id == any_(ids))
    )
    way = {one.device_id: one.way for one in those}
    found = {DeviceId(row[0]): Standing(State(row[1]), *row[2:]) for row in session.execute(query)}
    told = ((one, barred(standing, way[one], at)) for one, standing in found.items())
    return {one: why for one, why in told if why is not None}
