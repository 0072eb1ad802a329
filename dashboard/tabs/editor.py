"""The live editor: the menus of a device and their rows as they are now, edited by a push with all its safety."""

from __future__ import annotations

import json

from dash import html
from dash.development.base_component import Component

from api.context import current
from dashboard import admin, controls, pushparts
from dashboard.controls import marks
from dashboard.menus import MENUS
from dashboard.tab import Sheet, Tab
from fleet.identity import Scope
from routeros.export.normal import ORDERED


def _tables(sheet: Sheet) -> list[Component]:
    visit = sheet.visit
    for scope in (Scope.DEVICES_CONTROL, Scope.CONFIG_READ):
        if not visit.principal.may(scope):
            return [admin.forbidden(visit, scope)]
    text = "Rows are read from the device now, secrets masked. Edits are collected, planned together and pushed."
    return [html.P(text, className="muted")]


def _bench(sheet: Sheet) -> list[Component]:
    """Make the place of the editor, which the browser fills; what was edited stays while the page moves on."""
    visit, row = sheet.visit, sheet.row
    if not (visit.principal.may(Scope.DEVICES_CONTROL) and visit.principal.may(Scope.CONFIG_READ)):
        return []
    held = visit.data.configurations.menus(visit.principal, current().vault, row.id)
    said = pushparts.target(visit, row) | {
        "commands": admin.rest(visit, f"devices/{row.id}/commands"),
        "edits": admin.rest(visit, f"devices/{row.id}/edits"),
        "menus": sorted({*MENUS, *held}),
        "held": held,
        "ordered": sorted(ORDERED),
    }
    alone = html.Noscript(controls.notice("The editor needs JavaScript", "Use `flotilla push` instead."))
    told = json.dumps(said, separators=(",", ":"))
    return [html.Div(alone, id="editor", className="editor push", **marks(data_editor=told, data_testid="editor"))]


tab = Tab(
    name="editor",
    title="Editor",
    order=38,
    bare="Nothing can be edited on this device.",
    tables=_tables,
    bench=_bench,
)
