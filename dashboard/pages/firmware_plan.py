"""The plan of a rollout before it is kept: who would take part in which wave, who would not and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from dash import Input, Output, html
from dash.development.base_component import Component

from api.telemetry import request_id
from dashboard import admin, controls, forms, planform, rolloutparts, units
from dashboard.admin import Section
from dashboard.controls import marks
from dashboard.door import Door, Visit
from dashboard.rolloutwords import BACKS
from fleet.errors import FleetError
from fleet.identity import Scope
from fleet.rollouts import Plan
from fleet.rollouts.candidate import Return

PATH, NAME = "firmware/plan", "firmware-plan"


def layout(visit: Visit) -> Component:
    """Lay the page out as its address asks."""
    return html.Div(
        [
            html.H1("Plan a rollout", className="visually-hidden"),
            html.Div(admin.tabs(visit, PATH), id=f"{NAME}-tabs"),
            html.Div(admin.draw(visit, Scope.FIRMWARE_WRITE, body), id=f"{NAME}-body", className="admin-body"),
        ],
        className="admin",
    )


def connect(door: Door) -> None:
    """Register the callback: a plan is drawn up when it is asked for, and not with every tick."""
    given = {"search": Input("url", "search")}

    @door.callback(Output(f"{NAME}-body", "children"), given, prevent_initial_call=True)
    def refresh(visit: Visit, **_: Any) -> Sequence[Component | None]:
        return admin.draw(visit, Scope.FIRMWARE_WRITE, body)


def body(visit: Visit) -> Sequence[Component | None]:
    """Offer the form, and show the plan that the address asks for."""
    asked = bool(visit.asked.get("target"))
    form = planform.asking(visit, visit.data.rollouts.channels(visit.principal))
    change = forms.button(
        "Change" if asked else "Choose devices and version", form, kind="" if asked else "primary", id="plan-ask"
    )
    text = "Who would take part in which wave, who would not and why; no device is touched by it."
    if not asked:
        said = "Choose the version, the devices, the strategy and the hours; then the plan is shown here."
        return [admin.head("Plan", text, change), controls.notice("Nothing is planned yet", said)]
    try:
        return [admin.head("Plan", text, change), *_preview(visit)]
    except FleetError as error:
        return [admin.head("Plan", text, change), controls.refusal(error, request_id())]


def _preview(visit: Visit) -> Sequence[Component | None]:
    wanted = planform.wish(visit.asked)
    drawn = visit.data.rollouts.draw(visit.principal, wanted, visit.now)
    title = f"{units.plural(len(drawn.members), 'device')} to {drawn.terms.target}"
    keep = forms.button("Keep this plan", planform.keeping(visit, wanted), kind="primary", id="plan-keep")
    inside = [
        html.Header([html.H2(title), html.Span(keep, className="beside")]),
        html.P(_sum(drawn), className="muted"),
        _waves(drawn),
        rolloutparts.facts(visit, drawn.terms, [controls.fact("Way back", _back(drawn))]),
        rolloutparts.planned(visit, drawn.members),
        _rest(drawn),
        rolloutparts.skipped(visit, [one.document() for one in drawn.skipped]),
    ]
    return [html.Section(inside, className="panel wide sheet-of drift waves", **marks(aria_label=title))]


def _sum(drawn: Plan) -> str:
    waves, left = units.plural(len(drawn.waves), "wave"), len(drawn.skipped)
    pairs = f", {units.plural(len(drawn.pairs), 'redundant pair')} never together" if drawn.pairs else ""
    return f"In {waves}, {left:,} left out{pairs}. Children go before what they are reached over."


def _waves(drawn: Plan) -> Component:
    proves = {one.wave for one in drawn.members if one.canary}
    items = [
        html.Li(
            [
                html.Strong(f"Wave {number + 1}" + (", canary" if number in proves and drawn.proving else "")),
                html.Span(units.plural(size, "device"), className="muted"),
            ]
        )
        for number, size in enumerate(drawn.waves)
    ]
    return html.Ol(items, className="wave-list", **marks(aria_label="Waves"))


def _back(drawn: Plan) -> str:
    counts = Counter(one.back for one in drawn.members)
    return ", ".join(f"{BACKS[way][0].lower()}: {counts[way]:,}" for way in Return if counts[way])


def _rest(drawn: Plan) -> Component | None:
    if len(drawn.members) <= rolloutparts.DEVICES:
        return None
    return html.P(f"Only the first {rolloutparts.DEVICES} devices are listed.", className="muted")


page = Section(
    name="firmware_plan",
    title="Plan a rollout",
    path=PATH,
    layout=layout,
    connect=connect,
    order=120,
    tab="Plan",
    scope=Scope.FIRMWARE_WRITE,
    rank=30,
)
