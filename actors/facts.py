"""The facts that rules may judge, as the folder ``actors/rules`` has them."""

from __future__ import annotations

from functools import cache

from db.alertfacts import Fact
from fleet.plugins import discover


@cache
def facts() -> tuple[Fact, ...]:
    """Find them all, by the names of their files."""
    return tuple(discover("actors.rules", Fact))
