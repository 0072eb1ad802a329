"""Who is connected to the radios at a moment, for the registration tables of both drivers."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass

import numpy as np

from routeros.simulator.device import measures, naming
from routeros.simulator.device.measures import Clients
from routeros.simulator.device.model import Model
from routeros.simulator.device.noise import Floats, key, keys, spread
from routeros.simulator.device.signals import Counters
from routeros.simulator.outcome import Row
from routeros.simulator.parts import ports
from routeros.simulator.router import Router

COUNTED = ("bytes", "packets", "frames", "frame-bytes")
"""The properties for which bytes must be counted."""


@dataclass(frozen=True, slots=True)
class Station:
    """One wireless client. Spans in seconds, bytes as the router sent and received them."""

    id: str
    radio: Row
    band: str
    mac: str
    uptime: float
    idle: float
    signal: int
    ratio: int
    sent_rate: str
    received_rate: str
    quality: int
    sent: int
    received: int


def present(router: Router, kind: str, wanted: Container[str]) -> Iterator[Station]:
    """Yield the clients of all radios of a kind that are on; bytes are counted only where they are wanted."""
    at, counted = router.now(), any(name in wanted for name in COUNTED)
    for row in ports.radios(router, kind):
        interface = ports.of(router, row)
        now = measures.clients(router.model, interface, np.array([at]))
        if interface.radio is not None and now.present.any():
            root, slots = router.model.stations[interface.id].root, len(now.since)
            bytes_ = _bytes(router.model, root, now.since[:, 0], at) if counted else np.zeros((2, slots))
            for slot in map(int, np.flatnonzero(now.present)):
                yield _station(row, interface.radio.band, Moment(root, slot, at), now, bytes_)


def qualities(router: Router, radio: Row) -> list[int]:
    """Tell the quality of each client's link of one radio, in percent."""
    interface = ports.of(router, radio)
    if interface.radio is None or radio["disabled"] == "true":
        return []
    now = measures.clients(router.model, interface, np.array([router.now()]))
    found: list[int] = now.quality[now.present].astype(int).tolist()
    return found


@dataclass(frozen=True, slots=True)
class Moment:
    """A slot of a radio at a time."""

    root: int
    slot: int
    at: float


def _station(radio: Row, band: str, moment: Moment, now: Clients, counted: Floats) -> Station:
    slot = moment.slot
    return Station(
        id=f"*{int(radio['.id'][1:], 16) << 8 | slot:X}",
        radio=radio,
        band=band,
        mac=naming.station_address(moment.root, slot),
        uptime=moment.at - float(now.since[slot, 0]),
        idle=0.05 + 4 * (key(moment.root, "idle", slot, int(moment.at // 7)) / 2**64) ** 3,
        signal=int(now.signal[slot, 0]),
        ratio=int(now.ratio[slot, 0]),
        sent_rate=now.ladder[int(now.sent_rate[slot, 0])],
        received_rate=now.ladder[int(now.received_rate[slot, 0])],
        quality=int(now.quality[slot, 0]),
        sent=int(counted[0, slot]),
        received=int(counted[1, slot]),
    )


def _bytes(model: Model, root: int, since: Floats, at: float) -> Floats:
    """Count what each slot's client was sent and sent itself since it joined."""
    slots = len(since)
    rates = spread(key(root, "bytes"), 2 * slots, 200, 40_000) * np.repeat([1.0, 0.2], slots)
    counters = Counters(keys(key(root, "traffic"), 2 * slots), rates, model.rhythm)
    grown = counters.at(np.append(np.nan_to_num(since, nan=at), at))
    joined = np.stack([grown[:slots].diagonal(), grown[slots:].diagonal()])
    counted: Floats = np.floor(np.maximum(grown[:, -1].reshape(2, slots) - joined, 0))
    return counted
