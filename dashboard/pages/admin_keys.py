"""The API keys of the tenant: what lets programs in, what each may do, and when it was last used."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from dashboard import admin, forms, units
from dashboard.controls import notice
from dashboard.door import Visit
from dashboard.forms import Field, Form, Reveal
from db.keys import KeyRow
from fleet.identity import Right, Scope

SHOWN = Reveal(
    "key",
    "The key, for this once",
    "Send it as “Authorization: Bearer …”. It is stored nowhere and not shown again: who loses it makes another.",
)
LASTS = (("7d", "for a week"), ("30d", "for 30 days"), ("90d", "for 90 days"), ("365d", "for a year"))
READING = (Scope.DEVICES_READ.value, Scope.METRICS_READ.value)


def body(visit: Visit) -> Sequence[Component | None]:
    """List the keys, with what may be done about each."""
    found = visit.data.office.keys(visit.principal)
    writes = visit.principal.may(Right.KEYS_WRITE)
    make = forms.button("Make a key", _making(visit), kind="primary", id="key-make") if writes else None
    head = admin.head("API keys", "What lets programs in. A key can do nothing that its maker may not.", make)
    if not found:
        step = forms.button("Make the first key", _making(visit), kind="primary") if writes else None
        return [head, notice("No keys yet", "A program that reads the fleet, such as Grafana, needs one.", step)]
    columns = ("Name", "Begins with", "Scopes", "Made by", "Last used", "Ends", *([""] if writes else []))
    rows = [_row(visit, one, writes) for one in found]
    return [head, admin.table(columns, rows, label="API keys"), *([_revocation(visit)] if writes else [])]


def _row(visit: Visit, one: KeyRow, writes: bool) -> list[object]:
    zone, now = visit.look.zone, visit.now
    ended = one.expires_at is not None and one.expires_at <= now
    ends = "when it is revoked" if one.expires_at is None else units.clock_time(one.expires_at, zone, now)
    cells: list[object] = [
        html.Strong(one.name),
        html.Code(one.prefix),
        html.Div([html.Span(scope.value, className="pill") for scope in one.scopes], className="pills"),
        one.created_by or "the system",
        units.clock_time(one.last_used_at, zone, now) if one.last_used_at else html.Span("never", className="muted"),
        html.Span(f"ended {ends}", className="warn") if ended else ends,
    ]
    if not writes:
        return cells
    mine = set(one.scopes) <= visit.principal.scopes
    revoke = forms.row("Revoke", "key-revoke", f"Revoke the key {one.name}", id=one.id, name=one.name)
    return [*cells, revoke if mine else None]


def _making(visit: Visit) -> Form:
    scopes = [(scope.value, scope.value) for scope in Scope if visit.principal.may(scope)]
    return Form(
        title="Make a key",
        method="POST",
        path=admin.rest(visit, "keys"),
        submit="Make the key",
        reveal=SHOWN,
        fields=[
            Field(
                name="name",
                label="Name",
                required=True,
                hint="What it is for, such as grafana.",
                more={"maxlength": "120"},
            ),
            Field(name="scopes", label="What it may do", kind="checks", options=scopes, value=READING, required=True),
            Field(name="lasts", label="It may be used", kind="select", options=LASTS, value="90d"),
        ],
    )


def _revocation(visit: Visit) -> Component:
    form = forms.removal(
        "Revoke {{name}}",
        admin.rest(visit, "keys/{{id}}"),
        "{{name}}",
        text="The next request with it is refused. A program that uses it stops working.",
        done="The key {{name}} was revoked.",
    )
    return forms.shared("key-revoke", form)


page = admin.section(body, tab="API keys", path="admin/keys", scope=Right.KEYS_READ, rank=7)
