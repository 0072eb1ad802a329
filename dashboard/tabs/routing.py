"""How the device is connected: routing sessions, addresses, routes, neighbours, and whom it serves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dash import html
from dash.development.base_component import Component

from dashboard import panels, tables, units
from dashboard.panels import Now, Panel, Want, fixed
from dashboard.tab import Sheet, Tab
from db.latest import Latest

STATES = {0: ("Down", "down"), 1: ("Starting", "degraded"), 2: ("Up", "up")}
TABLES = (("ip", "IPv4"), ("ipv6", "IPv6"))
"""They are counted seldom, so the newest reading seldom tells of them."""

SESSION = ("Protocol", "Peer", "Address", "State", "#For", "#Prefixes")
SERVER = ("Server", "#Bound", "#Waiting", "#Pool", "#In use", "#Full")
STOCK: Mapping[str, tuple[str, tuple[tuple[str, str], ...]]] = {
    "routes": (
        "Default and connected routes",
        (("dst_address", "Destination"), ("gateway", "Gateway"), ("immediate_gateway", "By"), ("table", "Table"),
         ("distance", "#Distance")),
    ),
    "addresses": (
        "Addresses",
        (("address", "Address"), ("interface", "Interface"), ("network", "Network"), ("vrf", "VRF"),
         ("comment", "Comment")),
    ),
    "neighbours": (
        "Neighbours",
        (("identity", "Identity"), ("interface", "Interface"), ("address", "Address"), ("platform", "Platform"),
         ("board", "Board"), ("version", "Version"), ("mac_address", "MAC address")),
    ),
}  # fmt: skip
"""The kinds that are listed: a title, and their facts with the columns' names."""


def _tables(sheet: Sheet) -> list[Component]:
    return [*_sessions(sheet.rows("routing")), *_servers(sheet.rows("dhcp")), *_stock(sheet)]


def _sessions(rows: Sequence[Latest]) -> list[Component]:
    laid = [
        [
            row.labels["protocol"].upper(),
            row.labels["peer"] or units.NOTHING,
            html.Span(row.labels["address"] or units.NOTHING, className="mono"),
            tables.sign(*STATES[int(row.values["state"] or 0)]),
            units.span(row.values.get("uptime_seconds")),
            tables.number(units.COUNT.text(row.values.get("prefixes"))),
        ]
        for row in rows
        if row.values.get("state") is not None
    ]
    return [tables.table("Routing sessions", SESSION, laid)] if laid else []


def _servers(rows: Sequence[Latest]) -> list[Component]:
    columns = ("leases_bound", "leases_waiting", "pool_addresses", "pool_used_addresses")
    laid = [
        [
            row.labels["server"],
            *(tables.number(units.COUNT.text(row.values.get(column))) for column in columns),
            tables.number(units.PERCENT.text(row.values.get("pool_used_ratio"))),
        ]
        for row in rows
    ]
    return [tables.table("DHCP servers", SERVER, laid)] if laid else []


def _stock(sheet: Sheet) -> list[Component]:
    found = []
    for kind, (title, columns) in STOCK.items():
        rows = [[_fact(facts.get(name)) for name, _ in columns] for facts in sheet.facts(kind).values()]
        if rows:
            found.append(tables.table(title, [column for _, column in columns], rows))
    return found


def _fact(value: object) -> str:
    return units.NOTHING if value in (None, "") else str(value)


def _peers(rows: Sequence[Latest], column: str) -> list[Latest]:
    return [row for row in rows if row.values.get(column) is not None][: panels.MOST]


def _name(row: Latest) -> str:
    return row.labels["peer"] or row.labels["address"] or row.labels["protocol"].upper()


def _of_peers(name: str, title: str, column: str) -> Panel:
    return Panel(
        name=name,
        title=title,
        family="routing",
        wants=lambda rows: (Want(column, _name(row), row.labels, steps=True) for row in _peers(rows, column)),
        now=lambda rows: (Now(_name(row), *units.COUNT.parts(row.values[column])) for row in _peers(rows, column)),
        scale=fixed(units.COUNT),
    )


tab = Tab(
    name="routing",
    title="Routing",
    order=30,
    bare="This device has told of no routing session, address or route.",
    families=("dhcp",),
    stocked=True,
    tables=_tables,
    panels=(
        _of_peers("prefixes", "Prefixes by peer", "prefixes"),
        Panel(
            name="routes",
            title="Routes",
            family="routing",
            wants=lambda rows: [Want("routes", name, {"protocol": table}, steps=True) for table, name in TABLES],
            now=lambda rows: [],
            scale=fixed(units.COUNT),
        ),
        panels.each("sessions", "PPP sessions", ("ppp", "sessions"), units.COUNT),
        panels.each("pools", "DHCP pools in use", ("dhcp", "pool_used_ratio"), units.PERCENT),
    ),
)
