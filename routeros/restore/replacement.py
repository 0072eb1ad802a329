"""What of a configuration cannot carry over to another device that takes the place of one.

An export holds no passwords of users, no keys and no certificates; it names ports by what they were called on the old
board, and holds hardware addresses that were the old board's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from fleet.versions import version
from routeros.export.document import Command, Document


class Why(StrEnum):
    """Why something does not carry over."""

    NOT_EXPORTED = "not_exported"
    OTHER_PORT = "other_port"
    OTHER_ADDRESS = "other_address"
    OTHER_BOARD = "other_board"
    OTHER_VERSION = "other_version"


@dataclass(frozen=True, slots=True)
class Loss:
    """One thing that does not carry over: where it stands, which it is, and what a person does about it."""

    why: Why
    menu: str
    what: str
    text: str
    next_step: str


@dataclass(frozen=True, slots=True)
class Port:
    """A port of a device: what it was called when it was new, and its own address."""

    default_name: str
    mac: str = ""


@dataclass(frozen=True, slots=True)
class Hardware:
    """The device that takes the place: its model, version, ports, and which menus of radios and the like it has."""

    model: str
    version: str
    ports: tuple[Port, ...]
    menus: frozenset[str] = field(default_factory=frozenset)


_DEFAULT: Final = re.compile(r"default-name=(?P<name>\"[^\"]+\"|[^\s\]]+)")
_MAC: Final = re.compile(r"(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}\Z")
_BUILT: Final = re.compile(
    r"(?:ether|sfp|sfp-sfpplus|sfpplus|qsfpplus|qsfp28-|sfp28-|combo|wlan|wifi|lte|pwr-line)\d"
)
OWN: Final = frozenset({"mac-address", "admin-mac"})
"""Properties of interfaces that say a device's own address."""

CERTIFICATE: Final = re.compile(r"(?:.*-)?certificate\Z|tls-certificate\Z|ca-certificate\Z|certificates\Z")
_FILES: Final = frozenset({"html-directory", "html-directory-override", "root-dir", "mounts", "dst-path"})
NAMES: Final = re.compile(r"(?:.*-)?(?:interfaces?|bridge|ports?|slaves|tagged|untagged|gateway)\Z")
_BOARDS: Final = (
    "/system/routerboard/settings",
    "/system/leds",
    "/interface/ethernet/switch",
    "/interface/ethernet/poe",
    "/system/health/settings",
    "/port",
    "/disk",
)
"""Menus whose rows are the board's."""

_EVERYWHERE: Final = frozenset(
    {"/interface/wireless/security-profiles", "/interface/lte/apn", "/interface/lte/settings"}
)
"""What boards without a radio export, too."""
_RADIOS: Final = ("/interface/wireless", "/interface/wifi", "/interface/wifiwave2", "/caps-man", "/interface/lte")


def losses(old: Document, new: Hardware) -> list[Loss]:
    """List what does not carry over, in the order in which a person deals with it."""
    return [
        *_version(old, new),
        *_users(old),
        *_keys(),
        *_certificates(old),
        *_files(old),
        *_ports(old, new),
        *_named(old, new),
        *_addresses(old),
        *_board(old, new),
    ]


def _version(old: Document, new: Hardware) -> Iterator[Loss]:
    before = old.header.version
    try:
        older = version(before).major != version(new.version).major
    except ValueError:
        return
    if older:
        yield Loss(
            Why.OTHER_VERSION,
            "",
            f"RouterOS {before}",
            f"The configuration is of RouterOS {before}, and the device runs {new.version}: menus have other names.",
            "Put the same major version onto the new device, or go through the configuration by hand.",
        )


def _users(old: Document) -> Iterator[Loss]:
    names = [c.get("name") for c in old.sections.get("/user", ()) if c.verb == "add" and c.get("name")]
    for name in ["admin", *names]:
        yield Loss(
            Why.NOT_EXPORTED,
            "/user",
            name,
            f"The password of the user {name} is in no export.",
            "Set it on the new device, or give Flotilla another login for it.",
        )


def _keys() -> Iterator[Loss]:
    yield Loss(
        Why.NOT_EXPORTED,
        "/user/ssh-keys",
        "SSH keys of users",
        "The SSH keys of users are in no export.",
        "Import them again (/user/ssh-keys/import).",
    )
    yield Loss(
        Why.NOT_EXPORTED,
        "/ip/ssh",
        "SSH host key",
        "The new device has a host key of its own: who pinned the old one is warned.",
        "Accept the new host key on purpose, in Flotilla and elsewhere.",
    )


