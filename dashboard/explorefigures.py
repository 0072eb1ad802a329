"""The explorer's figures: lines, a band, a heatmap, a distribution, ranked bars. Pure, as ``figures`` is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from dashboard import figures, units
from dashboard.explore import Asked, Shape
from dashboard.exploreframes import EARLIER, NOW
from dashboard.figures import Curve, Figure, Ribbon, Scale, Window
from dashboard.theme import Palette
from dashboard.units import Unit

TALL, ROW = 360, 18
"""The height of a chart, and of a row of one that has rows, in pixels."""

DASHES = ("solid", "dash", "dot", "dashdot")
FLOATING = ("dBm", "dB", "°C", "V")
"""Units of which zero means nothing."""

TOGETHER = 8
"""How many lines can be read under one pointer."""

LONG = 28
"""Characters of a name that stand beside a row."""


def figure(asked: Asked, shown: pd.DataFrame, window: Window, palette: Palette, unit: Unit) -> Figure | None:
    """Draw what is shown; a table has no figure."""
    if asked.shape is Shape.LINE:
        return lines(shown, window, palette, unit)
    if asked.shape is Shape.BAND:
        return band(shown, window, palette, unit)
    if asked.shape is Shape.HEATMAP:
        return heatmap(shown[shown["period"] == NOW], window, palette, unit)
    if asked.shape is Shape.DISTRIBUTION:
        return distribution(shown, palette, unit)
    return ranking(shown, palette, unit) if asked.shape is Shape.TOP else None


def titles(shown: pd.DataFrame) -> list[str]:
    """Name the groups in the order in which they are drawn."""
    return [str(title) for title in shown["title"].unique()]


def dash(place: int, palette: Palette) -> str:
    """Tell how a line is drawn by its place: who comes after the last colour is dashed."""
    return DASHES[place // len(palette.series) % len(DASHES)]


def lines(shown: pd.DataFrame, window: Window, palette: Palette, unit: Unit) -> Figure:
    """Draw a line for each group, and behind it the earlier period as a ghost."""
    places = {title: place for place, title in enumerate(titles(shown))}
    parts = sorted(_parts(shown), key=lambda part: (part[1] == NOW, places[part[0]]))
    curves = [Curve(_named(title, period), _reduced(part), places[title]) for title, period, part in parts]
    drawn = figures.chart(curves, _scale(curves, unit), window, palette)
    for (title, period, _), trace in zip(parts, drawn["data"], strict=True):
        now = period == NOW
        trace["line"] |= {"dash": dash(places[title], palette) if now else "dot", "width": 1.5 if now else 1}
        trace["opacity"] = 1.0 if now else 0.55
    drawn["layout"]["hovermode"] = "x unified" if len(curves) <= TOGETHER else "closest"
    return _tall(drawn)


def behind(drawn: Figure, fleet: pd.DataFrame, palette: Palette) -> Figure:
    """Lay the band of the fleet behind lines; an axis that is too short for it grows."""
    ribbon = figures.ribbon(Ribbon("Fleet p5–p95", fleet), palette)
    axis = drawn["layout"]["yaxis"]
    low, high = axis["range"]
    axis["range"] = [low, max(high, 1.02 * float(fleet["max"].max()))]
    return drawn | {"data": [ribbon, *drawn["data"]]}


def band(shown: pd.DataFrame, window: Window, palette: Palette, unit: Unit) -> Figure:
    """Draw the middle of the groups, and the band that they lie in; what was earlier in dotted lines."""
    now, earlier = (shown[shown["period"] == period].reset_index(drop=True) for period in (NOW, EARLIER))
    curves = [Curve("Middle", now.rename(columns={"low": "min", "middle": "avg", "high": "max"}), band=True)]
    edges = {"low": "Low, earlier", "middle": "Middle, earlier", "high": "High, earlier"}
    if len(earlier):
        curves += [Curve(name, _reduced(earlier, column)) for column, name in edges.items()]
    drawn = figures.chart(curves, _scale(curves, unit), window, palette)
    for trace in drawn["data"][-len(edges) :] if len(earlier) else ():
        trace["line"] |= {"dash": "dot", "width": 1}
        trace["opacity"] = 0.7
    return _tall(drawn)


def heatmap(shown: pd.DataFrame, window: Window, palette: Palette, unit: Unit) -> Figure:
    """Draw a row for each group and a cell for each step, from dark to bright."""
    names = titles(shown)
    grid = shown.pivot_table(index="title", columns="time", values="value", observed=True, sort=False).reindex(names)
    known = pd.DatetimeIndex(grid.columns)
    times = known.union(pd.date_range(known.min(), known.max(), freq=window.step))
    grid = grid.reindex(columns=times)
    texts = [unit.texts(row) for row in grid.to_numpy().tolist()]
    drawn = figures.chart([], Scale(unit), window, palette)
    values = [[None if value != value else value for value in row] for row in grid.round(6).to_numpy().tolist()]
    drawn["data"] = [
        {
            "type": "heatmap",
            "x": [int(at.timestamp() * 1000) for at in times],
            "y": list(range(len(names))),
            "z": values,
            "customdata": texts,
            "text": [[name] * len(times) for name in names],
            "hovertemplate": "%{text}<br>%{x|%-d %b %H:%M:%S}<br><b>%{customdata}</b><extra></extra>",
            "colorscale": "Cividis",
            "hoverongaps": False,
            "xgap": 0,
            "ygap": 1,
            "colorbar": _bar(grid, palette, unit),
        }
    ]
    drawn["layout"]["hovermode"] = "closest"
    return _rows(drawn, names, palette)


def distribution(shown: pd.DataFrame, palette: Palette, unit: Unit) -> Figure:
    """Draw how often which values were measured."""
    middle, width = (shown["low"] + shown["high"]) / 2, shown["high"] - shown["low"]
    lows, highs = (unit.texts(shown[name].tolist()) for name in ("low", "high"))
    texts = [f"{low} to {high}" for low, high in zip(lows, highs, strict=True)]
    looks: dict[str, Figure] = {
        NOW: {"color": palette.series[0], "line": {"width": 1, "color": palette.panel}},
        EARLIER: {"color": "rgba(0,0,0,0)", "line": {"width": 1.5, "color": palette.text}},
    }
    data = [
        {
            "type": "bar",
            "name": "Now" if period == NOW else "Earlier",
            "x": middle.tolist(),
            "y": shown[period].tolist(),
            "width": width.tolist(),
            "customdata": texts,
            "hovertemplate": "%{customdata}: %{y} steps",
            "marker": look,
        }
        for period, look in looks.items()
        if period in shown
    ]
    layout = _plain(palette) | {"barmode": "overlay", "bargap": 0}
    layout["xaxis"] |= _values(float(shown["low"].min()), float(shown["high"].max()), unit)
    layout["yaxis"] |= {
        "rangemode": "tozero",
        "title": {"text": "steps", "font": {"size": 11, "color": palette.muted}},
    }
    return {"data": data, "layout": layout | {"height": TALL}}


def ranking(shown: pd.DataFrame, palette: Palette, unit: Unit) -> Figure:
    """Draw a bar for each group, the greatest on top, with a mark where it was earlier."""
    names = titles(shown)
    now, before = (_by_title(shown, period, names) for period in (NOW, EARLIER))
    data = [_bars(now, palette, unit)]
    if before.notna().any():
        data = [data[0] | {"textposition": "none"}, _marks(before, palette, unit)]
    layout = _plain(palette) | {"barmode": "overlay", "bargap": 0.3}
    every = pd.concat([now, before])
    layout["xaxis"] |= _values(min(0.0, float(every.min())), float(every.max()), unit)
    layout["margin"]["r"] = 96
    return _rows({"data": data, "layout": layout}, names, palette)


def _by_title(shown: pd.DataFrame, period: str, names: Sequence[str]) -> pd.Series[float]:
    part = shown[shown["period"] == period]
    return pd.Series(part["value"].to_numpy(), index=part["title"].astype(str)).reindex(list(names))


def _bars(values: pd.Series[float], palette: Palette, unit: Unit) -> Figure:
    texts = unit.texts(values.tolist())
    return {
        "type": "bar",
        "name": "Now",
        "orientation": "h",
        "x": _known(values),
        "y": list(range(len(values))),
        "text": texts,
        "textposition": "outside",
        "textfont": {"color": palette.muted, "size": 11},
        "constraintext": "none",
        "cliponaxis": False,
        "customdata": list(zip(values.index, texts, strict=True)),
        "hovertemplate": "%{customdata[0]}: %{customdata[1]}<extra></extra>",
        "marker": {"color": palette.series[0]},
    }


def _marks(values: pd.Series[float], palette: Palette, unit: Unit) -> Figure:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": "Earlier",
        "x": _known(values),
        "y": list(range(len(values))),
        "customdata": unit.texts(values.tolist()),
        "hovertemplate": "Earlier: %{customdata}<extra></extra>",
        "marker": {"symbol": "line-ns-open", "size": 14, "color": palette.text, "line": {"width": 2}},
    }


def _parts(shown: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame]]:
    for (title, period), part in shown.groupby(["title", "period"], observed=True, sort=False):
        yield str(title), str(period), part


def _reduced(part: pd.DataFrame, column: str = "value") -> pd.DataFrame:
    value = part[column]
    return pd.DataFrame({"time": part["time"], "min": value, "avg": value, "max": value}).reset_index(drop=True)


def _named(title: str, period: str) -> str:
    name = title or "All together"
    return name if period == NOW else f"{name}, earlier"


def _scale(curves: Sequence[Curve], unit: Unit) -> Scale:
    least = min((float(curve.frame["min"].min()) for curve in curves if len(curve.frame)), default=0.0)
    return Scale(unit, low=None if unit.symbol in FLOATING or least < 0 else 0.0)


def _tall(drawn: Figure) -> Figure:
    layout = drawn["layout"]
    layout |= {"height": TALL, "margin": {**layout["margin"], "r": 24}}
    return drawn


def _rows(drawn: Figure, names: Sequence[str], palette: Palette) -> Figure:
    """Lay a row out for each name, the first on top."""
    texts = [name if len(name) <= LONG else f"{name[: LONG - 1]}…" for name in (n or "All together" for n in names)]
    layout = drawn["layout"]
    layout["yaxis"] = {
        "tickvals": list(range(len(names))),
        "ticktext": texts,
        "range": [len(names) - 0.5, -0.5],
        "automargin": True,
        "showgrid": False,
        "zeroline": False,
        "fixedrange": True,
        "ticklabelstandoff": 6,
        "tickfont": {"color": palette.text, "size": 11},
    }
    layout["height"] = max(TALL // 2, ROW * len(names) + 60)
    layout["margin"] = {**layout["margin"], "l": 24}
    return drawn


def _plain(palette: Palette) -> Figure:
    """Lay a chart out whose axes are no time."""
    axis = {"gridcolor": palette.grid, "linecolor": palette.line, "zeroline": False, "fixedrange": True}
    axis["tickfont"] = {"color": palette.muted, "size": 11}
    return {
        "margin": {"l": 68, "r": 16, "t": 8, "b": 40},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "inherit", "size": 12, "color": palette.text},
        "showlegend": False,
        "hovermode": "closest",
        "hoverlabel": {"bgcolor": palette.raised, "bordercolor": palette.line, "font": {"color": palette.text}},
        "xaxis": dict(axis),
        "yaxis": dict(axis),
    }


def _values(low: float, high: float, unit: Unit) -> Figure:
    """Mark a horizontal axis of values."""
    room = (high - low) * 0.03 or 1.0
    if low < 0:
        return {"range": [low - room, high + room], "ticksuffix": f" {unit.symbol}", "nticks": 6}
    values, texts = units.ticks(high or 1.0, unit)
    begin = 0.0 if low < high / 2 else low - room
    return {"range": [begin, high + room], "tickvals": values, "ticktext": texts}


def _bar(grid: pd.DataFrame, palette: Palette, unit: Unit) -> Figure:
    """Explain the colours of a heatmap."""
    low, high = float(grid.min().min()), float(grid.max().max())
    marks = np.linspace(low, high, 4).tolist() if high > low else [low]
    return {
        "thickness": 10,
        "outlinewidth": 0,
        "tickvals": marks,
        "ticktext": unit.texts(marks),
        "tickfont": {"color": palette.muted, "size": 11},
    }


def _known(values: pd.Series[float]) -> list[float | None]:
    return [None if value != value else value for value in values.tolist()]
