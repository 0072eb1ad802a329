"""The parts of a rollout on a page: its waves, its devices, who is left out, and what was done to one device."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboard import admin, asking, controls, forms, rolloutwords, tables, units
from dashboard.controls import marks
from dashboard.door import Visit
from dashboard.rolloutdata import Opened
from dashboard.rolloutwords import BACKS, STAGES, STATES, VERDICTS
from db.rollouts import Line, Row, Standing
from fleet.identity import Scope
from fleet.rollouts import Stage, Terms, Unit, Window
from fleet.rollouts.course import Wave
from fleet.rollouts.foreseen import Forecast, Stretch
from fleet.rollouts.plan import Member
from fleet.rollouts.states import AHEAD, LIVE

DEVICES = 300
"""Devices that a page lists."""

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
SKIP = "rollout-skip"
"""The form by which a device is left out."""

MEMBERS = ("Device", "Wave", "Stage", "From", "To", "Since", "Why", "Gates", "")
PLANNED = ("Device", "Wave", "Site", "Runs", "Goes to", "Way back")


def over(row: Row) -> tuple[int, int]:
    """Tell how many devices of a rollout are over, and how many it has."""
    return sum(count for stage, count in row.stages.items() if stage.over), sum(row.stages.values())


def bar(row: Row) -> Component:
    """Show how far a rollout is."""
    ended, total = over(row)
    return html.Progress(value=str(ended), max=str(max(total, 1)), **marks(aria_label=f"{ended} of {total}"))


def pills(visit: Visit, row: Row) -> Component:
    """Count the devices by their stage; each count leads to its devices."""
    told = [
        controls.link(
            [tables.sign(*STAGES[stage]), f" {row.stages[stage]:,}"],
            asking.changed(visit.asked, stage=stage.value, device=""),
            kind="pill-count",
            **marks(aria_current=visit.asked.get("stage") == stage.value and "true"),
        )
        for stage in Stage
        if row.stages.get(stage)
    ]
    if visit.asked.get("stage"):
        told.append(controls.link("All", asking.changed(visit.asked, stage="", device="")))
    return html.Div(told, className="pills")


def waves(visit: Visit, found: Opened) -> Component:
    """Show the waves beside one another: how far each is, and for how long it has to stay well."""
    live = found.row.state in LIVE
    items = [
        html.Li(
            [
                html.Strong(f"Wave {one.number + 1}" + (", canary" if one.canary and found.row.proving else "")),
                html.Span(_far(one), className="bad" if one.bad else "muted"),
                html.Span(rest, className="muted") if (rest := _rest(visit, one)) and live else None,
            ],
            **marks(aria_current=live and one.number == found.course.current and "step"),
        )
        for one in found.course.waves
    ]
    return html.Ol(items, className="wave-list", **marks(aria_label="Waves"))


def _far(one: Wave) -> str:
    told = [f"{one.over:,} of {one.size:,}"]
    told += [
        f"{count:,} {word}"
        for count, word in ((one.bad, "bad"), (one.unclear, "unclear"), (one.skipped, "left out"))
        if count
    ]
    return ", ".join(told)


def _rest(visit: Visit, one: Wave) -> str:
    """Tell until when a wave that is over has to stay well."""
    if one.over < one.size or one.well_until is None or one.well_until <= visit.now:
        return ""
    at = units.clock_time(one.well_until, visit.look.zone, visit.now)
    return f"has to stay well until {at} ({units.until(one.well_until, visit.now)})"


def members(visit: Visit, found: Opened) -> Sequence[Component]:
    """List the devices with where they stand; those of the stage that the address asks for."""
    wanted = visit.asked.get("stage", "")
    chosen = [one for one in found.standings if wanted in ("", one.unit.stage.value)]
    if not chosen:
        return [html.P("No device stands there just now.", className="muted")]
    if found.row.state in AHEAD:
        parts: list[Component] = [planned(visit, [one.member for one in chosen])]
    else:
        offers = found.row.state in LIVE and visit.principal.may(Scope.FIRMWARE_WRITE)
        rows = [_member(visit, one, offers) for one in chosen[:DEVICES]]
        parts = [admin.table(MEMBERS, rows, label="Devices of the rollout")]
    if len(chosen) > DEVICES:
        parts.append(html.P(f"Only the first {DEVICES} of {len(chosen):,} devices are listed.", className="muted"))
    return parts


def planned(visit: Visit, found: Sequence[Member]) -> Component:
    """List devices as they are planned, in the order of the plan."""
    rows = [
        (
            _device(visit, one),
            f"{one.wave + 1}" + (", canary" if one.canary else ""),
            one.site or units.NOTHING,
            html.Span(one.version, className="mono"),
            html.Span(" → ".join(one.hops), className="mono"),
            tables.sign(*BACKS[one.back]),
        )
        for one in found[:DEVICES]
    ]
    return admin.table(PLANNED, rows, label="Devices of the plan")


def _device(visit: Visit, one: Member) -> Component:
    name = controls.link(one.name, visit.address(f"device/{one.device_id}"))
    return html.Span([name, html.Span(" reaches others", className="muted") if one.parent else None])


def _member(visit: Visit, one: Standing, offers: bool) -> list[object]:
    member, unit = one.member, one.unit
    skip = (
        forms.row("Leave out", SKIP, f"Leave {member.name} out", **_named(member)) if offers and idle(unit) else None
    )
    again = f", attempt {unit.attempt}" if unit.attempt > 1 else ""
    step = html.Span(f" {rolloutwords.STEPS[unit.step].lower()}", className="muted") if unit.step else None
    return [
        _device(visit, member),
        f"{member.wave + 1}" + (", canary" if member.canary else ""),
        html.Span([tables.sign(*STAGES[unit.stage]), step, again]),
        html.Span(member.version, className="mono"),
        html.Span(_way(member, unit.hop), className="mono"),
        units.clock_time(unit.ended_at or unit.since, visit.look.zone, visit.now),
        unit.reason or units.NOTHING,
        tables.sign(*VERDICTS[unit.verdict]) if unit.verdict else units.NOTHING,
        html.Span([_timeline_of(visit, member), skip]),
    ]


def _timeline_of(visit: Visit, member: Member) -> Component:
    return controls.link(
        "Timeline",
        asking.changed(visit.asked, device=str(member.device_id)),
        kind="button small bare",
        **marks(aria_label=f"Timeline of {member.name}"),
    )


def idle(unit: Unit) -> bool:
    """Tell whether nothing has begun with a device, so that it may be left out."""
    return unit.step is None and unit.hop == 0 and unit.stage in (Stage.PENDING, Stage.WAITING)


def _named(member: Member) -> dict[str, str]:
    return {"name": member.name, "device": str(member.device_id)}


def _way(member: Member, hop: int) -> str:
    """Write the versions on a device's way; of several, how many it has behind it."""
    done = f" ({hop} of {len(member.hops)})" if len(member.hops) > 1 else ""
    return " → ".join(member.hops) + done


