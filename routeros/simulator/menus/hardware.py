"""Hardware that configurations name: serial ports, modems' APNs, steering of packets to cores, switch chips."""

from __future__ import annotations

from fleet.versions import Version
from routeros.simulator.device.model import Model
from routeros.simulator.device.persona import Role
from routeros.simulator.fields import NOBODY, flag, ip4, one_of, since, text, whole
from routeros.simulator.menu import Menu, lone
from routeros.simulator.outcome import Row
from routeros.simulator.rules import numbered


def _has_serial(model: Model) -> bool:
    return model.persona.role is not Role.ACCESS_POINT


def _steers(model: Model) -> bool:
    return Version(7, 0) <= model.version < Version(7, 21)


def _boots_both(model: Model) -> bool:
    return model.persona.name.startswith("crs")


PORT = Menu(
    "/port",
    lambda _: [{".id": "*0", "name": "serial0"}],
    lambda _, rows, __: [{**row, "used-by": "Serial Console", "channels": "1", "inactive": "false"} for row in rows],
    exists=_has_serial,
    fields={
        "name": text(),
        "baud-rate": text("115200"),
        "data-bits": one_of("7 8", "8"),
        "parity": one_of("even none odd", "none"),
        "stop-bits": one_of("1 2", "1"),
        "flow-control": one_of("hardware none xon-xoff", "none"),
        "dtr": one_of("off on"),
        "rts": one_of("off on"),
    },
    anchor="number",
    reset=True,
    prints=frozenset({"stats"}),
)
APN = Menu(
    "/interface/lte/apn",
    lambda _: [{".id": "*0", "name": "default"}],
    lambda _, rows, __: [{**row, "default": "true"} if row[".id"] == "*0" else row for row in rows],
    fields={
        "name": text(),
        "apn": text("internet"),
        "add-default-route": flag(True),
        "default-route-distance": whole(0, 255, "2"),
        "ip-type": since("7.12", one_of("auto ipv4 ipv6", "auto")),
        "use-network-apn": since("7.12", flag(True)),
        "use-peer-dns": flag(True),
    },
    required=("name",),
    kept=lambda row: "failure: can not remove default apn" if row[".id"] == "*0" else None,
    anchor="default",
    reset=True,
)


def _steered(model: Model) -> list[Row]:
    return numbered([{"name": i.name, "disabled": "true"} for i in model.interfaces if i.type == "ether"])


RPS = Menu("/system/resource/irq/rps", _steered, exists=_steers, fields={"disabled": flag()}, reset=True)
SWOS = Menu(
    "/system/swos",
    lone,
    single=True,
    exists=_boots_both,
    fields={
        "address-acquisition-mode": one_of("dhcp-only dhcp-with-fallback static", "dhcp-with-fallback"),
        "static-ip-address": ip4("192.168.88.1"),
        "identity": text("MikroTik"),
        "allow-from": text(NOBODY + "/0"),
        "allow-from-ports": text(""),
        "allow-from-vlan": whole(0, 4094, "0"),
    },
)
SWITCH = Menu(
    "/interface/ethernet/switch",
    lambda _: [{".id": "*0", "name": "switch1"}],
    lambda _, rows, __: [{**row, "type": "Marvell-98DX3236"} for row in rows],
    exists=_boots_both,
    fields={
        "name": text(),
        "l3-hw-offloading": flag(),
        "mirror-source": text("none"),
        "mirror-target": text("none"),
    },
)
