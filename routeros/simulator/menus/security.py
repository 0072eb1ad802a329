"""What radios ask of their clients, and CAPsMAN: the profiles of the older driver and the parts of the newer."""

from __future__ import annotations

from collections.abc import Mapping

from fleet.versions import APART
from routeros.simulator.device.model import Model
from routeros.simulator.device.noise import key
from routeros.simulator.device.persona import Driver
from routeros.simulator.fields import (
    Field,
    either,
    flag,
    maybe,
    one_of,
    ref,
    secret,
    since,
    some_of,
    span,
    text,
    whole,
)  # fmt: skip
from routeros.simulator.menu import Menu, lone
from routeros.simulator.outcome import Row
from routeros.simulator.parts import ports

BANDS = "2ghz-ax 2ghz-be 2ghz-g 2ghz-n 5ghz-a 5ghz-ac 5ghz-ax 5ghz-be 5ghz-n"
KEYS = "wpa-psk wpa2-psk wpa-eap wpa2-eap"
NEW_KEYS = "wpa-psk wpa2-psk wpa2-psk-sha2 wpa-eap wpa2-eap wpa3-psk owe wpa3-eap wpa3-eap-192"


def has_wireless(model: Model) -> bool:
    return model.drives(Driver.WIRELESS)


def has_wifi(model: Model) -> bool:
    return model.drives(Driver.WIFI) and model.version >= APART


def has_wave2(model: Model) -> bool:
    """Tell whether the newer driver is there under its first name."""
    return model.drives(Driver.WIFI) and model.version < APART


def passphrase(model: Model) -> str:
    """All radios of a site ask for the same words."""
    return f"{model.site.name}-{key(model.seed, model.site.number, 'passphrase'):016x}"


def _profiles(model: Model) -> list[Row]:
    own = {"mode": "dynamic-keys", "authentication-types": "wpa2-psk", "wpa2-pre-shared-key": passphrase(model)}
    return [{".id": "*0", "name": "default", **own}]


PROFILES = Menu(
    "/interface/wireless/security-profiles",
    _profiles,
    lambda _, rows, __: [{**row, "default": "true"} if row[".id"] == "*0" else row for row in rows],
    exists=has_wireless,
    fields={
        "name": text(),
        "mode": one_of("dynamic-keys none static-keys-optional static-keys-required", "none"),
        "authentication-types": some_of(KEYS, ""),
        "unicast-ciphers": some_of("aes-ccm tkip", "aes-ccm"),
        "group-ciphers": some_of("aes-ccm tkip", "aes-ccm"),
        "wpa-pre-shared-key": secret(text("")),
        "wpa2-pre-shared-key": secret(text("")),
        "supplicant-identity": text("MikroTik"),
        "eap-methods": text(""),
        "tls-mode": text("no-certificates"),
        "tls-certificate": text("none"),
        "mschapv2-username": text(""),
        "mschapv2-password": secret(text("")),
        "management-protection": one_of("allowed disabled required", "disabled"),
        "management-protection-key": secret(text("")),
        "group-key-update": span("5m"),
        "disable-pmkid": flag(),
        "radius-mac-authentication": flag(),
        "radius-mac-accounting": flag(),
        "radius-eap-accounting": flag(),
        "radius-mac-format": text("XX:XX:XX:XX:XX:XX"),
        "radius-mac-mode": text("as-username"),
        "radius-mac-caching": either("disabled", span(), "disabled"),
        "comment": since("7.12", text()),
    },
    required=("name",),
    unique={("name",): "failure: profile with the same name already exists"},
    kept=lambda row: "failure: can not remove default profile" if row[".id"] == "*0" else None,
    anchor="default",
    reset=True,
)

