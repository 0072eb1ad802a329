"""The panels of the overview: counts that are links, the honeycomb's legend, lists of the worst and the latest."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from datetime import datetime
from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboard import alertlist, alertparts, asking, controls, rankings, roster, units
from dashboard.alertdata import Counts
from dashboard.controls import marks
from dashboard.door import Visit
from dashboard.feed import Line
from dashboard.rankings import CHOICES, Choice, Place, Values
from dashboard.rhythm import DEAD, LAG, Rhythm
from dashboard.roster import Entry, Roster
from dashboard.theme import SIGNS
from fleet.alerts.states import Shown
from fleet.device import State
from fleet.identity import DeviceId

GRID = "dash_ag_grid"
"""What the fleet's page needs; a link to it says so."""


def pane(title: str, name: str, *parts: Any, beside: Component | None = None) -> Component:
    """Lay out a panel under its title, with what stands beside that."""
    return html.Section(
        [html.Header([html.H2(title, id=f"{name}-title"), beside]), *parts],
        className="pane",
        **marks(aria_labelledby=f"{name}-title"),
    )


def remark(word: str, meaning: str) -> Component:
    """Say in a word how something is counted; what is meant is told to who points at it, or comes to it by keys."""
    return html.Span(word, title=meaning, tabIndex="0", className="beside muted", **marks(aria_description=meaning))


def waiting(name: str) -> Component:
    """Hold the place of a part that is still being read."""
    return html.Div(html.Div(className="waits"), id=name, **marks(aria_busy="true"))


def tiles(fleet: Roster, home: str) -> list[Component]:
    """Count the devices by their states; each number leads to the list behind it."""
    every = [("", "All devices", "all", len(fleet.entries), home)]
    states = [
        (sign.glyph, sign.word, shown.value, fleet.counts.get(shown, 0), f"{home}?status={shown.value}")
        for shown, sign in SIGNS.items()
    ]
    return [_tile(*one) for one in every + states]


def alerts(counts: Counts, home: str) -> list[Component]:
    """Count what the bell counts, by severity; each number leads to the list behind it."""
    return [
        controls.link(
            [
                html.Span(
                    [html.Span(glyph, className="glyph", **marks(aria_hidden="true")), f"{word} alerts"],
                    className="tile-name",
                ),
                html.Span(f"{count:,}", className="tile-count"),
            ],
            f"{home}?state=firing&severity={severity.value}",
            kind="tile" if count else "tile none",
            **marks(data_state=state, data_testid=f"overview-alerts-{severity.value}"),
        )
        for severity, (glyph, word, state) in alertparts.SIGNS.items()
        if severity in alertlist.HEEDED
        for count in [alertlist.total(counts, [Shown.FIRING], [severity])]
    ]


def _tile(glyph: str, word: str, kind: str, count: int, href: str) -> Component:
    shape = html.Span(glyph, className="glyph", **marks(aria_hidden="true")) if glyph else None
    return controls.link(
        [html.Span([shape, word], className="tile-name"), html.Span(f"{count:,}", className="tile-count")],
        href,
        kind="tile" if count else "tile none",
        **marks(data_state=kind, data_testid=f"overview-{kind}", data_needs=GRID),
    )


def segments(label: str, offered: Sequence[tuple[str, str, str, bool]]) -> Component:
    """Offer some links of which one is in force: each with its word, title and address."""
    links = [
        controls.link(word, href, kind="segment", title=title, **marks(aria_current=now and "true"))
        for word, title, href, now in offered
    ]
    return html.Div(links, className="segments", role="group", **marks(aria_label=label))


def metrics(asked: Mapping[str, str], chosen: Choice) -> Component:
    """Offer what devices are ranked by."""
    offered = [
        (choice.word, choice.title, asking.changed(asked, metric=choice.name), choice is chosen)
        for choice in CHOICES.values()
    ]
    return segments("Rank by", offered)


def colouring(asked: Mapping[str, str], chosen: Choice, by_state: bool) -> Component:
    """Offer what the honeycomb is coloured by."""
    state = ("State", "Colour by state", asking.changed(asked, colour=""), by_state)
    return segments(
        "Colour by", [state, (chosen.word, chosen.title, asking.changed(asked, colour="metric"), not by_state)]
    )


