"""What happened, as marks on the charts: reboots, versions, operations, alerts, times without data. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import pandas as pd

from dashboard import gaps
from dashboard.figures import Figure, Window
from dashboard.theme import Palette
from db.inventory import DeviceRow
from db.maintenance import Window as Planned
from fleet.device import STALE_AFTER, State

MOST = 40
"""Marks of a chart; of more the newest are drawn, and all are listed."""


class What(StrEnum):
    """What a mark stands for."""

    OUTAGE = "outage"
    REBOOT = "reboot"
    VERSION = "version"
    OPERATION = "operation"
    MAINTENANCE = "maintenance"
    CONFIG = "config"
    PUSH = "push"
    UPGRADE = "upgrade"
    ALERT = "alert"


GLYPHS = {
    What.OUTAGE: "■",
    What.REBOOT: "↻",
    What.VERSION: "▲",
    What.OPERATION: "✎",
    What.MAINTENANCE: "◆",
    What.CONFIG: "≡",
    What.PUSH: "⇨",
    What.UPGRADE: "⇧",
    What.ALERT: "!",
}
"""The shape of each, beside its word."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing that happened at an instant, or from one to another."""

    what: What
    at: datetime
    text: str
    until: datetime | None = None


def reboots(uptime: pd.DataFrame) -> list[Mark]:
    """Tell the boots of a line of uptimes: where it did not grow.

    A step that holds both what was before and after a boot is told by the next one, which knows better when it was.
    """
    low, high = uptime["min"].tolist(), uptime["max"].tolist()
    times = [at.to_pydatetime() for at in uptime["time"]]
    found = []
    for place in range(1, len(times)):
        if low[place] > high[place - 1]:
            continue
        if place + 1 < len(times) and high[place] - low[place] > (times[place + 1] - times[place]).total_seconds():
            continue
        found.append(
            Mark(What.REBOOT, max(times[place - 1], times[place] - timedelta(seconds=low[place])), "Rebooted")
        )
    return found


def outages(measured: pd.DataFrame, window: Window, row: DeviceRow, now: datetime) -> list[Mark]:
    """Tell the times without a measurement, the ends of the window too where the device should have been polled."""
    broken = gaps.broken(measured, window.step)
    holes = broken["avg"].isna().to_numpy()
    times = [at.to_pydatetime() for at in broken["time"]]
    found = [(times[n], times[n + 1]) for n in range(len(times) - 1) if holes[n]]
    if times:
        bound, end = STALE_AFTER * window.step, min(window.end, now)
        if row.created_at <= window.start and times[0] - window.start > bound:
            found.insert(0, (window.start, times[0]))
        if end - times[-1] > bound:
            found.append((times[-1] + window.step, end))
    elif row.state is State.DOWN and row.since is not None and row.since < window.end:
        found.append((max(row.since, window.start), min(window.end, now)))
    return [Mark(What.OUTAGE, start, "No data", end) for start, end in found if start < end]


def planned(windows: Iterable[Planned]) -> list[Mark]:
    """Tell the times of maintenance."""
    return [Mark(What.MAINTENANCE, w.start, f"Maintenance: {w.reason}" if w.reason else "Maintenance", w.end)
            for w in windows]  # fmt: skip


def within(marks: Iterable[Mark], window: Window) -> list[Mark]:
    """Choose the marks that a window shows, in the order of time."""
    shown = [mark for mark in marks if mark.at < window.end and (mark.until or mark.at) >= window.start]
    return sorted(shown, key=lambda mark: mark.at)


def drawn(figure: Figure, marks: Sequence[Mark], at: datetime | None, palette: Palette) -> Figure:
    """Draw marks behind the lines of a figure, and the instant that a person looks at."""
    few = marks[-MOST:]
    shapes = [shape for mark in few for shape in _shapes(mark, palette)]
    if at is not None:
        shapes.append(_line(at, palette.accent, "solid"))
    glyphs = [_glyph(mark, palette) for mark in few]
    return figure | {"layout": figure["layout"] | {"shapes": shapes, "annotations": glyphs}}


def colour(what: What, palette: Palette) -> str:
    """Tell the colour of a mark."""
    inks = {What.MAINTENANCE: palette.maintenance, **dict.fromkeys((What.REBOOT, What.ALERT), palette.degraded)}
    return palette.down if what is What.OUTAGE else inks.get(what, palette.accent)


def _shapes(mark: Mark, palette: Palette) -> Iterator[Figure]:
    ink = colour(mark.what, palette)
    if mark.until is None:
        yield _line(mark.at, ink, "dot")
    else:
        yield {
            "type": "rect",
            **_across(mark.at, mark.until),
            "fillcolor": ink,
            "opacity": 0.12,
            "line": {"width": 0},
            "layer": "below",
        }


def _line(at: datetime, ink: str, dash: str) -> Figure:
    line = {"color": ink, "width": 1, "dash": dash}
    return {"type": "line", **_across(at, at), "line": line, "layer": "below"}


def _across(start: datetime, end: datetime) -> Figure:
    return {"xref": "x", "yref": "paper", "x0": _ms(start), "x1": _ms(end), "y0": 0, "y1": 1}


def _glyph(mark: Mark, palette: Palette) -> Figure:
    return {
        "x": _ms(mark.at),
        "y": 1,
        "xref": "x",
        "yref": "paper",
        "xanchor": "left" if mark.until else "center",
        "yanchor": "top",
        "text": GLYPHS[mark.what],
        "hovertext": mark.text,
        "showarrow": False,
        "font": {"size": 11, "color": colour(mark.what, palette)},
    }


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
