"""When a rollout ends, as the API tells it."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from api.resource import Answer
from fleet.rollouts.foreseen import Forecast


class RolloutWave(Answer):
    """A wave of a rollout: when it begins, and when all its devices are over."""

    wave: int
    devices: int
    over: int = Field(description="So many of them were over when this was told.")
    begins_at: datetime
    ends_at: datetime | None = Field(description="null where the rollout's time is over before.")


class RolloutForecast(Answer):
    """When a rollout ends, if all goes well and nobody holds it up."""

    at: datetime = Field(description="When this was told; a plan that is started later ends later.")
    begins_at: datetime
    ends_at: datetime | None = Field(description="null where its time is over before.")
    seconds: float | None = Field(description="From its beginning to its end.")
    left: int = Field(description="Devices for which the time does not suffice.")
    waves: list[RolloutWave]

    @classmethod
    def of(cls, told: Forecast | None) -> RolloutForecast | None:
        """Tell of a forecast; None where there is none."""
        if told is None:
            return None
        names = ("wave", "devices", "over", "begins_at", "ends_at")
        waves = [RolloutWave(**{name: getattr(one, name) for name in names}) for one in told.waves]
        seconds = None if told.takes is None else told.takes.total_seconds()
        return cls(
            at=told.at,
            begins_at=told.begins_at,
            ends_at=told.ends_at,
            seconds=seconds,
            left=told.left,
            waves=waves,
        )
