"""Asking the device and having it do something: ping, traceroute, its log, its menus, and a restart."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboard import admin, controls, forms
from dashboard.controls import marks
from dashboard.door import Visit
from dashboard.forms import Field, Form
from dashboard.menus import MENUS
from dashboard.tab import Sheet, Tab
from db.inventory import DeviceRow
from fleet.control import LONGEST, SHORTEST, USUAL
from fleet.identity import Scope


def _tables(sheet: Sheet) -> list[Component]:
    visit = sheet.visit
    if not visit.principal.may(Scope.DEVICES_CONTROL):
        return [admin.forbidden(visit, Scope.DEVICES_CONTROL)]
    return [_deeds(visit, sheet.row)]


def _deeds(visit: Visit, row: DeviceRow) -> Component:
    """Offer what the device can be told to do."""
    reboot = (
        forms.button("Restart", _restart(visit, row), kind="danger", id="tools-reboot")
        if row.identity
        else html.Span("It can be restarted once it has told what it calls itself.", className="muted")
    )
    identify = forms.button("Identify", _identify(visit, row), id="tools-identify")
    text = html.P(
        "The device's owner does it, and the tab Events tells how it ended. A change of the configuration is a push.",
        className="muted",
    )
    return html.Div([text, html.Div([identify, reboot], className="actions")], className="tools-deeds")


def _bench(sheet: Sheet) -> list[Component]:
    """Make the place where the browser puts its tools; what was answered stays there while the page moves on."""
    visit, row = sheet.visit, sheet.row
    if not visit.principal.may(Scope.DEVICES_CONTROL):
        return []
    said: Mapping[str, Any] = {
        "path": _rest(visit, row, ""),
        "name": row.name,
        "menus": MENUS,
        "secrets": visit.principal.may(Scope.CONFIG_SECRETS),
    }
    alone = html.Noscript(controls.notice("The tools need JavaScript", "Use `flotilla device ping` and its like."))
    told = json.dumps(said, separators=(",", ":"))
    return [html.Div(alone, id="tools", className="tools", **marks(data_tools=told, data_testid="tools"))]


def _restart(visit: Visit, row: DeviceRow) -> Form:
    identity = row.identity or ""
    return Form(
        title=f"Restart {row.name}",
        method="POST",
        path=_rest(visit, row, "reboot"),
        fields=[Field(name="identity", label=f"Write {identity} to confirm", equals=identity, required=True)],
        submit="Restart",
        text="Everything behind it is cut off until it is back. It is done once the device was seen to be back.",
        done=f"{row.name} is told to restart; the tab Events says when it is back.",
        danger=True,
    )


def _identify(visit: Visit, row: DeviceRow) -> Form:
    bounds = {"min": str(SHORTEST), "max": str(LONGEST), "step": "1"}
    return Form(
        title=f"Find {row.name} in the rack",
        method="POST",
        path=_rest(visit, row, "identify"),
        fields=[Field(name="seconds", label="For so many seconds", kind="number", value=USUAL, more=bounds)],
        submit="Blink and beep",
        text="The lights of its ports blink, and it beeps if it has a speaker. Its configuration is not touched.",
        done=f"{row.name} blinks now.",
    )


def _rest(visit: Visit, row: DeviceRow, deed: str) -> str:
    return admin.rest(visit, f"devices/{row.id}/{deed}")


tab = Tab(
    name="tools",
    title="Tools",
    order=50,
    bare="Nothing can be asked of this device.",
    tables=_tables,
    bench=_bench,
)
