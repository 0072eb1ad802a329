"""The terms of a rollout: what is wanted, when it may be done, how much at a time, and what stops it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fleet.errors import BadInput

SHORTEST = timedelta(minutes=1)
LONGEST = timedelta(days=90)
"""How long a rollout may go on."""


@dataclass(frozen=True, slots=True)
class Window:
    """When devices may be restarted: from ``begin`` to ``end`` on some ``days`` (0 is Monday) in a time zone.

    One that ends before it begins goes over midnight, and belongs to the day on which it begins.
    """

    begin: time
    end: time
    days: frozenset[int] = frozenset(range(7))
    zone: str = "UTC"

    def check(self) -> None:
        """Raise BadInput where there is no such day or time zone."""
        if not self.days or not self.days <= frozenset(range(7)) or self.begin == self.end:
            raise BadInput(
                "A window has days from 0 (Monday) to 6, and a beginning that is not its end.", "Give both."
            )
        try:
            ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise BadInput(
                f"There is no time zone {self.zone!r}.", "Name one such as Europe/Riga, or UTC."
            ) from error

    def open(self, now: datetime) -> bool:
        """Tell whether an instant lies within it."""
        here = now.astimezone(ZoneInfo(self.zone))
        at, day = here.time(), here.weekday()
        if self.begin < self.end:
            return day in self.days and self.begin <= at < self.end
        return (day in self.days and at >= self.begin) or ((day - 1) % 7 in self.days and at < self.end)

    def opens(self, now: datetime) -> datetime:
        """Tell the next instant after ``now`` at which it begins."""
        here = now.astimezone(ZoneInfo(self.zone))
        days = (here.date() + timedelta(days=ahead) for ahead in range(9))
        begins = (datetime.combine(day, self.begin, here.tzinfo) for day in days if day.weekday() in self.days)
        return min(begin for begin in (one.astimezone(UTC) for one in begins) if begin > now)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is done at a time, and what pauses a rollout.

    ``leaves`` and ``parents`` of one site are disturbed at a time, ``uploads`` of one site are under way, and
    ``most`` devices are disturbed in all. ``share`` is of what has finished, from ``least`` on.
    """

    leaves: int = 3
    parents: int = 1
    uploads: int = 5
    most: int = 200
    share: float = 0.02
    least: int = 2
    unclear_share: float = 0.1
    unclear_least: int = 3
    reboot: timedelta = timedelta(minutes=15)
    settle: timedelta = timedelta(minutes=5)
    canary_soak: timedelta = timedelta(minutes=15)
    soak: timedelta = timedelta(minutes=5)

    def check(self) -> None:
        """Raise BadInput for a number out of bounds."""
        for name, most in (("leaves", 1000), ("parents", 100), ("uploads", 1000), ("most", 10_000)):
            if not 1 <= getattr(self, name) <= most:
                raise BadInput(f"{name} = {getattr(self, name)} is not possible.", f"Choose 1 to {most}.")
        for name in ("share", "unclear_share"):
            if not 0 <= getattr(self, name) <= 1:
                raise BadInput(f"{name} = {getattr(self, name)} is no share.", "Choose 0 to 1.")
        if self.least < 1 or self.unclear_least < 1:
            raise BadInput("A rollout is paused after one device at the least.", "Choose 1 or more.")
        if self.reboot < SHORTEST:
            raise BadInput("No device restarts within a minute.", "Give it longer: 15 minutes are usual.")
        for name in ("reboot", "settle", "canary_soak", "soak"):
            if not timedelta(0) <= getattr(self, name) <= timedelta(days=7):
                raise BadInput(f"{name} = {getattr(self, name)} is not possible.", "Choose 0 to 7 days.")


@dataclass(frozen=True, slots=True)
class Terms:
    """What is wanted of a rollout.

    ``target`` is a version, or a channel that was resolved for each architecture when the plan was made.
    ``boot``: the boot firmware is written, too. ``strict``: a parent that cannot be taken back is left out.
    ``selector`` is how the devices were named of which the plan was made, as it was written.
    """

    target: str
    strategy: str
    expires_at: datetime
    starts_at: datetime | None = None
    windows: tuple[Window, ...] = ()
    limits: Limits = field(default_factory=Limits)
    batch: int = 50
    boot: bool = True
    downgrade: bool = False
    strict: bool = False
    selector: Mapping[str, Any] = field(default_factory=dict)

    def check(self, now: datetime) -> None:
        """Raise BadInput where they cannot be met."""
        begin = self.starts_at or now
        if not begin < self.expires_at <= now + LONGEST:
            raise BadInput("A rollout ends after it begins, and within 90 days.", "Choose another expiry.")
        if not 1 <= self.batch <= 10_000:
            raise BadInput(f"batch = {self.batch} is not possible.", "Choose 1 to 10000 devices.")
        self.limits.check()
        for window in self.windows:
            window.check()

    def open(self, now: datetime) -> bool:
        """Tell whether devices may be restarted at an instant; without windows always."""
        return not self.windows or any(window.open(now) for window in self.windows)

    def opens(self, now: datetime) -> datetime:
        """Tell from when on devices may be restarted: now, or when the next window begins."""
        return now if self.open(now) else min(window.opens(now) for window in self.windows)

    def document(self) -> dict[str, Any]:
        """Write them as JSON."""
        limits: dict[str, Any] = {name: _plain(getattr(self.limits, name)) for name in Limits.__slots__}
        windows = [
            {"begin": w.begin.isoformat(), "end": w.end.isoformat(), "days": sorted(w.days), "zone": w.zone}
            for w in self.windows
        ]
        rest = {name: _plain(getattr(self, name)) for name in Terms.__slots__ if name not in ("limits", "windows")}
        return {**rest, "limits": limits, "windows": windows}

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Self:
        """Read what ``document`` wrote."""
        limits: dict[str, Any] = dict(told["limits"])
        for name in ("reboot", "settle", "canary_soak", "soak"):
            limits[name] = timedelta(seconds=limits[name])
        windows = tuple(
            Window(time.fromisoformat(w["begin"]), time.fromisoformat(w["end"]), frozenset(w["days"]), w["zone"])
            for w in told["windows"]
        )
        begins = told["starts_at"]
        instants = {
            "expires_at": datetime.fromisoformat(told["expires_at"]),
            "starts_at": datetime.fromisoformat(begins) if begins else None,
        }
        return cls(**{**told, **instants, "limits": Limits(**limits), "windows": windows})


def _plain(value: object) -> object:
    if isinstance(value, timedelta):
        return value.total_seconds()
    return value.isoformat() if isinstance(value, datetime) else value
