"""How many of the known holes the version has that a device runs."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.alertfacts import Fact, Values
from db.tables import device_state
from fleet import advisories
from fleet.identity import DeviceId
from fleet.versions import known


def holes(version: str) -> float:
    """Count the holes of a version."""
    return float(len(advisories.concerning(advisories.every(), known(version))))


def read(session: Session, _: datetime) -> Values:
    """Look at what devices run; versions are few, so each is looked up once."""
    asked = select(device_state.c.device_id, device_state.c.version).where(device_state.c.version.is_not(None))
    runs = {DeviceId(device): version for device, version in session.execute(asked)}
    judged = {version: holes(version) for version in {*runs.values()}}
    return {device: judged[version] for device, version in runs.items()}


fact = Fact("firmware_holes", "Known holes of the version that it runs", read)
