"""When a rollout is expected to end, and each of its waves; how that is found is ``forecast``'s."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Stretch:
    """A wave: how many devices it has, how many of them are over, when it begins, and when all of them are over.

    ``ends_at`` is None where the rollout's time is over before.
    """

    wave: int
    devices: int
    over: int
    begins_at: datetime
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class Forecast:
    """When a rollout ends, seen from ``at``; None where its time is over before, with ``left`` devices."""

    at: datetime
    begins_at: datetime
    ends_at: datetime | None
    left: int
    waves: tuple[Stretch, ...]

    @property
    def takes(self) -> timedelta | None:
        """How long it takes from its beginning to its end."""
        return None if self.ends_at is None else self.ends_at - self.begins_at

    def document(self) -> dict[str, Any]:
        """Write it as JSON."""
        waves = [
            {
                "wave": one.wave,
                "devices": one.devices,
                "over": one.over,
                "begins_at": one.begins_at.isoformat(),
                "ends_at": _written(one.ends_at),
            }
            for one in self.waves
        ]
        ends = {"ends_at": _written(self.ends_at), "left": self.left}
        return {"at": self.at.isoformat(), "begins_at": self.begins_at.isoformat(), **ends, "waves": waves}

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Self:
        """Read what ``document`` wrote."""
        waves = tuple(
            Stretch(one["wave"], one["devices"], one["over"], _at(one["begins_at"]), _end(one["ends_at"]))
            for one in told["waves"]
        )
        return cls(_at(told["at"]), _at(told["begins_at"]), _end(told["ends_at"]), told["left"], waves)


def _at(told: str) -> datetime:
    return datetime.fromisoformat(told)


def _end(told: str | None) -> datetime | None:
    return _at(told) if told else None


def _written(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
