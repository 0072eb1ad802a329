"""Radios of the older driver and their clients: ``/interface/wireless`` and its registration table."""

from __future__ import annotations

from collections.abc import Container, Sequence

from routeros.simulator.device import formats
from routeros.simulator.device.model import Model
from routeros.simulator.device.persona import Driver
from routeros.simulator.device.stations import Station, present
from routeros.simulator.fields import either, firm, flag, mac, one_of, ref, span, text, whole
from routeros.simulator.menu import Menu
from routeros.simulator.outcome import Row
from routeros.simulator.parts import ports
from routeros.simulator.router import Router

FIELDS = {
    "name": text(),
    "mtu": whole(32, 2290, "1500"),
    "l2mtu": whole(32, 2290, "1600"),
    "mac-address": firm(mac()),
    "arp": one_of(ports.ARP, "enabled"),
    "arp-timeout": either("auto", span(), "auto"),
    "mode": text("ap-bridge"),
    "ssid": text(),
    "band": text(),
    "frequency": either("auto", whole(2000, 7000)),
    "channel-width": text("20mhz"),
    "country": text("etsi"),
    "frequency-mode": one_of("manual-txpower regulatory-domain superchannel", "regulatory-domain"),
    "installation": one_of("any indoor outdoor", "any"),
    "wireless-protocol": text("any"),
    "security-profile": ref("/interface/wireless/security-profiles", "default"),
    "tx-power": text(""),
    "tx-power-mode": text("default"),
    "distance": text("dynamic"),
    "wps-mode": text("push-button"),
    "hide-ssid": flag(),
    "default-authentication": flag(True),
    "default-forwarding": flag(True),
    "max-station-count": whole(1, 2007, "2007"),
    "comment": text(),
    "disabled": flag(True),
}
CONFIGURED = (".id", "default-name", *FIELDS)


def _has_driver(model: Model) -> bool:
    return model.drives(Driver.WIRELESS)


def _is_radio(row: Row) -> bool:
    return row["type"] == "wlan"


def _show(router: Router, rows: Sequence[Row], _: Container[str]) -> Sequence[Row]:
    shown = []
    for row in rows:
        radio = ports.of(router, row).radio
        out = {name: row[name] for name in CONFIGURED if name in row}
        if radio is not None:
            out = {"band": radio.band, "frequency": str(radio.frequency), **out}
        out["radio-name"] = row["mac-address"].replace(":", "")
        running = formats.flag(ports.is_running(router, row))
        shown.append(out | {"running": running, "disabled": row["disabled"]})
    return shown


def _clients(router: Router, _: Sequence[Row], wanted: Container[str]) -> Sequence[Row]:
    return [_client(station) for station in present(router, "wlan", wanted)]


def _client(station: Station) -> Row:
    packets = f"{station.sent // 840},{station.received // 260}"
    sizes = f"{station.sent},{station.received}"
    return {
        ".id": station.id,
        "interface": station.radio["name"],
        "mac-address": station.mac,
        "ap": formats.flag(False),
        "wds": formats.flag(False),
        "bridge": formats.flag(False),
        "rx-rate": station.received_rate,
        "tx-rate": station.sent_rate,
        "packets": packets,
        "bytes": sizes,
        "frames": packets,
        "frame-bytes": sizes,
        "tx-frames-timed-out": "0",
        "uptime": formats.span(station.uptime),
        "last-activity": formats.short_span(1000 * station.idle),
        "signal-strength": f"{station.signal}@{'1' if station.band.startswith('2') else '6'}Mbps",
        "signal-to-noise": str(station.ratio),
        "signal-strength-ch0": str(station.signal - 2),
        "signal-strength-ch1": str(station.signal - 5),
        "tx-ccq": str(station.quality),
        "p-throughput": str(430 * station.quality),
        "802.1x-port-enabled": formats.flag(True),
        "authentication-type": "wpa2-psk",
        "encryption": "aes-ccm",
        "group-encryption": "aes-ccm",
        "management-protection": formats.flag(False),
        "wmm-enabled": formats.flag(True),
    }


RADIOS = Menu(
    "/interface/wireless",
    ports.stored,
    _show,
    store=ports.STORE,
    where=_is_radio,
    exists=_has_driver,
    fields=FIELDS,
    unique=ports.UNIQUE,
    changed=ports.changed,
    marks=("name", "default-name"),
    anchor="default-name",
    reset=True,
    prints=frozenset({"advanced", "basic", "oid"}),
)
CLIENTS = Menu(
    "/interface/wireless/registration-table", show=_clients, exists=_has_driver, prints=frozenset({"oid", "stats"})
)
