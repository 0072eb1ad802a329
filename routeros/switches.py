"""Which collectors a device can do without, by name: all but the one by which it is known to be alive."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import cache

from fleet.endpoints import BadField
from routeros import collectors, inventory
from routeros.collector import Collector

ALIVE = "resource"
"""Its rows are what availability counts, and its uptime is what tells a counter's reset from its growth."""

FIELD = "collectors_off"


@cache
def everything() -> tuple[Collector, ...]:
    """All collectors that a poller runs: those that measure, then those of the inventory."""
    return (*collectors.every().values(), *inventory.every().values())


@cache
def names() -> tuple[str, ...]:
    """The collectors that can be switched off, by name: ``queues``, ``inventory.packages``."""
    return tuple(sorted(one.name for one in everything() if one.name != ALIVE))


def check(wanted: Iterable[str]) -> frozenset[str]:
    """Return the names unless one of them cannot be switched off; raises BadField that lists those that can."""
    asked = frozenset(wanted)
    if ALIVE in asked:
        raise BadField(
            FIELD,
            f"The collector {ALIVE} cannot be switched off: by it a device is known to be alive and for how long.",
            f"Choose of: {', '.join(names())}.",
        )
    if unknown := sorted(asked - set(names())):
        raise BadField(FIELD, f"There is no collector {unknown[0]!r}.", f"Choose of: {', '.join(names())}.")
    return asked


def is_off(name: str, off: Collection[str]) -> bool:
    """Tell whether a collector is switched off, itself or what it belongs to (``inventory.firmware.look``)."""
    return name in off or any(name.startswith(f"{one}.") for one in off)
