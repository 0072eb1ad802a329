"""The stored side of interfaces, which several menus share: ``/interface``, ``ethernet``, ``wireless``, ``wifi``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from routeros.simulator.device import formats
from routeros.simulator.device.layout import Interface, Part
from routeros.simulator.device.model import Model
from routeros.simulator.menu import number, switch, words
from routeros.simulator.outcome import Row
from routeros.simulator.router import Router

STORE = "/interface"
"""The name of the stored table."""

WRITABLE = {"name": words, "comment": words, "disabled": switch, "mtu": number(68, 65535)}
ARP = "disabled enabled local-proxy-arp proxy-arp reply-only"
UNIQUE: Mapping[tuple[str, ...], str] = {("name",): "failure: already have interface with such name"}

_LAYERS = {
    "ether": {"mtu": "1500", "actual-mtu": "1500", "l2mtu": "1598", "max-l2mtu": "4074"},
    "cap": {"mtu": "1500", "actual-mtu": "1500", "l2mtu": "1600"},
    "wlan": {"mtu": "1500", "actual-mtu": "1500", "l2mtu": "1600", "max-l2mtu": "2290"},
    "wifi": {"mtu": "1500", "actual-mtu": "1500", "l2mtu": "1560", "max-l2mtu": "1560"},
    "bridge": {"mtu": "auto", "actual-mtu": "1500", "l2mtu": "1598"},
    "vlan": {"mtu": "1500", "actual-mtu": "1500", "l2mtu": "1594"},
    "loopback": {"mtu": "65536", "actual-mtu": "65536"},
}


def stored(model: Model) -> list[Row]:
    """Lay out the rows of a new device."""
    rows = []
    for interface in model.interfaces:
        if interface.radio is not None and not _driven(model):
            continue
        row = {".id": interface.id, "name": interface.name}
        if interface.type in ("ether", "wlan", "wifi"):
            row["default-name"] = interface.name
        row |= {"type": interface.type, **_LAYERS[interface.type], "mac-address": interface.mac}
        if model.persona.board.model is None and interface.type == "ether":
            row = {name: value for name, value in row.items() if "l2mtu" not in name}
        if interface.part is Part.UPLINK:
            row["comment"] = "uplink"
        if interface.radio is not None:
            row["ssid"] = model.site.name
        if interface.vlan is not None:
            row |= {"interface": "bridge", "vlan-id": str(interface.vlan)}
        rows.append({**row, "disabled": formats.flag(False)})
    return rows


def _driven(model: Model) -> bool:
    return model.persona.driver is not None and model.drives(model.persona.driver)


REBORN = 0x1000
"""An interface that went and came again has an id that is higher by a multiple of this."""


def place_of(row: Row) -> int:
    """Tell the place of an interface in the model: ids count up from 1. Added ones come after all of its places."""
    return int(row[".id"][1:], 16) % REBORN - 1


def refit(router: Router) -> None:
    """Let the radios be there or not, as the packages of now have a driver for them."""
    table = router.table(STORE, stored)
    fresh = {row[".id"]: row for row in stored(router.model) if _is_radio(row)}
    there = [row[".id"] for row in table if _is_radio(row)]
    for id in there:
        if id not in fresh:
            del table.rows[id]
    table.rows |= {id: row for id, row in fresh.items() if id not in there}


def _is_radio(row: Row) -> bool:
    return row["type"] in ("wlan", "wifi") and "default-name" in row


def is_known(router: Router, row: Row) -> bool:
    """Tell whether the model knows an interface; one that was added carries no traffic."""
    return place_of(row) < len(router.model.interfaces)


def of(router: Router, row: Row) -> Interface:
    """Find what the model knows of a stored row."""
    if is_known(router, row):
        return router.model.interfaces[place_of(row)]
    return Interface(row[".id"], row["name"], row["type"], row.get("mac-address", ""), Part.SUM)


class Links:
    """A part of a router: the links that fell beside those that the model lets fall, by the interface's place."""

    def __init__(self, router: Router) -> None:
        self._router = router
        self.down: set[int] = set()
        self.falls: dict[int, list[float]] = {}

    def fall(self, place: int) -> None:
        self.down.add(place)
        self.falls.setdefault(place, []).append(self._router.now())

    def rise(self, place: int) -> None:
        self.down.discard(place)

    def since_boot(self, place: int, at: float) -> list[float]:
        """Tell when a link fell since the last start."""
        booted = self._router.booted(at)
        return [fell for fell in self.falls.get(place, ()) if fell >= booted]


def is_running(router: Router, row: Row) -> bool:
    """Tell whether there is a link: a cable, nobody disabled it, and it did not just fall."""
    interface = of(router, row)
    linked = interface.part is not Part.IDLE or interface.type == "loopback"
    return row["disabled"] == "false" and linked and place_of(row) not in router.part(Links).down


def changed(router: Router, before: Row, after: Row) -> None:
    """Let the counters of an interface that was disabled stand still, and go on when it is enabled."""
    if before["disabled"] != after["disabled"] and is_known(router, after):
        act = router.meter.stop if after["disabled"] == "true" else router.meter.start
        act(place_of(after), router.now())


def radios(router: Router, kind: str) -> Sequence[Row]:
    """The stored rows of the radios of a kind that are on."""
    rows = [row for row in router.table(STORE, stored) if row["type"] == kind and row["disabled"] == "false"]
    return [row for row in rows if of(router, row).radio is not None]
