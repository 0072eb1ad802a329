"""The panel that answers what changed: half an hour to either side of the instant that a person points at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import pandas as pd
from dash import html
from dash.development.base_component import Component

from api.times import instant
from dashboard import changes, configparts, controls, happenings, tab, timemarks, units, upgrades
from dashboard.changes import Move
from dashboard.controls import marks
from dashboard.data import one
from dashboard.door import Visit
from dashboard.figures import Window
from dashboard.timemarks import GLYPHS, Mark, What
from dashboard.units import Unit
from db.alertcauses import Stood
from db.chronicle import Happening
from db.configs import Version
from db.inventory import DeviceRow
from db.lines import LineQuery
from db.ranges import FIRST, LAST, Range
from fleet.errors import BadInput, FleetError
from fleet.identity import DeviceId, Scope
from fleet.pushes import PushRow

WORD = "at"
"""What the address calls the instant."""

POINTS = 120
LOOKED = {
    "resource": ("cpu_load_ratio", "memory_free_bytes", "disk_free_bytes"),
    "health": ("temperature_celsius", "cpu_temperature_celsius", "voltage_volts", "power_watts", "value"),
    "interfaces": ("rx_bytes_rate", "tx_bytes_rate", "rx_errors_rate", "tx_errors_rate", "rx_drops_rate",
                   "tx_drops_rate"),
    "wireless": ("clients", "signal_dbm"),
    "conntrack": ("connections",),
    "ppp": ("sessions",),
    "routing": ("prefixes",),
}  # fmt: skip
"""The columns that are compared, by family: what is read with every poll."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line that is compared: its name, its unit, its frame."""

    name: str
    unit: Unit
    frame: pd.DataFrame


def pointed(visit: Visit) -> datetime | None:
    """Tell the instant that the address points at; None for none, or for what is no instant."""
    try:
        return _instant(visit) if visit.asked.get(WORD) else None
    except BadInput:
        return None


def marked(visit: Visit, row: DeviceRow, uptime: pd.DataFrame, window: Window) -> list[Mark]:
    """Tell all that is marked on charts of a window."""
    spanned = Range(window.start, window.end)
    found = visit.data.beside.happenings(visit.principal, row, spanned)
    windows = visit.data.beside.planned(visit.principal, row.id, spanned)
    every = [
        *timemarks.reboots(uptime),
        *timemarks.outages(uptime, window, row, visit.now),
        *timemarks.planned(windows),
        *happenings.versions(found),
        *happenings.operations(found),
        *_configurations(visit, row),
        *_pushes(visit, row),
        *_upgrades(visit, row, spanned),
        *_alerts(visit, row, spanned),
    ]
    return timemarks.within(every, window)


def _configurations(visit: Visit, row: DeviceRow) -> list[Mark]:
    """Tell since when the device has had another configuration, and who was on it, to those who may see it."""
    if not visit.principal.may(Scope.CONFIG_READ):
        return []
    versions, _ = visit.data.beside.configurations(visit.principal, row.id)
    return [Mark(What.CONFIG, one.first_seen, _version(one)) for one in versions if one.number > 1]


def _pushes(visit: Visit, row: DeviceRow) -> list[Mark]:
    """Tell what was pushed to the device, by whom and how it ended, to those who may see it."""
    if not visit.principal.may(Scope.CONFIG_READ):
        return []
    found = visit.data.configurations.history(visit.principal, None, row.id)
    return [Mark(What.PUSH, one.started_at, _push(one), one.ended_at) for one in found if one.started_at]


def _push(one: PushRow) -> str:
    word, _ = configparts.STANDINGS[one.state]
    return f"Push of {units.plural(one.total, 'step')} by {one.by}: {word[0].lower()}{word[1:]}"


def _upgrades(visit: Visit, row: DeviceRow, spanned: Range) -> list[Mark]:
    """Tell what rollouts did to the device, to those who may see it."""
    if not visit.principal.may(Scope.FIRMWARE_READ):
        return []
    return upgrades.marks(visit.data.rollouts.deeds(visit.principal, [row.id], spanned))


def _alerts(visit: Visit, row: DeviceRow, spanned: Range) -> list[Mark]:
    """Tell when alerts of the device stood, to those who may see them."""
    if not visit.principal.may(Scope.ALERTS_READ):
        return []
    found = visit.data.alerts.stood(visit.principal, row.id, spanned)
    return [Mark(What.ALERT, one.start, _alert(one, visit.now)) for one in found]


def _alert(one: Stood, now: datetime) -> str:
    """Tell an alert by its begin: one that stands for days would lie behind the whole chart."""
    length = units.span((one.end or now) - one.start)
    return f"Alert, {one.severity.value}: {one.rule}, {'for' if one.end else 'standing for'} {length}"


def _version(one: Version) -> str:
    by = configparts.who(one)
    return f"Configuration {one.number}" + (f" by {by}" if by != units.NOTHING else "")


