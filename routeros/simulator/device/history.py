"""What a device would have answered in the past: series for a backfill that join the live values without a jump."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from routeros.simulator.device import measures
from routeros.simulator.device.layout import Part
from routeros.simulator.device.measures import Clients
from routeros.simulator.device.model import Model
from routeros.simulator.device.noise import Floats
from routeros.simulator.device.persona import Sensor

OWN = {
    "temperature": "temperature_celsius",
    "cpu-temperature": "cpu_temperature_celsius",
    "board-temperature1": "board_temperature_celsius",
    "voltage": "voltage_volts",
    "fan1-speed": "fan1_speed_rpm",
    "fan2-speed": "fan2_speed_rpm",
}
"""The sensors of the personas that the family ``health`` keeps in the device's own row."""


@dataclass(frozen=True, slots=True)
class Series:
    """One instance's past: raw fields of a family by name, each as long as the times asked for.

    NaN is a value that the device would not have told at that time.
    """

    family: str
    labels: tuple[str, ...]
    values: dict[str, Floats]


def history(model: Model, times: Floats) -> Iterable[Series]:
    """Yield every series of a device at ``times`` (seconds since 1970, ascending)."""
    yield resource(model, times)
    yield from health(model, times)
    yield from interfaces(model, times)
    yield from wireless(model, times)


def resource(model: Model, times: Floats) -> Series:
    now, board = measures.resource(model, times), model.persona.board
    return Series(
        "resource",
        (),
        {
            "cpu_load_ratio": now.cpu_load / 100,
            "memory_free_bytes": now.free_memory,
            "memory_total_bytes": np.full_like(times, board.memory),
            "disk_free_bytes": now.free_disk,
            "disk_total_bytes": np.full_like(times, board.disk),
            "uptime_seconds": now.uptime,
        },
    )


def health(model: Model, times: Floats) -> Iterator[Series]:
    own: dict[str, Floats] = {}
    others: list[tuple[Sensor, Floats]] = []
    for sensor, level in zip(model.persona.sensors, measures.sensors(model, times), strict=True):
        if sensor.name in OWN:
            own[OWN[sensor.name]] = level
        else:
            others.append((sensor, level))
    if own:
        yield Series("health", ("",), own)
    for sensor, level in others:
        yield Series("health", (sensor.name,), {"status" if sensor.state else "value": level})


def interfaces(model: Model, times: Floats) -> Iterator[Series]:
    now = measures.traffic(model, times)
    counts = {"bytes": now.bytes, "packets": now.packets, "errors": now.errors, "drops": now.drops}
    for place, interface in enumerate(model.interfaces):
        values = {f"rx_{name}_total": now.received(counted)[place] for name, counted in counts.items()}
        values |= {f"tx_{name}_total": now.sent(counted)[place] for name, counted in counts.items()}
        running = interface.part is not Part.IDLE or interface.type == "loopback"
        yield Series("interfaces", (interface.name,), values | {"link": np.full_like(times, int(running))})


def wireless(model: Model, times: Floats) -> Iterator[Series]:
    for interface in model.interfaces:
        if interface.radio is not None:
            now = measures.clients(model, interface, times)
            yield Series("wireless", (interface.name,), _radio(now, interface.type))


def _radio(now: Clients, kind: str) -> dict[str, Floats]:
    here = now.present
    count = here.sum(axis=0)

    def mean(level: Floats) -> Floats:
        total = np.where(here, level, 0).sum(axis=0)
        average: Floats = np.divide(total, count, out=np.full(len(count), np.nan), where=count > 0)
        return average

    weakest = np.where(here, now.signal, np.inf).min(axis=0)
    values = {
        "clients": count.astype(np.float64),
        "signal_dbm": mean(now.signal),
        "signal_min_dbm": np.where(count > 0, weakest, np.nan),
        "tx_rate_bps": mean(now.bits(now.sent_rate)),
        "rx_rate_bps": mean(now.bits(now.received_rate)),
    }
    if kind == "wlan":
        values |= {"signal_to_noise_db": mean(now.ratio), "ccq_ratio": mean(now.quality) / 100}
    return values