def _certificates(old: Document) -> Iterator[Loss]:
    """Tell each certificate that something uses, once, with where."""
    found: dict[str, list[str]] = {}
    for command in old.commands:
        for name, value in command.arguments.items():
            if value and value not in ("none", "auto", "request") and CERTIFICATE.match(name):
                for one in value.split(","):
                    found.setdefault(one, []).append(command.menu)
    for one, menus in found.items():
        yield Loss(
            Why.NOT_EXPORTED,
            "/certificate",
            one,
            f"The certificate {one} and its key are in no export; {_listed(menus)} use it.",
            "Import it with its key (/certificate/import) before the configuration, or make a new one.",
        )


def _files(old: Document) -> Iterator[Loss]:
    for command in old.commands:
        for name in _FILES & command.arguments.keys():
            if value := command.get(name):
                text = f"The files in {value} are in no export."
                yield Loss(Why.NOT_EXPORTED, command.menu, value, text, "Copy them over.")


def _ports(old: Document, new: Hardware) -> Iterator[Loss]:
    there = {port.default_name for port in new.ports}
    for command in old.commands:
        if not (found := _DEFAULT.search(command.target)):
            continue
        name = found["name"].strip('"')
        if name not in there and not _alien(command.menu, new):
            shown = command.get("name")
            called = f" (called {shown})" if shown and shown != name else ""
            yield Loss(
                Why.OTHER_PORT,
                command.menu,
                name,
                f"The port {name}{called} is not on the new device.",
                f"Choose one of {_ports_told(new)} in its place, and give it the old name.",
            )


def _alien(menu: str, new: Hardware) -> bool:
    """Tell whether a menu is of radios that the new device has not: then that is said once, and not of each radio."""
    return menu.startswith(_RADIOS) and menu not in _EVERYWHERE and not any(menu.startswith(one) for one in new.menus)


def _named(old: Document, new: Hardware) -> Iterator[Loss]:
    """Tell ports that are named elsewhere by what they were called on the old board, and were never given a name."""
    there = {port.default_name for port in new.ports}
    given = {c.get("name") for c in old.commands if c.menu.startswith("/interface") and c.get("name")}
    told = {found["name"].strip('"') for c in old.commands if (found := _DEFAULT.search(c.target))}
    missing: dict[str, list[str]] = {}
    for command in old.commands:
        for name, value in command.arguments.items():
            if value is None or not NAMES.match(name):
                continue
            # A gateway may name the VRF that its port is in: ether1@vrf-mgmt.
            for one in (part.partition("@")[0] for part in value.split(",")):
                if _BUILT.match(one) and one not in there | given | told:
                    missing.setdefault(one, []).append(command.menu)
    for one, menus in missing.items():
        yield Loss(
            Why.OTHER_PORT,
            menus[0],
            one,
            f"{_listed(menus)} name the port {one}, which is not on the new device.",
            f"Give one of {_ports_told(new)} that name.",
        )


def _addresses(old: Document) -> Iterator[Loss]:
    for command in old.commands:
        if not command.menu.startswith("/interface"):
            continue
        for name in sorted(OWN & command.arguments.keys()):
            value = command.get(name)
            if _MAC.match(value):
                yield Loss(
                    Why.OTHER_ADDRESS,
                    command.menu,
                    value,
                    f"{_whose(command)} has the hardware address {value}, which was the old device's.",
                    "Leave it out, or keep it on purpose: then the old device must never be on this network again.",
                )


def _board(old: Document, new: Hardware) -> Iterator[Loss]:
    model = old.header.model
    for menu in old.sections:
        if menu.startswith(_BOARDS) and model != new.model:
            yield Loss(
                Why.OTHER_BOARD,
                menu,
                menu,
                f"{menu} is about the board of a {model or 'device of unknown model'}.",
                "Leave it out, and set it anew if it is wanted.",
            )
        if _alien(menu, new):
            yield Loss(
                Why.OTHER_BOARD,
                menu,
                menu,
                f"The new device has no {menu}: it has other radios, or another driver for them.",
                "Set its radios up by hand, or install the package.",
            )


def _whose(command: Command) -> str:
    if found := _DEFAULT.search(command.target):
        return found["name"].strip('"')
    return command.get("name") or command.target.strip("[] ") or command.menu


def _ports_told(new: Hardware) -> str:
    names = [port.default_name for port in new.ports]
    return ", ".join(names[:8]) + (" …" if len(names) > 8 else "") if names else "its ports"


def _listed(menus: list[str]) -> str:
    once = list(dict.fromkeys(menus))
    return ", ".join(once[:3]) + (" and others" if len(once) > 3 else "")
