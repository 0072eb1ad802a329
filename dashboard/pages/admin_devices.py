"""The devices as they are kept: added, changed, removed, one by one or from a table."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from dash import html
from dash.development.base_component import Component

from dashboard import admin, controls, deviceforms, forms, units
from dashboard.controls import marks
from dashboard.door import Visit
from dashboard.forms import Field, Form
from dashboard.office import PAGE, number
from dashboard.roster import WARNINGS, Entry, ordered
from fleet.device import TlsMode
from fleet.identity import Scope

PROTECTION = {TlsMode.VERIFY: "verified", TlsMode.PIN: "pinned"}
BY_NAME = ("name",)


def body(visit: Visit) -> Sequence[Component | None]:
    """List the devices that the address asks for, a hundred at a time."""
    fleet = visit.data.fleet(visit.principal)
    writes = visit.principal.may(Scope.DEVICES_WRITE)
    found = ordered(fleet.matching(visit.view), BY_NAME)
    first = min((number(visit.asked.get("at", "")) or 0) // PAGE * PAGE, max(0, (len(found) - 1) // PAGE * PAGE))
    head = admin.head(
        "Devices",
        f"{units.plural(len(fleet.entries), 'device')} of {visit.person.tenant_name}.",
        *_actions(visit, writes),
    )
    if not fleet.entries:
        return [head, _none(visit, writes)]
    filters = _filters(visit, len(found))
    if not found:
        return [
            head,
            filters,
            controls.notice("No device matches", "Nothing fits what you look for.", controls.link("Show all", "?")),
        ]
    columns = ("Name", "Address", "Protection", "Login", "Site", "Tags", "Polled every", *([""] if writes else []))
    rows = [_row(visit, entry, writes) for entry in found[first : first + PAGE]]
    shared = (
        [
            forms.shared("device-change", deviceforms.changing(visit)),
            forms.shared("device-remove", deviceforms.removing(visit)),
        ]
        if writes
        else []
    )
    return [head, filters, admin.table(columns, rows, label="Devices"), _pager(visit, first, len(found)), *shared]


def _actions(visit: Visit, writes: bool) -> list[Component]:
    if not writes:
        return []
    return [
        html.Button(
            "From a table (CSV)",
            type="button",
            className="button",
            id="device-table",
            **marks(data_csv=admin.rest(visit, "devices/bulk")),
        ),
        forms.button("Add a device", deviceforms.adding(visit), kind="primary", id="device-add"),
    ]


def _none(visit: Visit, writes: bool) -> Component:
    if not writes:
        return controls.notice("No devices yet", "Somebody who may change devices adds the first one.")
    return controls.notice(
        "No devices yet",
        "Add one by its address, read many from a table, or search a network for them.",
        controls.link("Search a network", visit.address("admin/discovery")),
    )


def _row(visit: Visit, entry: Entry, writes: bool) -> list[object]:
    row = entry.row
    warning = WARNINGS.get(row.endpoint.tls)
    safety = html.Em(warning[0], className="warn", title=warning[1]) if warning else PROTECTION[row.endpoint.tls]
    name = controls.link(row.name, visit.address(f"device/{row.id}"))
    cells: list[object] = [
        html.Strong(name),
        html.Code(f"{row.endpoint.address}:{row.endpoint.port}"),
        safety,
        html.Span([row.profile, html.Span("profile", className="pill")], className="with-pill")
        if row.profile
        else row.username,
        row.site or html.Span(units.NOTHING, className="muted"),
        html.Div([html.Span(tag, className="pill") for tag in row.tags], className="pills"),
        units.span(row.interval),
    ]
    return [*cells, _offers(entry)] if writes else cells


def _offers(entry: Entry) -> Component:
    about = {"id": entry.row.id, "name": entry.row.name}
    change = forms.row("Change", "device-change", f"Change {entry.row.name}", **about)
    return html.Div([change, forms.row("Remove", "device-remove", f"Remove {entry.row.name}", **about)])


def _filters(visit: Visit, found: int) -> Component:
    asked = visit.view.q
    form = Form(
        title="Find devices",
        method="GO",
        path=visit.address("admin"),
        submit="Find",
        fields=[Field(name="q", label="Part of a name, an address, a model or a version", value=asked)],
    )
    chip = controls.chip(f"“{asked}”", "?") if asked else None
    said = html.Span(f"{units.plural(found, 'device')} found" if asked else "", className="muted")
    return html.Div([forms.button("Find", form, kind="small"), chip, said], className="filters")


def _pager(visit: Visit, first: int, found: int) -> Component | None:
    if found <= PAGE:
        return None
    words = {"q": visit.view.q} if visit.view.q else {}
    before = controls.link("← Before", f"?{urlencode({**words, 'at': first - PAGE})}") if first else None
    after = controls.link("Next →", f"?{urlencode({**words, 'at': first + PAGE})}") if first + PAGE < found else None
    said = f"{first + 1:,} to {min(first + PAGE, found):,} of {found:,}"
    return html.Div([before, said, after], className="pager")


page = admin.section(
    body, tab="Devices", path="admin", scope=Scope.DEVICES_READ, rank=0, title="Admin", icon="admin", key="m"
)
