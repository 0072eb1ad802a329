"""Whether all parts of the system work, and how fresh what it knows is."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from api.context import Check, current
from dashboard import admin, controls, units
from dashboard.controls import marks
from dashboard.door import Visit
from dashboard.theme import SIGNS
from fleet.device import State
from fleet.identity import Right

PARTS = {
    "postgres": ("PostgreSQL", "keeps everything: devices, people, measurements"),
    "redis": ("Valkey", "limits of requests, and what is kept for a moment"),
    "nats": ("NATS", "carries what the pollers tell to the store"),
    "openbao": ("OpenBao", "seals the passwords of the devices"),
    "ray": ("Ray", "runs pollers, writers and jobs"),
    "polls": ("Polling", "devices are heard"),
    "partitions": ("Pollers", "every share of the fleet has one"),
    "spool": ("Spool", "what waits on disk while NATS is away"),
    "outbox": ("Outbox", "changes that wait to be told to the pollers"),
}
"""The parts by the names of their checks: what people call each, and what it is for."""


def body(visit: Visit) -> Sequence[Component | None]:
    """Ask every part how it is."""
    checks = [ask() for ask in current().checks.values()]
    failed = [check for check in checks if not check.ok]
    head = admin.head("System", _summary(checks, failed))
    if not checks:
        text = "This server was started by itself, without the parts around it."
        return [head, _fleet(visit), controls.notice("Nothing to ask", text)]
    return [head, _fleet(visit), parts(checks)]


def parts(checks: Sequence[Check]) -> Component:
    """List the parts, those that fail first."""
    rows = [_row(check) for check in sorted(checks, key=lambda check: check.ok)]
    return admin.table(("Part", "State", "What it says", "What it is for"), rows, label="Parts")


def _summary(checks: Sequence[Check], failed: Sequence[Check]) -> str:
    if failed:
        some = f"{len(failed)} of {units.plural(len(checks), 'part')}"
        return f"{some} {'fails' if len(failed) == 1 else 'fail'}. Requests are served from what is stored."
    return f"All {len(checks)} parts work." if checks else "The parts that this server leans on."


def _row(check: Check) -> list[object]:
    name, purpose = PARTS.get(check.name, (check.name, ""))
    state, word = ("up", "works") if check.ok else ("down", "fails") if check.vital else ("degraded", "fails")
    sign = html.Span(SIGNS[State(state)].glyph, className="glyph", **marks(aria_hidden="true"))
    return [
        html.Strong(name),
        html.Span([sign, word], className="state", **marks(data_state=state, data_testid=f"part-{check.name}")),
        check.detail or units.NOTHING,
        html.Span(purpose, className="muted"),
    ]


def _fleet(visit: Visit) -> Component:
    """Tell how fresh what is known of this tenant's devices is."""
    fleet = visit.data.fleet(visit.principal)
    stale = fleet.counts.get(State.STALE, 0)
    heard = units.clock_time(fleet.heard_at, visit.look.zone, visit.now) if fleet.heard_at else "never"
    facts = [
        controls.fact("Devices", controls.link(f"{len(fleet.entries):,}", visit.address("admin"))),
        controls.fact("Newest word from one", heard),
        controls.fact("Expected at least every", units.span(fleet.late_after)),
        controls.fact(
            "Not heard in time",
            controls.link(f"{stale:,}", f"{visit.address('fleet')}?status=stale", **marks(data_needs="dash_ag_grid")),
        ),
    ]
    return html.Dl(facts, className="facts")


page = admin.section(body, tab="System", path="admin/system", scope=Right.SELF, rank=10)
