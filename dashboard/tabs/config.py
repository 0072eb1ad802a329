"""The device's configuration: its versions, who did something before each, and what went wrong of late."""

from __future__ import annotations

from collections.abc import Sequence

from dash.development.base_component import Component

from dashboard import configparts, tables, units
from dashboard.tab import Sheet, Tab
from db.configs import Reading, Version
from fleet.identity import Scope

VERSIONS = (
    "#Version",
    "Since",
    "Last seen",
    "RouterOS",
    "#Lines",
    "Why it was read",
    "Who was on the device",
    "Kept as",
)
READINGS = ("When", "What came of it", "Why it was read", "By", "What was wrong")


def _tables(sheet: Sheet) -> list[Component]:
    if not sheet.visit.principal.may(Scope.CONFIG_READ):
        return []
    versions, readings = sheet.visit.data.beside.configurations(sheet.visit.principal, sheet.row.id)
    found = [tables.table("Versions of the configuration", VERSIONS, [_version(sheet, one) for one in versions])]
    latest = [tables.table("Readings", READINGS, [_reading(sheet, one) for one in readings])]
    return [*(found if versions else []), *(latest if readings else [])]


def _version(sheet: Sheet, one: Version) -> Sequence[Component | str]:
    visit = sheet.visit
    return [
        tables.number(str(one.number)),
        units.clock_time(one.first_seen, visit.look.zone, visit.now),
        units.ago(one.last_seen, visit.now),
        one.ros_version,
        tables.number(f"{one.lines:,}"),
        one.reason.value,
        configparts.who(one),
        (one.note or "pinned") if one.pinned_at else units.NOTHING,
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
    bare="There is no backup of this device yet: take one by flotilla config backup, or let a policy take them daily "
    "by flotilla config policy --every 1d.",
    tables=_tables,
)
