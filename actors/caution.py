"""Whether a device is asked one command at a time: for a day after it sent nonsense or answered late."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from fleet.device import Device
from fleet.errors import FleetError

SPAN = timedelta(days=1)


class OneAtATime(FleetError):
    """What a person is told of a device that works, but not with several commands in flight."""

    code = "one_at_a_time"


@dataclass(slots=True)
class Caution:
    """What is remembered of a device's trouble with several commands at once."""

    _until: datetime | None = None
    _why: str = ""

    def begin(self, why: str, now: datetime) -> None:
        """Be cautious from now on; ``why`` is what the device did."""
        self._until, self._why = now + SPAN, why

    def over(self, now: datetime) -> bool:
        """Tell once that the time of caution has ended."""
        if self._until is None or now < self._until:
            return False
        self._until = None
        return True

    def minded(self, device: Device) -> Device:
        """The device as it is to be connected to now."""
        if self._until is None:
            return device
        return replace(device, endpoint=replace(device.endpoint, streams=1))

    @property
    def notice(self) -> OneAtATime | None:
        """What to show of a device that is up."""
        if self._until is None:
            return None
        return OneAtATime(
            f"The device {self._why}; for a day it is asked one command at a time.",
            "Set its streams to 1 or 2 where this comes again.",
        )
