"""How bridges, their ports and PPPoE clients are doing: their ``monitor``."""

from __future__ import annotations

from routeros.simulator.device import formats
from routeros.simulator.menu import Menu
from routeros.simulator.menus import bridge
from routeros.simulator.menus.radio import monitor
from routeros.simulator.outcome import Row
from routeros.simulator.parts import ports
from routeros.simulator.router import Router

BRIDGE, PORT, PPPOE = "/interface/bridge", "/interface/bridge/port", "/interface/pppoe-client"


def _bridge(router: Router, row: Row) -> Row:
    """Every bridge is the root of its own tree: those of a site do not speak to each other."""
    up = row["disabled"] == "false"
    joined = [port for port in router.table(PORT, bridge.PORT.stored) if port["bridge"] == row["name"]]
    mac = row.get("mac-address", "00:00:00:00:00:00")
    return {
        "state": "enabled" if up else "disabled",
        "current-mac-address": mac,
        "root-bridge": formats.flag(up),
        "root-bridge-id": f"{row.get('priority', '0x8000')}.{mac}",
        "root-path-cost": "0",
        "root-port": "none",
        "port-count": str(len(joined)),
        "designated-port-count": str(sum(_is_up(router, port) for port in joined)),
        "fast-forward": "false",
    }


def _is_up(router: Router, row: Row) -> bool:
    known = {one["name"]: one for one in router.table(ports.STORE, ports.stored)}
    there = known.get(row["interface"])
    return row.get("disabled") != "true" and there is not None and ports.is_running(router, there)


def _port(router: Router, row: Row) -> Row:
    up = _is_up(router, row)
    told = {"interface": row["interface"], "status": "in-bridge" if up else "inactive"}
    if not up:
        return told | {"role": "disabled-port"}
    return {
        **told,
        "role": "designated-port",
        "edge-port": "true",
        "edge-port-discovery": "true",
        "point-to-point-port": "true",
        "external-fdb": "false",
        "sending-rstp": "true",
        "learning": "true",
        "forwarding": "true",
    }


def _pppoe(_: Router, row: Row) -> Row:
    """No provider answers: it dials for ever."""
    return {"status": "disconnected" if row["disabled"] == "true" else "dialing...", "active-links": "0"}


BRIDGES = Menu(BRIDGE, bare=True, commands={"monitor": monitor(BRIDGE, _bridge)})
PORTS = Menu(PORT, bare=True, commands={"monitor": monitor(PORT, _port)})
CLIENTS = Menu(PPPOE, bare=True, commands={"monitor": monitor(PPPOE, _pppoe)})