def legend(chosen: Choice | None, values: Values) -> list[Component]:
    """Say what the colours of the honeycomb mean: states, or the scale of a choice."""
    if chosen is None:
        return [controls.badge(shown) for shown in SIGNS]
    swatches = html.I(
        [html.B(className=f"scale-{n}") for n in range(1, rankings.BINS + 1)], **marks(aria_hidden="true")
    )
    top = chosen.unit.text(rankings.end(chosen, values))
    return [
        html.Span(f"{chosen.title}, mean of the range"),
        html.Span(["0", swatches, top], className="ramp"),
        html.Span("Outline: not measured"),
    ]


def cell(entry: Entry, visit: Visit, place: str) -> list[Component]:
    """Tell who the cell is that a person is at."""
    row = entry.row
    since = row.heard_at if entry.state is State.STALE else row.since
    told = [row.site or "no site", f"for {units.span(visit.now - since)}" if since else ""]
    return [
        controls.link(row.name, visit.address(f"device/{row.id}")),
        controls.badge(entry.state),
        html.Span(" · ".join(part for part in told if part), className="muted"),
        html.Span(roster.problem(row, entry.state, visit.now)),
        html.Span(place, className="visually-hidden"),
    ]


def worst(chosen: Choice, places: Sequence[Place], names: Mapping[DeviceId, str], home: str) -> Component:
    """List the devices with the greatest numbers."""
    known = [place for place in places if place.device_id in names]
    if not known:
        return controls.notice(
            "Nothing was measured in this range",
            f"No device told its {chosen.word} then.",
            controls.link("Show the last 24 hours", f"?from=now-24h&metric={chosen.name}"),
        )
    rows = [
        html.Tr(
            [
                html.Th(
                    controls.link(names[place.device_id], f"{home}device/{place.device_id}"),
                    className="name",
                    scope="row",
                ),
                html.Td(
                    html.Span(style={"width": f"{place.share:.1%}"}), className="meter", **marks(aria_hidden="true")
                ),
                html.Td(chosen.unit.text(place.value)),
            ]
        )
        for place in known
    ]
    return html.Table(
        [html.Caption(f"The worst by {chosen.title}", className="visually-hidden"), html.Tbody(rows)],
        className="rank",
    )


def feed(lines: Sequence[Line], known: Container[DeviceId], visit: Visit) -> Component:
    """List what happened, the newest first; a device that is still there is a link."""
    if not lines:
        return controls.notice("Nothing happened yet", "What people do and what devices change will stand here.")
    return html.Ul([_line(line, line.device_id in known, visit) for line in lines], className="feed")


def _line(line: Line, there: bool, visit: Visit) -> Component:
    name = controls.link(line.device, visit.address(f"device/{line.device_id}")) if there else line.device
    sign = html.Span(line.glyph, className="glyph", **marks(aria_hidden="true"))
    return html.Li(
        [
            sign,
            html.P(
                [name, " " if name else "", line.what, html.Span(f" {line.more}", className="muted")], title=line.more
            ),
            html.Time(units.ago(line.at, visit.now), title=units.clock_time(line.at, visit.look.zone, visit.now)),
        ],
        **marks(data_state=line.state and line.state.value),
    )


def system(rhythm: Rhythm, told: Mapping[str, float], home: str, now: datetime) -> Component:
    """Tell how the fleet is polled, and for whom runs the machinery how far that is behind."""
    late = rhythm.expected - rhythm.in_time
    share = f"{rhythm.in_time:,} of {rhythm.expected:,}"
    facts = [
        controls.fact("Newest data", units.ago(rhythm.heard_at, now)),
        controls.fact(
            "Polled in time",
            controls.link(share, f"{home}fleet?status=stale", **marks(data_needs=GRID)) if late else share,
        ),
        controls.fact("95 % heard within", units.span(rhythm.age)),
        controls.fact("95 % of polls take", units.milliseconds(rhythm.took)),
    ]
    if LAG in told:
        facts.append(controls.fact("Events not stored yet", f"{told[LAG]:,.0f}"))
    if DEAD in told:
        facts.append(controls.fact("Dead letters", f"{told[DEAD]:,.0f}"))
    return html.Dl(facts, className="facts")
