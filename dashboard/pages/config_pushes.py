"""All pushes of the tenant, with how each ended and its record; those to one device where the address names it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dash.development.base_component import Component

from dashboard import admin, configparts, controls, logbook, tables, units
from dashboard.controls import marks
from dashboard.door import Visit
from dashboard.office import PAGE, identity
from dashboard.page import identify
from fleet.identity import DeviceId, Scope
from fleet.pushes import PushRow, Source

COLUMNS = ("When", "Device", "What", "State", "Steps", "By", "Why it did not end well", "")
SOURCES = {
    Source.COMMANDS: "lines",
    Source.SECTION: "the state of menus",
    Source.VERSION: "a stored version",
    Source.TEMPLATE: "a template",
}


def body(visit: Visit) -> Sequence[Component | None]:
    """List the pushes, the newest first, a page at a time."""
    only, before = identify(visit.asked.get("device", "")), identity(visit.asked.get("before", ""))
    found = visit.data.configurations.history(visit.principal, before, only)
    names = {entry.row.id: entry.row.name for entry in visit.data.listed(visit.principal).entries}
    head = admin.head("Pushes", "What was pushed to which device, by whom, and how it ended; each has its record.")
    if not found:
        text = "A push begins on a device's tab Config or Editor, from a template's preview, or in waves."
        return [head, _only(visit, only, names), logbook.nothing(visit, text)]
    rows = [_row(visit, one, names) for one in found[:PAGE]]
    following = str(found[PAGE - 1].id) if len(found) > PAGE else None
    return [
        head,
        _only(visit, only, names),
        admin.table(COLUMNS, rows, label="Pushes"),
        logbook.pager(visit, following),
    ]


def _only(visit: Visit, only: DeviceId | None, names: Mapping[DeviceId, str]) -> Component | None:
    """Show the device to which the list is narrowed, with the way back to all."""
    if only is None:
        return None
    return controls.chip(f"Device: {names.get(only, 'one that is gone')}", logbook.other(visit, device=""))


def _row(visit: Visit, one: PushRow, names: Mapping[DeviceId, str]) -> list[object]:
    at = units.clock_time(one.at, visit.look.zone, visit.now)
    name = names.get(one.device_id, str(one.device_id))
    record = controls.link(
        "Record",
        visit.address(f"device/{one.device_id}/config?steps={one.id}"),
        kind="button small bare",
        **marks(aria_label=f"Record of the push to {name}, {at}"),
    )
    warned = f" (against a warning: {one.reason})" if one.override else ""
    return [
        at,
        controls.link(name, logbook.other(visit, device=str(one.device_id))),
        SOURCES[one.source] + warned,
        configparts.standing(one.state),
        tables.number(str(one.total)),
        one.by,
        one.error or units.NOTHING,
        record,
    ]


page = admin.section(
    body, tab="Pushes", path="config/pushes", scope=Scope.CONFIG_READ, rank=25, title="Pushes of configuration"
)
