"""How often the backup of a device has failed in a row."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.alertfacts import Fact, Values
from db.backuptables import config_state
from fleet.identity import DeviceId


def read(session: Session, _: datetime) -> Values:
    """Read what is counted."""
    asked = select(config_state.c.device_id, config_state.c.failures)
    return {DeviceId(device): float(failures) for device, failures in session.execute(asked)}


fact = Fact("backup_failures", "Backups that failed in a row", read)
