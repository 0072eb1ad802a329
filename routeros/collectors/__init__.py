"""The collectors, one file each; a new file here is found by itself."""

from __future__ import annotations

from functools import cache

from fleet.families import Family
from fleet.plugins import discover
from routeros.collector import Collector


@cache
def every() -> dict[str, Collector]:
    """All collectors by name, in the order of their names."""
    return {collector.name: collector for collector in discover(__name__, Collector)}


@cache
def families() -> dict[str, Family]:
    """The families that the collectors fill, by name."""
    return {c.family.name: c.family for c in every().values() if c.family is not None}