def timeline(visit: Visit, one: Standing, found: Sequence[Line]) -> Component:
    """Tell what was done to a device, line by line, as its owner wrote it down."""
    title = f"What was done to {one.member.name}"
    close = html.Span(controls.link("Close", asking.changed(visit.asked, device="")), className="beside")
    steps = [_line(visit, line) for line in found]
    told = (
        html.Ol(steps, className="push-steps", tabIndex="0", **marks(aria_label=title))
        if steps
        else html.P(f"Nothing yet. {STAGES[one.unit.stage][0]}.", className="muted")
    )
    why = html.P(one.unit.reason, className="bad") if one.unit.reason else None
    return html.Section(
        [html.Header([html.H3(title), close]), why, told], className="timeline", **marks(aria_label=title)
    )


def _line(visit: Visit, line: Line) -> Component:
    what, facts, tone = rolloutwords.words(line)
    at = units.clock_time(line.at, visit.look.zone, visit.now)
    parts = [html.Time(at, dateTime=line.at.isoformat()), html.B(what), html.Span(facts)]
    return html.Li(parts, **marks(data_tone=tone))


def warnings(visit: Visit, found: Sequence[Member]) -> Component | None:
    """List what a person should know of devices that take part, before it is approved."""
    rows = [(_device(visit, one), " ".join(one.notes)) for one in found if one.notes]
    if not rows:
        return None
    listed = admin.table(("Device", "What to know"), rows[:DEVICES], label="Devices with something to know")
    summary = html.Summary(f"{units.plural(len(rows), 'device')} with something to know before")
    return html.Details([summary, listed], open=len(rows) <= 5)


