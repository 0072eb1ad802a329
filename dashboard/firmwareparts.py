"""The parts of the page of firmware: the matrix of models and versions, and tables beside it."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from dashboard import admin, asking, controls, facets, tables, units
from dashboard.controls import marks
from dashboard.door import Visit
from dashboard.listing import MOST as MOST_VALUES
from dashboard.listing import Listing
from dashboard.wall import GRID
from db.firmwarefleet import Runner
from fleet.firmware import MEANINGS, Pointer, Standing
from fleet.firmwareview import Hole, VersionRow, View

COLUMNS = 14
"""Versions that the matrix has a column for: those that most devices run. The others share one."""

SIGNS = {
    Standing.NEWEST: ("newest", "up"),
    Standing.BEHIND: ("behind", "degraded"),
    Standing.ENDED: ("no more fixes", "down"),
    Standing.AHEAD: ("ahead", "up"),
    Standing.UNKNOWN: ("unknown", "stale"),
}


def sign(which: Standing) -> Component:
    """Show how a version stands, with what that means."""
    return html.Span(tables.sign(*SIGNS[which]), title=MEANINGS[which].capitalize() + ".")


def devices(visit: Visit, text: str, model: str | None = "", versions: Sequence[str | None] = ()) -> Component:
    """Make a link into the fleet's list: of a model ("" is any) and of versions."""
    asked = Listing()
    if model != "":
        asked = asked.only("model", model or facets.UNKNOWN)
    if versions:
        asked = asked.only("version", *(one or facets.UNKNOWN for one in versions[:MOST_VALUES]))
    return controls.link(text, visit.address("fleet") + asked.href, **marks(data_needs=GRID))


def matrix(visit: Visit, view: View) -> Component:
    """Draw models by versions, the newest first; each count leads to its devices."""
    often = sorted(view.versions, key=lambda row: row.devices, reverse=True)[:COLUMNS]
    shown = [row for row in view.versions if row in often]
    rest = [row for row in view.versions if row not in often]
    heads = [html.Th("Model", scope="col"), *(_head(row) for row in shown)]
    heads += [html.Th(word, scope="col", className="number") for word in (*(["Others"] if rest else []), "All")]
    rows = [_row(visit, view, model, shown, rest) for model in view.models]
    laid = html.Table(
        [html.Thead(html.Tr(heads)), html.Tbody(rows)],
        className="table matrix",
        **marks(aria_label="Models and versions"),
    )
    return html.Div([html.H3("Models and versions"), html.Div(laid, className="table-frame")])


def _head(row: VersionRow) -> Component:
    return html.Th([html.Span(row.version or facets.UNKNOWN, className="mono"), sign(row.standing)], scope="col",
                   className="number")  # fmt: skip


def _row(
    visit: Visit, view: View, model: str | None, shown: Sequence[VersionRow], rest: Sequence[VersionRow]
) -> Component:
    def cell(label: str, versions: Sequence[str | None], standing: Standing | None = None) -> Component:
        count = sum(view.cells.get((model, version), 0) for version in versions)
        text = devices(visit, f"{count:,}", model, versions) if count else html.Span("·", className="muted")
        state = SIGNS[standing][1] if standing and count else None
        return html.Td(text, className="number", **marks(data_state=state, data_label=label))

    every = [row.version for row in view.versions]
    cells = [cell(row.version or facets.UNKNOWN, [row.version], row.standing) for row in shown]
    others = [cell("Others", [row.version for row in rest])] if rest else []
    count = sum(view.cells.get((model, version), 0) for version in every)
    total = html.Td(devices(visit, f"{count:,}", model), className="number", **marks(data_label="All"))
    return html.Tr([html.Th(model or facets.UNKNOWN, scope="row"), *cells, *others, total])


def versions(visit: Visit, view: View) -> Component:
    """List the versions, how they stand, and the holes that they have."""
    rows = [
        (
            html.Span(row.version or facets.UNKNOWN, className="mono"),
            sign(row.standing),
            devices(visit, f"{row.devices:,}", versions=[row.version]),
            _holes(visit, row) if row.open or row.unclear else units.NOTHING,
        )
        for row in view.versions
    ]
    return _listed("Versions", ("Version", "Stands", "Devices", "Known holes"), rows)


def _holes(visit: Visit, row: VersionRow) -> Component:
    links: list[Component | str] = []
    for one in row.open:
        links += [controls.link(one.id, asking.changed(visit.asked, list="", hole=one.id)), " "]
    links += [html.Span(f"perhaps {one.id} ", className="muted") for one in row.unclear]
    return html.Span(links, className="mono")


def holes(visit: Visit, found: Sequence[Hole]) -> Component:
    """List the known holes that devices have, and what closed them."""
    rows = [
        (
            controls.link(hole.advisory.id, asking.changed(visit.asked, list="", hole=hole.advisory.id), kind="mono"),
            hole.advisory.about,
            ", ".join(map(str, hole.advisory.fixed)),
            devices(visit, f"{hole.devices:,}", versions=hole.versions),
            _source(hole.advisory.source),
        )
        for hole in found
    ]
    return _listed("Known holes", ("Id", "What it is", "Closed in", "Devices", "Source"), rows)


def _source(address: str) -> Component | str:
    if not address:
        return units.NOTHING
    return html.A(address.split("/")[2], href=address, target="_blank", rel="noreferrer noopener")


def behind(visit: Visit, title: str, found: Sequence[Runner], view: View, most: int) -> Component:
    """List devices with what they run; all of them are in the fleet's list."""
    standing = {row.version: row for row in view.versions}
    rows = [
        (
            controls.link(one.name, visit.address(f"device/{one.id}")),
            one.model or units.NOTHING,
            html.Span(one.version or units.NOTHING, className="mono"),
            one.architecture or units.NOTHING,
            sign(standing[one.version].standing) if one.version in standing else units.NOTHING,
            str(len(standing[one.version].open)) if one.version in standing else units.NOTHING,
        )
        for one in found[:most]
    ]
    columns = ("Device", "Model", "Version", "Architecture", "Stands", "Known holes")
    listed = _listed(title, columns, rows)
    if len(found) <= most:
        return listed
    chosen = [version for version in dict.fromkeys(one.version for one in found) if version]
    more = devices(visit, "see them all in the fleet", versions=chosen)
    return html.Div([listed, html.P(["Only the first are listed: ", more, "."], className="muted")])


def channels(found: Sequence[Pointer]) -> Component:
    """List where the channels point."""
    rows = [
        (f"v{one.major}", one.channel.value, html.Span(str(one.version), className="mono"), f"{one.at:%Y-%m-%d}")
        for one in found
    ]
    return _listed("Channels", ("For", "Channel", "Points to", "Since"), rows)


def _listed(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> Component:
    return html.Div([html.H3(title), admin.table(columns, rows, label=title)])
