"""Whether a device's configuration became another one within the last day, and not by a push of ours."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.alertfacts import Fact, Values
from db.backuptables import config_state, config_versions
from fleet.backups import Reason
from fleet.identity import DeviceId

LATELY: Final = timedelta(days=1)


def outside(number: int, reason: Reason, first_seen: datetime, now: datetime) -> float:
    """Tell 1 for a version that somebody else made; the first one that was ever read is no change."""
    return float(number > 1 and reason is not Reason.PUSH and now - first_seen < LATELY)


def read(session: Session, now: datetime) -> Values:
    """Look at the version that each device has."""
    versions = config_versions.c
    asked = select(versions.device_id, versions.number, versions.reason, versions.first_seen).join_from(
        config_state, config_versions, versions.id == config_state.c.version_id
    )
    return {
        DeviceId(device): outside(number, Reason(reason), first_seen, now)
        for device, number, reason, first_seen in session.execute(asked)
    }


fact = Fact(
    "config_changed_outside",
    "Configuration changed outside within a day: 1",
    read,
    "The configuration was changed outside Flotilla within the last day",
)