def panel(visit: Visit, row: DeviceRow, request_id: str) -> list[Component]:
    """Lay out what changed around the instant of the address; nothing where there is none."""
    if not visit.asked.get(WORD):
        return []
    try:
        at = _instant(visit)
        spanned = Range(at - changes.SPAN, at + changes.SPAN)
        lines = list(_lines(visit, row.id, spanned))
        happened = visit.data.beside.happenings(visit.principal, row, spanned)
    except FleetError as error:
        return [controls.refusal(error, request_id)]
    uptime = _frame(visit, row.id, ("resource", "uptime_seconds"), spanned)
    window = Window(spanned.start, spanned.end, max(row.interval, spanned.step(POINTS)))
    derived = (What.REBOOT, What.OUTAGE, What.MAINTENANCE, What.CONFIG, What.PUSH, What.UPGRADE, What.ALERT)
    shown = [mark for mark in marked(visit, row, uptime, window) if mark.what in derived]
    moved = changes.moves([(line.name, line.frame) for line in lines], at)
    named = {line.name: line.unit for line in lines}
    body = [_moves([(move, named[move.name]) for move in moved]), _happened(visit, shown, happened)]
    return [html.Section([_head(visit, at), html.Div(body, className="columns")], className="panel changed",
                         **marks(aria_label="What changed", data_testid="changed"))]  # fmt: skip


def strip(visit: Visit, found: Sequence[Mark], most: int = 8) -> list[Component]:
    """List the marks of the charts in words, the newest first; each leads to what changed around it."""
    if not found:
        return []
    newest = list(reversed(found))[:most]
    rest = len(found) - len(newest)
    more = controls.link(f"and {rest} more", visit.address(f"device/{_id(visit)}/events")) if rest else None
    return [html.Ul([*(html.Li(_mark(visit, mark)) for mark in newest), html.Li(more) if more else None],
                    className="marks", **marks(aria_label="Marks of the charts"))]  # fmt: skip


def towards(visit: Visit, at: datetime) -> str:
    """Tell where it is seen what changed around an instant."""
    return tab.query(visit, **{WORD: at.isoformat(timespec="seconds").replace("+00:00", "Z")})


def _instant(visit: Visit) -> datetime:
    """Read the instant of the address; raises BadInput for none, and for one at which nothing can be."""
    at = instant(visit.asked[WORD], visit.now)
    if not FIRST + changes.SPAN <= at < LAST:
        raise BadInput("Nothing was measured then.", "Click a chart where something is to be explained.")
    return at


def _id(visit: Visit) -> str:
    return visit.path.split("/")[1]


def _head(visit: Visit, at: datetime) -> Component:
    told = units.clock_time(at, visit.look.zone, visit.now)
    close = controls.link("Close", tab.query(visit, **{WORD: ""}), kind="quiet-link")
    return html.Header([html.H2(f"What changed around {told}"), html.Span("± 30 min", className="muted"), close])


def _moves(found: Sequence[tuple[Move, Unit]]) -> Component:
    rows = [
        html.Tr(
            [
                html.Td(move.name),
                html.Td(unit.text(move.before), className="number muted"),
                html.Td("↗" if move.after > move.before else "↘", className="muted"),
                html.Td(html.B(unit.text(move.after)), className="number"),
            ]
        )
        for move, unit in found
    ]
    title = html.H3("Measurements that moved")
    if not rows:
        return html.Div([title, html.P("No measurement is other than before.", className="muted")])
    return html.Div([title, html.Table(html.Tbody(rows), className="table")])


def _happened(visit: Visit, derived: Sequence[Mark], found: Sequence[Happening]) -> Component:
    lines = [(mark.at, _mark(visit, mark, linked=False)) for mark in derived]
    lines += [(each.at, _told(visit, each)) for each in found]
    title = html.H3("What happened")
    if not lines:
        return html.Div([title, html.P("Nothing is recorded of that time.", className="muted")])
    ordered = [html.Li(line) for _, line in sorted(lines, key=lambda line: line[0])]
    return html.Div([title, html.Ul(ordered, className="happened")])


def _told(visit: Visit, happening: Happening) -> Component:
    words = happenings.told(happening, visit.look.zone)
    return html.Span(
        [
            html.Span(happenings.GLYPHS[happening.source], className="glyph muted", **marks(aria_hidden="true")),
            html.Span(units.clock_time(happening.at, visit.look.zone, visit.now), className="when"),
            html.Span(words.title),
            html.Span("; ".join(words.facts), className="muted"),
            html.Span(f"by {happening.by}", className="muted") if happening.by else None,
        ]
    )


def _mark(visit: Visit, mark: Mark, *, linked: bool = True) -> Component:
    length = f" for {units.span(mark.until - mark.at)}" if mark.until else ""
    parts = [
        html.Span(GLYPHS[mark.what], className="glyph", **marks(aria_hidden="true")),
        html.Span(units.clock_time(mark.at, visit.look.zone, visit.now), className="when"),
        html.Span(mark.text + length),
    ]
    if not linked:
        return html.Span(parts, className="mark", **marks(data_mark=mark.what.value))
    return html.A(
        parts, href=towards(visit, mark.at), className="mark", **marks(data_nav="link", data_mark=mark.what.value)
    )


def _lines(visit: Visit, device_id: DeviceId, spanned: Range) -> Iterator[Line]:
    known = visit.data.families
    columns = [(known[name], known[name].column(c)) for name, names in LOOKED.items() if name in known for c in names]
    queries = [LineQuery(device_id, f.name, c.name, spanned.start, spanned.end, POINTS) for f, c in columns]
    for (family, column), found in zip(columns, visit.data.frames(visit.principal, queries), strict=True):
        if isinstance(found, BadInput):
            continue
        title = family.field_of(column.name).title
        for labels, frame in found:
            yield Line(" ".join((title, *labels.values())).strip(), units.of(column.unit), frame)


def _frame(visit: Visit, device_id: DeviceId, column: tuple[str, str], spanned: Range) -> pd.DataFrame:
    query = LineQuery(device_id, *column, spanned.start, spanned.end, POINTS)
    return one(visit.data.frames(visit.principal, [query])[0])
