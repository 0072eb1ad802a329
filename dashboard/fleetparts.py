"""What stands around the fleet's grid: counts by state, facets, the filters in force, the tools."""

from __future__ import annotations

from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboard import controls, units
from dashboard.controls import marks
from dashboard.facets import NONE, Facet, Sifted
from dashboard.listing import Listing
from dashboard.theme import SIGNS, Sign
from fleet.device import State

TITLES = {"site": "Site", "tag": "Tag", "model": "Model", "version": "RouterOS", "group": "Group"}
"""The kinds that stand beside the grid; the states stand above it."""

FEW, MANY = 8, 200
"""Values of a kind that are seen at once, and that can be seen."""


def empty(tenant: str, first: str) -> Component:
    """Say that there is no device at all, and lead to where the first one is added."""
    return controls.notice(
        "No devices yet",
        f"{tenant} has no devices. They appear here by themselves as soon as some are added.",
        controls.link("Add the first device", first),
    )


def unmatched(wanted: Listing) -> Component:
    """Say that the filters leave nothing."""
    return controls.notice(
        "No device matches",
        "Nothing in this fleet fits all of the filters.",
        controls.link("Show all devices", wanted.everything().href),
    )


def tiles(found: Sifted, wanted: Listing) -> list[Component]:
    """Count by state, each count with the link to its devices; below, the shares as one thin bar."""
    counts = found.counts["status"]
    everything = Sign("", "All devices", "")
    parts = [_tile(everything, sum(counts.values()), "all", wanted.only("status").href, not wanted.of("status"))]
    for shown, sign in SIGNS.items():
        chosen = shown.value in wanted.of("status")
        href = wanted.toggled("status", shown.value).href
        parts.append(_tile(sign, counts.get(shown.value, 0), shown.value, href, chosen))
    group = html.Div(parts, className="tiles", role="group", **marks(aria_label="Devices by state"))
    return [group, _strip({shown: counts.get(shown.value, 0) for shown in SIGNS})]


def _tile(sign: Sign, count: int, kind: str, href: str, chosen: bool) -> Component:
    glyph = html.Span(sign.glyph, className="glyph", **marks(aria_hidden="true")) if sign.glyph else None
    return controls.link(
        [html.Span([glyph, sign.word], className="tile-name"), html.Span(f"{count:,}", className="tile-count")],
        href,
        kind="tile" if count else "tile none",
        **marks(data_state=kind, data_testid=f"count-{kind}", aria_current=chosen and "true"),
    )


def _strip(counts: dict[State, int]) -> Component:
    parts = [
        html.Span(style={"flexGrow": count}, title=f"{SIGNS[shown].word}: {count:,}", **marks(data_state=shown.value))
        for shown, count in counts.items()
        if count
    ]
    return html.Div(parts, className="strip", **marks(aria_hidden="true"))


def chips(found: Sifted, wanted: Listing, total: int) -> list[Component | None]:
    """Tell how many devices match, and each filter in force with the link that removes it."""
    number = len(found.entries)
    said = f"{number:,} of {units.plural(total, 'device')}" if wanted.filtered else units.plural(number, "device")
    text = [controls.chip(f"“{wanted.q}”", _without_text(wanted))] if wanted.q else []
    values = [
        controls.chip(_named(kind, value), wanted.toggled(kind, value).href)
        for kind, those in wanted.chosen.items()
        for value in those
    ]
    every = controls.link("Clear all", wanted.everything().href) if len(text) + len(values) > 1 else None
    return [html.Span(said, className="muted", **marks(data_testid="matched")), *text, *values, every]


def _without_text(wanted: Listing) -> str:
    return Listing(chosen=wanted.chosen, sort=wanted.sort, kept=wanted.kept).href


def _named(kind: str, value: str) -> str:
    if kind == "status":
        return SIGNS[State(value)].word if value in set(State) else value
    return f"{TITLES[kind]}: {value}"


def facets(found: Sifted, wanted: Listing) -> list[Component]:
    """List the values of each kind with their counts; what tells no two devices apart is left out."""
    kinds = {kind: found.facets(kind, wanted) for kind in TITLES}
    return [_facet(kind, values, wanted) for kind, values in kinds.items() if {one.value for one in values} - NONE]


def _facet(kind: str, values: list[Facet], wanted: Listing) -> Component:
    rows = [_value(kind, one, wanted) for one in values[:MANY]]
    rest = f"{len(values) - FEW:,} more"
    more = html.Details([html.Summary(rest), html.Div(rows[FEW:])], className="more") if rows[FEW:] else None
    head = html.Summary([html.Span(TITLES[kind]), html.Span(f"{len(values):,}", className="muted")])
    return html.Details([head, *rows[:FEW], more], open=True, className="facet", **marks(data_testid=f"facet-{kind}"))


def _value(kind: str, one: Facet, wanted: Listing) -> Component:
    return controls.link(
        [
            html.Span(className="box", **marks(aria_hidden="true")),
            html.Span(one.value, className="facet-value muted" if one.value in NONE else "facet-value"),
            html.Span(f"{one.devices:,}", className="facet-count"),
        ],
        wanted.toggled(kind, one.value).href,
        kind="facet-row" if one.devices else "facet-row none",
        title=one.value,
        **marks(
            aria_current=one.chosen and "true",
            aria_label=f"{TITLES[kind]} {one.value}, {units.plural(one.devices, 'device')}",
        ),
    )


def tools() -> Component:
    """Offer the facets, the saved views, the columns and the list as a file."""
    return html.Div(
        [
            _tool("fleet-filters", "Filters", "Show or hide the filters"),
            _tool("fleet-views", "Views", "Saved views"),
            _tool("fleet-columns", "Columns", "Choose the columns"),
            _tool("fleet-export", "Export", "Export the devices that match"),
        ],
        className="toolbar",
    )


def _tool(name: str, word: str, title: str) -> Component:
    return html.Button(word, id=name, className="tool", title=title, type="button")


def region(name: str, title: str, parts: Any, *, kind: str, hidden: bool = True) -> Component:
    """Lay a part of the page out that has a name for those who do not see it."""
    return html.Div(parts, id=name, className=kind, hidden=hidden, role="region", **marks(aria_label=title))
