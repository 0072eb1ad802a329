"""The small parts that pages are made of: states, links, notices, chips, the range control."""

from __future__ import annotations

from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.theme import SIGNS
from fleet.device import State
from fleet.errors import FleetError

CHART_KEYS = "Arrow keys move the crosshair, with Shift they mark a span, Enter shows that span, Escape lets go."


def marks(**values: object) -> dict[str, Any]:
    """Write attributes that begin with ``data-`` or ``aria-``; those without a value are left out."""
    return {name.replace("_", "-"): value for name, value in values.items() if value not in (None, "", False)}


def store(name: str) -> Component:
    """Keep a value in the browser; it is told to the server as any input is, and believed as little."""
    return dcc.Store(id=name)


def badge(shown: State) -> Component:
    """Show a state by shape, word and colour."""
    sign = SIGNS[shown]
    return html.Span(
        [html.Span(sign.glyph, className="glyph", **marks(aria_hidden="true")), sign.word],
        className="state",
        title=sign.meaning,
        **marks(data_state=shown.value),
    )


def link(text: Any, href: str, *, kind: str = "", **more: Any) -> Component:
    """Make a link within the dashboard: followed without loading the page anew."""
    return html.A(text, href=href, className=kind or None, **marks(data_nav="link"), **more)


def notice(title: str, text: str, *steps: Any, tone: str = "") -> Component:
    """Say what is the case and what to do, where data would stand."""
    return html.Div(
        [html.Strong(title), html.P(text), html.Div(list(steps), className="steps")],
        className="notice",
        **marks(data_tone=tone),
    )


def nothing(title: str) -> Component:
    """Say that a range holds no measurement, and where there may be some."""
    return notice(
        title,
        "The device was not polled then, or did not answer.",
        link("Show the last 24 hours", "?from=now-24h"),
        link("7 days", "?from=now-7d"),
    )


def refusal(error: FleetError, request_id: str) -> Component:
    """Show an error where its data would stand: what happened, what to do, and the id to report."""
    return html.Div(
        [
            html.Strong(error.message),
            html.P(error.next_step) if error.next_step else None,
            html.Span(f"request {request_id}", className="muted mono"),
        ],
        className="notice",
        role="alert",
        **marks(data_tone="bad"),
    )


def chip(text: str, href: str) -> Component:
    """Show a filter that is in force, with the link that removes it."""
    drop = link("×", href, kind="drop", **marks(aria_label=f"Remove the filter {text}"))
    return html.Span([html.Span(text), drop], className="chip")


def fact(name: str, *value: Any, kind: str = "") -> Component:
    """Show one fact under its name."""
    return html.Div([html.Dt(name), html.Dd(list(value), className=kind or None)], className="fact")


def chart(graph: Component, title: str) -> Component:
    """Frame a chart of lines, so that it is reached and read by keys as well."""
    said = marks(aria_label=f"{title}, chart", aria_description=CHART_KEYS)
    return html.Div(graph, className="graph", tabIndex="0", role="group", **said)
