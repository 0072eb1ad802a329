"""What the browser is told so that it can plan a push, begin it and show its steps."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dashboard import admin, configparts, units
from dashboard.door import Visit
from dashboard.tab import Sheet
from db.configs import Version
from db.inventory import DeviceRow
from fleet.identity import Scope
from fleet.templates import Variable, kept


def target(visit: Visit, row: DeviceRow) -> dict[str, Any]:
    """Tell where pushes to a device are planned and begun, and what it must be called to be pushed to in peril."""
    return {
        "path": admin.rest(visit, f"devices/{row.id}/config"),
        "pushes": admin.rest(visit, "pushes"),
        "device": str(row.id),
        "name": row.name,
        "identity": row.identity or row.name,
        "writes": visit.principal.may(Scope.CONFIG_WRITE),
    }


def meant(sheet: Sheet) -> dict[str, Any]:
    """Tell what may be pushed to a device: templates, its stored versions, and what is intended of it."""
    visit, row = sheet.visit, sheet.row
    principal, said = visit.principal, target(visit, row)
    if not said["writes"]:
        return said
    stored, _ = visit.data.beside.configurations(principal, row.id)
    offered = visit.data.intentions.templates(principal)
    return said | {
        "home": visit.address(),
        "versions": [(one.number, _version(visit, one)) for one in stored],
        "templates": [
            {"id": str(one.id), "name": one.name, "version": one.number, "variables": fields(kept(one.variables))}
            for one in offered
        ],
        "intended": visit.data.intentions.names(principal, row),
    }


def fields(variables: Iterable[Variable]) -> list[dict[str, Any]]:
    """Write variables for the browser, which makes fields of them."""
    names = ("name", "about", "default", "least", "most")
    return [
        {name: getattr(one, name) for name in names} | {"kind": one.kind.value, "choices": list(one.choices)}
        for one in variables
    ]


def _version(visit: Visit, one: Version) -> str:
    at = units.clock_time(one.first_seen, visit.look.zone, visit.now)
    by, kept_as = configparts.who(one), one.note or ("pinned" if one.pinned_at else "")
    more = [f"since {at}", *([f"by {by}"] if by != units.NOTHING else []), *([kept_as] if kept_as else [])]
    return f"Version {one.number}, {', '.join(more)}"
