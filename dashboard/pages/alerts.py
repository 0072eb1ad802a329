"""What is wrong now: open alerts, the worst first, each cause with what it explains; somebody cares for them here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dash import Input, Output, html
from dash.development.base_component import Component

from dashboard import admin, alertfilters, alertlist, alertparts, controls, units, wall
from dashboard.alertdata import MOST, OPEN, Board
from dashboard.alertlist import other
from dashboard.door import Door, Visit
from dashboard.page import Page, identify
from fleet.alerts.states import Shown
from fleet.events import Severity
from fleet.identity import Scope

STATES = (
    ("", "Open", "What stands for itself", OPEN),
    ("firing", "Unacknowledged", "Nobody cares for it yet", (Shown.FIRING,)),
    ("acknowledged", "Acknowledged", "Somebody cares for it", (Shown.ACKNOWLEDGED,)),
    ("silenced", "Silenced", "A silence is for it", (Shown.SILENCED,)),
    ("suppressed", "Explained", "Another device explains it", (Shown.SUPPRESSED,)),
    ("pending", "Pending", "Not yet for long enough", (Shown.PENDING,)),
)


def body(visit: Visit) -> Sequence[Component | None]:
    """List the open alerts that the address asks for."""
    narrow, unfolded = alertlist.narrow(visit.asked), identify(visit.asked.get("cause", ""))
    found = visit.data.alerts.board(visit.principal, narrow, unfolded)
    causes = found.causes if alertlist.whole(visit.asked) or "cause" in visit.asked else ()
    lines = list(alertlist.lines(found.rows, causes, found.behind, unfolded))
    writes = visit.principal.may(Scope.ALERTS_WRITE)
    ids = [str(one.id) for one in found.rows if one.state is Shown.FIRING]
    head = admin.head(
        "Alerts",
        "What is wrong, the worst first. What another device explains is folded below its cause.",
        alertparts.many(visit, ids) if writes and ids else None,
    )
    parts: list[Component | None] = [head, _segments(visit, found), alertfilters.offered(visit)]
    if not lines:
        return [*parts, _nothing(visit)]
    parts.append(alertparts.table(visit, found, lines, label="Alerts"))
    if found.more:
        parts.append(html.P(f"Only the worst {MOST} are listed; narrow them to see others.", className="muted"))
    return [*parts, *(alertparts.declared(visit) if writes else [])]


def _segments(visit: Visit, found: Board) -> Component:
    """Offer the states and severities with their counts."""
    asked, counts = visit.asked, found.counts
    states = next((those for name, *_, those in STATES if name == asked.get("state", "")), OPEN)
    severity = asked.get("severity", "")
    chosen = [Severity(severity)] if severity in {*Severity} else []
    offered = [
        (_counted(word, alertlist.total(counts, those, chosen)), title, other(asked, state=name), those == states)
        for name, word, title, those in STATES
    ]
    bad = [("", "All", "Of every severity")] + [(one.value, word, word) for one, (_, word, _) in SIGNED]
    severe = [
        (
            _counted(word, alertlist.total(counts, states, [Severity(name)] if name else [])),
            title,
            other(asked, severity=name),
            name == severity,
        )
        for name, word, title in bad
    ]
    return html.Div([wall.segments("State", offered), wall.segments("Severity", severe)], className="filters")


SIGNED = tuple(alertparts.SIGNS.items())


def _counted(word: str, count: int) -> str:
    return f"{word} {count:,}" if count else word


def _nothing(visit: Visit) -> Component:
    if not alertlist.whole(visit.asked):
        return controls.notice("No alert fits", "There may be others.", controls.link("Show all that are open", "?"))
    if not visit.data.listed(visit.principal).entries:
        step = controls.link("Add a device", visit.address("admin?open=device-add"))
        return controls.notice("There is no device yet", "What is wrong with devices will stand here.", step)
    return controls.notice(
        "Nothing is wrong",
        f"The rules watch {units.plural(len(visit.data.listed(visit.principal).entries), 'device')}.",
        controls.link("The rules", visit.address("alerts/rules")),
        controls.link("What is over", visit.address("alerts/history")),
    )


def _page() -> Page:
    """Make the page: beside what all sections do, what is chosen is marked anew when the list is drawn."""
    section = admin.section(
        body,
        tab="Open",
        path="alerts",
        scope=Scope.ALERTS_READ,
        rank=0,
        title="Alerts",
        order=15,
        icon="alerts",
        key="a",
    )

    def connect(door: Door) -> None:
        section.connect(door)
        sink = Output("sink", "data", allow_duplicate=True)
        door.browser("alerts", sink, Input("alerts-drawn", "data"), prevent_initial_call="initial_duplicate")

    return replace(section, connect=connect)


page = _page()
