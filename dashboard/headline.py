"""The head of a device's page: what it is, how it is, what is wrong with it, and when it is asked again."""

from __future__ import annotations

from datetime import datetime, tzinfo
from urllib.parse import urlencode

from dash import html
from dash.development.base_component import Component

from dashboard import alertparts, alertwords, controls, units
from dashboard.controls import marks
from dashboard.door import Visit
from dashboard.roster import WARNINGS
from dashboard.theme import SIGNS
from db.inventory import DeviceRow
from fleet.alerts.states import Shown
from fleet.breaker import Position
from fleet.device import State, TlsMode
from fleet.identity import Scope

BREAKERS = {
    Position.CLOSED: "closed: asked as planned",
    Position.OPEN: "open: asked less often",
    Position.HALF_OPEN: "half open: one attempt is under way",
}
MOST_ALERTS = 5
"""Open alerts that are told one by one."""

PROTECTED = {TlsMode.VERIFY: "certificate verified", TlsMode.PIN: "certificate pinned"}


def head(row: DeviceRow, visit: Visit) -> list[Component]:
    """Show who the device is and how it is."""
    trouble = [*_trouble(row, visit.now), *_alerts(row, visit)]
    return [_title(row, visit.now, visit.look.zone), *trouble, _facts(row, visit)]


def _title(row: DeviceRow, now: datetime, zone: tzinfo) -> Component:
    shown = row.shown(now)
    since = row.heard_at if shown is State.STALE else row.since
    told = f"for {units.span(now - since)}" if since else ""
    identity = f"“{row.identity}”" if row.identity and row.identity != row.name else ""
    return html.Div(
        [
            html.H1(row.name, **marks(data_testid="device-name")),
            html.Span(
                [controls.badge(shown), html.Span(told, className="muted", title=units.clock_time(since, zone, now))],
                className="standing",
                **marks(data_testid="device-state"),
            ),
            html.Span(identity, className="muted"),
        ],
        className="title",
    )


def _trouble(row: DeviceRow, now: datetime) -> list[Component]:
    """Tell the last error, and what happens next; nothing for a device that is well."""
    shown = row.shown(now)
    if shown is State.UP or (shown is State.STALE and row.state is None):
        return [] if row.state or row.heard_at else [_banner(State.STALE, "Not yet polled.", _next(row, now))]
    what = row.error or {
        State.STALE: "Nothing was heard from this device for three intervals.",
        State.DOWN: "The last two polls failed.",
    }.get(shown, SIGNS[shown].meaning.capitalize() + ".")
    return [_banner(shown, what, _next(row, now), row.error_code or "")]


def _alerts(row: DeviceRow, visit: Visit) -> list[Component]:
    """List the open alerts of the device, the worst first; each leads to its time on the charts."""
    if not visit.principal.may(Scope.ALERTS_READ):
        return []
    found = visit.data.alerts.of_device(visit.principal, row.id)
    items = [
        html.Li(
            [
                alertparts.severity(one.severity),
                controls.link(
                    " ".join((one.rule, one.key)).strip(),
                    visit.address(alertwords.chart(one, None, visit.now)),
                    title=one.summary,
                ),
                html.Span(f"for {units.span(visit.now - one.since)}", className="muted"),
                alertparts.state(visit, one) if one.state is not Shown.FIRING else None,
            ]
        )
        for one in found[:MOST_ALERTS]
    ]
    if not items:
        return []
    told = f"{units.plural(len(found), 'open alert')}"
    every = controls.link(f"{told}: work with alerts", visit.address("alerts"), kind="beside")
    return [html.Div([html.Ul(items, **marks(aria_label=told)), every], className="alerts-at")]


def _banner(shown: State, what: str, *rest: str) -> Component:
    step, code = (*rest, "")[:2]
    sign = SIGNS[shown]
    return html.Div(
        [
            html.Span(sign.glyph, className="glyph", **marks(aria_hidden="true")),
            html.Div([html.Strong(what), html.Span(step)]),
            html.Code(code) if code else None,
        ],
        className="banner",
        **marks(data_state=shown.value),
    )


def _next(row: DeviceRow, now: datetime) -> str:
    """Say what the breaker does, and when the device is asked again."""
    again = f"It is asked again {units.until(row.next_attempt, now)}." if row.next_attempt else ""
    if row.breaker is Position.OPEN:
        return f"It failed {row.attempt or 'several'} times in a row and is asked less often. {again}".strip()
    if row.breaker is Position.HALF_OPEN:
        return "One attempt is under way to see whether it is back."
    return again or f"It is asked every {units.span(row.interval)}."


def _facts(row: DeviceRow, visit: Visit) -> Component:
    now = visit.now
    warning = WARNINGS.get(row.endpoint.tls)
    safety = (
        html.Em(warning[0], className="warn", title=warning[1])
        if warning
        else html.Span(PROTECTED[row.endpoint.tls], className="muted")
    )
    took = "" if row.duration_seconds is None else f", took {units.milliseconds(row.duration_seconds)}"
    polled = html.Span(units.ago(row.heard_at, now), title=units.clock_time(row.heard_at, visit.look.zone, now))
    return html.Dl(
        [
            controls.fact("Model", _alike(visit, "model", row.model)),
            controls.fact("RouterOS", _alike(visit, "version", row.version)),
            controls.fact("Serial number", row.serial or units.NOTHING, kind="mono"),
            controls.fact("Uptime", units.span(row.uptime_seconds)),
            controls.fact("Address", html.Span(str(row.endpoint), className="mono"), safety),
            controls.fact("Polled", polled, html.Span(f"every {units.span(row.interval)}{took}", className="muted")),
            controls.fact(
                "Site", _alike(visit, "site", row.site), *(_alike(visit, "tag", tag, "tag") for tag in row.tags)
            ),
            controls.fact("Breaker", BREAKERS[row.breaker] if row.breaker else units.NOTHING),
        ],
        className="facts",
    )


def _alike(visit: Visit, kind: str, text: str | None, style: str = "") -> Component | str:
    """Lead to the devices of which the same is known."""
    if not text:
        return units.NOTHING
    value = text.replace("%", "%25").replace(",", "%2C")
    where = f"{visit.address('fleet')}?{urlencode({kind: value})}"
    return controls.link(text, where, kind=style, title="Show all of them", **marks(data_needs="dash_ag_grid"))
