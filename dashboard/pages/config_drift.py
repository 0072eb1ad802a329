"""Which devices are not as they are intended to be, why, and the way back."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from dash import html
from dash.development.base_component import Component

from actors.intending import DriftState, Part, Standing
from api.context import current
from api.telemetry import request_id
from dashboard import admin, asking, controls, tables, units
from dashboard.controls import marks
from dashboard.door import Visit
from dashboard.intentdata import PAGE, Looks
from dashboard.office import number
from dashboard.page import identify
from db.inventory import DeviceRow
from fleet.errors import FleetError
from fleet.identity import Scope
from fleet.pushes import Source
from routeros.plan.drift import Difference, Finding

SIGNS = {
    DriftState.DRIFTED: ("Differs", "down"),
    DriftState.UNKNOWN: ("Cannot be told", "degraded"),
    DriftState.NEVER_READ: ("Never read", "stale"),
    DriftState.AS_INTENDED: ("As intended", "up"),
    DriftState.NOTHING_INTENDED: ("Nothing is intended", "stale"),
}
"""How a device stands, what asks for a person first."""

TOLD = {
    Difference.MISSING: ("+", "missing", "came"),
    Difference.EXTRA: ("−", "extra", "gone"),
    Difference.CHANGED: ("±", "changed", "changed"),
    Difference.MOVED: ("↕", "moved", "moved"),
}
MOST_FINDINGS = 500
COLUMNS = ("Device", "State", "Differences", "Intended by", "Compared version", "It had that", "")


def body(visit: Visit) -> Sequence[Component | None]:
    """List the devices of which something is intended, those that differ first, and explain the chosen one."""
    rows = [entry.row for entry in visit.data.listed(visit.principal).entries]
    first = number(visit.asked.get("at", "")) or 0
    found = visit.data.intentions.standings(visit.principal, current().vault, rows, first)
    head = admin.head(
        "Drift",
        "What is intended are the templates assigned to a device and its newest pinned version. The newest backup is "
        "compared; nothing is asked of the device.",
    )
    if not found.meant:
        return [head, *_chosen(visit), _nothing(visit, rows)]
    listed = admin.table(COLUMNS, [_row(visit, *one) for one in _sorted(found)], label="Devices and their drift")
    return [head, _summary(found), *_chosen(visit), listed, _pager(visit, first, found.meant)]


def _nothing(visit: Visit, rows: Sequence[DeviceRow]) -> Component:
    if not rows:
        step = controls.link("Add a device", visit.address("admin?open=device-add"))
        return controls.notice("There is no device yet", "What differs from its intended state is told here.", step)
    return controls.notice(
        "No device has an intended state",
        "Assign a template to a device, a site or a tag, or pin a version of a device on its tab Config: from then "
        "on what differs from it is told here.",
        controls.link("Templates", visit.address("config/templates")),
        controls.link("Versions that changed last", visit.address("config")),
    )


def _sorted(found: Looks) -> list[tuple[DeviceRow, Standing]]:
    order = list(SIGNS)
    return sorted(found.found, key=lambda one: (order.index(one[1].state), one[0].name))


def _summary(found: Looks) -> Component:
    states = [standing.state for _, standing in found.found]
    differ = states.count(DriftState.DRIFTED)
    unsure = states.count(DriftState.UNKNOWN) + states.count(DriftState.NEVER_READ)
    shown = (
        f"Of the {len(states):,} shown" if found.meant > len(states) else f"Of {units.plural(len(states), 'device')}"
    )
    said = f"{shown}, {differ:,} {'differs' if differ == 1 else 'differ'}" if differ else f"{shown}, nothing differs"
    unknown = f"; of {unsure:,} it cannot be told" if unsure else ""
    none = f" Of {units.plural(found.none, 'more device')} nothing is intended." if found.none else ""
    return html.P(f"{said}{unknown}.{none}", className="muted", role="status")


def _row(visit: Visit, row: DeviceRow, found: Standing) -> list[object]:
    version = found.version
    told = tables.sign(*SIGNS[found.state])
    why = html.Div(found.error.message, className="muted") if found.error else None
    parts = ", ".join(_named(part) for part in found.parts) or units.NOTHING
    return [
        controls.link(row.name, visit.address(f"device/{row.id}/config")),
        html.Div([told, why]),
        tables.number(f"{found.count:,}"),
        parts,
        f"{version.number}" if version else units.NOTHING,
        units.ago(version.last_seen, visit.now) if version else units.NOTHING,
        _actions(visit, row, found),
    ]


def _actions(visit: Visit, row: DeviceRow, found: Standing) -> Component:
    show = controls.link(
        "Why",
        asking.changed(visit.asked, device=str(row.id)),
        kind="button small bare",
        **marks(aria_label=f"Why {row.name}"),
    )
    return html.Span([show if found.parts else None, _way_back(visit, row, found, small=True)])


def _way_back(visit: Visit, row: DeviceRow, found: Standing, *, small: bool) -> Component | None:
    """Lead to the form of a push with the drift of the device filled in."""
    if found.state is not DriftState.DRIFTED or not visit.principal.may(Scope.CONFIG_WRITE):
        return None
    href, kind = visit.address(f"device/{row.id}/config?push=drift"), "button small" if small else "button primary"
    return controls.link("Plan the way back", href, kind=kind, **marks(aria_label=f"Plan the way back of {row.name}"))


def _chosen(visit: Visit) -> list[Component]:
    """Explain the device of the address, part by part and section by section."""
    device_id = identify(visit.asked.get("device", ""))
    if device_id is None:
        return []
    try:
        row = visit.data.device(visit.principal, device_id)
        found = visit.data.intentions.standing(visit.principal, current().vault, row)
    except FleetError as error:
        return [controls.refusal(error, request_id())]
    close = controls.link("Close", asking.changed(visit.asked, device=""))
    told = html.H2(f"{row.name}: {SIGNS[found.state][0].lower()}")
    offered = _way_back(visit, row, found, small=False)
    inside = [
        html.Header([told, html.Span([close], className="beside")]),
        *([part for one in found.parts for part in _explained(one)] or [html.P("Nothing is intended of it.")]),
        html.Div([offered], className="actions") if offered else None,
    ]
    return [html.Section(inside, className="panel wide sheet-of drift", **marks(aria_label=f"Drift of {row.name}"))]


def _explained(part: Part) -> list[Component]:
    named = _named(part)
    title = html.H3(named[:1].upper() + named[1:])
    if part.error:
        return [title, html.P([html.Strong(part.error.message), " ", part.error.next_step or ""], className="bad")]
    findings = part.drift.findings if part.drift else ()
    if not findings:
        return [title, html.P("Nothing differs from it.", className="muted")]
    shown = sorted(findings[:MOST_FINDINGS], key=lambda one: one.menu)
    sections = [_section(menu, list(group)) for menu, group in groupby(shown, key=lambda one: one.menu)]
    more = len(findings) - MOST_FINDINGS
    left = (
        [html.P(f"{more:,} more are not shown; flotilla config drift tells all.", className="muted")]
        if more > 0
        else []
    )
    return [title, *sections, *left]


def _section(menu: str, findings: Sequence[Finding]) -> Component:
    items = [
        html.Li(
            [
                html.Span(TOLD[one.difference][0], className="mark-of", title=TOLD[one.difference][1]),
                html.Div([html.Span(one.why), html.Code(one.step, className="mono")]),
            ],
            **marks(data_mark=TOLD[one.difference][2]),
        )
        for one in findings
    ]
    return html.Div([html.H4(menu, className="mono"), html.Ul(items, className="findings")])


def _named(part: Part) -> str:
    if part.source is Source.TEMPLATE:
        return f"template {part.name}, version {part.number}"
    return f"pinned version {part.number}" + ("" if part.name == f"version {part.number}" else f" ({part.name})")


def _pager(visit: Visit, first: int, meant: int) -> Component | None:
    if meant <= PAGE:
        return None
    before = controls.link("← Before", asking.changed(visit.asked, at=str(max(0, first - PAGE)))) if first else None
    after = (
        controls.link("Next →", asking.changed(visit.asked, at=str(first + PAGE))) if first + PAGE < meant else None
    )
    said = f"{first + 1:,} to {min(first + PAGE, meant):,} of {meant:,}, by name"
    return html.Div([before, said, after], className="pager")


page = admin.section(
    body, tab="Drift", path="config/drift", scope=Scope.CONFIG_READ, rank=10, title="Drift of configurations"
)
