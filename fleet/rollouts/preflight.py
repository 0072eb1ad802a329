"""The preflight: what must be so before a device is touched, by what is stored of it and by what it says itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from fleet.device import State
from fleet.firmware import architecture
from fleet.rollouts.candidate import Candidate
from fleet.versions import known

FRESH: Final = timedelta(days=7)
"""How old the backup of a configuration may be."""

ROOM: Final = 1.05
"""How much room there must be, for each byte of the packages."""

MEMORY_SEVEN: Final = 64 * 1024 * 1024
"""What RouterOS 7 needs at the least."""

PUSHING: Final = "A push to it goes on."
STALE: Final = f"Its last whole backup is older than {FRESH.days} days."

_UNFIT: Final = {
    State.DOWN: "It does not answer.",
    State.STALE: "Nothing was heard of it of late.",
    State.DEGRADED: "It is degraded: look at its page for the reason first.",
    State.MAINTENANCE: "It is in maintenance.",
}


def stored(candidate: Candidate, now: datetime) -> tuple[str, ...]:
    """Tell why a device cannot take part, by what is known of it when the plan is made; nothing where it can."""
    return tuple(_stored(candidate, now))


def _stored(candidate: Candidate, now: datetime) -> Iterator[str]:
    if not (candidate.version and candidate.architecture and candidate.model):
        yield "It was never read: its version, model or architecture is not known."
    elif known(candidate.version) is None:
        yield f"Its version, {candidate.version}, cannot be read."
    if candidate.state in _UNFIT:
        yield _UNFIT[candidate.state]
    if candidate.pushing:
        yield PUSHING
    if candidate.backup_at is None:
        yield "There is no whole backup of its configuration."
    elif now - candidate.backup_at > FRESH:
        yield STALE


@dataclass(frozen=True, slots=True)
class Standing:
    """What is stored of a device when it has its turn: much may have happened since the plan was made."""

    state: State
    pushing: bool
    backup_at: datetime | None


def barred(standing: Standing, way: bool, now: datetime) -> str | None:
    """Tell why nothing is begun with a device just now; None where nothing is against it.

    Whether it answers, its owner finds out. One that is on its ``way`` between two versions goes on though it is
    degraded, or its backup is of the version before.
    """
    if standing.pushing:
        return PUSHING
    if standing.state is State.MAINTENANCE or (standing.state is State.DEGRADED and not way):
        return _UNFIT[standing.state]
    old = standing.backup_at is not None and now - standing.backup_at > FRESH
    return STALE if old and not way else None


@dataclass(frozen=True, slots=True)
class Found:
    """What a device says of itself right before it is touched; sizes are in bytes.

    ``room`` is what there is for files where packages are put. ``mode`` is the device-mode's refusal of another
    version, in its own words; empty where it refuses nothing.
    """

    identity: str
    serial: str
    version: str
    architecture: str
    packages: frozenset[str]
    room: int
    memory: int
    mode: str = ""


@dataclass(frozen=True, slots=True)
class Need:
    """What a device must be and have for one hop: serial number, architecture and the version that it starts from.

    ``packages`` are those that the target has for it, ``size`` are the bytes that are brought.
    """

    serial: str
    architecture: str
    version: str
    target: str
    packages: frozenset[str]
    size: int


def judge(found: Found, need: Need) -> tuple[str, ...]:
    """Tell why a device is not touched; nothing where it may be."""
    return tuple(_judged(found, need))


def _judged(found: Found, need: Need) -> Iterator[str]:
    if need.serial and found.serial != need.serial:
        yield f"Another device answers: its serial number is {found.serial or 'not told'}, not {need.serial}."
    if architecture(found.architecture) != architecture(need.architecture):
        yield f"Its architecture is {found.architecture}, and {need.architecture} was planned."
    if found.version not in (need.version, need.target):
        yield f"It runs {found.version} by now, and the plan was made for {need.version}."
    if missing := sorted(found.packages - need.packages):
        yield f"Packages that it has are not there for {need.target}: {', '.join(missing)}."
    if found.room < need.size * ROOM:
        yield f"Its packages need {_mib(need.size)}, and {_mib(found.room)} are free."
    wanted = known(need.target)
    if wanted is not None and wanted.major >= 7 and found.memory < MEMORY_SEVEN:
        yield f"It has {_mib(found.memory)} of memory, and RouterOS 7 needs 64 MiB."
    if found.mode:
        yield f"Its device-mode refuses it: {found.mode}. Somebody has to confirm another mode beside it."


def _mib(size: int) -> str:
    return f"{size / 1024 / 1024:.1f} MiB"
