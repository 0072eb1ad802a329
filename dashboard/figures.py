"""From frames to figures. Pure: the same frames, window and palette always give the same figure.

A frame has the columns ``time`` (aware, ascending), ``min``, ``avg`` and ``max``, a row for each step. Where a step
is missing the line breaks. Figures are plain dictionaries as plotly.js reads them: building them through plotly's
validating classes was measured at ten times the cost.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from dashboard import gaps, units
from dashboard.gaps import COLUMNS, Real
from dashboard.theme import Palette
from dashboard.units import Unit

Figure: TypeAlias = dict[str, Any]

FEW = 45
"""So many points of a line can be told apart."""

HEIGHT = 196


@dataclass(frozen=True, slots=True)
class Window:
    """What a chart spans, and the step between two points that is expected in it."""

    start: datetime
    end: datetime
    step: timedelta

    @property
    def length(self) -> timedelta:
        return self.end - self.start

    @property
    def close(self) -> bool:
        """Tell whether it is so short that each point can be seen for itself."""
        return self.length <= FEW * self.step


@dataclass(frozen=True, slots=True)
class Curve:
    """One line of a chart. ``below`` hangs it under the zero line, ``band`` shows min to max behind it.

    A ``ghost`` is what the line was at another time: dotted and grey, behind the others.
    """

    name: str
    frame: pd.DataFrame
    series: int = 0
    below: bool = False
    band: bool = False
    fill: bool = False
    steps: bool = False
    ghost: bool = False


@dataclass(frozen=True, slots=True)
class Ribbon:
    """What is usual beside a line: from ``min`` to ``max``, told under a name; ``place`` chooses its colour."""

    name: str
    frame: pd.DataFrame
    place: int = 0
    below: bool = False


@dataclass(frozen=True, slots=True)
class Scale:
    """The vertical axis: its unit, and the values that it always shows."""

    unit: Unit
    low: float | None = 0.0
    high: float | None = None


def chart(
    curves: Sequence[Curve], scale: Scale, window: Window, palette: Palette, ribbons: Sequence[Ribbon] = ()
) -> Figure:
    """Draw curves over time; the figure's revision is the window's length, so that a y-zoom outlives a refresh."""
    behind = [ribbon(one, palette) for one in ribbons if len(one.frame)]
    data = [trace for curve in curves for trace in _traces(curve, scale.unit, window, palette)]
    return {"data": [*behind, *data], "layout": _layout(_axis(curves, scale, palette), window, palette)}


def spark(values: Sequence[float | None], width: int = 72, height: int = 20, top: float = 1.0) -> str:
    """Write an SVG path of ``values``, evenly spread, from 0 at the bottom to ``top``.

    Two missing in a row lift the pen; one alone does not, for history may be coarser than the steps.
    """
    step = width / max(1, len(values) - 1)
    path, missed = [], 2
    for place, value in enumerate(values):
        if value is None or value != value:
            missed += 1
            continue
        y = height - 1 - min(max(value / top, 0.0), 1.0) * (height - 2)
        path.append(f"{'L' if missed < 2 else 'M'}{place * step:.1f} {y:.1f}")
        missed = 0
    return "".join(path)


def _traces(curve: Curve, unit: Unit, window: Window, palette: Palette) -> Iterator[Figure]:
    frame = gaps.broken(curve.frame, window.step)
    colour = palette.muted if curve.ghost else palette.series[curve.series % len(palette.series)]
    sign = -1.0 if curve.below else 1.0
    low, middle, high = _columns(frame, sign)
    when = _times(frame["time"])
    if curve.fill and len(frame) and not curve.ghost:
        yield _area(when, middle * 0.0, middle, _faint(colour, 0.14))
    if curve.band and len(frame) and not curve.ghost:
        yield _area(when, low, high, _faint(colour, 0.26))
    shape = "hv" if curve.steps else "linear"
    style = {"width": 1.25, "dash": "dot"} if curve.ghost else {"width": 1.5}
    yield {
        "type": "scatter",
        "mode": "lines+markers" if window.close and not curve.ghost else "lines",
        "name": curve.name,
        "x": when,
        "y": _numbers(middle),
        "customdata": unit.texts((middle * sign).tolist()),
        "hovertemplate": "%{customdata}",
        "line": {"color": colour, "shape": shape, **style},
        "marker": {"size": 4},
        "connectgaps": False,
    }


def ribbon(usual: Ribbon, palette: Palette) -> Figure:
    """Draw what is usual, from its least to its greatest."""
    low, _, high = _columns(usual.frame, -1.0 if usual.below else 1.0)
    colour = _faint((palette.muted, palette.series[3])[usual.place % 2], 0.2)
    return _area(_times(usual.frame["time"]), low, high, colour) | {"name": usual.name}


def _columns(frame: pd.DataFrame, sign: float) -> list[Real]:
    return [frame[name].to_numpy(dtype=float) * sign for name in COLUMNS]


def _area(when: list[int], low: Real, high: Real, colour: str) -> Figure:
    """Fill between two lines: a closed outline for each unbroken stretch."""
    xs: list[int | None] = []
    ys: list[float | None] = []
    lows, highs = _numbers(low), _numbers(high)
    for stretch in gaps.stretches(~np.isnan(low)):
        across = when[stretch]
        xs += [*across, *reversed(across), None]
        ys += [*highs[stretch], *reversed(lows[stretch]), None]
    return {
        "type": "scatter",
        "mode": "lines",
        "x": xs,
        "y": ys,
        "fill": "toself",
        "fillcolor": colour,
        "line": {"width": 0, "color": colour},
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _times(times: pd.Series[pd.Timestamp]) -> list[int]:
    """Tell instants in milliseconds: plotly.js shows them as the browser's clock does."""
    instants: list[int] = (gaps.instants(times) // 1000).tolist()
    return instants


def _numbers(raw: Real) -> list[float | None]:
    """Write values with six significant digits, more than a screen can show; None where there is none."""
    scale = 10.0 ** (5 - np.floor(np.log10(np.maximum(np.abs(np.nan_to_num(raw)), 1e-9))))
    return [None if value != value else value for value in (np.round(raw * scale) / scale).tolist()]


def _faint(colour: str, alpha: float) -> str:
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha})"


