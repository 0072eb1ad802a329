"""Rollouts of firmware: which there are, how far each is, and all of the one that the address names."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from dashboard import admin, controls, rolloutdeeds, rolloutparts, tables, units
from dashboard.controls import marks
from dashboard.door import Visit
from dashboard.office import identity
from dashboard.page import identify
from dashboard.rolloutdata import MOST, Opened
from db.rollouts import Row
from fleet.identity import Scope
from fleet.rollouts import RolloutState
from fleet.rollouts.states import BAD

COLUMNS = ("Name", "To", "State", "Over", "Bad", "By", "When")


def body(visit: Visit) -> Sequence[Component | None]:
    """Show the rollout that the address names, and list all."""
    found, writes = visit.data.rollouts.page(visit.principal), visit.principal.may(Scope.FIRMWARE_WRITE)
    plan = controls.link("Plan a rollout", visit.address("firmware/plan"), kind="button primary") if writes else None
    text = "Many devices brought to a version, in waves that stop by themselves when something is wrong."
    rules = visit.data.rollouts.rules(visit.principal)
    parts: list[Component | None] = [
        admin.head("Rollouts", text, rolloutdeeds.stopping(visit, rules) if found else None, plan),
        rolloutdeeds.stopped(visit, rules),
    ]
    chosen = identity(visit.asked.get("rollout", ""))
    if chosen is not None:
        parts.append(_opened(visit, visit.data.rollouts.opened(visit.principal, chosen, visit.now)))
    if not found:
        said = "A plan tells who would take part in which wave, who would not and why; it touches no device."
        return [*parts, controls.notice("There was no rollout yet", said)]
    parts.append(admin.table(COLUMNS, [_row(visit, one) for one in found], label="Rollouts"))
    if len(found) == MOST:
        parts.append(html.P(f"Only the newest {MOST} rollouts are listed; REST has all.", className="muted"))
    return parts


def _row(visit: Visit, one: Row) -> list[object]:
    ended, total = rolloutparts.over(one)
    bad = sum(one.stages.get(stage, 0) for stage in BAD)
    return [
        controls.link(one.name, f"?rollout={one.id}"),
        html.Span(one.terms.target, className="mono"),
        html.Span([rolloutparts.state(one), rolloutparts.bar(one) if one.state is RolloutState.RUNNING else None]),
        f"{ended:,} of {units.plural(total, 'device')}",
        tables.number(f"{bad:,}"),
        one.by,
        units.clock_time(one.started_at or one.at, visit.look.zone, visit.now),
    ]


def _opened(visit: Visit, found: Opened) -> Component:
    row = found.row
    title = f"{row.name}: to {row.terms.target}"
    report = admin.rest(visit, f"rollouts/{row.id}/report")
    files = [
        html.A(word, href=f"{report}?format={kind}", download="", className="button small bare")
        for word, kind in (("Report as CSV", "csv"), ("for print", "html"))
    ]
    close = html.Span([*files, controls.link("Close", "?")], className="beside")
    device = identify(visit.asked.get("device", ""))
    chosen = next((one for one in found.standings if one.member.device_id == device), None)
    inside = [
        html.Header([html.H2(title), close]),
        html.Div([rolloutparts.state(row), html.Span(_standing(visit, found), className="muted")], role="status"),
        rolloutparts.bar(row),
        rolloutparts.pills(visit, row),
        html.Div(rolloutdeeds.offered(visit, found), className="actions"),
        rolloutparts.waves(visit, found),
        rolloutparts.timeline(
            visit, chosen, visit.data.rollouts.lines(visit.principal, row.id, chosen.member.device_id)
        )
        if chosen
        else None,
        rolloutdeeds.skipping(visit, found),
        *rolloutparts.members(visit, found),
        rolloutparts.skipped(visit, row.skipped),
        html.Details([html.Summary("The plan"), rolloutparts.facts(visit, row.terms, _signed(visit, row))]),
    ]
    return html.Section(inside, className="panel wide sheet-of drift waves", **marks(aria_label=title))


def _standing(visit: Visit, found: Opened) -> str:
    """Tell why it does not go on, or which wave has its turn."""
    row = found.row
    if row.why:
        return f" {row.why}"
    if rolloutdeeds.waits_for_another(found):
        return f" {rolloutdeeds.OTHER}"
    if row.state is RolloutState.SCHEDULED:
        at = units.clock_time(row.started_at, visit.look.zone, visit.now)
        return f" It begins {at}, {units.until(row.started_at, visit.now)}."
    if row.state is not RolloutState.RUNNING:
        return ""
    closed = "" if row.terms.open(visit.now) else " No window is open now, so nothing is restarted."
    return f" Wave {found.course.current + 1} of {len(found.course.waves)}.{closed}"


def _signed(visit: Visit, row: Row) -> list[Component]:
    """Tell who planned, approved and started it, and the plan's digest."""
    told = (("Planned", row.by, row.at), ("Approved", row.approved_by, row.approved_at),
            ("Started", row.started_by, row.started_at))  # fmt: skip
    signed = [
        controls.fact(word, f"by {by}, {units.clock_time(at, visit.look.zone, visit.now)}")
        for word, by, at in told
        if by is not None
    ]
    for word, forecast in (("Expected to be over by the plan", row.forecast), ("By now", row.foreseen)):
        if forecast is not None:
            signed.append(controls.fact(word, rolloutparts.foreseen(visit, forecast)))
    if row.pairs:
        signed.append(controls.fact("Never together", units.plural(len(row.pairs), "redundant pair")))
    return [*signed, controls.fact("Digest", row.digest, kind="mono")]


page = admin.section(
    body,
    tab="Rollouts",
    path="firmware/rollouts",
    scope=Scope.FIRMWARE_READ,
    rank=20,
    title="Rollouts of firmware",
)
