"""Alerts that are over, the newest first, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from dashboard import admin, alertfilters, alertlist, alertparts, controls, logbook, wall
from dashboard.alertlist import Line, other
from dashboard.door import Visit
from dashboard.office import identity
from fleet.identity import Scope


def body(visit: Visit) -> Sequence[Component | None]:
    """List what is over and is as the address asks."""
    found = visit.data.alerts.over(
        visit.principal, alertlist.narrow(visit.asked), identity(visit.asked.get("before", ""))
    )
    head = admin.head("History", "What stood and is over: from when on, for how long, and who cared for it.")
    severity = visit.asked.get("severity", "")
    offered = [("All", "Of every severity", other(visit.asked, severity=""), not severity)] + [
        (word, word, other(visit.asked, severity=one.value), severity == one.value)
        for one, (_, word, _) in alertparts.SIGNS.items()
    ]
    parts = [head, html.Div(wall.segments("Severity", offered), className="filters"), alertfilters.offered(visit)]
    if not found.rows:
        return [*parts, _nothing(visit)]
    following = str(found.rows[-1].id) if found.more else None
    laid = alertparts.table(visit, found, [Line(alert) for alert in found.rows], label="Alerts that are over")
    return [*parts, laid, logbook.pager(visit, following)]


def _nothing(visit: Visit) -> Component:
    if not alertlist.whole(visit.asked) or visit.asked.get("before"):
        return controls.notice("No alert fits", "There may be others.", controls.link("Show all", "?"))
    return controls.notice("Nothing is over yet", "Every alert that ends will stand here.")


page = admin.section(
    body, tab="History", path="alerts/history", scope=Scope.ALERTS_READ, rank=10, title="History of alerts"
)
