"""The states of an alert: those that the store keeps, and those that people see."""

from __future__ import annotations

from enum import StrEnum


class Stored(StrEnum):
    """What the evaluation says of an alert."""

    PENDING = "pending"
    FIRING = "firing"
    SUPPRESSED = "suppressed"
    RESOLVED = "resolved"


class Shown(StrEnum):
    """What people see: of what fires they may have acknowledged or silenced some."""

    PENDING = "pending"
    FIRING = "firing"
    ACKNOWLEDGED = "acknowledged"
    SILENCED = "silenced"
    SUPPRESSED = "suppressed"
    RESOLVED = "resolved"
