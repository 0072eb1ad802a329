"""The sites of the tenant, and the tags that devices have."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from dash import html
from dash.development.base_component import Component

from dashboard import admin, controls, forms, units
from dashboard.controls import marks
from dashboard.door import Visit
from dashboard.forms import Field, Form
from db.sites import SiteRow
from fleet.belonging import LONGEST_NAME, SITE_NAME
from fleet.identity import Scope

GRID = "dash_ag_grid"


def body(visit: Visit) -> Sequence[Component | None]:
    """List the sites and the tags, each with its devices."""
    sites, tags = visit.data.office.sites(visit.principal), visit.data.office.tags(visit.principal)
    writes = visit.principal.may(Scope.DEVICES_WRITE)
    make = (
        forms.button("Make a site", _form(visit, "Make a site", "POST", "sites"), kind="primary", id="site-make")
        if writes
        else None
    )
    head = admin.head("Sites", "Where devices stand. A device is at one site at most.", make)
    columns = ("Name", "Coordinates", "Devices", "Since", *([""] if writes else []))
    listed = (
        admin.table(columns, [_row(visit, one, writes) for one in sites], label="Sites")
        if sites
        else controls.notice("No sites yet", "Make one, then say of each device where it stands.")
    )
    tagged = [
        html.H3("Tags"),
        html.Div([_tag(visit, tag.tag, tag.devices) for tag in tags], className="pills")
        if tags
        else html.P("No device has a tag. They are given to devices, and need not be made first.", className="muted"),
    ]
    return [head, listed, *tagged, *(_shared(visit) if writes else [])]


def _row(visit: Visit, one: SiteRow, writes: bool) -> list[object]:
    cells: list[object] = [
        html.Strong(one.name),
        f"{one.latitude:.4g}, {one.longitude:.4g}" if one.spot else units.NOTHING,
        _devices(visit, one.devices, site=one.name),
        units.clock_time(one.created_at, visit.look.zone, visit.now),
    ]
    about = {"id": one.id, "name": one.name}
    rename = forms.row("Change", "site-rename", f"Change {one.name}", **about)
    return (
        [*cells, html.Div([rename, forms.row("Remove", "site-remove", f"Remove {one.name}", **about)])]
        if writes
        else cells
    )


def _devices(visit: Visit, count: int, **filters: str) -> Component:
    href = f"{visit.address('fleet')}?{urlencode(filters)}"
    return controls.link(units.plural(count, "device"), href, **marks(data_needs=GRID))


def _tag(visit: Visit, tag: str, count: int) -> Component:
    href = f"{visit.address('fleet')}?{urlencode({'tag': tag})}"
    return controls.link(f"{tag} · {count:,}", href, kind="pill", **marks(data_needs=GRID))


def _shared(visit: Visit) -> list[Component]:
    rename = _form(visit, "Change {{name}}", "PATCH", "sites/{{id}}")
    gone = forms.removal(
        "Remove {{name}}",
        admin.rest(visit, "sites/{{id}}"),
        "{{name}}",
        text="Its devices stay, and stand nowhere then. Maintenance that was planned for the site goes with it.",
        done="{{name}} was removed.",
    )
    return [forms.shared("site-rename", rename), forms.shared("site-remove", gone)]


def _form(visit: Visit, title: str, method: str, path: str) -> Form:
    name = Field(
        name="name",
        label="Name",
        required=True,
        pattern=SITE_NAME,
        odd="It does not begin with a bracket.",
        more={"maxlength": str(LONGEST_NAME)},
    )
    spot = [
        Field(
            name=word,
            label=word.capitalize(),
            kind="number",
            clears=True,
            half=True,
            hint=hint,
            more={"min": f"-{most}", "max": f"{most}", "step": "any"},
        )
        for word, most, hint in (
            ("latitude", 90, "Degrees north, such as 59.91; with both the site is on the map."),
            ("longitude", 180, "Degrees east, such as 10.75."),
        )
    ]
    one = admin.rest(visit, path)
    load = one if method == "PATCH" else ""
    return Form(title=title, method=method, path=one, load=load, fields=[name, *spot], done="The site is there.")


page = admin.section(body, tab="Sites", path="admin/sites", scope=Scope.DEVICES_READ, rank=1)
