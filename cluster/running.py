"""The settings of what runs from a state directory."""

from __future__ import annotations

from pathlib import Path

from cluster.servers.state import holder
from fleet import settings
from fleet.settings import Settings


def load(state: Path | None) -> Settings:
    """Read the settings, with what is announced only while its announcer lives: a killed one leaves it behind."""
    asked = settings.load(state, announced=False)
    return asked if holder(asked.state) is None else settings.load(state)
