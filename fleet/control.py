"""What people have a device do that is no change of its configuration, as errands."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from fleet.errands import Errand
from fleet.identity import DeviceId, TenantId

REBOOT: Final = "device.reboot"
IDENTIFY: Final = "device.identify"

PROMPT: Final = timedelta(minutes=5)
"""How long such an errand waits for its device: nobody wants it to happen at night."""

BACK: Final = timedelta(minutes=15)
"""How long a device may take to come back; the slowest have been seen to need twelve minutes."""

SHORTEST, USUAL, LONGEST = 2, 10, 60
"""Seconds for which a device is made known."""


def reboot(place: tuple[TenantId, DeviceId], identity: str, by: str, at: datetime) -> Errand:
    """Ask for a restart of the device that calls itself ``identity``."""
    return _errand(place, REBOOT, {"identity": identity}, (by, at))


def identify(place: tuple[TenantId, DeviceId], lasting: int, by: str, at: datetime) -> Errand:
    """Ask a device to blink and beep for some seconds."""
    return _errand(place, IDENTIFY, {"seconds": lasting}, (by, at))


def seconds(errand: Errand) -> int:
    """Tell for how long a device is to be made known."""
    wanted = errand.detail.get("seconds")
    return min(max(SHORTEST, wanted), LONGEST) if isinstance(wanted, int) else USUAL


def expected(errand: Errand) -> str:
    """Tell how the device must call itself for a restart."""
    return str(errand.detail.get("identity", ""))


def _errand(
    place: tuple[TenantId, DeviceId], kind: str, detail: Mapping[str, object], asked: tuple[str, datetime]
) -> Errand:
    by, at = asked
    return Errand(
        tenant_id=place[0], device_id=place[1], kind=kind, by=by, at=at, expires_at=at + PROMPT, detail=detail
    )
