"""What a kind of device is: board, ports, radios, sensors and versions; one file for each in personas/."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Role(StrEnum):
    """The part that a device plays at its site; it is in the device's name."""

    GATEWAY = "gw"
    SWITCH = "sw"
    ACCESS_POINT = "ap"


class Driver(StrEnum):
    """Which menu a radio lives in: /interface/wireless, or /interface/wifi (from 7.13)."""

    WIRELESS = "wireless"
    WIFI = "wifi"


@dataclass(frozen=True, slots=True)
class Board:
    """What /system/resource and /system/routerboard say of the hardware. Sizes in bytes, frequency in MHz.

    ``model`` is None where there is no RouterBOARD (CHR).
    """

    name: str
    model: str | None
    architecture: str
    cpu: str
    cores: int
    frequency: int
    memory: int
    disk: int
    firmware: str = ""
    nand: bool = False


@dataclass(frozen=True, slots=True)
class Ports:
    """A row of like ports: ``ether`` 1 to 5 of 1 Gbit/s."""

    prefix: str
    count: int
    speed: int

    def names(self) -> tuple[str, ...]:
        return tuple(f"{self.prefix}{n}" for n in range(1, self.count + 1))


@dataclass(frozen=True, slots=True)
class Radio:
    """One radio and how many stations it may carry."""

    band: str
    frequency: int
    stations: int


@dataclass(frozen=True, slots=True)
class Sensor:
    """One sensor of /system/health: ``base`` at rest, ``load`` more at full CPU. A state has words instead."""

    name: str
    unit: str = ""
    base: float = 0.0
    load: float = 0.0
    wobble: float = 0.0
    places: int = 0
    state: str | None = None


@dataclass(frozen=True, slots=True)
class Persona:
    """One kind of device. ``factory`` is the version it was made with, ``restart`` the seconds a restart takes.

    ``poe`` names the ports that feed what is plugged into them, ``caps`` are radios of other devices that it manages
    (by the older CAPsMAN), and so many ``subscribers`` dial in to it.
    ``weight`` is its share among the kinds of its role; 0: only where it is asked for by name.
    """

    name: str
    role: Role
    board: Board
    versions: tuple[str, ...]
    ports: tuple[Ports, ...]
    driver: Driver | None = None
    radios: tuple[Radio, ...] = ()
    caps: tuple[Radio, ...] = ()
    subscribers: int = 0
    sensors: tuple[Sensor, ...] = ()
    factory: str = ""
    poe: tuple[str, ...] = ()
    packages: Mapping[str, int] = field(default_factory=dict)
    weight: float = 1.0
    idle_cpu: float = 3.0
    busy_cpu: float = 14.0
    restart: tuple[float, float] = (35.0, 50.0)


MIB = 1024 * 1024
