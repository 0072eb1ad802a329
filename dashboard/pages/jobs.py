"""What was done to the fleet, by whom, with what outcome; and the jobs that Ray runs."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from dash import dcc, html
from dash.development.base_component import Component

from api.context import current
from api.telemetry import request_id
from dashboard import admin, controls, logbook, units
from dashboard.cache import Cache
from dashboard.controls import marks
from dashboard.door import Door, Visit
from dashboard.forms import Field
from dashboard.office import PAGE, identity
from dashboard.page import Page
from db.operations import Narrow
from fleet.errors import Unavailable
from fleet.identity import DeviceId, Right, Scope
from fleet.operations import Operation, Outcome
from jobs import board
from jobs.board import Standing

OUTCOMES = [("", "any"), *((outcome.value, outcome.value) for outcome in Outcome)]
FIELDS = (
    Field(name="by", label="By", hint="The address of a person, or the beginning of a key."),
    Field(name="kind", label="Kind", pattern="[a-z][a-z_.]*", hint="Such as device.updated."),
    Field(name="outcome", label="Outcome", kind="select", options=OUTCOMES),
    Field(name="device", label="Device", hint="Its id."),
    Field(name="request", label="Request", hint="The id that an error names."),
)
NAMED = ("name", "email", "network")
"""What of an operation's detail names the thing that it was done to."""

SIGNS = {
    "failed": ("■", "down"),
    "stopped": ("■", "down"),
    "pending": ("◌", "stale"),
    "waiting": ("◌", "stale"),
    "running": ("▲", "other"),
}
"""How an outcome is told beside its word; what is done needs no sign."""


@dataclass(frozen=True, slots=True)
class Ray:
    """What Ray's job server told a moment ago, or why it did not: the same for all who may see it."""

    jobs: Sequence[Standing] = ()
    error: Unavailable | None = None


_ray: Cache[Ray] = Cache(5.0)


def layout(visit: Visit) -> Component:
    """Lay the page out as it is now."""
    drawn = admin.draw(visit, Scope.DEVICES_READ, body)
    return html.Div(
        [
            html.H1("Jobs", className="visually-hidden"),
            html.Div(drawn, id="jobs-body", className="admin-body"),
            dcc.Store(id="jobs-drawn", data=admin.mark(drawn)),
        ],
        className="admin",
    )


def connect(door: Door) -> None:
    """Register the callback of the page."""
    admin.follow(door, "jobs", lambda visit: admin.draw(visit, Scope.DEVICES_READ, body))


def body(visit: Visit) -> Sequence[Component | None]:
    """List the operations that the address asks for, and what Ray runs."""
    found = visit.data.office.operations(visit.principal, identity(visit.asked.get("before", "")), _narrow(visit))
    shown = found[:PAGE]
    head = admin.head("Operations", "What was done to the fleet, by whom, with what outcome.")
    parts: list[Component | None] = [head, logbook.filters(visit, "Operations", FIELDS)]
    if shown:
        names = {str(entry.row.id): entry.row.name for entry in visit.data.fleet(visit.principal).entries}
        rows = [_row(visit, one, names) for one in shown]
        columns = ("When", "What", "Device or thing", "By", "Outcome", "More")
        following = str(shown[-1].id) if len(found) > PAGE else None
        parts += [admin.table(columns, rows, label="Operations"), logbook.pager(visit, following)]
    else:
        parts.append(logbook.nothing(visit, "The first change of a device will stand here."))
    return [*parts, *(_running(visit) if visit.principal.may(Right.PLATFORM) else [])]


def _narrow(visit: Visit) -> Narrow:
    asked = visit.asked
    span = logbook.spanned(visit)
    device, outcome = identity(asked.get("device", "")), asked.get("outcome", "")
    return Narrow(
        device_id=DeviceId(device) if device else None,
        kind=asked.get("kind") or None,
        by=asked.get("by") or None,
        request_id=asked.get("request") or None,
        outcome=Outcome(outcome) if outcome in set(Outcome) else None,
        since=span.start,
        until=span.end,
    )


def _row(visit: Visit, one: Operation, names: dict[str, str]) -> list[object]:
    return [
        units.clock_time(one.at, visit.look.zone, visit.now),
        controls.link(one.kind, logbook.other(visit, kind=one.kind), kind="mono"),
        _about(visit, one, names),
        controls.link(one.by, logbook.other(visit, by=one.by)),
        html.Div([_standing(one.outcome.value), html.Div(one.error, className="muted") if one.error else None]),
        html.Span(_detail(one), className="muted"),
    ]


def _about(visit: Visit, one: Operation, names: dict[str, str]) -> Component | str:
    """Name what it was done to; a device that is still there is a link."""
    told = next((one.detail[word] for word in NAMED if one.detail.get(word)), None)
    if one.device_id is None:
        return str(told or units.NOTHING)
    name = names.get(str(one.device_id))
    if name is None:
        return html.Span([str(told or one.device_id), html.Span("removed", className="pill")], className="with-pill")
    return controls.link(name, visit.address(f"device/{one.device_id}"))


def _detail(one: Operation) -> str:
    """Tell what changed, in a line."""
    parts = []
    for name, value in one.detail.items():
        if name not in NAMED and not name.endswith("_id") and value not in (None, "", [], {}):
            said = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            parts.append(said if name == "fields" else f"{name} {said}")
    return "; ".join(parts)[:200]


def _standing(word: str) -> Component:
    glyph, state = SIGNS.get(word, ("", "other"))
    sign = html.Span(glyph, className="glyph", **marks(aria_hidden="true")) if glyph else None
    return html.Span([sign, word], className="state", **marks(data_state=state))


def _running(visit: Visit) -> list[Component | None]:
    """List the jobs of Ray, which belong to no tenant, or say why they are not known."""
    told = _ray.get("ray", _read)
    head = admin.head("Jobs in Ray", "Work for the whole system, whose progress survives a restart.")
    if told.error:
        return [head, controls.refusal(told.error, request_id())]
    if not told.jobs:
        return [head, html.P("Ray has no jobs.", className="muted")]
    zone, now = visit.look.zone, visit.now
    rows = [
        [
            html.Code(job.id),
            _module(job.entrypoint),
            _standing(job.state),
            units.clock_time(job.began_at, zone, now),
            units.clock_time(job.ended_at, zone, now) if job.ended_at else units.NOTHING,
            html.Span(job.message, className="muted"),
        ]
        for job in told.jobs
    ]
    return [head, admin.table(("Job", "Does", "State", "Begun", "Ended", "It says"), rows, label="Jobs in Ray")]


def _read() -> Ray:
    try:
        return Ray(board.known(current().settings))
    except Unavailable as error:
        return Ray(error=error)


def _module(entrypoint: str) -> str:
    """Take the interpreter off what a job runs."""
    words = shlex.split(entrypoint)
    return " ".join(words[words.index("-m") + 1 :]) if "-m" in words else entrypoint


page = Page(name="jobs", title="Jobs", path="jobs", layout=layout, connect=connect, order=80, icon="jobs", key="j")
