"""The panels of one device, read and drawn: for each a figure, its current values, or what stands in their place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlencode

import pandas as pd
from dash import html
from dash.development.base_component import Component

from dashboard import controls, figures, panels, timemarks, units
from dashboard.controls import marks
from dashboard.data import Data, Frames, one
from dashboard.figures import Figure
from dashboard.ground import Behind, read_behind
from dashboard.overlays import Over
from dashboard.panels import Now, Panel, Want
from dashboard.question import POINTS, Question
from dashboard.theme import Palette
from db.latest import Latest
from db.lines import LineQuery
from db.ranges import Range
from fleet.device import STALE_AFTER
from fleet.errors import BadInput

RECENT = timedelta(minutes=45)
"""How far before the last word from a device its newest reading is looked for, at least: some are slow."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A panel as it is now: its figure, its current values, and a note where something is to be said instead."""

    figure: Figure | None = None
    now: list[Component] = field(default_factory=list)
    note: Component | None = None
    over: frozenset[Over] = frozenset()


def read(data: Data, asked: Question, families: Sequence[str]) -> dict[str, list[Latest]]:
    """Read the newest reading of some families, as of the last word from the device."""
    back = max(RECENT, 5 * asked.row.interval)
    return data.latest(asked.principal, asked.row.id, families, Range(asked.answered - back, asked.now))


def uptime(data: Data, asked: Question) -> pd.DataFrame:
    """Read the uptimes of the range, from which reboots and times without data are told."""
    spanned = asked.aligned()
    query = LineQuery(asked.row.id, "resource", "uptime_seconds", spanned.start, spanned.end, POINTS + 2)
    (found,) = data.frames(asked.principal, [query])
    return one(found)


def draw(
    data: Data, asked: Question, palette: Palette, latest: Mapping[str, Sequence[Latest]], drawn: Sequence[Panel]
) -> dict[str, Shown]:
    """Draw panels; an error of one panel stands in its place and leaves the others alone."""
    rows = {panel.name: _rows(panel, asked, latest) for panel in drawn}
    wants = {panel.name: list(panel.wants(rows[panel.name])) for panel in drawn}
    lines = {panel.name: [_query(asked, panel, want) for want in wants[panel.name]] for panel in drawn}
    found = iter(data.frames(asked.principal, [query for panel in drawn for query in lines[panel.name]]))
    told = {panel.name: [(want, next(found)) for want in wants[panel.name]] for panel in drawn}
    there = [panel for panel in drawn if any(len(one(of_want)) for _, of_want in told[panel.name])]
    pairs = [(panel, [*zip(wants[panel.name], lines[panel.name], strict=True)]) for panel in there]
    behind = dict(zip((panel.name for panel in there), read_behind(data, asked, pairs), strict=True))
    return {
        panel.name: _panel(
            asked, palette, panel, (rows[panel.name], told[panel.name], behind.get(panel.name, Behind()))
        )
        for panel in drawn
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
    found: tuple[Sequence[Latest], Sequence[tuple[Want, Frames | BadInput]], Behind],
) -> Shown:
    rows, lines, behind = found
    fault = next((of_want for _, of_want in lines if isinstance(of_want, BadInput)), None)
    if fault is not None:
        return Shown(note=controls.refusal(fault, asked.id))
    if not any(len(one(of_want)) for _, of_want in lines):
        return Shown(note=controls.nothing(f"No {panel.title.lower()} in this range")) if panel.usual else Shown()
    curves = [want.curve(one(of_want), place) for place, (want, of_want) in enumerate(lines)]
    figure = figures.chart([*behind.ghosts, *curves], panel.scale(rows), asked.window, palette, behind.ribbons)
    figure = timemarks.drawn(figure, asked.marks, asked.at, palette)
    now = [
        *_values(panel, list(panel.now(rows)), len(curves)),
        *_age(asked, rows),
        _explore(asked, panel, lines[0][0]),
    ]
    return Shown(figure, now, over=behind.over)


def _explore(asked: Question, panel: Panel, want: Want) -> Component:
    """Lead to where the same metric is set beside that of other devices."""
    words = {"metric": f"{panel.family}.{want.column}", "of": "devices", "in": str(asked.row.id)}
    return controls.link(
        "Explore",
        f"{asked.home}explore?{urlencode(words)}",
        kind="beside",
        title=f"{panel.title}: compare with other devices",
    )


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
