"""When a rollout ends, in the words of the command line."""

from __future__ import annotations

from datetime import datetime

from dashboard.units import span
from fleet.rollouts.foreseen import Forecast, Stretch


def planned(told: Forecast | None) -> str:
    """Say how long a plan takes."""
    if told is None:
        return ""
    if told.takes is None:
        return f"Its time does not suffice for {told.left} devices: let it expire later, or widen its windows."
    return (
        f"It takes {span(told.takes)} where all goes well, and ends at {instant(told.ends_at)} if it is started now."
    )


def going(told: Forecast | None) -> str:
    """Say when a rollout ends that goes on."""
    if told is None:
        return ""
    over, devices = sum(one.over for one in told.waves), sum(one.devices for one in told.waves)
    ends = instant(told.ends_at) if told.ends_at else f"late for {told.left} devices"
    return f"At {instant(told.at)} it was over with {over} of {devices} devices, and was expected to end at {ends}."


def waves(told: Forecast | None) -> list[tuple[str, ...]]:
    """Lay out the waves of a forecast as rows: number, devices, when they begin and end, and how long that is."""
    return [_wave(one) for one in told.waves] if told else []


def _wave(one: Stretch) -> tuple[str, ...]:
    takes = span(one.ends_at - one.begins_at) if one.ends_at else ""
    return (str(one.wave), str(one.devices), instant(one.begins_at), instant(one.ends_at), takes)


def instant(at: datetime | None) -> str:
    """Write an instant to the minute, in UTC."""
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else "–"
