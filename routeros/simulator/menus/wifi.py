"""Radios of the newer driver and their clients: ``/interface/wifi``, which was ``wifiwave2`` before 7.13."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import replace

from routeros import values
from routeros.simulator.device import formats
from routeros.simulator.device.stations import Station, present
from routeros.simulator.fields import either, firm, flag, mac, maybe, one_of, ref, span, text, whole
from routeros.simulator.menu import Menu
from routeros.simulator.menus import security
from routeros.simulator.outcome import Row
from routeros.simulator.parts import ports
from routeros.simulator.router import Router

FIELDS = {
    "name": text(),
    "l2mtu": whole(32, 2290, "1560"),
    "mac-address": firm(mac()),
    "arp": one_of(ports.ARP),
    "arp-timeout": either("auto", span(), "auto"),
    "configuration": ref("/interface/wifi/configuration"),
    "configuration.ssid": text(),
    "configuration.mode": one_of("ap station station-bridge station-pseudobridge"),
    "configuration.country": text(),
    "configuration.hide-ssid": maybe(),
    "configuration.tx-power": whole(0, 40),
    "configuration.manager": one_of("capsman capsman-or-local local"),
    "security": ref("/interface/wifi/security"),
    "channel": ref("/interface/wifi/channel"),
    "datapath": ref("/interface/wifi/datapath"),
    **security.dotted("security", security.SECURITY_FIELDS),
    **security.dotted("channel", security.CHANNEL_FIELDS),
    **security.dotted("datapath", security.DATAPATH_FIELDS),
    "comment": text(),
    "disabled": flag(True),
}
CONFIGURED = (".id", "default-name", *FIELDS)
BUSY = 0.02
"""How much of its rate a client uses."""


def _is_radio(row: Row) -> bool:
    return row["type"] == "wifi"


def _show(router: Router, rows: Sequence[Row], _: Container[str]) -> Sequence[Row]:
    shown = []
    for row in rows:
        radio = ports.of(router, row).radio
        out = {name: row[name] for name in CONFIGURED if name in row}
        if radio is not None:
            out = {"channel.band": radio.band, "channel.frequency": str(radio.frequency), **out}
        own = {"configuration.mode": "ap", "configuration.ssid": row["ssid"], "arp": "enabled"}
        out = own | {"security.authentication-types": "wpa2-psk,wpa3-psk"} | out
        running = ports.is_running(router, row)
        out |= {"radio-mac": row["mac-address"], "master": formats.flag(True), "bound": formats.flag(True)}
        out |= {"inactive": formats.flag(not running), "running": formats.flag(running)}
        shown.append(out | {"disabled": row["disabled"]})
    return shown


def _clients(router: Router, _: Sequence[Row], wanted: Container[str]) -> Sequence[Row]:
    return [_client(station) for station in present(router, "wifi", wanted)]


def _client(station: Station) -> Row:
    return {
        ".id": station.id,
        "interface": station.radio["name"],
        "ssid": station.radio.get("configuration.ssid", station.radio["ssid"]),
        "mac-address": station.mac,
        "uptime": formats.span(station.uptime),
        "last-activity": formats.short_span(1000 * station.idle),
        "signal": str(station.signal),
        "auth-type": "wpa2-psk",
        "band": station.band,
        "tx-rate": station.sent_rate,
        "rx-rate": station.received_rate,
        "tx-bits-per-second": str(int(BUSY * values.rate(station.sent_rate))),
        "rx-bits-per-second": str(int(BUSY / 5 * values.rate(station.received_rate))),
        "packets": f"{station.sent // 840},{station.received // 260}",
        "bytes": f"{station.sent},{station.received}",
        "authorized": formats.flag(True),
    }


RADIOS = Menu(
    "/interface/wifi",
    ports.stored,
    _show,
    store=ports.STORE,
    where=_is_radio,
    exists=security.has_wifi,
    fields=FIELDS,
    unique=ports.UNIQUE,
    changed=ports.changed,
    marks=("name", "default-name"),
    anchor="default-name",
    unset=True,
    reset=True,
    prints=frozenset({"config"}),
)
CLIENTS = Menu(
    "/interface/wifi/registration-table", show=_clients, exists=security.has_wifi, prints=frozenset({"stats"})
)
OLD_RADIOS = replace(
    RADIOS,
    path="/interface/wifiwave2",
    exists=security.has_wave2,
    fields={name: field for name, field in FIELDS.items() if field.ref is None} | {"l2mtu": whole(32, 2290, "1600")},
    prints=frozenset(),
)
OLD_CLIENTS = replace(CLIENTS, path="/interface/wifiwave2/registration-table", exists=security.has_wave2)