def foreseen(visit: Visit, told: Forecast) -> str:
    """Tell when a rollout is over by a forecast, or for how many devices its time does not suffice."""
    if told.ends_at is None:
        return f"not in time: {units.plural(told.left, 'device')} left when it ends"
    at = units.clock_time(told.ends_at, visit.look.zone, visit.now)
    return f"{at}, {units.span(told.ends_at - told.begins_at)} after it begins"


def stretch(visit: Visit, one: Stretch) -> str:
    """Tell from when until when a wave is expected to go on."""
    begins, ends = (units.clock_time(at, visit.look.zone, visit.now) for at in (one.begins_at, one.ends_at))
    return f"{begins} – {ends}" if one.ends_at is not None else f"{begins}, not in time"


def skipped(visit: Visit, found: Iterable[Mapping[str, Any]]) -> Component | None:
    """List who was meant and takes no part, and why."""
    rows = [
        (controls.link(one["name"], visit.address(f"device/{one['device_id']}")), " ".join(one["why"]))
        for one in found
    ]
    if not rows:
        return None
    listed = admin.table(("Device", "Why"), rows[:DEVICES], label="Devices that are left out")
    summary = html.Summary(f"{units.plural(len(rows), 'device')} left out by the plan")
    return html.Details([summary, listed], open=len(rows) <= 5)


def facts(visit: Visit, terms: Terms, more: Sequence[Component] = ()) -> Component:
    """Tell what is wanted of a rollout."""
    limits, at = terms.limits, units.clock_time(terms.expires_at, visit.look.zone, visit.now)
    begins = units.clock_time(terms.starts_at, visit.look.zone, visit.now) if terms.starts_at else "at once"
    parts = [
        controls.fact("To", terms.target, kind="mono"),
        controls.fact("Devices", meant(terms)),
        controls.fact("Strategy", terms.strategy),
        controls.fact("Begins", begins),
        controls.fact("Windows", ", ".join(map(window, terms.windows)) or "any time"),
        controls.fact("Ends at the latest", at),
        controls.fact("At once at a site", f"{limits.leaves} leaves, {limits.parents} over which others are reached"),
        controls.fact("Pauses at", _pauses(terms)),
        controls.fact(
            "Has to stay well", f"{units.span(limits.canary_soak)} canary, {units.span(limits.soak)} others"
        ),
        controls.fact("Boot firmware", "written, too" if terms.boot else "left as it is"),
        *more,
    ]
    return html.Dl(parts, className="facts")


def meant(terms: Terms) -> str:
    """Tell how the devices were named of which the plan was made."""
    told: dict[str, Any] = dict(terms.selector.get("filter", {}))
    if group := terms.selector.get("group"):
        told["group"] = group
    parts = [f"{word} {', '.join(value) if isinstance(value, list) else value}" for word, value in told.items()]
    if named := terms.selector.get("devices"):
        parts.append(f"{units.plural(len(named), 'device')} by name")
    return "; ".join(parts) or "all"


def _pauses(terms: Terms) -> str:
    limits = terms.limits
    return f"{limits.least} and {limits.share:.0%} bad, {limits.unclear_least} and {limits.unclear_share:.0%} unclear"


def window(one: Window) -> str:
    """Write a window of time."""
    days = "" if len(one.days) == len(DAYS) else " " + " ".join(DAYS[day] for day in sorted(one.days))
    return f"{one.begin:%H:%M}–{one.end:%H:%M}{days} {one.zone}"


def state(row: Row) -> Component:
    """Show where a rollout stands."""
    return tables.sign(*STATES[row.state])
