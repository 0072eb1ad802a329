"""Searches for routers in a network: begun, watched, cancelled, and what they find made into devices."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dash import html
from dash.development.base_component import Component

from dashboard import admin, controls, deviceforms, forms, units
from dashboard.controls import marks
from dashboard.door import Visit
from dashboard.forms import Field, Form
from dashboard.office import identity
from db.scans import Finding, Scan
from fleet import sheets
from fleet.device import TlsMode
from fleet.identity import Scope
from fleet.scanning import FASTEST, SLOWEST, USUAL, Progress, Service

WORDS = {
    Progress.WAITING: "waits for its turn",
    Progress.RUNNING: "searches",
    Progress.DONE: "done",
    Progress.CANCELLED: "cancelled",
    Progress.FAILED: "failed",
}
COLUMNS = ("name", "address", "port", "tls", "fingerprint", "profile")


def body(visit: Visit) -> Sequence[Component | None]:
    """Show the search that the address names, else the newest, and a list of all."""
    found = visit.data.office.scans(visit.principal)
    writes = visit.principal.may(Scope.DEVICES_WRITE)
    begin = forms.button("Search a network", _begin(visit), kind="primary", id="scan-begin") if writes else None
    head = admin.head(
        "Discovery", "Knocks at the doors of routers in a network. No name and no password is sent.", begin
    )
    if not found:
        return [
            head,
            controls.notice("No searches yet", "Search one of your networks for routers, at most a /20 at once."),
        ]
    chosen = identity(visit.asked.get("scan", "")) or found[0].id
    scan, findings = visit.data.office.findings(visit.principal, chosen)
    return [head, *_one(visit, scan, findings, writes), html.H3("All searches"), _list(visit, found, scan)]


def _one(visit: Visit, scan: Scan, findings: Sequence[Finding], writes: bool) -> list[Component | None]:
    new = [one for one in findings if one.device_id is None and one.found.speaks]
    several = html.Button(
        f"Add all {len(new)} from a table",
        type="button",
        className="button",
        **marks(data_csv=admin.rest(visit, "devices/bulk"), data_csv_text=_table(visit, new)),
    )
    offers = [
        several if writes and new else None,
        forms.button("Cancel the search", _cancel(visit, scan), kind="danger")
        if writes and scan.state.live
        else None,
    ]
    columns = ("Address", "Open ports", "RouterOS", "Certificate", *([""] if writes else []))
    rows = [_finding(visit, one, writes) for one in findings]
    nothing = html.P("Nothing has answered yet." if scan.state.live else "Nothing answered.", className="muted")
    return [
        _progress(scan, [offer for offer in offers if offer]),
        admin.table(columns, rows, label="What answers") if rows else nothing,
        forms.shared("found-add", _adding(visit)) if writes else None,
    ]


def _progress(scan: Scan, offers: Sequence[Component]) -> Component:
    share = scan.tried / scan.total if scan.total else 0.0
    said = f"{WORDS[scan.state]}: {scan.tried:,} of {units.plural(scan.total, 'address', 'addresses')} tried, "
    bar = html.Progress(
        value=str(scan.tried), max=str(max(scan.total, 1)), **marks(aria_label=f"{share:.0%} of the search")
    )
    parts = [
        html.Div(
            [html.Strong(str(scan.wanted.network)), html.Span(f"{said}{scan.found:,} answered", className="muted")]
        ),
        html.Div(list(offers), className="actions"),
        bar,
        html.P(scan.error, className="bad") if scan.error else None,
    ]
    return html.Div(parts, className="progress", **marks(data_state=scan.state.value))


def _finding(visit: Visit, one: Finding, writes: bool) -> list[object]:
    found = one.found
    known = controls.link("is a device already", visit.address(f"device/{one.device_id}")) if one.device_id else None
    cells: list[object] = [
        html.Code(found.address),
        ", ".join(f"{service.value} {port}" for service, port in found.ports.items()),
        known or ("speaks it" if found.speaks else "does not say so"),
        html.Code(f"{found.fingerprint[:16]}…", title=found.fingerprint) if found.fingerprint else units.NOTHING,
    ]
    if not writes:
        return cells
    port, tls = _way(one)
    add = forms.row(
        "Add",
        "found-add",
        f"Add {found.address}",
        address=found.address,
        port=port,
        tls=tls.value,
        fingerprint=found.fingerprint or "",
    )
    return [*cells, None if one.device_id else add]


def _way(one: Finding) -> tuple[int, TlsMode]:
    """Tell by which door a router is entered best."""
    ports = one.found.ports
    if Service.API_SSL in ports:
        return ports[Service.API_SSL], TlsMode.PIN if one.found.fingerprint else TlsMode.ANONYMOUS
    return ports.get(Service.API, 8728), TlsMode.PLAIN


def _table(visit: Visit, found: Iterable[Finding]) -> str:
    """Write a table of what was found, to be looked through before it is added."""
    profiles = visit.data.office.profiles(visit.principal)
    profile = profiles[0].name if profiles else ""
    rows = [COLUMNS]
    for one in found:
        port, tls = _way(one)
        pin = one.found.fingerprint or "" if tls is TlsMode.PIN else ""
        rows.append((one.found.address, one.found.address, str(port), tls.value, pin, profile))
    return "".join(sheets.line(row) for row in rows)


def _adding(visit: Visit) -> Form:
    facts = ("address", "port", "tls", "fingerprint")
    return deviceforms.adding(visit, **{name: f"{{{{{name}}}}}" for name in facts})


def _begin(visit: Visit) -> Form:
    return Form(
        title="Search a network",
        method="POST",
        path=admin.rest(visit, "scans"),
        submit="Search",
        done="The search begins.",
        then=f"{visit.address('admin/discovery')}?scan={{id}}",
        fields=[
            Field(
                name="network",
                label="Network",
                required=True,
                pattern=r"[0-9A-Fa-f.:]+(/[0-9]{1,3})?",
                odd="Write it as 10.20.0.0/24.",
                hint="As 10.20.0.0/24: one of this tenant's, or a private one where it has none.",
            ),
            Field(
                name="rate",
                label="Connections a second",
                kind="number",
                value=USUAL,
                more={"min": str(SLOWEST), "max": str(FASTEST), "step": "any"},
            ),
        ],
    )


def _cancel(visit: Visit, scan: Scan) -> Form:
    return Form(
        title=f"Cancel the search of {scan.wanted.network}",
        method="DELETE",
        path=admin.rest(visit, f"scans/{scan.id}"),
        text="What it has found stays.",
        submit="Cancel it",
        done="The search was cancelled.",
        danger=True,
    )


def _list(visit: Visit, found: Sequence[Scan], chosen: Scan) -> Component:
    rows = [
        [
            controls.link(
                str(one.wanted.network), f"?scan={one.id}", **marks(aria_current=one.id == chosen.id and "true")
            ),
            WORDS[one.state],
            f"{one.found:,} of {one.total:,}",
            one.created_by,
            units.clock_time(one.created_at, visit.look.zone, visit.now),
        ]
        for one in found
    ]
    return admin.table(("Network", "How it stands", "Answered", "By", "Begun"), rows, label="All searches")


page = admin.section(body, tab="Discovery", path="admin/discovery", scope=Scope.DEVICES_READ, rank=3)
