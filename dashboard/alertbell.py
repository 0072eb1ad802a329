"""The bell in the header of every page: how many alerts nobody cares for yet, and the way to them."""

from __future__ import annotations

from typing import Any

from dash import Input, Output, html
from dash.development.base_component import Component

from dashboard import alertlist, units
from dashboard.alertdata import Counts
from dashboard.controls import marks
from dashboard.door import PREFIX, Door, Share, Visit
from db.accounts import SignedIn
from fleet.identity import Scope

MOST = 99
"""Of more than so many the bell says only that."""

QUIET = "No alert waits for anybody"


def bell(person: SignedIn) -> Component:
    """Lay the bell out; its count follows. Who may not see alerts has none."""
    if not person.principal.may(Scope.ALERTS_READ):
        return html.Span(id="bell", hidden=True)
    return html.A(
        [html.Span(className="icon icon-alerts"), html.Span(QUIET, className="visually-hidden")],
        id="bell",
        href=f"{PREFIX}{person.slug}/alerts",
        className="quiet bell",
        title=QUIET,
        **marks(data_nav="link"),
    )


def connect(door: Door) -> None:
    """Register the callback of the bell: it follows each tick, as the pages do."""
    outputs = {"children": Output("bell", "children"), "title": Output("bell", "title")}
    door.callback(outputs, {"ticks": Input("tick", "n_intervals")}, Share.MOMENT)(count)


def count(visit: Visit, **_: Any) -> dict[str, Any]:
    """Count what is critical and what is a warning."""
    if not visit.principal.may(Scope.ALERTS_READ):
        return {"children": [], "title": ""}
    return shown(visit.data.alerts.counts(visit.principal))


def shown(counts: Counts) -> dict[str, Any]:
    """Draw the bell with its count and what that is of."""
    critical, warning = alertlist.unheeded(counts)
    waiting = critical + warning
    told = [units.plural(critical, "critical alert")] if critical else []
    told += [units.plural(warning, "warning")] if warning else []
    title = f"Unacknowledged: {' and '.join(told)}" if told else QUIET
    badge = html.B(
        f"{waiting}" if waiting <= MOST else f"{MOST}+",
        className="bell-count",
        **marks(data_state="down" if critical else "degraded", aria_hidden="true"),
    )
    said = html.Span(title, className="visually-hidden")
    return {"children": [html.Span(className="icon icon-alerts"), badge if waiting else None, said], "title": title}
