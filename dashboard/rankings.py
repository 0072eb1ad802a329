"""By what devices can be ranked and coloured: measurements of theirs, each reduced to one number over a range."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from dashboard import units
from dashboard.units import Unit
from fleet.identity import DeviceId

BINS = 8
"""Colours of a scale."""

WORST = 10
"""Devices of a list of the worst."""

Values: TypeAlias = Mapping[DeviceId, float]
Combine: TypeAlias = Callable[[Sequence[float | None]], float | None]
"""What makes one number of the terms, None where one was not measured."""


@dataclass(frozen=True, slots=True)
class Term:
    """A column of a family, reduced to one number for each device; no aggregate is the column's usual one.

    ``once`` leaves out interfaces that carry what another one of the device carries already.
    """

    family: str
    field: str
    aggregate: str | None = None
    once: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """What devices are ranked by: its terms, and how they make one number. The greatest is the worst.

    ``top`` is where its scale ends; None: at the greatest there is.
    """

    name: str
    word: str
    title: str
    unit: Unit
    terms: tuple[Term, ...]
    combine: Combine
    top: float | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A device in a list: its number, and the share of the scale that it fills."""

    device_id: DeviceId
    value: float
    share: float


def total(terms: Sequence[float | None]) -> float | None:
    """Add up the terms that were measured."""
    return sum(term for term in terms if term is not None)


def used(terms: Sequence[float | None]) -> float | None:
    """Tell the share that is used of what is free and all there is."""
    free, whole = terms
    return 1 - free / whole if free is not None and whole else None


ERRORS = Unit("errors/s", least=0.001)

CHOICES: Mapping[str, Choice] = {
    choice.name: choice
    for choice in (
        Choice("cpu", "CPU", "CPU load", units.PERCENT, (Term("resource", "cpu_load_ratio"),), total, 1.0),
        Choice(
            "memory",
            "Memory",
            "Memory in use",
            units.PERCENT,
            (Term("resource", "memory_free_bytes"), Term("resource", "memory_total_bytes")),
            used,
            1.0,
        ),
        Choice(
            "disk",
            "Disk",
            "Disk space in use",
            units.PERCENT,
            (Term("resource", "disk_free_bytes"), Term("resource", "disk_total_bytes")),
            used,
            1.0,
        ),
        Choice(
            "heat",
            "Heat",
            "Highest temperature",
            units.CELSIUS,
            (Term("health", "temperature_celsius", "max"),),
            total,
        ),
        Choice(
            "traffic",
            "Traffic",
            "Received and sent by all ports, radios and modems",
            units.BITS,
            tuple(Term("interfaces", f"{way}_bytes_rate", "sum", once=True) for way in ("rx", "tx")),
            total,
        ),
        Choice(
            "errors",
            "Errors",
            "Receive errors of all interfaces",
            ERRORS,
            (Term("interfaces", "rx_errors_total", "rate"),),
            total,
        ),
        Choice("clients", "Clients", "Wireless clients", units.COUNT, (Term("wireless", "clients", "sum"),), total),
    )
}
USUAL = CHOICES["cpu"]


def choice(name: str | None) -> Choice:
    """Find a choice by its name; the usual one for what is none."""
    return CHOICES.get(name or "", USUAL)


def combined(chosen: Choice, terms: Sequence[Values]) -> dict[DeviceId, float]:
    """Make one number of each device's terms."""
    devices = {device for term in terms for device in term}
    numbers = {device: chosen.combine([term.get(device) for term in terms]) for device in devices}
    return {device: number for device, number in numbers.items() if number is not None}


def worst(chosen: Choice, values: Values, most: int = WORST) -> list[Place]:
    """List the devices with the greatest numbers, the greatest first."""
    top = end(chosen, values)
    ranked = sorted(values.items(), key=lambda one: (-one[1], str(one[0])))[:most]
    return [Place(device, value, min(max(value / top, 0.0), 1.0)) for device, value in ranked]


def end(chosen: Choice, values: Values) -> float:
    """Tell where the scale of a choice ends; it begins at zero."""
    return chosen.top or max((value for value in values.values()), default=0.0) or 1.0


def bins(chosen: Choice, values: Values) -> dict[DeviceId, int]:
    """Put each device's number into one of the colours of the scale, counted from 0."""
    top = end(chosen, values)
    return {device: min(max(int(value / top * BINS), 0), BINS - 1) for device, value in values.items()}
