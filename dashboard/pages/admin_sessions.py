"""Where a person is signed in, and the way to end that."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from dashboard import admin, forms, units
from dashboard.door import Visit
from dashboard.forms import Form
from db.sessions import SessionRow
from fleet.identity import Right

PATH = "/api/auth/sessions"
BROWSERS = ("Edg", "Firefox", "Chrome", "Safari")
SYSTEMS = {
    "Android": "Android",
    "iPhone": "iOS",
    "iPad": "iPadOS",
    "Windows": "Windows",
    "Mac OS": "macOS",
    "Linux": "Linux",
}
"""Words of a browser's name for itself, in the order in which they tell something."""


def body(visit: Visit) -> Sequence[Component | None]:
    """List the sessions of the person who looks."""
    found = visit.data.office.sessions(visit.person)
    others = Form(
        title="End all other sessions",
        method="DELETE",
        path=PATH,
        submit="End them",
        text="Every browser but this one is asked to sign in again.",
        done="All other sessions ended.",
        danger=True,
    )
    several = len(found) > 1
    head = admin.head(
        "Your sessions",
        "Where you are signed in. End what you do not know, then change your password.",
        forms.button("End all others", others) if several else None,
        html.A("Change password", href="/password", className="button"),
    )
    columns = ("Browser", "Address", "Tenant", "Signed in", "Last used", "Ends", "")
    one = Form(
        title="End this session",
        method="DELETE",
        path=f"{PATH}/{{{{id}}}}",
        submit="End it",
        text="{{what}} is asked to sign in again.",
        done="The session ended.",
        danger=True,
    )
    rows = [_row(visit, row) for row in found]
    return [head, admin.table(columns, rows, label="Your sessions"), forms.shared("session-end", one)]


def _row(visit: Visit, row: SessionRow) -> list[object]:
    zone, now = visit.look.zone, visit.now
    mine, name = row.id == visit.person.session_id, browser(row.agent)
    end = forms.row("End", "session-end", f"End the session of {name}", id=row.id, what=f"{name} at {row.address}")
    return [
        html.Span(
            [name, html.Span("this one", className="pill") if mine else None], className="with-pill", title=row.agent
        ),
        html.Code(row.address),
        row.slug,
        units.clock_time(row.created_at, zone, now),
        units.clock_time(row.seen_at, zone, now),
        units.clock_time(row.expires_at, zone, now),
        None if mine else end,
    ]


def browser(agent: str) -> str:
    """Name a browser and its system by what it calls itself."""
    found = next((name for name in BROWSERS if name in agent), "")
    name = {"Edg": "Edge", "": agent[:40] or "Unknown browser"}.get(found, found)
    system = next((word for part, word in SYSTEMS.items() if part in agent), "")
    return f"{name} on {system}" if found and system else name


page = admin.section(body, tab="Sessions", path="admin/sessions", scope=Right.SELF, rank=8)
