"""Templates to begin with, each a file with a module-level ``Template``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from fleet import plugins
from fleet.templates import Template


@cache
def starters() -> Mapping[str, Template]:
    """Tell all starters by name."""
    return {found.name: found for found in plugins.discover(__name__, Template)}
