"""One simulated device as it follows from seed and index: what it is, and the signals that it measures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from fleet.errors import BadInput
from fleet.plugins import discover
from fleet.versions import APART, Version, version
from routeros.simulator.device import firmware, layout, naming
from routeros.simulator.device.layout import Interface, Plumbing
from routeros.simulator.device.noise import Floats, draw, key, keys, spread
from routeros.simulator.device.persona import Driver, Persona, Radio, Role
from routeros.simulator.device.signals import DAY, Counters, Gauges, Incidents, Returning, Rhythm, Stations

PERSONAS: Mapping[str, Persona] = {p.name: p for p in discover("routeros.simulator.device.personas", Persona)}

ROLES = (Role.GATEWAY, Role.SWITCH) + (Role.ACCESS_POINT,) * (naming.SITE_SIZE - 2)
"""Who stands at a site, in the order of the index."""


RESTARTS = 16
"""So many of the restarts that nobody foresaw are remembered."""

NEVER = 9e5
"""In so many days a device restarts by itself that is to be steady."""


@dataclass(frozen=True, slots=True)
class Firmware:
    """What runs on a device: the version, and the packages beside the main one that are enabled."""

    version: Version
    extras: frozenset[str] = frozenset()


class Model:
    """A device of the fleet of ``seed``. ``personas`` replaces the mix: the devices take them in turn.

    ``runs`` is what it was upgraded to; without it, it runs what it was delivered with. Two models of the same
    arguments are the same device; nothing in it changes. ``fleet`` is how many devices there are; 0 leaves it open.
    """

    def __init__(
        self, seed: int, index: int, personas: tuple[str, ...] = (), runs: Firmware | None = None, *, fleet: int = 0
    ) -> None:
        self.fleet = fleet
        self.seed, self.index, self.kinds = seed, index, personas
        self.root = key(seed, index)
        self.site = naming.site(seed, index)
        self.persona = _persona(self.root, index, personas)
        self.delivered = _version(self.root, self.persona)
        self.firmware = runs or Firmware(self.delivered, _extras(self.persona, self.delivered))
        self.version = self.firmware.version
        self.kind = (self.persona.name, str(self.version), self.firmware.extras)
        self.restarts: tuple[float, ...] = ()
        self._personas = personas
        self.identity = f"{self.site.name}-{self.persona.role}-{_number(index, personas):02d}"
        self.address = naming.address(index)
        self._run = (0.0, 0.0)

    @property
    def neighbours(self) -> range:
        """The indices of the devices of its site, its own among them; the last site of a fleet may have fewer."""
        first = self.index - self.index % naming.SITE_SIZE
        return range(first, min(first + naming.SITE_SIZE, self.fleet or first + naming.SITE_SIZE))

    def restarted(self, at: float, runs: Firmware | None = None) -> Model:
        """Make the model of the same device after a restart, with other firmware if need be."""
        fresh = Model(self.seed, self.index, self._personas, runs or self.firmware, fleet=self.fleet)
        fresh.restarts, fresh.boots = (*self.restarts, at)[-RESTARTS:], self.boots
        return fresh

    def drives(self, driver: Driver) -> bool:
        """Tell whether the radios have this driver: part of the main package once, later one of its own."""
        if self.persona.driver is not driver:
            return False
        apart = self.version >= APART
        wanted = "wifi-qcom" if driver is Driver.WIFI else "wireless"
        return not apart or any(name.startswith(wanted) for name in self.firmware.extras)

    @property
    def mark(self) -> str:
        """What names this device among those of all seeds."""
        return f"{self.seed}/{self.index}"

    @property
    def serial(self) -> str:
        """The board's serial number; empty where there is no board."""
        modern = self.delivered >= Version(7, 0) and self.persona.board.architecture != "mipsbe"
        return naming.serial(self.root, modern) if self.persona.board.model else ""

    @cached_property
    def interfaces(self) -> tuple[Interface, ...]:
        return layout.interfaces(self.persona, self.root, loopback=self.delivered >= Version(7, 14))

    @cached_property
    def rhythm(self) -> Rhythm:
        """Offices are busy after lunch, homes in the evening, by the site's own clock; each device a little apart."""
        place = key(self.seed, "site", self.site.number)
        peak = draw(place, 13.0, 15.0) if place % 3 else draw(place, 19.5, 21.0)
        own = key(self.root, "rhythm")
        peak += draw(own, -1.2, 1.2) - self.site.offset_hours
        return Rhythm(peak * 3600, draw(key(own, "daily"), 0.45, 0.7), draw(key(own, "second"), 0.05, 0.2))

    @cached_property
    def boots(self) -> Returning:
        """Most run for weeks, a few restart about every day."""
        unsteady = draw(key(self.root, "unsteady")) < 0.03
        days = draw(key(self.root, "boots"), 0.6, 1.5) if unsteady else draw(key(self.root, "boots"), 20, 90)
        return Returning(keys(key(self.root, "boot"), 1), np.array([days * DAY]))

    def steady(self) -> None:
        """Let it never restart by itself."""
        self.boots = Returning(keys(key(self.root, "boot"), 1), np.array([NEVER * DAY]))

    def booted(self, times: Floats) -> Floats:
        """Tell when the device started last, before each time."""
        if len(times) > 1:
            started: Floats = self.boots.last(times)[0]
            for at in self.restarts:
                started = np.where(times >= at, np.maximum(started, at), started)
            return started
        (time,) = times
        if not self._run[0] <= time < self._run[1]:
            self._run = (float(self.boots.last(times)[0, 0]), float(self.boots.next(time)[0]))
        return np.array([max(self._run[0], *(at for at in self.restarts if at <= time), 0.0)])

    @cached_property
    def busy(self) -> float:
        """How much busier than its like this device is: 1 for most, several times for a few."""
        return draw(key(self.root, "load"), 3.0, 6.0) if draw(key(self.root, "busy")) < 0.06 else 1.0

    @cached_property
    def system(self) -> Gauges:
        """CPU load in percent, CPU load in times of trouble, and the part of the memory that is in use."""
        cpu = 0.8 * self.persona.busy_cpu * draw(key(self.root, "cpu"), 0.6, 1.4) * min(self.busy, 3.5)
        memory = draw(key(self.root, "memory"), 0.25, 0.5) if self.persona.board.memory > 2**28 else 0.55
        bases, swings = np.array([self.persona.idle_cpu + cpu, 90, memory]), np.array([cpu, 0, 0.03])
        return Gauges(key(self.root, "system"), bases, swings, np.array([1 + 0.45 * cpu, 8, 0.012]))

    @cached_property
    def sensors(self) -> Gauges:
        """The sensors without what the CPU adds to them."""
        sensors = self.persona.sensors
        own = 1 + spread(key(self.root, "sensors"), len(sensors), -0.02, 0.02)
        wobbles = np.array([sensor.wobble for sensor in sensors])
        return Gauges(key(self.root, "heat"), own * np.array([s.base for s in sensors]), wobbles, wobbles)

    @cached_property
    def incidents(self) -> Incidents:
        """Stretches of high CPU: rare on most devices, every other day on a few."""
        troubled = draw(key(self.root, "troubled")) < 0.04
        return Incidents(key(self.root, "incidents"), 0.5 if troubled else 0.02)

    @cached_property
    def traffic(self) -> Counters:
        """Bytes of the leaves: received, then sent."""
        rates = layout.rates(self.interfaces, self.root, self.busy)
        return Counters(keys(key(self.root, "traffic"), len(rates)), rates, self.rhythm)

    @cached_property
    def plumbing(self) -> Plumbing:
        """How bytes of the leaves become what the interfaces count."""
        return layout.plumbing(self.interfaces, self.root)

    @cached_property
    def flaps(self) -> Returning:
        """When links go down for a moment: about once in months, on a bad cable every few hours."""
        root, count = key(self.root, "flaps"), len(self.interfaces)
        bad = spread(key(root, "bad"), count) < 0.02
        days = np.where(bad, spread(root, count, 0.1, 0.8), spread(root, count, 40, 200))
        return Returning(keys(root, count), days * DAY)

    @cached_property
    def stations(self) -> Mapping[str, Stations]:
        """The clients of each radio, by the interface's id."""
        return {i.id: self._stations(i.name, i.radio) for i in self.interfaces if i.radio}

    def _stations(self, name: str, radio: Radio) -> Stations:
        root = key(self.root, "stations", name)
        return Stations(root, radio.stations, self.rhythm, draw(root, 0.3, 0.8))


