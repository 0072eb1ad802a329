"""The interfaces of a device: ports, radios, bridge and what is built on them, and how traffic runs through them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from routeros.simulator.device.naming import hardware_address
from routeros.simulator.device.noise import Floats, draw, key, spread
from routeros.simulator.device.persona import Driver, Persona, Radio, Role


class Part(StrEnum):
    """What an interface is to the traffic: a leaf has a rate of its own, the others carry what the leaves make."""

    LEAF = "leaf"
    UPLINK = "uplink"
    SUM = "sum"
    IDLE = "idle"


@dataclass(frozen=True, slots=True)
class Interface:
    """One interface. ``speed`` in Mbit/s; ``share`` is how much of the leaves' traffic it carries."""

    id: str
    name: str
    type: str
    mac: str
    part: Part
    speed: int = 0
    share: float = 0.0
    radio: Radio | None = None
    vlan: int | None = None


PLUGGED = {Role.GATEWAY: 0.6, Role.SWITCH: 0.7, Role.ACCESS_POINT: 0.35}
"""How many of the ports have a cable in them."""


def interfaces(persona: Persona, root: int, loopback: bool) -> tuple[Interface, ...]:
    """Lay out the interfaces of a device in the order in which it lists them."""
    drafts = [*_ports(persona, root), *_radios(persona), *_built(persona)]
    if loopback:
        drafts.append(("lo", "loopback", Part.IDLE, {}))
    return tuple(
        Interface(f"*{n:X}", name, kind, hardware_address(root, n), part, **more)  # type: ignore[arg-type]
        for n, (name, kind, part, more) in enumerate(drafts, start=1)
    )


Draft = tuple[str, str, Part, dict[str, object]]


def _ports(persona: Persona, root: int) -> list[Draft]:
    names = [(name, ports.speed) for ports in persona.ports for name in ports.names()]
    plugged = spread(key(root, "plugged"), len(names)) < PLUGGED[persona.role]
    drafts: list[Draft] = []
    for place, (name, speed) in enumerate(names):
        part = Part.UPLINK if place == 0 else Part.LEAF if plugged[place] or place == 1 else Part.IDLE
        drafts.append((name, "ether", part, {"speed": speed, "share": 0.97 if place == 0 else 0.0}))
    return drafts


def _radios(persona: Persona) -> list[Draft]:
    prefix, kind = ("wlan", "wlan") if persona.driver is Driver.WIRELESS else ("wifi", "wifi")
    return [
        (f"{name}{n}", kind, Part.LEAF, {"speed": 300, "radio": radio})
        for name, kind, radios in ((prefix, kind, persona.radios), ("cap", "cap", persona.caps))
        for n, radio in enumerate(radios, start=1)
    ]


def _built(persona: Persona) -> list[Draft]:
    drafts: list[Draft] = [("bridge", "bridge", Part.SUM, {"share": 0.62})]
    if persona.role is Role.GATEWAY:
        drafts += [(f"vlan{n}", "vlan", Part.SUM, {"share": share, "vlan": n}) for n, share in ((10, 0.5), (20, 0.3))]
    return drafts


def _leaves(layout: tuple[Interface, ...]) -> list[int]:
    """Tell the places of the interfaces with a rate of their own."""
    return [place for place, interface in enumerate(layout) if interface.part is Part.LEAF]


def rates(layout: tuple[Interface, ...], root: int, busy: float) -> Floats:
    """Draw the mean rates of the leaves in bytes per second: what they receive, then what they send."""
    places = _leaves(layout)
    speed = np.array([layout[p].speed for p in places]) * 125_000.0
    sent = speed * np.exp(spread(key(root, "sent"), len(places), -8.5, -3.4)) * busy
    received = sent * spread(key(root, "received"), len(places), 0.06, 0.45)
    uplink = next((i.speed for i in layout if i.part is Part.UPLINK), 1000) * 125_000.0
    room = min(1.0, 0.2 * uplink / max(float(sent.sum()), 1.0))
    return np.concatenate([received, np.minimum(sent, 0.2 * speed)]) * room


@dataclass(frozen=True, slots=True)
class Plumbing:
    """How what the leaves count becomes what all interfaces count; rows are received, then sent.

    ``bytes`` weighs the leaves' bytes, ``sizes`` are bytes in a packet; the others are events in a packet.
    """

    bytes: Floats
    sizes: Floats
    errors: Floats
    drops: Floats
    queue_drops: Floats


def plumbing(layout: tuple[Interface, ...], root: int) -> Plumbing:
    """Draw it: a few interfaces have errors, a few drop packets."""
    rows = 2 * len(layout)
    bad = spread(key(root, "errors"), rows)[:, None]
    return Plumbing(
        _weights(layout, root),
        spread(key(root, "packet"), rows, 280, 1180)[:, None],
        np.where(bad < 0.03, 7e-4 * bad, 0),
        np.where(bad > 0.97, 1e-5, 0),
        np.where(bad > 0.9, 4e-5, 0),
    )


def _weights(layout: tuple[Interface, ...], root: int) -> Floats:
    """Tell which part of each leaf's bytes each interface shows.

    What an uplink receives its device sends on; a bridge or a VLAN counts as the device's side of it.
    """
    places, count = _leaves(layout), len(layout)
    table = np.zeros((2 * count, 2 * len(places)))
    for column, place in enumerate(places):
        table[place, column] = table[count + place, len(places) + column] = 1.0
    for place, interface in enumerate(layout):
        share = interface.share * draw(key(root, interface.name, "share"), 0.9, 1.0)
        straight = interface.part is Part.SUM
        table[place, : len(places)] += share * straight
        table[count + place, len(places) :] += share * straight
        table[place, len(places) :] += share * (interface.part is Part.UPLINK)
        table[count + place, : len(places)] += share * (interface.part is Part.UPLINK)
    return table
