"""The device's configuration: its versions, their texts, what differs between two, pushes, and what went wrong."""

from __future__ import annotations

import json
from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from dashboard import asking, binaryparts, configparts, configview, controls, forms, pushparts, tables, units
from dashboard.controls import marks
from dashboard.office import number
from dashboard.tab import Sheet, Tab
from db.configs import Reading, Version
from fleet.identity import Scope
from fleet.pushes import PushRow

VERSIONS = (
    *("#Version", "Compare", "Since", "Last seen", "RouterOS", "#Lines"),
    *("Why it was read", "Who was on the device", "Kept as"),
)
READINGS = ("When", "What came of it", "Why it was read", "By", "What was wrong")
PUSHES = ("When", "State", "#Steps", "By", "Why it did not end well", "")
BARE = (
    "There is no backup of this device yet: take one by flotilla config backup, or let a policy take them daily "
    "by flotilla config policy --every 1d."
)


def _tables(sheet: Sheet) -> list[Component]:
    principal = sheet.visit.principal
    if not principal.may(Scope.CONFIG_READ):
        return []
    versions, readings = sheet.visit.data.beside.configurations(principal, sheet.row.id)
    pushed = sheet.visit.data.configurations.pushes(principal, sheet.row.id)
    writes = principal.may(Scope.CONFIG_WRITE)
    parts = [_taking(sheet)] if writes else []
    if writes and not versions:
        told = "Take one now; its text will be shown here."
        parts.append(controls.notice("There is no backup of this device yet", told))
    if versions:
        chosen = number(sheet.visit.asked.get("version", ""))
        place = next((n for n, one in enumerate(versions) if one.number == chosen), -1)
        rows = [_version(sheet, one, chosen) for one in versions]
        parts.append(tables.table("Versions of the configuration", VERSIONS, rows, current=place))
    if pushed:
        parts.append(tables.table("Pushes", PUSHES, [_push(sheet, one) for one in pushed]))
        every = sheet.visit.address(f"config/pushes?device={sheet.row.id}")
        parts.append(html.P(controls.link("All pushes to this device", every)))
    parts += binaryparts.table(sheet)
    if readings:
        parts.append(tables.table("Readings", READINGS, [_reading(sheet, one) for one in readings]))
    return parts


def _taking(sheet: Sheet) -> Component:
    """Offer a backup now."""
    visit, row = sheet.visit, sheet.row
    take = forms.button("Take a backup now", configparts.taking(visit, row.id, row.name), id="config-take")
    text = html.P("Secrets are masked in all that is shown here.", className="muted")
    return html.Div([text, html.Div([take, *binaryparts.deeds(sheet)], className="actions")], className="tools-deeds")


def _bench(sheet: Sheet) -> list[Component]:
    """Make the place of the form of a push and of its steps; who may only read has the steps alone."""
    if not sheet.visit.principal.may(Scope.CONFIG_READ):
        return []
    alone = html.Noscript(controls.notice("A push needs JavaScript here", "Use `flotilla push` instead."))
    told = json.dumps(pushparts.meant(sheet), separators=(",", ":"))
    return [html.Div(alone, id="push", className="push", **marks(data_push=told, data_testid="push"))]


def _version(sheet: Sheet, one: Version, chosen: int | None) -> Sequence[Component | str]:
    visit = sheet.visit
    return [
        tables.choice(str(one.number), asking.changed(visit.asked, version=str(one.number), against="")),
        _comparison(sheet, one, chosen),
        units.clock_time(one.first_seen, visit.look.zone, visit.now),
        units.ago(one.last_seen, visit.now),
        one.ros_version,
        tables.number(f"{one.lines:,}"),
        one.reason.value,
        configparts.who(one),
        (one.note or "pinned") if one.pinned_at else units.NOTHING,
    ]


def _comparison(sheet: Sheet, one: Version, chosen: int | None) -> Component | str:
    """Lead to what a version changed, or to how it differs from the one that is shown."""
    if chosen is None:
        words = ("what it changed", str(one.number), str(one.number - 1))
    else:
        words = (f"with {chosen}", str(chosen), str(one.number))
    if words[2] == words[1] or words[2] == "0":
        return units.NOTHING
    return controls.link(words[0], asking.changed(sheet.visit.asked, version=words[1], against=words[2]))


def _push(sheet: Sheet, one: PushRow) -> Sequence[Component | str]:
    visit = sheet.visit
    at = units.clock_time(one.at, visit.look.zone, visit.now)
    said = marks(data_push_show=str(one.id), aria_label=f"Steps, {at}")
    show = html.Button("Steps", type="button", className="button small", **said)
    return [
        at,
        configparts.standing(one.state),
        tables.number(str(one.total)),
        one.by,
        one.error or units.NOTHING,
        show,
    ]


def _reading(sheet: Sheet, one: Reading) -> Sequence[Component | str]:
    visit = sheet.visit
    return [
        units.clock_time(one.at, visit.look.zone, visit.now),
        tables.sign(*configparts.SIGNS[one.finding]),
        one.reason.value,
        one.asked_by,
        one.why or units.NOTHING,
    ]


tab = Tab(
    name="config",
    title="Config",
    order=35,
    bare=BARE,
    tables=_tables,
    view=configview.view,
    bench=_bench,
)
