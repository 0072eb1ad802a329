"""What a device has, kind by kind, one file each; a new file here is found by itself."""

from __future__ import annotations

from functools import cache

from fleet.inventory import Kind
from fleet.plugins import discover
from routeros.collector import Collector


@cache
def every() -> dict[str, Collector]:
    """All collectors of the inventory by name, in the order of their names."""
    return {collector.name: collector for collector in discover(__name__, Collector)}


@cache
def kinds() -> dict[str, Kind]:
    """The kinds that they read, by name."""
    return {c.kind.name: c.kind for c in every().values() if c.kind is not None}
