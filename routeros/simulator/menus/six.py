"""IPv6 addresses: ``/ipv6/address``; every interface that is up has one of its own."""

from __future__ import annotations

from collections.abc import Container, Sequence
from ipaddress import IPv6Address

from routeros.simulator import references
from routeros.simulator.device import formats
from routeros.simulator.fields import flag, interface_address6, ref, text
from routeros.simulator.menu import Menu
from routeros.simulator.outcome import Row
from routeros.simulator.parts import ports
from routeros.simulator.router import Router


def _show(router: Router, rows: Sequence[Row], _: Container[str]) -> Sequence[Row]:
    shown = []
    for row in rows:
        valid = not references.lost(router, MENU.path, row)
        own = {"actual-interface": row["interface"]} if valid else {}
        told = {"dynamic": "false", "link-local": "false", "global": "true", "invalid": formats.flag(not valid)}
        shown.append({**row, **own, **told})
    return shown + [_local(row) for row in router.table(ports.STORE, ports.stored) if _has_local(router, row)]


def _has_local(router: Router, row: Row) -> bool:
    return row["type"] in ("bridge", "vlan") and ports.is_running(router, row)


def _local(row: Row) -> Row:
    """The address that follows from a hardware address (RFC 4291, appendix A)."""
    mac = [int(part, 16) for part in row["mac-address"].split(":")]
    tail = bytes([mac[0] ^ 2, *mac[1:3], 0xFF, 0xFE, *mac[3:]])
    address = IPv6Address(b"\xfe\x80" + bytes(6) + tail)
    state = {"dynamic": "true", "link-local": "true", "global": "false", "invalid": "false", "disabled": "false"}
    place = {"interface": row["name"], "actual-interface": row["name"]}
    return {".id": f"*{0x1000 + ports.place_of(row):X}", "address": f"{address}/64", **place, **state}


MENU = Menu(
    "/ipv6/address",
    show=_show,
    fields={
        "address": interface_address6(),
        "interface": ref(ports.STORE),
        "from-pool": text(""),
        "eui-64": flag(),
        "advertise": flag(True),
        "no-dad": flag(),
        "comment": text(),
        "disabled": flag(),
    },
    required=("address", "interface"),
    unique={("address", "interface"): "failure: already have such address"},
    marks=(),
    reset=True,
)
