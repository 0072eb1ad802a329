"""Figures on a plane, as the network's and the sites': no axis is seen, and nothing is dragged."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.figures import Figure
from dashboard.theme import Palette
from fleet.device import State

AXES = {"type": "scatter", "xaxis": "x2", "yaxis": "y2"}
"""Other axes than those of a chart over time: what is done to such charts is not done to these."""

SYMBOLS = {
    State.UP: "circle",
    State.DEGRADED: "triangle-up",
    State.DOWN: "square",
    State.STALE: "circle-open",
    State.MAINTENANCE: "diamond",
}

CLEAR = "rgba(0,0,0,0)"


def layout(height: int, across: Sequence[float], down: Sequence[float], palette: Palette) -> Figure:
    """Lay out a plane of a height in pixels, with the ends of its axes."""
    axis = {"visible": False, "fixedrange": True}
    return {
        "height": height,
        "margin": {"l": 8, "r": 8, "t": 4, "b": 4},
        "paper_bgcolor": CLEAR,
        "plot_bgcolor": CLEAR,
        "font": {"family": "inherit", "size": 11, "color": palette.text},
        "showlegend": False,
        "dragmode": False,
        "hovermode": "closest",
        "hoverlabel": {"bgcolor": palette.raised, "bordercolor": palette.line, "font": {"color": palette.text}},
        "xaxis2": axis | {"range": list(across), "anchor": "y2"},
        "yaxis2": axis | {"range": list(down), "anchor": "x2"},
    }


def plain(text: str) -> str:
    """Keep plotly.js from reading tags out of a name: neighbours call themselves what they like."""
    return text.replace("<", "‹").replace("&", "＆")
