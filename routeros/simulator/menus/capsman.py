"""The older CAPsMAN at work: the radios of other devices that it manages, and their clients."""

from __future__ import annotations

from collections.abc import Container, Sequence

from routeros.simulator.device import formats
from routeros.simulator.device.noise import draw, key
from routeros.simulator.device.stations import Station, present, qualities
from routeros.simulator.menu import Menu
from routeros.simulator.menus.security import has_wireless
from routeros.simulator.outcome import Row
from routeros.simulator.parts import ports
from routeros.simulator.router import Router

KIND = "cap"
"""What ``/interface`` calls these radios."""

LIVE = frozenset({"current-registered-clients", "current-authorized-clients"})


def _radios(router: Router, _: Sequence[Row], wanted: Container[str]) -> Sequence[Row]:
    counted = any(name in wanted for name in LIVE)
    return [_radio(router, row, counted) for row in router.table(ports.STORE, ports.stored) if row["type"] == KIND]


def _radio(router: Router, row: Row, counted: bool) -> Row:
    on = row["disabled"] == "false"
    told = {
        ".id": row[".id"],
        "name": row["name"],
        "mac-address": row["mac-address"],
        "radio-mac": row["mac-address"],
    }
    told |= {"master-interface": "none", "configuration": "site", "l2mtu": row["l2mtu"], "arp-timeout": "auto"}
    told |= {"master": "true", "bound": "true", "inactive": "false", "running": formats.flag(on)}
    told |= {"disabled": row["disabled"], "current-state": "running-ap" if on else "disabled"}
    radio = ports.of(router, row).radio
    if on and radio is not None:
        power = int(draw(key(router.model.root, row[".id"], "power"), 14, 24))
        mode = "20-Ceee/ac" if radio.band.startswith("5") else "20/gn"
        told["current-channel"] = f"{radio.frequency}/{mode}({power}dBm)"
        told |= dict.fromkeys(sorted(LIVE), str(len(qualities(router, row)))) if counted else {}
    return told


def _clients(router: Router, _: Sequence[Row], wanted: Container[str]) -> Sequence[Row]:
    return [_client(station) for station in present(router, KIND, wanted)]


def _client(station: Station) -> Row:
    return {
        ".id": station.id,
        "interface": station.radio["name"],
        "ssid": station.radio["ssid"],
        "mac-address": station.mac,
        "tx-rate": station.sent_rate,
        "rx-rate": station.received_rate,
        "rx-signal": str(station.signal),
        "uptime": formats.short_span(1000 * station.uptime),
        "packets": f"{station.sent // 840},{station.received // 260}",
        "bytes": f"{station.sent},{station.received}",
        "eap-identity": "",
    }


RADIOS = Menu("/caps-man/interface", show=_radios, exists=has_wireless)
CLIENTS = Menu("/caps-man/registration-table", show=_clients, exists=has_wireless, prints=frozenset({"oid", "stats"}))
