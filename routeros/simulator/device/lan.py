"""The networks behind a gateway and the hosts in them, as they follow from the model and the time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from routeros.simulator.device import naming
from routeros.simulator.device.model import Model
from routeros.simulator.device.noise import key
from routeros.simulator.device.persona import Role

NAMES = ("phone", "laptop", "printer", "camera", "tablet", "desk", "tv", "till", "scanner", "meter")
LEASE = 1800
"""Seconds for which an address is lent; half of it has passed when a host asks again."""

VISIT = 4 * 3600.0


@dataclass(frozen=True, slots=True)
class Net:
    """A network of a site. ``first`` is the last number of the first address that is lent."""

    name: str
    interface: str
    prefix: str
    slots: int
    first: int = 100

    @property
    def gateway(self) -> str:
        return f"{self.prefix}.1"

    @property
    def network(self) -> str:
        return f"{self.prefix}.0/24"

    @property
    def range(self) -> str:
        return f"{self.prefix}.{self.first}-{self.prefix}.{self.first + 149}"


@dataclass(frozen=True, slots=True)
class Host:
    """One host that is there now; ``since`` in seconds since 1970."""

    net: Net
    slot: int
    address: str
    mac: str
    name: str
    since: float


def site_prefix(model: Model) -> str:
    """Tell the first three numbers of the addresses of a site's own devices."""
    return f"10.{100 + model.site.number // 200}.{model.site.number % 200}"


def own_address(model: Model) -> str:
    """Tell a device's address in its site's network."""
    return f"{site_prefix(model)}.{model.index % naming.SITE_SIZE + 1}"


def uplink(model: Model) -> tuple[str, str]:
    """Tell a gateway's address with its length, and its provider's gateway."""
    net, root = f"100.{64 + model.root % 60}", model.root
    third, last = root // 64 % 250, 2 + root // 16384 % 250
    return f"{net}.{third}.{last}/22", f"{net}.{third // 4 * 4}.1"


def nets(model: Model) -> tuple[Net, ...]:
    """Tell the networks that a gateway serves: office and guests; its devices' own is not lent from."""
    if model.persona.role is not Role.GATEWAY:
        return ()
    slots = 24 if model.persona.board.cores > 2 else 14
    return tuple(Net(f"dhcp{n}", f"vlan{n}", f"172.16.{n}", slots if n == 10 else slots // 2) for n in (10, 20))


def hosts(model: Model, at: float) -> Iterator[Host]:
    """Yield the hosts in the networks that a gateway serves; more of them at busy hours."""
    demand = 0.45 * float(model.rhythm.level(np.array([at]))[0])
    for net in nets(model):
        root = key(model.root, "hosts", net.name)
        for slot in range(net.slots):
            early = key(root, slot) / 2**64 * VISIT
            window = (at + early) // VISIT
            if key(root, slot, window) / 2**64 < demand:
                number = key(root, slot, "who")
                name = f"{NAMES[number % len(NAMES)]}-{number % 4096:03x}"
                mac = naming.station_address(root, slot)
                yield Host(net, slot, f"{net.prefix}.{net.first + slot}", mac, name, window * VISIT - early)
