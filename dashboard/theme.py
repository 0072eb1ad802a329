"""The look: colours of both schemes, and how each state of a device is told by shape, word and colour."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import UTC, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fleet.device import State


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one scheme. Text and states have a contrast of at least 4.5 on ``page`` and ``panel``.

    ``scale`` goes from little to much: Cividis, so turned that much stands out from the panel.
    """

    page: str
    panel: str
    raised: str
    line: str
    grid: str
    text: str
    muted: str
    accent: str
    on_accent: str
    up: str
    degraded: str
    down: str
    stale: str
    maintenance: str
    series: tuple[str, ...]
    scale: tuple[str, ...]

    def of(self, state: State) -> str:
        """Tell the colour of a state."""
        return str(getattr(self, state.value))


CIVIDIS = ("#00224E", "#123570", "#3B496C", "#575D6D", "#7D7C78", "#A59C74", "#C3B369", "#FEE838")

DARK = Palette(
    page="#0F1217",
    panel="#171A21",
    raised="#1E222B",
    line="#2A303B",
    grid="#232833",
    text="#E7EAF0",
    muted="#98A1B1",
    accent="#56B4E9",
    on_accent="#0B1016",
    up="#2BB3A3",
    degraded="#E69F00",
    down="#FF7A33",
    stale="#8A93A3",
    maintenance="#CC79A7",
    series=("#56B4E9", "#B5A1F2", "#2BB3A3", "#D9C45B", "#CC79A7", "#98A1B1"),
    scale=CIVIDIS,
)
LIGHT = Palette(
    page="#F5F6F8",
    panel="#FFFFFF",
    raised="#EEF0F4",
    line="#D9DDE4",
    grid="#E8EBF0",
    text="#14171D",
    muted="#565F6E",
    accent="#0B6AA8",
    on_accent="#FFFFFF",
    up="#00786B",
    degraded="#8A5A00",
    down="#B23A00",
    stale="#5B6472",
    maintenance="#8E3B6B",
    series=("#0B6AA8", "#6A4BBC", "#00786B", "#776500", "#8E3B6B", "#565F6E"),
    scale=CIVIDIS[::-1],
)
LISTS = ("series", "scale")
SCHEMES = {"dark": DARK, "light": LIGHT}


@dataclass(frozen=True, slots=True)
class Sign:
    """How a state is told: a shape, a word, and what it means."""

    glyph: str
    word: str
    meaning: str


SIGNS = {
    State.DOWN: Sign("■", "Down", "two polls in a row failed"),
    State.DEGRADED: Sign("▲", "Degraded", "reachable, but something is wrong"),
    State.STALE: Sign("◌", "Stale", "nothing heard for three intervals"),
    State.MAINTENANCE: Sign("◆", "Maintenance", "set aside by a person"),
    State.UP: Sign("●", "Up", "answers as it should"),
}
"""The states, the worst first."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a browser wants to be shown things: the colours, and the zone of its clock."""

    palette: Palette = DARK
    zone: tzinfo = UTC


def look(told: object) -> Look:
    """Read what a browser told of itself; what is unknown here becomes dark, or UTC."""
    wishes = told if isinstance(told, dict) else {}
    return Look(SCHEMES.get(str(wishes.get("scheme")), DARK), _zone(str(wishes.get("zone"))))


@lru_cache(256)
def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name) if len(name) <= 64 else UTC
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def style_sheet() -> str:
    """Write both palettes as CSS variables; without a scheme the system's wish holds."""
    dark, light = _variables(DARK), _variables(LIGHT)
    return (
        f":root{{color-scheme:dark;{dark}}}"
        f"@media (prefers-color-scheme:light){{:root{{color-scheme:light;{light}}}}}"
        f":root[data-mantine-color-scheme=dark]{{color-scheme:dark;{dark}}}"
        f":root[data-mantine-color-scheme=light]{{color-scheme:light;{light}}}"
    )


def _variables(colours: Palette) -> str:
    plain = {f.name: getattr(colours, f.name) for f in fields(colours) if f.name not in LISTS}
    listed = {f"{name}-{place}": colour for name in LISTS for place, colour in enumerate(getattr(colours, name), 1)}
    return "".join(f"--{name.replace('_', '-')}:{colour};" for name, colour in (plain | listed).items())