SECURITY_FIELDS: Mapping[str, Field] = {
    "authentication-types": some_of(NEW_KEYS),
    "passphrase": secret(text()),
    "encryption": some_of("tkip ccmp gcmp ccmp-256 gcmp-256"),
    "ft": maybe(),
    "ft-over-ds": maybe(),
    "management-protection": one_of("allowed disabled required"),
    "wps": one_of("disable push-button"),
    "disable-pmkid": maybe(),
    "connect-priority": text(),
    "group-key-update": span(),
    "sae-pwe": one_of("both hash-to-element hunting-and-pecking"),
    "eap-methods": some_of("peap tls ttls"),
    "eap-username": text(),
    "eap-password": secret(text()),
    "owe-transition-interface": text(),
}
CHANNEL_FIELDS: Mapping[str, Field] = {
    "band": one_of(BANDS),
    "frequency": text(),
    "width": text(),
    "secondary-frequency": text(),
    "skip-dfs-channels": one_of("10min-cac all disabled"),
    "reselect-interval": since("7.18", text()),
}
DATAPATH_FIELDS: Mapping[str, Field] = {
    "bridge": ref(ports.STORE, also="none"),
    "vlan-id": either("none", whole(1, 4095)),
    "client-isolation": maybe(),
    "interface-list": ref("/interface/list"),
    "bridge-cost": whole(1, 200_000_000),
    "bridge-horizon": either("none", whole(0, 2**32 - 1)),
    "traffic-processing": since("7.19", one_of("on-cap on-capsman on-capsman-secure")),
}
COMMON: Mapping[str, Field] = {"comment": text(), "disabled": flag()}


def part(path: str, fields: Mapping[str, Field], rows: tuple[Row, ...] = ()) -> Menu:
    """Make the menu of one part of a configuration of the newer driver."""
    return Menu(
        f"/interface/wifi/{path}",
        lambda _: [{".id": f"*{n:X}", **row} for n, row in enumerate(rows, 1)],
        exists=has_wifi,
        fields={"name": text(), **fields, **COMMON},
        required=("name",),
        unique={("name",): "failure: already have profile with such name"},
        unset=True,
        reset=True,
    )


def dotted(name: str, fields: Mapping[str, Field]) -> dict[str, Field]:
    """Make the properties of a part that may be written in place, with its name before them."""
    return {f"{name}.{field}": kind for field, kind in fields.items()}


CHANNEL = part("channel", CHANNEL_FIELDS, ({"name": "five", "band": "5ghz-ax", "width": "20/40/80mhz"},))
DATAPATH = part("datapath", DATAPATH_FIELDS, ({"name": "bridged", "bridge": "bridge"},))
SECURITY = Menu(
    "/interface/wifi/security",
    lambda model: [
        {".id": "*1", "name": "site", "authentication-types": "wpa2-psk,wpa3-psk", "passphrase": passphrase(model)}
    ],
    exists=has_wifi,
    fields={"name": text(), **SECURITY_FIELDS, **COMMON},
    required=("name",),
    unique={("name",): "failure: already have profile with such name"},
    unset=True,
    reset=True,
)
CONFIGURATION = Menu(
    "/interface/wifi/configuration",
    lambda model: [
        {".id": "*1", "name": "site", "ssid": model.site.name, "country": "Latvia", "security": "site"}
        | {"datapath": "bridged"}
    ],
    exists=has_wifi,
    fields={
        "name": text(),
        "ssid": text(),
        "mode": one_of("ap station station-bridge station-pseudobridge"),
        "country": text(),
        "hide-ssid": maybe(),
        "tx-power": whole(0, 40),
        "antenna-gain": whole(0, 30),
        "installation": since("7.17", one_of("indoor outdoor")),
        "security": ref("/interface/wifi/security"),
        "channel": ref("/interface/wifi/channel"),
        "datapath": ref("/interface/wifi/datapath"),
        **dotted("security", SECURITY_FIELDS),
        **dotted("channel", CHANNEL_FIELDS),
        **dotted("datapath", DATAPATH_FIELDS),
        **COMMON,
    },
    required=("name",),
    unique={("name",): "failure: already have profile with such name"},
    unset=True,
    reset=True,
    prints=frozenset({"config"}),
)

MANAGER = Menu(
    "/caps-man/manager",
    lone,
    single=True,
    exists=has_wireless,
    fields={
        "enabled": flag(),
        "certificate": text("none"),
        "ca-certificate": text("none"),
        "require-peer-certificate": flag(),
        "package-path": text(""),
        "upgrade-policy": one_of("none require-same-version suggest-same-version", "none"),
    },
)
