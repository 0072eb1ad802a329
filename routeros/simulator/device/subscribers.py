"""Who has dialled in to a concentrator and what went through his queue, as it follows from model and time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from routeros.simulator.device.model import Model
from routeros.simulator.device.naming import station_address
from routeros.simulator.device.noise import key, spread

SPAN = 9 * 3600.0
"""How long one may stay in; at the end of it he dials again, or stays away for as long."""

PLANS = ((5, 20), (20, 50), (50, 100))
"""Limits in Mbit/s, up and down."""


@dataclass(frozen=True, slots=True)
class Subscriber:
    """One who is in; ``since`` in seconds since 1970, bytes since then."""

    place: int
    name: str
    mac: str
    address: str
    since: float
    plan: tuple[int, int]
    uploaded: int
    downloaded: int


def present(model: Model, at: float) -> Iterator[Subscriber]:
    """Yield those who are in at a time; after a boot they come back within two minutes."""
    count, root = model.persona.subscribers, key(model.root, "subscribers")
    if not count:
        return
    booted = float(model.booted(np.array([at]))[0])
    early, again, rates = (spread(key(root, what), count) for what in ("early", "again", "rates"))
    windows = np.floor((at + early * SPAN) / SPAN)
    for place in range(count):
        since = max(windows[place] * SPAN - early[place] * SPAN + 60 * again[place], booted + 30 + 90 * again[place])
        if since > at or key(root, place, int(windows[place])) % 8 == 0:
            continue
        grown = (at - since) * (2_000 + 90_000 * rates[place] ** 3)
        address = f"100.96.{place // 250}.{2 + place % 250}"
        name, plan = f"u{10_000 + place}", PLANS[key(root, place) % len(PLANS)]
        mac = station_address(root, place)
        yield Subscriber(place, name, mac, address, float(since), plan, int(grown), int(7 * grown))
