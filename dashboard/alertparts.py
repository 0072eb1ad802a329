"""The parts that show alerts: their severity and state by shape and word, the table, what may be done with a row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboard import admin, alertlist, alertwords, controls, forms, units
from dashboard.alertdata import Board
from dashboard.alertlist import Line
from dashboard.controls import marks
from dashboard.door import Visit
from dashboard.forms import Field, Form
from db.alertcauses import Cause
from db.alerts import AlertRow
from fleet.alerts.judging import FLAPS
from fleet.alerts.rule import Rule
from fleet.alerts.states import Shown
from fleet.events import Severity
from fleet.identity import Scope

SIGNS = {
    Severity.CRITICAL: ("■", "Critical", "down"),
    Severity.WARNING: ("▲", "Warning", "degraded"),
    Severity.INFO: ("●", "Info", "info"),
}
"""How bad it is, the worst first: a shape, a word, and the state whose colour it has."""

COLUMNS = ("Severity", "Alert", "Device", "Since", "Value", "State", "")
LASTS = ("30m", "1h", "2h", "4h", "8h", "1d", "2d", "7d", "30d")
HEEDABLE = (Shown.FIRING, Shown.SILENCED, Shown.SUPPRESSED)


def severity(one: Severity) -> Component:
    """Show how bad it is by shape, word and colour."""
    glyph, word, state = SIGNS[one]
    return html.Span(
        [html.Span(glyph, className="glyph", **marks(aria_hidden="true")), word],
        className="state",
        **marks(data_state=state),
    )


def table(visit: Visit, board: Board, lines: Sequence[Line], *, label: str) -> Component:
    """Lay alerts out, each under a key of its own, by which the browser knows those that were chosen."""
    heads = [html.Th(name or html.Span("Actions", className="visually-hidden"), scope="col") for name in COLUMNS]
    body = [_row(visit, board, line) for line in lines]
    laid = html.Table([html.Thead(html.Tr(heads)), html.Tbody(body)], className="table", **marks(aria_label=label))
    return html.Div(laid, className="table-frame alerts-of")


def _row(visit: Visit, board: Board, line: Line) -> Component:
    cells = _alert(visit, board, line, line.alert) if line.alert else _cause(visit, line, line.cause)
    told = [
        html.Td(cell, className="" if name else "row-actions", **marks(data_label=name))
        for name, cell in zip(COLUMNS, cells, strict=True)
    ]
    about = {"data_alert": str(line.alert.id), "data_state": line.alert.state.value} if line.alert else {}
    return html.Tr(told, tabIndex="-1", **marks(data_below=line.below and "true", **about))


def _alert(visit: Visit, board: Board, line: Line, alert: AlertRow) -> list[Any]:
    rule = board.rules.get(alert.rule_id)
    known = rule.rule if rule else None
    return [
        html.Span([_choose(visit, alert), severity(alert.severity)], className="chosen-of"),
        html.Div([html.Strong(alert.rule), _what(visit, alert, known), _hides(visit, line)]),
        controls.link(alert.device, visit.address(f"device/{alert.device_id}")),
        since(visit, alert),
        alertwords.value(visit.data.families, known.condition, alert.value) if known else _number(alert.value),
        state(visit, alert),
        _deeds(visit, alert, known),
    ]


def _cause(visit: Visit, line: Line, cause: Cause | None) -> list[Any]:
    """Tell of a device without an alert of its own that explains others: it is in maintenance, or just came back."""
    named = cause.device if cause else None
    name = controls.link(named, visit.address(f"device/{cause.device_id}")) if cause and named else "removed"
    about = [
        html.Strong("No alert itself"),
        html.Div("In maintenance, or back just now", className="muted"),
        _hides(visit, line),
    ]
    return [html.Span("Cause", className="muted"), html.Div(about), name, "", "", "", ""]


def _number(value: float | None) -> str:
    return units.NOTHING if value is None else units.digits(value)


def _what(visit: Visit, alert: AlertRow, rule: Rule | None) -> Component:
    flaps = f"flaps: began {alert.turns} times within an hour" if alert.turns >= FLAPS else ""
    told = alertwords.compared(visit.data.families, rule.condition) if rule else alert.summary
    parts = (alert.key, told, flaps)
    return html.Div(" · ".join(part for part in parts if part), className="muted", title=alert.summary)


def _hides(visit: Visit, line: Line) -> Component | None:
    """Unfold what the device explains, or fold it again: the address says which."""
    if line.cause is None:
        return None
    cause = str(line.cause.device_id)
    on = visit.asked.get("cause") == cause
    word = f"explains {units.plural(line.hides, 'other')}"
    href = alertlist.other(visit.asked, cause="" if on else cause)
    named = f"{word} of {line.cause.device or 'a removed device'}"
    return controls.link(
        [word, html.Span(" ▴" if on else " ▾", **marks(aria_hidden="true"))],
        href,
        kind="pill",
        **marks(aria_expanded="true" if on else "false", aria_label=named),
        role="button",
    )


def since(visit: Visit, alert: AlertRow) -> Component:
    """Tell since when it is so, and for how long; of what is over or well from when until when."""
    zone, now = visit.look.zone, visit.now
    if alert.well_at is not None:
        said = f"well since {units.clock_time(alert.well_at, zone, now)}"
    else:
        length = units.span((alert.ended_at or now) - alert.since)
        said = f"for {length}" if alert.ended_at is None else f"lasted {length}"
    return html.Div([units.clock_time(alert.since, zone, now), html.Div(said, className="muted")])


def state(visit: Visit, alert: AlertRow) -> Component:
    """Tell how an alert stands, and who cares for it, with the comment."""
    words = {Shown.SUPPRESSED: "Explained", Shown.RESOLVED: "Over"}
    lines: list[Any] = [html.Span(words.get(alert.state, alert.state.value.capitalize()), className="standing-of")]
    if alert.acknowledged_by:
        at = units.clock_time(alert.acknowledged_at, visit.look.zone, visit.now)
        lines.append(html.Div(f"by {alert.acknowledged_by}, {at}", className="muted"))
    if alert.comment:
        lines.append(html.Div(f"“{alert.comment}”", className="comment-of"))
    return html.Div(lines)


def _choose(visit: Visit, alert: AlertRow) -> Component | None:
    if alert.state not in HEEDABLE or not visit.principal.may(Scope.ALERTS_WRITE):
        return None
    told = {
        "aria_checked": "false",
        "aria_label": f"Choose {alert.rule} of {alert.device}",
        "data_choose": str(alert.id),
    }
    return html.Button("", type="button", role="checkbox", className="chosen-box", **marks(**told))


def _deeds(visit: Visit, alert: AlertRow, rule: Rule | None) -> Component:
    chart = controls.link(
        "Chart",
        visit.address(alertwords.chart(alert, rule, visit.now)),
        kind="button small bare",
        **marks(aria_label=f"Chart of {alert.device} when {alert.rule} began"),
    )
    if not visit.principal.may(Scope.ALERTS_WRITE) or alert.state is Shown.RESOLVED:
        return html.Span(chart)
    named = f"{alert.rule} of {alert.device}"
    facts = {"id": alert.id, "rule": alert.rule, "device": alert.device_id, "name": alert.device}
    heed = forms.row("Acknowledge", "alert-heed", f"Acknowledge {named}", **facts)
    hush = forms.row("Silence", "alert-hush", f"Silence {named}", **facts)
    return html.Span([heed if alert.state in HEEDABLE else None, hush, chart])


def declared(visit: Visit) -> list[Component]:
    """Declare the forms that the rows share."""
    comment = Field(name="comment", label="Comment", hint="Such as: on my way.", more={"maxlength": "2000"})
    heed = Form(
        title="Acknowledge {{rule}} of {{name}}",
        method="POST",
        path=admin.rest(visit, "alerts/{{id}}/acknowledge"),
        fields=[comment],
        submit="Acknowledge",
        text="Everybody sees that you care for it. It stands until it is over all the same.",
        done="It is acknowledged.",
    )
    return [forms.shared("alert-heed", heed), forms.shared("alert-hush", _hush(visit))]


def _hush(visit: Visit) -> Form:
    rules = [("{{rule}}", "Only {{rule}}"), ("", "All rules")]
    devices = [("{{device}}", "Only {{name}}"), ("", "All devices")]
    return Form(
        title="Silence {{rule}} of {{name}}",
        method="POST",
        path=admin.rest(visit, "alert-silences"),
        submit="Silence",
        text="It is listed as silenced until then, and tells nobody of itself.",
        done="It is silent.",
        fields=[
            Field(name="rule", label="Rules", kind="select", options=rules, value="{{rule}}", half=True),
            Field(name="device_id", label="Devices", kind="select", options=devices, value="{{device}}", half=True),
            lasting(),
            Field(name="reason", label="Reason", required=True, hint="Such as: known, the part is ordered.",
                  more={"maxlength": "500"}),
        ],
    )  # fmt: skip


def lasting() -> Field:
    """Make the field that says for how long a silence is."""
    options = [(one, one) for one in LASTS]
    return Field(name="lasts", label="For", kind="select", options=options, value="2h")


def many(visit: Visit, ids: Sequence[str]) -> Component:
    """Offer to acknowledge the alerts that are chosen, or all of the list where none is."""
    form = Form(
        title=f"Acknowledge {units.plural(len(ids), 'alert')}",
        method="POST",
        path=admin.rest(visit, "alerts/acknowledge"),
        fields=[Field(name="comment", label="Comment", hint="Such as: on my way.", more={"maxlength": "2000"})],
        submit="Acknowledge",
        text="Those that are over meanwhile are passed over.",
        done="They are acknowledged.",
        fixed={"alerts": list(ids)},
    )
    return forms.button(f"Acknowledge all {len(ids)}", form, id="alerts-heed")
