"""The interfaces: a table of all, and the charts of the one that is chosen in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dash import html
from dash.development.base_component import Component

from dashboard import panels, tables, units
from dashboard.panels import Now, Panel, Want, fixed
from dashboard.tab import Sheet, Tab, query
from dashboard.units import Unit
from db.latest import Latest

PACKETS, FAULTS = Unit("/s", prefixes=units.DECIMAL), Unit("/s")
LINKS = {0: ("No link", "stale"), 1: ("Up", "up"), 2: ("Disabled", "stale")}
"""A port that nobody uses is no exception, so it is not coloured as one."""
POE = ("status", "power_watts")
FED = 2
"""The place of "powered-on" among the words of the status."""

COLUMNS = ("Interface", "Link", "Type", "#In", "#Out", "#Packets in", "#Packets out", "#Errors", "#Drops", "#PoE",
           "MAC address", "Comment")  # fmt: skip


def _pair(stem: str) -> tuple[str, str]:
    return f"rx_{stem}_rate", f"tx_{stem}_rate"


def _both(name: str, title: str, stem: str, unit: Unit) -> Panel:
    """Make a panel of what comes in above and what goes out below the line."""
    into, out = _pair(stem)

    def wants(rows: Sequence[Latest]) -> Iterable[Want]:
        for row in rows:
            yield Want(into, "In", row.labels)
            yield Want(out, "Out", row.labels, below=True)

    def now(rows: Sequence[Latest]) -> Iterable[Now]:
        for row in rows:
            yield Now("In", *unit.parts(row.values.get(into)))
            yield Now("Out", *unit.parts(row.values.get(out)))

    return Panel(
        name=name, title=title, family="interfaces", selects="interface", wants=wants, now=now, scale=fixed(unit)
    )


def _table(sheet: Sheet) -> list[Component]:
    rows = sheet.rows("interfaces")
    if not rows:
        return []
    known = {str(f.get("name")): f for f in sheet.facts("interfaces").values()}
    fed = {row.labels["interface"]: row for row in sheet.rows("poe")}
    names = [row.labels["interface"] for row in rows]
    place = names.index(sheet.chosen) if sheet.chosen in names else -1
    laid = [_row(sheet, row, known.get(name, {}), fed.get(name)) for name, row in zip(names, rows, strict=True)]
    return [tables.table("Interfaces", COLUMNS, laid, current=place)]


def _row(sheet: Sheet, row: Latest, facts: object, fed: Latest | None) -> list[object]:
    name, told = row.labels["interface"], facts if isinstance(facts, dict) else {}
    link = row.values.get("link")
    rates = [units.BITS.text(row.values.get(column)) for column in _pair("bytes")]
    packets = [PACKETS.text(row.values.get(column)) for column in _pair("packets")]
    faults = [FAULTS.text(_sum(row, *_pair(stem))) for stem in ("errors", "drops")]
    return [
        tables.choice(name, query(sheet.visit, **{"if": name})),
        units.NOTHING if link is None else tables.sign(*LINKS[int(link)]),
        html.Span(str(told.get("type") or units.NOTHING), className="muted"),
        *map(tables.number, (*rates, *packets, *faults)),
        tables.number(_power(fed)),
        html.Span(str(told.get("mac_address") or units.NOTHING), className="mono"),
        str(told.get("comment") or ""),
    ]


def _sum(row: Latest, *columns: str) -> float | None:
    known = [value for column in columns if (value := row.values.get(column)) is not None]
    return sum(known) if known else None


def _power(fed: Latest | None) -> str:
    if fed is None or fed.values.get("status") != FED:
        return units.NOTHING
    return Unit("W").text(fed.values.get("power_watts"))


tab = Tab(
    name="interfaces",
    title="Interfaces",
    order=10,
    bare="No interface was read then.",
    families=("poe",),
    stocked=True,
    tables=_table,
    panels=(
        panels.traffic("port"),
        _both("packets", "Packets", "packets", PACKETS),
        _both("errors", "Errors", "errors", FAULTS),
        _both("drops", "Drops", "drops", FAULTS),
    ),
)
