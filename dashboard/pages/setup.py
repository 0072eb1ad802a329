"""The first device: what answers at its address, how it is entered, and its first words; or a fleet to look at."""

from __future__ import annotations

from dash import Input, Output, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dashboard import controls, units
from dashboard.controls import marks
from dashboard.door import Door, Visit
from dashboard.page import SETUP, Page
from fleet.identity import Scope
from routeros import preparing

GRID = "dash_ag_grid"


def layout(visit: Visit) -> Component:
    """Lay the page out; the steps themselves are made in the browser, which asks REST."""
    if not visit.principal.may(Scope.DEVICES_WRITE):
        return html.Div(
            [
                controls.notice(
                    "No devices yet",
                    f"{visit.person.tenant_name} has no devices. An operator or a tenant_admin adds the first one; "
                    "it is told here as soon as it is there.",
                ),
                html.Div(id="setup-arrived"),
            ]
        )
    return html.Div(
        [
            html.Div(html.H1("Add the first device"), className="title"),
            html.Div(id="setup-arrived"),
            html.Div([html.Div(id="setup-steps", className="setup-steps"), _beside()], className="setup-columns"),
        ],
        className="setup",
    )


def connect(door: Door) -> None:
    """Register the callbacks of the page."""
    steps = Output("sink", "data", allow_duplicate=True)
    door.browser("setup", steps, Input("shown", "data"), prevent_initial_call=True)
    told = Output("setup-arrived", "children")
    door.callback(told, {"ticks": Input("tick", "n_intervals")}, prevent_initial_call=True)(arrived)


def arrived(visit: Visit, ticks: int | None) -> Component:
    """Tell that the tenant has devices, whoever added them."""
    count = len(visit.data.fleet(visit.principal).entries)
    if not count:
        raise PreventUpdate
    fleet = controls.link("Go to the fleet", visit.address("fleet"), **marks(data_needs=GRID))
    said = f"{visit.person.tenant_name} has {units.plural(count, 'device')}."
    return html.P([said, " ", fleet], className="muted", role="status")


def _beside() -> Component:
    """Say what the router must allow, and how to see Flotilla without one."""
    ready = [
        html.H2("What the router needs"),
        html.P(["Its API switched on, best with TLS: ", html.Code("/ip service enable api-ssl")]),
        html.P(["A user of its own in a group with the policies ", html.Code(", ".join(preparing.POLICY)), "."]),
        html.P("An address that this server reaches. Nothing is changed on the router."),
    ]
    demo = [
        html.H2("No router at hand?"),
        html.P(["On any machine that has Flotilla, ", html.Code("flotilla demo"), " starts one with a simulated "
                "fleet and prints a link to it."]),
    ]  # fmt: skip
    return html.Aside([html.Section(ready), html.Section(demo)], className="setup-beside")


page = Page(
    name="setup",
    title="Add the first device",
    path=SETUP,
    layout=layout,
    connect=connect,
    order=200,
)
