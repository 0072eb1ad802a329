"""What a device measures at given times: arrays for history, and for one instant what the menus print.

``times`` is an array of one dimension; the last axis of whatever is answered follows it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from routeros.simulator.device.layout import Interface
from routeros.simulator.device.model import Model
from routeros.simulator.device.noise import Floats, draw, key
from routeros.simulator.device.persona import Driver
from routeros.simulator.device.rates import bits, ladder

PAGE = 4096


@dataclass(frozen=True, slots=True)
class Resource:
    """CPU load in whole percent, memory and disk in bytes, uptime in whole seconds."""

    uptime: Floats
    cpu_load: Floats
    free_memory: Floats
    free_disk: Floats


@dataclass(frozen=True, slots=True)
class Traffic:
    """Counts since the last boot, a row for each interface in the model's order."""

    bytes: Floats
    packets: Floats
    errors: Floats
    drops: Floats
    queue_drops: Floats

    def received(self, counts: Floats) -> Floats:
        """Of one of the counts, the half that was received; the other half was sent."""
        return counts[: len(counts) // 2]

    def sent(self, counts: Floats) -> Floats:
        return counts[len(counts) // 2 :]


@dataclass(frozen=True, slots=True)
class Clients:
    """The clients of one radio, a row for each slot; NaN in ``since`` where the slot is free.

    Rates are places in ``ladder``; ``quality`` is in whole percent, ``ratio`` (signal to noise) in dB.
    """

    since: Floats
    signal: Floats
    ratio: Floats
    sent_rate: Floats
    received_rate: Floats
    quality: Floats
    ladder: tuple[str, ...]

    @property
    def present(self) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        return ~np.isnan(self.since)

    def bits(self, rates: Floats) -> Floats:
        """Turn places in the ladder into bits per second."""
        return bits(self.ladder)[rates.astype(np.intp)]


def resource(model: Model, times: Floats) -> Resource:
    """Measure what /system/resource tells."""
    board = model.persona.board
    _, _, memory = model.system.at(times, model.rhythm.level(times))
    uptime = np.floor(times - model.booted(times))
    # Memory fragments with uptime and disks fill with logs, both slowly.
    used = np.clip(memory + 0.06 * uptime / (uptime + 2e6), 0.05, 0.95)
    free = PAGE * np.floor(board.memory * (1 - used) / PAGE)
    return Resource(uptime, cpu_load(model, times), free, _free_disk(model, uptime))


def _free_disk(model: Model, uptime: Floats) -> Floats:
    board = model.persona.board
    disk = board.disk * (draw(key(model.root, "disk"), 0.45, 0.8) if board.disk > 2**25 else 0.09)
    free: Floats = PAGE * np.floor((disk - PAGE * np.floor(uptime / 21_600 % 24)) / PAGE)
    return free


def free_memory(model: Model, at: float) -> float:
    """Measure the free memory in bytes at one instant."""
    return float(resource(model, np.array([at])).free_memory[0])


def free_disk(model: Model, at: float) -> float:
    """Measure the free disk in bytes at one instant."""
    time = np.array([at])
    return float(_free_disk(model, np.floor(time - model.booted(time)))[0])


def cpu_load(model: Model, times: Floats) -> Floats:
    """Measure the CPU load in whole percent: the day's work, noise, and incidents on top."""
    usual, hard, _ = model.system.at(times, model.rhythm.level(times))
    load: Floats = np.clip(usual + model.incidents.level(times) * np.maximum(hard - usual, 0), 1.0, 100.0)
    return np.round(load)


def sensors(model: Model, times: Floats) -> Floats:
    """Measure the sensors, a row for each in the persona's order; a state is 1 for ok."""
    wanted = model.persona.sensors
    if not wanted:
        return np.empty((0, len(times)))
    warmth = np.array([sensor.load for sensor in wanted])[:, None] * cpu_load(model, times) / 100
    levels = model.sensors.at(times, model.rhythm.level(times)) + warmth
    scale = np.array([10.0**sensor.places for sensor in wanted])[:, None]
    states = np.array([sensor.state is not None for sensor in wanted])[:, None]
    measured: Floats = np.where(states, 1.0, np.round(levels * scale) / scale)
    return measured


def traffic(model: Model, times: Floats) -> Traffic:
    """Measure the counters of every interface, counted from the boot before each time."""
    booted, which = np.unique(model.booted(times), return_inverse=True)
    grown = model.traffic.at(np.concatenate([times, booted]))
    through = model.plumbing
    counted = through.bytes @ np.maximum(grown[:, : len(times)] - grown[:, len(times) :][:, which], 0)
    packets = counted / through.sizes
    events = (packets, packets * through.errors, packets * through.drops, packets * through.queue_drops)
    return Traffic(np.floor(counted), *map(np.floor, events))


def flaps(model: Model, time: float) -> tuple[list[int], list[float]]:
    """Tell how often each link went down since the boot, and when last (before the boot where never)."""
    at = np.array([time])
    count = model.flaps.count(at) - model.flaps.count(model.booted(at))
    return count[:, 0].astype(int).tolist(), model.flaps.last(at)[:, 0].tolist()


def clients(model: Model, interface: Interface, times: Floats) -> Clients:
    """Measure the clients of one radio."""
    stations = model.stations[interface.id]
    since = stations.since(times)
    # After a boot the radios come up, and then clients one by one.
    joined = np.fmax(since, model.booted(times) + 30 + 2 * np.arange(len(since))[:, None])
    since = np.where(joined <= times, joined + 0 * since, np.nan)
    signal, (sending, receiving, disturbed) = stations.air(times)
    steps = ladder(interface.radio.band if interface.radio else "")
    top = len(steps) - 1
    reach = (signal + 88) / 34 * top
    sent, received = (np.clip(np.round(reach + 3 * noise), 0, top) for noise in (sending, receiving))
    quality = np.clip(np.round(96 + (signal + 64) * 0.9 + 14 * disturbed), 18, 100)
    floor = 101 if model.persona.driver is Driver.WIRELESS else 95
    return Clients(since, signal, np.clip(signal + floor, 2, None), sent, received, quality, steps)
