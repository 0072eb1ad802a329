"""Menus of interfaces that are made by configuration: bridges, VLANs, tunnels; all share the interfaces' table."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from typing import Any

from routeros.simulator.device import formats, naming
from routeros.simulator.fields import Field
from routeros.simulator.menu import Menu
from routeros.simulator.outcome import Row
from routeros.simulator.parts import ports
from routeros.simulator.router import Router

Running = Callable[[Router, Row], bool]


def nothing(_: Row) -> Row:
    return {}


def menu(
    path: str,
    kind: str,
    fields: Mapping[str, Field],
    shown: Iterable[str] = (),
    told: Callable[[Row], Row] = nothing,
    **more: Any,
) -> Menu:
    """Make the menu of one kind.

    ``shown`` are stored properties that it tells beside its fields, ``told`` makes more out of a row.
    """
    names = (".id", *fields, *shown)

    def show(router: Router, rows: Sequence[Row], _: Container[str]) -> Sequence[Row]:
        known = {row[".id"]: row for row in router.table(ports.STORE, ports.stored)}
        return [
            {name: row[name] for name in names if name in row}
            | told(row)
            | {"running": formats.flag(_is_up(router, row, known.values()))}
            for row in rows
        ]

    def admit(router: Router, _: Iterable[Row], row: Row) -> None:
        row.setdefault("disabled", fields["disabled"].default or "false")
        row |= {"type": kind, "actual-mtu": "1500" if row.get("mtu", "auto") == "auto" else row["mtu"]}
        if "mac-address" in names:
            row.setdefault("mac-address", naming.hardware_address(router.model.root, len(router.model.interfaces)))
            row.setdefault("l2mtu", "1598")

    options = {"required": ("name",), "unique": ports.UNIQUE, "changed": ports.changed, "reset": True, **more}
    return Menu(
        path,
        ports.stored,
        show,
        store=ports.STORE,
        where=lambda row: row["type"] == kind,
        fields=fields,
        admit=admit,
        **options,
    )


def _is_up(router: Router, row: Row, known: Iterable[Row]) -> bool:
    """What is built on an interface is up while that is."""
    if row["disabled"] == "true" or row["type"] == "pppoe-out":
        return False
    under = row.get("interface")
    return under is None or any(other["name"] == under and ports.is_running(router, other) for other in known)
