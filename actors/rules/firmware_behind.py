"""Whether a device's channel has a newer version, or its branch gets no fixes any more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import firmware
from db.alertfacts import Fact, Values
from db.tables import device_state
from fleet.firmware import Pointer, Standing, standing
from fleet.identity import DeviceId
from fleet.versions import known


def behind(version: str, pointers: Sequence[Pointer]) -> float | None:
    """Tell 1 for a version that is behind; None where it cannot be said."""
    stands = standing(known(version), pointers)
    return None if stands is Standing.UNKNOWN else float(stands in (Standing.BEHIND, Standing.ENDED))


def read(session: Session, _: datetime) -> Values:
    """Compare what devices run with where the channels point; versions are few, so each is judged once."""
    pointers = firmware.pointers(session)
    asked = select(device_state.c.device_id, device_state.c.version).where(device_state.c.version.is_not(None))
    runs = {DeviceId(device): version for device, version in session.execute(asked)}
    judged = {version: behind(version, pointers) for version in {*runs.values()}}
    return {device: value for device, version in runs.items() if (value := judged[version]) is not None}


fact = Fact("firmware_behind", "Firmware behind its channel: 1", read, "The firmware is behind its channel")
