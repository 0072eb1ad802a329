"""Notifications: the channels by which alerts are told, with a test of each, and the routes that lead to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboard import admin, alertparts, controls, forms, tables, tellingforms, units
from dashboard.controls import marks
from dashboard.door import Visit
from dashboard.forms import Form
from db.alertchannels import ChannelRow
from db.alertroutes import RouteRow
from fleet.alerts.telling import DAYS
from fleet.identity import Scope

CHANNELS = ("Channel", "Kind", "Leads to", "Routes", "State")
ROUTES = ("Order", "Route", "Which", "Hours", "To", "How", "State")
ONCE_TOLD = 60.0
"""Seconds below which waiting for more of a kind is not worth a word."""


def body(visit: Visit) -> Sequence[Component | None]:
    """List the channels, and the routes in their order."""
    channels, routes = visit.data.telling.ways(visit.principal)
    writes = visit.principal.may(Scope.ALERTS_WRITE)
    add = _begun("Add a channel", tellingforms.channel(visit), "channel-add", visit) if writes else None
    text = "By which alerts are told. Nothing is told until a route leads to a channel."
    parts: list[Component | None] = [admin.head("Channels", text, add)]
    if not channels:
        said = "An alert is seen here and on the stream, and nobody is written to."
        return [*parts, controls.notice("There is no channel yet", said)]
    acts = [""] if writes else []
    rows = [_channel(visit, one, writes) for one in channels]
    parts.append(admin.table((*CHANNELS, *acts), rows, label="Channels"))
    made = tellingforms.route(visit, channels, new=True)
    lead = _begun("Add a route", made, "route-add", visit) if writes else None
    parts.append(admin.head("Routes", "Which alerts are told to whom, at which hours; asked in their order.", lead))
    if routes:
        listed = [_route(visit, one, writes) for one in routes]
        parts.append(admin.table((*ROUTES, *acts), listed, label="Routes"))
    else:
        parts.append(controls.notice("There is no route yet", "No alert is told to anybody."))
    return [*parts, *(_declared(visit, channels) if writes else [])]


def _begun(word: str, form: Form, name: str, visit: Visit) -> Component:
    """Make the button of a form that has what something new begins with."""
    told = {**tellingforms.BLANK, "zone": str(visit.look.zone)}
    return forms.button(word, form, kind="primary", id=name, **marks(**{f"data_{n}": v for n, v in told.items()}))


def _channel(visit: Visit, one: ChannelRow, writes: bool) -> list[object]:
    state = tables.sign("On", "up") if one.enabled else tables.sign("Off", "stale")
    kinds = dict(tellingforms.KINDS)
    cells: list[object] = [
        html.Strong(one.name),
        kinds.get(one.kind, one.kind).split(",")[0],
        html.Span(str(one.settings.get("place", "")), className="mono"),
        tables.number(f"{one.routes:,}"),
        html.Div([state, html.Div(one.off_because, className="bad") if one.off_because else None]),
    ]
    return [*cells, _channel_deeds(one)] if writes else cells


def _channel_deeds(one: ChannelRow) -> Component:
    short: dict[str, Any] = {"id": one.id, "name": one.name}
    turn = ("Turn off", "channel-off") if one.enabled else ("Turn on", "channel-on")
    change = forms.row("Change", f"channel-{one.kind}", f"Change {one.name}", **tellingforms.channel_facts(one))
    known = one.kind in dict(tellingforms.KINDS)
    return html.Span(
        [
            forms.row("Test", "channel-test", f"Test {one.name}", **short) if one.enabled else None,
            change if known else None,
            forms.row(*turn, f"{turn[0]} {one.name}", **short),
            forms.row("Remove", "channel-remove", f"Remove {one.name}", **short) if not one.routes else None,
        ]
    )


def _route(visit: Visit, row: RouteRow, writes: bool) -> list[object]:
    way = row.way
    where = [f"site {row.site}" if row.site else "", f"tag {way.tag}" if way.tag else ""]
    onward = html.Div("then the next route too", className="muted") if way.goes_on else None
    cells: list[object] = [
        tables.number(f"{way.place}"),
        html.Strong(way.name),
        html.Div([alertparts.severity(way.severity), " and worse", *_muted(" · ".join(filter(None, where)))]),
        html.Div([_hours(row), *_muted(way.hours.zone)]),
        html.Div([row.channel, *_muted(way.to.person)]),
        html.Div([*(html.Div(told) for told in _how(row)), onward]),
        tables.sign("On", "up") if row.enabled else tables.sign("Off", "stale"),
    ]
    short = {"id": way.id, "name": way.name}
    deeds = html.Span(
        [
            forms.row("Change", "route-change", f"Change {way.name}", **tellingforms.route_facts(row)),
            forms.row("Remove", "route-remove", f"Remove {way.name}", **short),
        ]
    )
    return [*cells, deeds] if writes else cells


def _muted(text: str) -> list[Component]:
    return [html.Div(text, className="muted")] if text else []


def _hours(row: RouteRow) -> str:
    """Write when a route is open."""
    hours = row.way.hours
    days = "every day" if len(hours.days) == len(DAYS) else ", ".join(d.capitalize() for d in DAYS if d in hours.days)
    if hours.begins == hours.ends:
        return f"{days[:1].upper()}{days[1:]}"
    return f"{days[:1].upper()}{days[1:]}, {tellingforms.clock(hours.begins)}–{tellingforms.clock(hours.ends)}"


def _how(row: RouteRow) -> list[str]:
    """Write how a route tells: at once, by digests, and whom if nobody cares."""
    way, told = row.way, []
    if way.digest is not None:
        told.append(f"one message per {units.span(way.digest)}")
    elif way.group.total_seconds() > ONCE_TOLD:
        told.append(f"together, after {units.span(way.group)}")
    else:
        told.append("at once")
    if way.escalation is not None:
        told.append(f"{row.escalate} after {units.span(way.escalation.after)}")
    return told


def _declared(visit: Visit, channels: Sequence[ChannelRow]) -> list[Component]:
    """Declare the forms that the rows share."""
    changes = [forms.shared(f"channel-{kind}", tellingforms.changed(visit, kind)) for kind, _ in tellingforms.KINDS]
    test = Form(
        title="Test {{name}}",
        method="POST",
        path=admin.rest(visit, "alert-channels/{{id}}/test"),
        submit="Send a test",
        text="A message that says that it is a test. How it ends stands among the deliveries.",
        done="The test is on its way.",
        then=visit.address("alerts/deliveries"),
    )
    again = "It is tried again, whatever its receiver said."
    return [
        *changes,
        forms.shared("channel-test", test),
        forms.shared("channel-on", _turned(visit, "Turn on", again, True)),
        forms.shared("channel-off", _turned(visit, "Turn off", "Nothing is told by it until it is on again.", False)),
        forms.shared("channel-remove", _removal(visit, "alert-channels", "No route leads to it.")),
        forms.shared("route-change", tellingforms.route(visit, channels, new=False)),
        forms.shared("route-remove", _removal(visit, "alert-routes", "What it began to tell is told to its end.")),
    ]


def _turned(visit: Visit, word: str, text: str, enabled: bool) -> Form:
    return Form(
        title=f"{word} {{{{name}}}}",
        method="PATCH",
        path=admin.rest(visit, "alert-channels/{{id}}"),
        submit=word,
        text=text,
        done="It is on." if enabled else "It is off.",
        fixed={"enabled": enabled},
    )


def _removal(visit: Visit, place: str, text: str) -> Form:
    return Form(
        title="Remove {{name}}",
        method="DELETE",
        path=admin.rest(visit, f"{place}/{{{{id}}}}"),
        submit="Remove",
        text=text,
        done="It is removed.",
        danger=True,
    )


page = admin.section(
    body, tab="Notifications", path="alerts/channels", scope=Scope.ALERTS_READ, rank=40, title="Notifications"
)
