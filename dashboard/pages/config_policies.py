"""What is wanted of backups: for the tenant, and for the devices where it is wanted otherwise."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from dashboard import admin, controls, forms, policyparts
from dashboard.door import Visit
from dashboard.forms import Form
from db.configpolicies import Policies
from fleet.backups import DEFAULT, Policy
from fleet.identity import DeviceId, Scope


def body(visit: Visit) -> Sequence[Component | None]:
    """Tell the tenant's policy, and list the devices that have one of their own."""
    found = visit.data.intentions.policies(visit.principal)
    tenant_id, writes = visit.principal.tenant_id, visit.principal.may(Scope.CONFIG_WRITE)
    wanted, counts = found.tenants.get(tenant_id, Policy()), found.of(tenant_id)
    change = policyparts.form(visit, "Backups of all devices", "configpolicy", wanted, DEFAULT)
    offered = forms.button("Change", change, kind="primary", id="policy-change") if writes else None
    head = admin.head("Policies", "When backups are taken by themselves, and what is kept of them.", offered)
    every, changed, kept = policyparts.told(counts)
    facts = html.Dl(
        [
            controls.fact("On a schedule", every),
            controls.fact("After a change on the device", changed),
            controls.fact("Kept", kept),
        ],
        className="facts",
    )
    none = (
        None
        if counts.every or counts.on_change
        else html.P(
            "Nothing is taken by itself yet: to be read, a device writes a file, so somebody must say that it may.",
            className="muted",
        )
    )
    return [head, facts, none, html.H3("Devices with a policy of their own"), *_own(visit, found, writes)]


def _own(visit: Visit, found: Policies, writes: bool) -> list[Component]:
    names = {entry.row.id: entry.row.name for entry in visit.data.listed(visit.principal).entries}
    mine = sorted((names[device_id], device_id) for device_id in found.devices if device_id in names)
    if not mine:
        text = "All devices are as the tenant's policy says. One gets its own on its tab Config."
        return [html.P(text, className="muted")]
    columns = ("Device", "On a schedule", "After a change", "Kept", *([""] if writes else []))
    behind = found.of(visit.principal.tenant_id)
    rows = [_row(visit, (name, device_id), (found.devices[device_id], behind), writes) for name, device_id in mine]
    return [admin.table(columns, rows, label="Devices with a policy of their own")]


def _row(visit: Visit, named: tuple[str, DeviceId], policies: tuple[Policy, Policy], writes: bool) -> list[object]:
    name, device_id = named
    wanted, behind = policies
    cells: list[object] = [
        controls.link(name, visit.address(f"device/{device_id}/config")),
        *policyparts.told(wanted.over(behind)),
    ]
    if not writes:
        return cells
    path = f"devices/{device_id}/configpolicy"
    change = policyparts.form(visit, f"Backups of {name}", path, wanted, behind)
    drop = Form(
        title=f"Let {name} be as the others",
        method="DELETE",
        path=admin.rest(visit, path),
        submit="Remove its own",
        text="The tenant's policy holds for it from now on.",
        done=f"{name} is as the others.",
    )
    return [
        *cells,
        html.Span(
            [
                forms.button("Change", change, kind="small bare", label=f"Change the policy of {name}"),
                forms.button("Remove", drop, kind="small bare", label=f"Remove the policy of {name}"),
            ]
        ),
    ]


page = admin.section(
    body,
    tab="Policies",
    path="config/policies",
    scope=Scope.CONFIG_READ,
    rank=40,
    title="Policies of backups",
)
