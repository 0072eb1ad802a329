"""Lists of interfaces: ``/interface/list`` and their members."""

from __future__ import annotations

from collections.abc import Container, Sequence

from routeros.simulator.device.layout import Part
from routeros.simulator.device.model import Model
from routeros.simulator.device.persona import Role
from routeros.simulator.fields import flag, ref, text
from routeros.simulator.menu import Menu
from routeros.simulator.outcome import Row
from routeros.simulator.parts import ports
from routeros.simulator.router import Router

BUILTIN = ("all", "none", "dynamic", "static")
STORE = "/interface/list"


def _lists(model: Model) -> list[Row]:
    """Four are always there; a gateway tells its sides apart by two more."""
    builtin = [{".id": f"*{0x2000000 + n:X}", "name": name, "builtin": "true"} for n, name in enumerate(BUILTIN)]
    named = ("WAN", "LAN") if model.persona.role is Role.GATEWAY else ()
    return builtin + [{".id": f"*{0x2000010 + n:X}", "name": name} for n, name in enumerate(named)]


def _show(_: Router, rows: Sequence[Row], __: Container[str]) -> Sequence[Row]:
    return [{**row, "builtin": row.get("builtin", "false"), "dynamic": "false"} for row in rows]


def _kept(row: Row) -> str | None:
    return "failure: can not remove builtin list" if row.get("builtin") else None


LIST = Menu(
    STORE,
    _lists,
    _show,
    fields={
        "name": text(),
        "include": ref(STORE, "", many=True),
        "exclude": ref(STORE, "", many=True),
        "comment": text(),
    },
    required=("name",),
    unique={("name",): "failure: already have interface list with such name"},
    kept=_kept,
    reset=True,
)


def _members(model: Model) -> list[Row]:
    if model.persona.role is not Role.GATEWAY:
        return []
    sides = {i.name: "LAN" for i in model.interfaces if i.type in ("bridge", "vlan")}
    sides |= {i.name: "WAN" for i in model.interfaces if i.part is Part.UPLINK}
    return [{".id": f"*{n:X}", "list": side, "interface": name} for n, (name, side) in enumerate(sides.items(), 1)]


MEMBER = Menu(
    "/interface/list/member",
    _members,
    lambda _, rows, __: [{**row, "dynamic": "false"} for row in rows],
    fields={"list": ref(STORE), "interface": ref(ports.STORE), "comment": text(), "disabled": flag()},
    required=("list", "interface"),
    unique={("list", "interface"): "failure: already have such entry"},
    marks=(),
    reset=True,
)
