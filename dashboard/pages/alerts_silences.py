"""The silences: for which alerts, until when, why and by whom; kept and lifted here."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from dashboard import admin, alertparts, controls, forms, units
from dashboard.door import Visit
from dashboard.forms import Field, Form
from db.alertsilences import Silence
from fleet.belonging import TAG
from fleet.identity import Scope

WHOM = (
    ("all", "all devices"),
    ("site", "a site's devices"),
    ("tag", "the devices with a tag"),
    ("device", "one device"),
)


def body(visit: Visit) -> Sequence[Component | None]:
    """List the silences that are not over."""
    found, writes = visit.data.alerts.silences(visit.principal), visit.principal.may(Scope.ALERTS_WRITE)
    add = forms.button("Add a silence", _adding(visit), kind="primary", id="silence-add") if writes else None
    head = admin.head("Silences", "Alerts that need nobody for a while. They are listed all the same.", add)
    if not found:
        return [head, controls.notice("Nothing is silenced", "Every alert that begins to stand counts.")]
    columns = ("Rule", "For", "Until", "Reason", "By", *([""] if writes else []))
    laid = admin.table(columns, [_row(visit, one, writes) for one in found], label="Silences")
    return [head, laid, forms.shared("silence-lift", _lifting(visit)) if writes else None]


def _row(visit: Visit, one: Silence, writes: bool) -> list[object]:
    rule, whom = one.rule or "all rules", _whom(one)
    until = units.clock_time(one.ends_at, visit.look.zone, visit.now)
    cells: list[object] = [
        html.Strong(rule),
        controls.link(whom, visit.address(f"device/{one.scope.device_id}")) if one.scope.device_id else whom,
        html.Div([until, html.Div(units.until(one.ends_at, visit.now), className="muted")]),
        one.reason,
        one.created_by,
    ]
    facts = {"id": one.id, "rule": rule, "whom": whom}
    return [*cells, forms.row("Lift", "silence-lift", f"Lift the silence of {rule}", **facts)] if writes else cells


def _whom(one: Silence) -> str:
    if one.device:
        return one.device
    if one.site:
        return f"site {one.site}"
    return f"tag {one.scope.tag}" if one.scope.tag else "all devices"


def _adding(visit: Visit) -> Form:
    rows = [entry.row for entry in visit.data.listed(visit.principal).entries]
    sites, tags = {row.site for row in rows if row.site}, {tag for row in rows for tag in row.tags}
    rules = sorted({one.rule.name for one in visit.data.alerts.rules(visit.principal)})
    path = {"data-devices": admin.rest(visit, "devices")}
    return Form(
        title="Add a silence",
        method="POST",
        path=admin.rest(visit, "alert-silences"),
        submit="Silence",
        done="It is silent.",
        fields=[
            Field(name="rule", label="Rule", suggest=rules, hint="Left out: all rules.", half=True),
            Field(name="whom", label="For", kind="select", options=WHOM, value="all", apart=True, half=True),
            Field(name="site", label="Site", required=True, suggest=sorted(sites), when={"whom": ["site"]}),
            Field(name="tag", label="Tag", required=True, suggest=sorted(tags), pattern=TAG, when={"whom": ["tag"]}),
            Field(name="device_id", label="Device", kind="device", required=True, more=path,
                  when={"whom": ["device"]}),
            alertparts.lasting(),
            Field(name="reason", label="Reason", required=True, hint="Such as: known, the part is ordered.",
                  more={"maxlength": "500"}),
        ],
    )  # fmt: skip


def _lifting(visit: Visit) -> Form:
    return Form(
        title="Lift the silence of {{rule}}, {{whom}}",
        method="DELETE",
        path=admin.rest(visit, "alert-silences/{{id}}"),
        submit="Lift it",
        text="What still fires is shown as firing again.",
        done="The silence is lifted.",
    )


page = admin.section(body, tab="Silences", path="alerts/silences", scope=Scope.ALERTS_READ, rank=30)
