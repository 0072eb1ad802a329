"""Which commands beyond the usual administrators may ask devices."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from dashboard import admin, forms, tables, units
from dashboard.door import Visit
from dashboard.forms import Field, Form
from fleet.identity import Right, Scope
from routeros.inquiry import EXTRAS


def body(visit: Visit) -> Sequence[Component | None]:
    """List the commands with what they do to a device, and which of them are allowed."""
    found = visit.data.intentions.extras(visit.principal)
    form = Form(
        title="Commands that are allowed",
        method="PATCH",
        path=admin.rest(visit, "tools"),
        fields=[
            Field(
                name="allowed",
                label="Allowed",
                kind="checks",
                options=[(name, name) for name in sorted(EXTRAS)],
                value=list(found.extras),
            )
        ],
        text="Those that are not ticked are refused from now on. Each use stays in the log of operations.",
        done="It holds from now on.",
    )
    change = forms.button("Change", form, kind="primary") if visit.principal.may(Right.TOOLS) else None
    text = "Commands that only ask, but cost a device something meanwhile. None is allowed until somebody says so."
    rows = [
        [
            html.Code(name),
            extra.warning,
            tables.sign("Allowed", "up") if name in found.extras else tables.sign("Not allowed", "stale"),
        ]
        for name, extra in sorted(EXTRAS.items())
    ]
    said = None
    if found.changed_at:
        at = units.clock_time(found.changed_at, visit.look.zone, visit.now)
        said = html.P(f"Changed last by {found.changed_by}, {at}.", className="muted")
    table = admin.table(("Command", "What it does to the device meanwhile", "State"), rows, label="Commands")
    return [admin.head("Tools", text, change), table, said]


page = admin.section(
    body, tab="Tools", path="admin/tools", scope=Scope.DEVICES_CONTROL, rank=55, title="Tools of administrators"
)
