"""The band of the states that a device had within a range: one bar, and what each state came to in words. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import TypeAlias

from dash import html
from dash.development.base_component import Component

from dashboard import controls, units
from dashboard.controls import marks
from dashboard.figures import Window
from dashboard.theme import SIGNS
from db.inventory import DeviceRow
from db.states import Spell
from fleet.device import STALE_AFTER, State

NOTHING = timedelta(0)

Where: TypeAlias = Callable[[datetime], str]
"""Tells the address at which it is seen what changed around an instant."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the bar: ``state`` is None where none is known, ``since`` when it began, maybe before the range."""

    state: State | None
    start: datetime
    end: datetime
    since: datetime
    error: str = ""

    @property
    def length(self) -> timedelta:
        return self.end - self.start


def stretches(spells: Sequence[Spell], row: DeviceRow, window: Window, now: datetime) -> list[Stretch]:
    """Lay the states over a window: what was before the first is unknown, and a device that is silent is stale."""
    end = min(window.end, now)
    if not spells:
        return [Stretch(None, window.start, end, window.start)] if window.start < end else []
    begin = spells[0].at
    unknown = [Stretch(None, window.start, min(begin, end), window.start)]
    told = [part for spell in spells for part in _parts(spell, row, now)]
    cut = [Stretch(p.state, max(p.start, window.start), min(p.end, end), p.since, p.error) for p in told]
    return [part for part in (*unknown, *cut) if part.length > NOTHING]


def _parts(spell: Spell, row: DeviceRow, now: datetime) -> Iterator[Stretch]:
    """Split the state that a device is in where nothing was heard of it any more."""
    until, error = spell.until or now, spell.error or ""
    if spell.until is not None or row.shown(now) is not State.STALE or row.heard_at is None:
        yield Stretch(spell.state, spell.at, until, spell.at, error)
        return
    silent = max(spell.at, row.heard_at + STALE_AFTER * row.interval)
    yield Stretch(spell.state, spell.at, silent, spell.at, error)
    yield Stretch(State.STALE, silent, until, silent, "Nothing was heard any more.")


def band(found: Sequence[Stretch], zone: tzinfo, now: datetime, where: Where) -> list[Component]:
    """Draw the bar, and say how long each state lasted; nothing where no state is known."""
    if all(part.state is None for part in found):
        return []
    bar = html.Div([_drawn(part, zone, now, where) for part in found], className="states-bar", role="group",
                   **marks(aria_label="States over time"))  # fmt: skip
    return [
        html.Section(
            [html.Header([html.H2("States"), html.Div(_sums(found), className="values")]), bar],
            className="panel states",
            **marks(aria_label="States", data_testid="states"),
        )
    ]


def _drawn(part: Stretch, zone: tzinfo, now: datetime, where: Where) -> Component:
    size = {"flexGrow": part.length.total_seconds()}
    if part.state is None:
        return html.Span(style=size, title="Nothing is known of that time", className="stretch")
    sign = SIGNS[part.state]
    begun = units.clock_time(part.since, zone, now)
    said = f"{sign.word} from {begun} for {units.span(part.end - part.since)}"
    said += f": {part.error}" if part.error else ""
    known = marks(data_state=part.state.value, aria_label=said)
    if part.state is State.UP:
        return html.Span(style=size, title=said, className="stretch", role="img", **known)
    return controls.link("", where(part.since), kind="stretch", style=size, title=said, **known)


def _sums(found: Sequence[Stretch]) -> list[Component]:
    """Tell of each state how long it lasted, and how often it came; the worst first."""
    lasted: dict[State, timedelta] = defaultdict(timedelta)
    times: dict[State, int] = defaultdict(int)
    for part in found:
        if part.state is not None:
            lasted[part.state] += part.length
            times[part.state] += 1
    whole = sum(lasted.values(), NOTHING)
    return [
        html.Span(
            [
                controls.badge(state),
                html.Span(f"{units.PERCENT.text(lasted[state] / whole)} · {units.span(lasted[state])}"),
                html.Span(units.plural(times[state], "time"), className="muted") if state is not State.UP else None,
            ],
            className="value",
        )
        for state in SIGNS
        if state in lasted
    ]
