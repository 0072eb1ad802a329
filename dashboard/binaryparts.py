"""Binary backups of a device, and what is lost where another device takes its place."""

from __future__ import annotations

import json
from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from dashboard import admin, forms, policyparts, tables, units
from dashboard.controls import marks
from dashboard.forms import Field, Form
from dashboard.tab import Sheet
from db.binaries import KEPT, Kept
from db.inventory import DeviceRow
from fleet.backups import Policy
from fleet.identity import Scope

COLUMNS = ("When", "By", "#Size", "RouterOS", "Model", "Serial number")


def table(sheet: Sheet) -> list[Component]:
    """List the binary backups, each to be loaded into the same device again."""
    visit = sheet.visit
    found = visit.data.configurations.binaries(visit.principal, sheet.row.id)
    if not found:
        return []
    writes = visit.principal.may(Scope.CONFIG_WRITE)
    rows = [_row(sheet, one, writes) for one in found]
    return [tables.table("Binary backups", (*COLUMNS, *([""] if writes else [])), rows)]


def deeds(sheet: Sheet) -> list[Component]:
    """Offer what stands beside a backup: a binary one, a policy of the device's own, another device in its place."""
    visit, row = sheet.visit, sheet.row
    found = visit.data.intentions.policies(visit.principal)
    wanted, behind = found.devices.get(row.id, Policy()), found.of(visit.principal.tenant_id)
    path = f"devices/{row.id}/configpolicy"
    policy = policyparts.form(visit, f"Backups of {row.name}", path, wanted, behind)
    take = Form(
        title=f"Take a binary backup of {row.name}",
        method="POST",
        path=admin.rest(visit, f"devices/{row.id}/binaries"),
        submit="Take now",
        text="It holds keys and hardware addresses, too, and only the same device with the same version of RouterOS "
        f"can load it. {KEPT} are kept, encrypted under your tenant's key.",
        done="The device is asked for a binary backup.",
    )
    said = {
        "path": admin.rest(visit, f"devices/{row.id}/replacement"),
        "devices": admin.rest(visit, "devices"),
        "name": row.name,
        "home": visit.address("device/"),
    }
    told = json.dumps(said, separators=(",", ":"))
    replace = html.Button("Replace the device", type="button", className="button", **marks(data_replace=told))
    return [
        forms.button("Take a binary backup", take, id="config-binary"),
        forms.button("Backup policy", policy, id="config-policy"),
        replace,
    ]


def _row(sheet: Sheet, one: Kept, writes: bool) -> Sequence[Component | str]:
    visit, row = sheet.visit, sheet.row
    at = units.clock_time(one.at, visit.look.zone, visit.now)
    cells: list[Component | str] = [
        at,
        one.asked_by,
        tables.number(units.BYTES.text(one.size)),
        one.origin.ros_version,
        one.origin.model,
        one.origin.serial or units.NOTHING,
    ]
    if not writes:
        return cells
    path = admin.rest(visit, f"devices/{row.id}/binaries/{one.id}")
    gone = Form(
        title=f"Remove the binary backup of {at}", method="DELETE", path=path, submit="Remove", danger=True,
        done="It is removed.", text="It cannot be had back.",
    )  # fmt: skip
    remove = forms.button("Remove", gone, kind="small", label=f"Remove the binary backup of {at}")
    return [*cells, html.Span([_load(row, path, at), " ", remove])]


def _load(row: DeviceRow, path: str, at: str) -> Component | None:
    """Offer to load a backup, once the device has told by which name it is confirmed."""
    if not row.identity:
        return None
    confirm = Field(
        name="identity", label=f"Write {row.identity} to confirm", equals=row.identity, required=True
    )  # fmt: skip
    form = Form(
        title=f"Load the binary backup of {at} into {row.name}",
        method="POST",
        path=f"{path}/load",
        fields=[confirm],
        submit="Load and restart",
        text="All that came after it is lost, the device restarts, and everything behind it is cut off meanwhile. "
        "No timer takes this back.",
        done=f"{row.name} loads the backup; the tab Events says how it ended.",
        danger=True,
    )
    return forms.button("Load", form, kind="small", label=f"Load the binary backup of {at}")
