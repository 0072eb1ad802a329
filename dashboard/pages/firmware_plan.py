"""The plan of a rollout before it is kept: who would take part in which wave, who would not and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from dash import Input, Output, dcc, html
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
HANDED, DRAWN = f"{NAME}-handed", f"{NAME}-drawn"
PAIRS = 20
"""Redundant pairs that are named."""


def layout(visit: Visit) -> Component:
    """Lay the page out as its address asks."""
    drawn = admin.draw(visit, Scope.FIRMWARE_WRITE, body)
    return html.Div(
        [
            html.H1("Plan a rollout", className="visually-hidden"),
            html.Div(admin.tabs(visit, PATH), id=f"{NAME}-tabs"),
            dcc.Store(id=HANDED),
            html.Div(drawn, id=f"{NAME}-body", className="admin-body"),
            dcc.Store(id=DRAWN, data=admin.mark(drawn)),
        ],
        className="admin",
    )


def connect(door: Door) -> None:
    """Register the callback: a plan is drawn up when it is asked for, and not with every tick."""
    given = {"search": Input("url", "search"), "handed": Input(HANDED, "data")}
    door.browser("handed", Output(HANDED, "data"), Input("url", "search"))
    admin.opens(door, DRAWN)

    @door.callback((Output(f"{NAME}-body", "children"), Output(DRAWN, "data")), given, prevent_initial_call=True)
    def refresh(visit: Visit, handed: Any, **_: Any) -> tuple[Sequence[Component | None], str]:
        drawn = admin.draw(visit, Scope.FIRMWARE_WRITE, partial(body, handed=_ids(handed)))
        return drawn, admin.mark(drawn)


def _ids(handed: Any) -> list[str]:
    """Read what the browser hands over; which of these devices there are, the tenant's own door tells."""
    told = handed.get("devices") if isinstance(handed, dict) else None
    return [one for one in told if isinstance(one, str)] if isinstance(told, list) else []


def body(visit: Visit, handed: Sequence[str] | None = None) -> Sequence[Component | None]:
    """Offer the form, and show the plan that the address asks for.

    ``handed`` are the devices that were chosen on the page Fleet; None where the browser has not told yet.
    """
    if handed is None and visit.asked.get("chosen"):
        return [admin.head("Plan", "The devices that were chosen on the page Fleet are looked up.")]
    asked = bool(visit.asked.get("target"))
    form = planform.asking(visit, visit.data.rollouts.channels(visit.principal), handed or ())
    change = forms.button(
        "Change" if asked else "Choose devices and version", form, kind="" if asked else "primary", id="plan-ask"
    )
    text = "Who would take part in which wave, who would not and why; no device is touched by it."
    if not asked:
        said = "Choose the version, the devices, the strategy and the hours; then the plan is shown here."
        return [admin.head("Plan", text, change), controls.notice("Nothing is planned yet", said)]
    try:
        return [admin.head("Plan", text, change), *_preview(visit, handed or ())]
    except FleetError as error:
        return [admin.head("Plan", text, change), controls.refusal(error, request_id())]


def _preview(visit: Visit, handed: Sequence[str]) -> Sequence[Component | None]:
    wanted = planform.wish(visit.asked, handed=handed)
    drawn = visit.data.rollouts.draw(visit.principal, wanted, visit.now)
    title = f"{units.plural(len(drawn.members), 'device')} to {drawn.terms.target}"
    keep = forms.button("Keep this plan", planform.keeping(visit, wanted), kind="primary", id="plan-keep")
    inside = [
        html.Header([html.H2(title), html.Span(keep, className="beside")]),
        html.Div(_sum(drawn), className="muted"),
        _waves(visit, drawn),
        rolloutparts.facts(visit, drawn.terms, list(_foreseen(visit, drawn))),
        rolloutparts.warnings(visit, drawn.members),
        rolloutparts.planned(visit, drawn.members),
        _rest(drawn),
        rolloutparts.skipped(visit, [one.document() for one in drawn.skipped]),
    ]
    return [html.Section(inside, className="panel wide sheet-of drift waves", **marks(aria_label=title))]


def _sum(drawn: Plan) -> str:
    waves, left = units.plural(len(drawn.waves), "wave"), len(drawn.skipped)
    pairs = f", {units.plural(len(drawn.pairs), 'redundant pair')} never together" if drawn.pairs else ""
    return f"In {waves}, {left:,} left out{pairs}. Children go before what they are reached over."


def _waves(visit: Visit, drawn: Plan) -> Component:
    proves = {one.wave for one in drawn.members if one.canary}
    known = {one.wave: one for one in drawn.forecast.waves} if drawn.forecast else {}
    items = [
        html.Li(
            [
                html.Strong(f"Wave {number + 1}" + (", canary" if number in proves and drawn.proving else "")),
                html.Span(units.plural(size, "device"), className="muted"),
                html.Span(rolloutparts.stretch(visit, known[number]), className="muted") if number in known else None,
            ]
        )
        for number, size in enumerate(drawn.waves)
    ]
    return html.Ol(items, className="wave-list", **marks(aria_label="Waves"))


def _foreseen(visit: Visit, drawn: Plan) -> Iterator[Component]:
    """Tell when it is over if it is started now, how devices are taken back, and which stand in for one another."""
    if drawn.forecast is not None:
        yield controls.fact("Expected to be over", rolloutparts.foreseen(visit, drawn.forecast))
    yield controls.fact("Way back", _back(drawn))
    if drawn.pairs:
        names = {one.device_id: one.name for one in drawn.members}
        pairs = [" and ".join(sorted(names[one] for one in pair)) for pair in drawn.pairs]
        more = f" and {len(pairs) - PAIRS:,} more" if len(pairs) > PAIRS else ""
        yield controls.fact("Never together", "; ".join(sorted(pairs)[:PAIRS]) + more)


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
