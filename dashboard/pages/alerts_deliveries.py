"""What was told of alerts to whom, each attempt at it, and what was given up."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from dashboard import admin, forms, logbook, tables, units, wall
from dashboard.door import Visit
from dashboard.forms import Form
from dashboard.office import identity
from dashboard.tellingdata import MOST
from db.alertdeliveries import DeliveryRow, Narrow
from fleet.alerts.telling import State, What
from fleet.identity import Scope

COLUMNS = ("When", "What", "To", "Route", "State", "Attempts")
SIGNS = {
    State.WAITING: ("Waits", "degraded"),
    State.SENT: ("Sent", "up"),
    State.DEAD: ("Given up", "down"),
    State.WITHDRAWN: ("Not needed any more", "stale"),
}
WORDS = {What.FIRED: "Fired", What.RESOLVED: "Over", What.ESCALATED: "Escalated", What.DIGEST: "Digest",
         What.TEST: "Test"}  # fmt: skip


def body(visit: Visit) -> Sequence[Component | None]:
    """List the deliveries in the state that the address asks for, the newest first."""
    word = visit.asked.get("state", "")
    narrow = Narrow(state=State(word) if word in {*State} else None)
    found = visit.data.telling.deliveries(visit.principal, identity(visit.asked.get("before", "")), narrow)
    shown, writes = found[:MOST], visit.principal.may(Scope.ALERTS_WRITE)
    head = admin.head("Deliveries", "Each message about alerts, and how it went. What fails is tried for a day.")
    every = [("All", "In every state", logbook.other(visit, state=""), not word)]
    states = [
        (told, told, logbook.other(visit, state=state.value), word == state.value)
        for state, (told, _) in SIGNS.items()
    ]
    segments = html.Div(wall.segments("State", every + states), className="filters")
    if not shown:
        return [head, segments, logbook.nothing(visit, "The first message about an alert will stand here.")]
    following = str(shown[-1].id) if len(found) > MOST else None
    acts = [""] if writes else []
    laid = admin.table((*COLUMNS, *acts), [_row(visit, one, writes) for one in shown], label="Deliveries")
    return [head, segments, laid, logbook.pager(visit, following), _again(visit) if writes else None]


def _row(visit: Visit, one: DeliveryRow, writes: bool) -> list[object]:
    zone, now = visit.look.zone, visit.now
    count = units.plural(len(one.alert_ids), "alert") if one.alert_ids else ""
    person = html.Div(one.person, className="muted") if one.person else None
    why = html.Div(one.why, className="muted") if one.why else None
    cells: list[object] = [
        units.clock_time(one.created_at, zone, now),
        html.Div([WORDS[one.what], html.Div(count, className="muted") if count else None]),
        html.Div([one.channel, person]),
        one.route or units.NOTHING,
        html.Div([tables.sign(*SIGNS[one.state]), why]),
        _attempts(visit, one),
    ]
    again = forms.row("Try again", "delivery-again", f"Try the message to {one.channel} again", id=one.id)
    return [*cells, again if one.state is State.DEAD else ""] if writes else cells


def _attempts(visit: Visit, one: DeliveryRow) -> Component:
    """Tell how often it was tried, and what the receiver said last."""
    if not one.attempts:
        return html.Div(f"{units.until(one.due_at, visit.now)}" if one.state is State.WAITING else units.NOTHING)
    last = one.attempts[-1]
    code = f"{last['code']} " if last.get("code") else ""
    said = f"{code}{last.get('said', '')}".strip()
    told = units.plural(len(one.attempts), "attempt")
    ahead = f", next {units.until(one.next_at, visit.now)}" if one.state is State.WAITING else ""
    return html.Div([f"{told}{ahead}", html.Div(said, className="muted") if said else None])


def _again(visit: Visit) -> Component:
    form = Form(
        title="Try it again",
        method="POST",
        path=admin.rest(visit, "alert-deliveries/{{id}}/retry"),
        submit="Try again",
        text="It is tried for another day.",
        done="It is tried again.",
    )
    return forms.shared("delivery-again", form)


page = admin.section(
    body, tab="Deliveries", path="alerts/deliveries", scope=Scope.ALERTS_READ, rank=50, title="Deliveries of alerts"
)