def _persona(root: int, index: int, personas: tuple[str, ...]) -> Persona:
    if personas:
        return PERSONAS[personas[index % len(personas)]]
    role = ROLES[index % naming.SITE_SIZE]
    kinds = [p for p in PERSONAS.values() if p.role is role and p.weight]
    mark = draw(key(root, "persona")) * sum(p.weight for p in kinds)
    for persona in kinds:
        mark -= persona.weight
        if mark < 0:
            return persona
    return kinds[-1]


def _version(root: int, persona: Persona) -> Version:
    return version(persona.versions[key(root, "version") % len(persona.versions)])


def _extras(persona: Persona, runs: Version) -> frozenset[str]:
    return frozenset(name for name in [*persona.packages][1:] if firmware.needs_driver(name, runs))


def _number(index: int, personas: tuple[str, ...]) -> int:
    """Number the devices of a site within their role."""
    place = index % naming.SITE_SIZE
    return place + 1 if personas else 1 + ROLES[:place].count(ROLES[place])


def chosen(names: tuple[str, ...]) -> tuple[str, ...]:
    """Check names of personas; raises BadInput that lists what there is."""
    for name in names:
        if name not in PERSONAS:
            raise BadInput(f"There is no persona {name!r}.", f"Choose from: {', '.join(sorted(PERSONAS))}.")
    return names