def _axis(curves: Sequence[Curve], scale: Scale, palette: Palette) -> Figure:
    above = _peak([c for c in curves if not c.below])
    below = _peak([c for c in curves if c.below])
    axis: Figure = {
        "gridcolor": palette.grid,
        "zeroline": bool(below),
        "zerolinecolor": palette.line,
        "tickfont": {"color": palette.muted, "size": 11},
        "ticklabelstandoff": 6,
        "ticklabeloverflow": "allow",
        "fixedrange": True,
    }
    if scale.low is None:
        return axis | _floating(curves, scale.unit)
    top = scale.high if scale.high is not None else max(above, below) * 1.05
    if not below:
        values, texts = units.ticks(top or 1.0, scale.unit)
        return axis | {"tickvals": values, "ticktext": texts, "range": [0, values[-1] * 1.02]}
    values, texts = units.ticks(above + below, scale.unit, most=6)
    low, high = -max(below * 1.1, values[1]), max(above * 1.05, values[1])
    marks = [(-v, text) for v, text in zip(values, texts, strict=True) if 0 < v <= -low]
    marks += [(v, text) for v, text in zip(values, texts, strict=True) if v <= high]
    return axis | {"tickvals": [v for v, _ in marks], "ticktext": [text for _, text in marks], "range": [low, high]}


def _floating(curves: Sequence[Curve], unit: Unit) -> Figure:
    """Let the axis follow the values where zero means nothing (dBm, °C), at least four units high."""
    low = min((float(c.frame["min"].min()) for c in curves if len(c.frame)), default=0.0)
    high = max((float(c.frame["max"].max()) for c in curves if len(c.frame)), default=1.0)
    room = max((4 - (high - low)) / 2, (high - low) * 0.08, 0)
    return {"range": [low - room, high + room], "nticks": 5, "ticksuffix": f" {unit.symbol}"}


def _peak(curves: Sequence[Curve]) -> float:
    peaks = (float((c.frame["max"] if c.band else c.frame["avg"]).max()) for c in curves if len(c.frame))
    return max((peak for peak in peaks if peak == peak), default=0.0)


def _layout(axis: Figure, window: Window, palette: Palette) -> Figure:
    return {
        "height": HEIGHT,
        "margin": {"l": 68, "r": 20, "t": 8, "b": 34},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "inherit", "size": 12, "color": palette.text},
        "showlegend": False,
        "dragmode": "zoom",
        "hovermode": "x unified",
        "hoverlabel": {"bgcolor": palette.raised, "bordercolor": palette.line, "font": {"color": palette.text}},
        "uirevision": str(window.length),
        "xaxis": {
            "type": "date",
            "range": [int(at.timestamp() * 1000) for at in (window.start, window.end)],
            "gridcolor": palette.grid,
            "linecolor": palette.line,
            "tickfont": {"color": palette.muted, "size": 11},
            "nticks": 7,
            "ticklabeloverflow": "allow",
            "tickformatstops": [
                {"dtickrange": [None, 60_000], "value": "%H:%M:%S"},
                {"dtickrange": [60_000, 86_400_000], "value": "%H:%M\n%-d %b"},
                {"dtickrange": [86_400_000, None], "value": "%-d %b\n%Y"},
            ],
            "hoverformat": "%-d %b %H:%M:%S",
        },
        "yaxis": axis,
    }
