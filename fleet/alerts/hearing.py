"""When was heard of whom, and since when words come without a break: who may be missed. Pure but for its memory."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from fleet.device import STALE_AFTER
from fleet.identity import DeviceId

LULL = timedelta(minutes=2)
"""How long after the last word of anybody a device may still be missed."""


@dataclass(slots=True)
class Hearing:
    """The last word of each device, and of each family of it; ``lull`` is the longest that nobody says anything.

    ``since`` is when words began to come without such a break.

    Whoever begins to listen, or hears the first word after a break, does not know who would have spoken meanwhile:
    a device is missed only once it was listened for as long as it may be silent.
    """

    lull: timedelta = LULL
    since: datetime | None = None
    _last: dict[tuple[DeviceId, str], datetime] = field(default_factory=dict)
    _newest: datetime | None = None

    def newer(self, device_id: DeviceId, family: str, at: datetime) -> bool:
        """Note until when something was heard; False for what comes twice, or behind newer words.

        A status and what was measured in the same poll have the same time: the state is told by one of them alone.
        """
        last = self._last.get((device_id, family))
        if last is not None and at <= last:
            return False
        self._last[device_id, family] = at
        if self._newest is None or at > self._newest:
            if self._newest is None or at - self._newest > self.lull:
                self.since = at
            self._newest = at
        return True

    def last(self, device_id: DeviceId, family: str, stored: datetime | None) -> datetime | None:
        """Tell when something was heard last, by us or by the store."""
        heard = self._last.get((device_id, family))
        return max((one for one in (heard, stored) if one is not None), default=None)

    def until(self, now: datetime) -> datetime | None:
        """Tell up to when devices may be missed.

        Where nobody is heard at all the fault is ours, and time stands still.
        """
        return None if self._newest is None else min(now, self._newest + LULL)

    def silent(self, last: datetime, until: datetime, span: timedelta) -> bool:
        """Tell whether it has been silent for a span in which it would have been heard."""
        return self.since is not None and until - max(last, self.since) >= span

    def settle(self, devices: Container[DeviceId], shortest: timedelta) -> None:
        """Forget devices that are there no more, and take how often the one is asked that is asked most often."""
        self.lull = max(LULL, STALE_AFTER * shortest)
        for place in [place for place in self._last if place[0] not in devices]:
            del self._last[place]
