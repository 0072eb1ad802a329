"""The panels of one device, read and drawn: for each a figure, its current values, or what stands in their place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pandas as pd
from dash import html
from dash.development.base_component import Component

from dashboard import controls, figures, panels, units
from dashboard.controls import marks
from dashboard.data import Data, Frames, frame
from dashboard.figures import Figure, Window
from dashboard.panels import PANELS, Now, Panel, Want
from dashboard.theme import Palette
from db.inventory import DeviceRow
from db.latest import Latest
from db.lines import LineQuery
from db.ranges import Range
from fleet.device import STALE_AFTER, State
from fleet.errors import BadInput
from fleet.identity import Principal

POINTS = 300
RECENT = timedelta(minutes=10)
"""How far before the last word from a device its newest reading is looked for, at least."""
EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


@dataclass(frozen=True, slots=True)
class Question:
    """Which device is looked at, by whom, over what range, with which instance chosen; ``id`` names the request."""

    principal: Principal
    row: DeviceRow
    range: Range
    chosen: str
    now: datetime
    id: str

    @property
    def answered(self) -> datetime:
        """Tell when the device was last well enough to answer, as far as is known."""
        last = self.row.since if self.row.state is State.DOWN else self.row.heard_at
        return last or self.now

    @property
    def window(self) -> Window:
        """Tell the span of the charts, and the step that is expected: the poll's or the drawing's, the longer one."""
        return Window(self.range.start, self.range.end, max(self.row.interval, self.range.step(POINTS)))

    def aligned(self) -> Range:
        """Widen the range to whole steps of the clock: moving steps would make old points dance."""
        step = self.range.step(POINTS)
        start = EPOCH + (self.range.start - EPOCH) // step * step
        return Range(start, start + step * (-((start - self.range.end) // step)))


@dataclass(frozen=True, slots=True)
class Shown:
    """A panel as it is now: its figure, its current values, and a note where something is to be said instead."""

    figure: Figure | None = None
    now: list[Component] = field(default_factory=list)
    note: Component | None = None


def read(data: Data, asked: Question) -> dict[str, list[Latest]]:
    """Read the newest reading of every family that a panel shows, as of the last word from the device."""
    back = max(RECENT, 5 * asked.row.interval)
    families = {panel.family for panel in PANELS}
    return data.latest(asked.principal, asked.row.id, families, Range(asked.answered - back, asked.now))


def draw(data: Data, asked: Question, palette: Palette, latest: Mapping[str, Sequence[Latest]]) -> dict[str, Shown]:
    """Draw every panel; an error of one panel stands in its place and leaves the others alone."""
    rows = {panel.name: _rows(panel, asked, latest) for panel in PANELS}
    wants = {panel.name: list(panel.wants(rows[panel.name])) for panel in PANELS}
    found = iter(data.frames(asked.principal, [_query(asked, p, want) for p in PANELS for want in wants[p.name]]))
    return {
        panel.name: _panel(
            asked, palette, panel, rows[panel.name], [(want, next(found)) for want in wants[panel.name]]
        )
        for panel in PANELS
    }


def chosen(rows: Sequence[Latest], *wishes: str) -> str:
    """Choose the interface: the first wish that the device has, or its busiest."""
    names = interfaces(rows)
    return next((wish for wish in wishes if wish in names), "") or panels.busiest(rows)


def interfaces(rows: Sequence[Latest]) -> list[str]:
    """Name the interfaces of a reading."""
    return [row.labels["interface"] for row in rows]


def _rows(panel: Panel, asked: Question, latest: Mapping[str, Sequence[Latest]]) -> list[Latest]:
    return [row for row in latest[panel.family] if not panel.selects or row.labels[panel.selects] == asked.chosen]


def _query(asked: Question, panel: Panel, want: Want) -> LineQuery:
    spanned = asked.aligned()
    return LineQuery(asked.row.id, panel.family, want.column, spanned.start, spanned.end, POINTS + 2, want.labels)


def _panel(
    asked: Question,
    palette: Palette,
    panel: Panel,
    rows: Sequence[Latest],
    found: Sequence[tuple[Want, Frames | BadInput]],
) -> Shown:
    for _, lines in found:
        if isinstance(lines, BadInput):
            return Shown(note=controls.refusal(lines, asked.id))
    curves = [want.curve(_one(lines), place) for place, (want, lines) in enumerate(found)]
    if not any(len(curve.frame) for curve in curves):
        return Shown(note=controls.nothing(f"No {panel.title.lower()} in this range")) if panel.usual else Shown()
    figure = figures.chart(curves, panel.scale(rows), asked.window, palette)
    return Shown(figure, [*_values(panel, list(panel.now(rows)), len(curves)), *_age(asked, rows)])


def _one(lines: Frames | BadInput) -> pd.DataFrame:
    return frame([]) if isinstance(lines, BadInput) or not lines else lines[0][1]


def _age(asked: Question, rows: Sequence[Latest]) -> list[Component]:
    """Say how old the current values are, where they no longer are current."""
    age = asked.now - max((row.time for row in rows), default=asked.now)
    return [html.Span(f"{units.span(age)} ago", className="muted")] if age > STALE_AFTER * asked.row.interval else []


def _values(panel: Panel, values: Sequence[Now], lines: int) -> list[Component]:
    """Write the current values; several lines are keyed to their colours."""
    return [
        html.Span(
            [
                html.I(className=f"key series-{place % 6 + 1}") if lines > 1 else None,
                html.Span(value.name, className="muted") if value.name else None,
                html.B(value.number, **marks(data_testid=f"{panel.name}-now-{place}")),
                html.Span(value.unit, className="unit"),
            ],
            className="value" if place == 0 or lines > 1 else "value rest",
        )
        for place, value in enumerate(values)
    ]
