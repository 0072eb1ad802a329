"""The drawer beside the fleet's grid: what is known of one device, at a glance."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from dash import html
from dash.development.base_component import Component

from dashboard import controls, figures, roster, units
from dashboard.controls import marks
from dashboard.door import Visit
from dashboard.listing import Listing
from dashboard.roster import Entry

WIDTH, HEIGHT = 288, 48
"""The sparkline, in pixels."""


def missing(wanted: Listing) -> Component:
    """Say that the device of the address is not there."""
    return html.Div(
        [
            html.Header([html.H2("No such device"), _close(wanted)]),
            html.P("It may have been removed, or belong to another tenant.", className="muted"),
        ],
        className="peek",
    )


def drawer(entry: Entry, wanted: Listing, visit: Visit) -> Component:
    """Show one device: its state, its problem, the last half hour of its CPU, and what it is."""
    trouble = roster.problem(entry.row, entry.state, visit.now)
    return html.Div(
        [
            html.Header([html.H2(entry.row.name, **marks(data_testid="peek-name")), _close(wanted)]),
            html.Div(
                [controls.badge(entry.state), html.Span(_since(entry, visit), className="muted")],
                className="standing",
            ),
            html.P(trouble, className="trouble", **marks(data_state=entry.state.value)) if trouble else None,
            _cpu(entry, visit),
            html.Dl(_facts(entry, wanted, visit), className="peek-facts"),
            controls.link("Open device", visit.address(f"device/{entry.row.id}"), kind="action", id="peek-open"),
        ],
        className="peek",
    )


def _since(entry: Entry, visit: Visit) -> str:
    return f"for {units.span(visit.now - entry.row.since)}" if entry.row.since else ""


def _close(wanted: Listing) -> Component:
    return controls.link("×", wanted.href, kind="drop", id="peek-close", **marks(aria_label="Close the preview"))


def _facts(entry: Entry, wanted: Listing, visit: Visit) -> list[Component]:
    row = entry.row
    site = controls.link(row.site, wanted.everything().only("site", row.site).href) if row.site else units.NOTHING
    tags: list[Any] = [controls.link(tag, wanted.everything().only("tag", tag).href, kind="tag") for tag in row.tags]
    return [
        controls.fact("Address", row.endpoint.address, kind="mono"),
        controls.fact("Identity", row.identity or units.NOTHING),
        controls.fact("Model", row.model or units.NOTHING),
        controls.fact("RouterOS", row.version or units.NOTHING),
        controls.fact("Serial", row.serial or units.NOTHING, kind="mono"),
        controls.fact("Site", site),
        controls.fact("Tags", *(tags or [units.NOTHING])),
        controls.fact("Uptime", units.span(row.uptime_seconds)),
        controls.fact("Polled", units.ago(row.heard_at, visit.now)),
        controls.fact("Poll took", units.milliseconds(row.duration_seconds)),
        controls.fact("Polled every", units.span(row.interval)),
        controls.fact("Login", f"profile {row.profile}" if row.profile else row.username),
    ]


def _cpu(entry: Entry, visit: Visit) -> Component | None:
    if entry.spark is None:
        return None
    values = entry.spark.values
    path = figures.spark(values, WIDTH, HEIGHT, max(0.5, *(value or 0.0 for value in values)))
    colour = visit.look.palette.series[0]
    drawn = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}">'
        f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="1.5"/></svg>'
    )
    said = units.PERCENT.text(entry.cpu)
    return html.Div(
        [
            html.Div([html.Span("CPU, 30 min", className="muted"), html.B(said)], className="peek-cpu"),
            html.Img(src=f"data:image/svg+xml,{quote(drawn)}", alt=f"CPU load, now {said}", className="peek-spark"),
        ]
    )
