"""IPv4 addresses: ``/ip/address``."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from ipaddress import IPv4Interface

from routeros.simulator.device import formats, lan
from routeros.simulator.device.model import Model
from routeros.simulator.device.persona import Role
from routeros.simulator.fields import flag, interface_address, ip4, ref, text
from routeros.simulator.menu import Menu
from routeros.simulator.outcome import Row
from routeros.simulator.parts import ports
from routeros.simulator.router import Router


def _stored(model: Model) -> list[Row]:
    """A gateway has an address from its provider and one in each network; the others have one of the site's."""
    if model.persona.role is not Role.GATEWAY:
        return [_row("*1", f"{lan.own_address(model)}/24", "bridge")]
    uplink, _ = lan.uplink(model)
    nets = [(f"{net.gateway}/24", net.interface) for net in lan.nets(model)]
    inside = [(f"{lan.site_prefix(model)}.1/24", "bridge"), *nets]
    own = [_row(f"*{n:X}", address, name) for n, (address, name) in enumerate(inside, 2)]
    return [_row("*1", uplink, model.interfaces[0].name) | {"dynamic": "true"}, *own]


def _row(id: str, address: str, interface: str) -> Row:
    return {".id": id, "address": address, "interface": interface, "disabled": "false", "dynamic": "false"}


def _show(router: Router, rows: Sequence[Row], _: Container[str]) -> Sequence[Row]:
    known = {row["name"]: row for row in router.table(ports.STORE, ports.stored)}
    shown = []
    for row in rows:
        valid = row["interface"] in known
        measured = {"network": row.get("network") or str(IPv4Interface(row["address"]).network.network_address)}
        measured |= {"actual-interface": row["interface"]} if valid else {}
        shown.append({**row, **measured, "invalid": formats.flag(not valid)})
    return shown


def _admit(_: Router, __: Iterable[Row], row: Row) -> None:
    row.setdefault("disabled", "false")
    row["dynamic"] = "false"


def _kept(row: Row) -> str | None:
    return "failure: can not remove dynamic address" if row["dynamic"] == "true" else None


FIELDS = {
    "address": interface_address(),
    "interface": ref(ports.STORE),
    "network": ip4(),
    "comment": text(),
    "disabled": flag(),
}
MENU = Menu(
    "/ip/address",
    _stored,
    _show,
    fields=FIELDS,
    required=("address", "interface"),
    unique={("address", "interface"): "failure: already have such address"},
    admit=_admit,
    kept=_kept,
)
