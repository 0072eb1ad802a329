"""What is asked of a device's page: which device, by whom, over what range, and what is laid behind its lines."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from dashboard.figures import Window
from dashboard.overlays import Over
from dashboard.timemarks import Mark
from db.inventory import DeviceRow
from db.ranges import Range
from fleet.device import State
from fleet.identity import Principal

POINTS = 300
EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


@dataclass(frozen=True, slots=True)
class Question:
    """Which device is looked at, by whom, over what range, with which instance chosen; ``id`` names the request.

    ``over`` is what is laid behind the lines, ``zone`` the person's clock, ``at`` the instant that is looked at,
    ``marks`` what happened meanwhile, ``home`` the address of the tenant's pages.
    """

    principal: Principal
    row: DeviceRow
    range: Range
    chosen: str
    now: datetime
    id: str
    over: frozenset[Over] = frozenset()
    zone: tzinfo = UTC
    at: datetime | None = None
    marks: tuple[Mark, ...] = ()
    home: str = ""

    @property
    def answered(self) -> datetime:
        """Tell when the device was last well enough to answer, as far as is known."""
        last = self.row.since if self.row.state is State.DOWN else self.row.heard_at
        return last or self.now

    @property
    def window(self) -> Window:
        """Tell the span of the charts, and the step that is expected: the poll's or the drawing's, the longer one."""
        return Window(self.range.start, self.range.end, max(self.row.interval, self.range.step(POINTS)))

    def aligned(self, step: timedelta | None = None) -> Range:
        """Widen the range to whole steps of the clock: moving steps would make old points dance."""
        step = step or self.range.step(POINTS)
        start = EPOCH + (self.range.start - EPOCH) // step * step
        return Range(start, start + step * (-((start - self.range.end) // step)))
