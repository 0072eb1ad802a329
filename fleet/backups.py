"""Backups of configurations: why one is taken, what came of it, how often it is to be, and what is kept.

A policy says only what it wants otherwise: a device's goes before its tenant's, and that before the defaults.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from fleet.errors import BadInput

SHORTEST, LONGEST = timedelta(minutes=15), timedelta(days=31)
ERRAND = "config.backup"
"""The kind of errand by which the owner of a device takes its backup."""
HISTORY: Final = "history"
"""The kind of the inventory in which a watched device's newest action is."""
WATCHING: Final = f"inventory.{HISTORY}"
"""The collector that reads it in every poll: only of devices whose policy asks for backups after a change."""
MOST_KEPT, MOST_DAYS = 1000, 3650


class Reason(StrEnum):
    """Why a configuration was read."""

    SCHEDULE = "schedule"
    CHANGE = "change"
    HAND = "hand"
    PUSH = "push"
    RUN = "run"


class Finding(StrEnum):
    """What came of a reading: another version, the same one, a text that is not whole, or nothing."""

    NEW = "new"
    SAME = "same"
    INCOMPLETE = "incomplete"
    FAILED = "failed"


class RunState(StrEnum):
    """Where a run over many devices stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"


class StepState(StrEnum):
    """Where one device of a run stands."""

    WAITING = "waiting"
    ASKED = "asked"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"


LIVE = (RunState.WAITING, RunState.RUNNING)


@dataclass(frozen=True, slots=True)
class Policy:
    """What is wanted: how often (a span of 0 is never), whether after a change, how many versions for how long.

    None leaves it to what goes behind.
    """

    every: timedelta | None = None
    on_change: bool | None = None
    keep_count: int | None = None
    keep_days: int | None = None

    def over(self, behind: Policy) -> Policy:
        """Fill in what is left open."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        return Policy(**{name: getattr(behind, name) if value is None else value for name, value in values.items()})

    def check(self) -> None:
        """Raise BadInput for a span or a number out of bounds."""
        if self.every and not SHORTEST <= self.every <= LONGEST:
            raise BadInput(
                f"A backup every {self.every} is not possible.",
                "Choose 15 minutes to 31 days, or 0 for none on a schedule.",
            )
        for name, value, most in (
            ("keep_count", self.keep_count, MOST_KEPT),
            ("keep_days", self.keep_days, MOST_DAYS),
        ):
            if value is not None and not 1 <= value <= most:
                raise BadInput(f"{name} = {value} is not possible.", f"Choose 1 to {most}.")


DEFAULT = Policy(timedelta(0), False, 100, 365)
"""Nothing is taken by itself until a policy says so: reading a configuration writes a file on the device."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A version as retention sees it: when it was last what the device had, and whether somebody pinned it."""

    id: UUID
    last_seen: datetime
    pinned: bool = False


def surplus(versions: Sequence[Kept], policy: Policy, now: datetime) -> list[UUID]:
    """Choose the versions of one device, the newest first, that are kept no longer.

    The newest one always stays: it is the last good one. Pinned ones stay and do not count.
    """
    whole = policy.over(DEFAULT)
    oldest = now - timedelta(days=whole.keep_days or 0)
    gone: list[UUID] = []
    counted = 0
    for place, version in enumerate(versions):
        if version.pinned:
            continue
        counted += 1
        if place and (counted > (whole.keep_count or 0) or version.last_seen < oldest):
            gone.append(version.id)
    return gone


def due(every: timedelta | None, last: datetime | None, now: datetime) -> bool:
    """Tell whether a device's next backup is due, ``last`` being when it was read last, whatever came of it."""
    return every is not None and every > timedelta(0) and (last is None or now - last >= every)
