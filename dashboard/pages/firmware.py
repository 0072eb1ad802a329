"""The firmware of the fleet: models by versions, what is behind, and the known holes that are open."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from api.context import current
from dashboard import admin, asking, controls, firmwareparts, units
from dashboard.controls import marks
from dashboard.door import Visit
from dashboard.firmwaredata import MOST, Known
from fleet.firmware import Standing
from fleet.firmwareview import View
from fleet.identity import Scope

EXPOSED, FLAGGED = "exposed", "flagged"
TITLES = {
    Standing.NEWEST.value: "On the newest of a channel",
    Standing.BEHIND.value: "Behind their channel",
    Standing.ENDED.value: "On versions that get no more fixes",
    EXPOSED: "With known holes",
    FLAGGED: "Flagged",
}
SUSPECT = "Look for foreign scripts, schedules and users on it, then clear the flag at the device."
SOURCE = "Set firmware_url to the vendor's server or a mirror, or run `flotilla firmware sync --from …`."


def body(visit: Visit) -> Sequence[Component | None]:
    """Tell what the fleet runs, and list the devices that the address asks for."""
    found = visit.data.firmwares.known(visit.principal, current().settings.firmware_advisories)
    view = found.view
    head = admin.head("Firmware", "What the fleet runs, and how that stands by the channels and known fixes.")
    if not view.devices:
        step = controls.link("Add a device", visit.address("admin?open=device-add"))
        return [head, controls.notice("There is no device yet", "What it runs will be told of here.", step)]
    return [
        head,
        _tiles(visit, found),
        _unread() if found.read_at is None else None,
        _chosen(visit, found),
        firmwareparts.matrix(visit, view),
        firmwareparts.holes(visit, view.holes) if view.holes else None,
        firmwareparts.versions(visit, view),
        firmwareparts.channels(view.channels) if view.channels else None,
        html.P(f"The channels were read {units.ago(found.read_at, visit.now)}.", className="muted")
        if found.read_at
        else None,
    ]


def _tiles(visit: Visit, found: Known) -> Component:
    view = found.view
    told = (
        ("Devices", view.devices, "", ""),
        ("Newest of a channel", view.count(Standing.NEWEST), Standing.NEWEST.value, ""),
        ("Behind", view.count(Standing.BEHIND), Standing.BEHIND.value, "degraded"),
        ("No more fixes", view.count(Standing.ENDED), Standing.ENDED.value, "down"),
        ("With known holes", view.exposed, EXPOSED, "down"),
        ("Flagged", len(found.flagged), FLAGGED, "down"),
    )
    chosen = visit.asked.get("list", "")
    parts = [
        controls.link(
            [html.Span(name, className="tile-name"), html.Span(f"{count:,}", className="tile-count")],
            asking.changed(visit.asked, list=which, hole=""),
            kind="tile" if count else "tile none",
            **marks(
                data_state=state if count else "",
                data_testid=f"firmware-{which or 'all'}",
                aria_current=(chosen == which and not visit.asked.get("hole")) and "true",
            ),
        )
        for name, count, which, state in told
    ]
    return html.Div(parts, className="tiles", role="group", **marks(aria_label="Devices by their firmware"))


def _unread() -> Component:
    """Say that nobody knows how versions stand, and what may be done."""
    text = "Known holes are told by the version alone; what is newest and what is behind is not known. "
    return controls.notice("The catalogue has not been read yet", text + SOURCE)


def _chosen(visit: Visit, found: Known) -> Component | None:
    """List the devices that stand as the address asks for."""
    which, hole = visit.asked.get("list", ""), visit.asked.get("hole", "")
    if which == FLAGGED and not hole:
        if not found.flagged:
            return controls.notice("No device is flagged", "None says that its configuration looks suspicious.")
        listed = firmwareparts.behind(visit, TITLES[FLAGGED], found.flagged, found.view, MOST)
        return html.Div([html.P(SUSPECT, className="muted"), listed])
    if not hole and which not in TITLES:
        return None
    versions = _versions(found.view, which, hole)
    if not versions:
        return controls.notice("No device is like that", "None runs such a version.", controls.link("Close", "?"))
    rows = visit.data.firmwares.runners(visit.principal, versions)
    title = f"With {hole}" if hole else TITLES[which]
    return firmwareparts.behind(visit, title, rows, found.view, MOST)


def _versions(view: View, which: str, hole: str) -> list[str]:
    if hole:
        return view.running(advisory=hole)
    if which == EXPOSED:
        return [row.version for row in view.versions if row.open and row.version is not None]
    return view.running(Standing(which))


page = admin.section(
    body,
    tab="Fleet",
    path="firmware",
    scope=Scope.FIRMWARE_READ,
    rank=10,
    title="Firmware",
    order=75,
    icon="firmware",
    key="w",
)
