"""The firmware catalogue: channels, releases and files as they were last seen. It belongs to no tenant.

Reading goes through any door; writing through the platform's.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from db.firmwaretables import firmware_channels, firmware_files, firmware_releases
from fleet.errors import NotFound
from fleet.firmware import File, Pointer
from fleet.versions import Channel, Version, version

SYNC = "An administrator brings it up to date: `flotilla firmware sync`."


@dataclass(frozen=True, slots=True)
class Release:
    """A version of the catalogue: how many files are known of it, and when it was last seen."""

    version: Version
    files: int
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Found:
    """What a source told of a version: what is new in it, files, and packages that are not there."""

    version: Version
    changelog: str
    files: tuple[File, ...] = ()
    missing: frozenset[tuple[str, str]] = frozenset()


def pointers(session: Session) -> list[Pointer]:
    """Read where the channels point, the newest major version and the steadiest channel first."""
    c = firmware_channels.c
    found = session.execute(select(c.major, c.channel, c.version, c.set_at))
    read = [Pointer(major, Channel(channel), version(told), at) for major, channel, told, at in found]
    order = list(Channel)
    return sorted(read, key=lambda one: (-one.major, order.index(one.channel)))


def seen_at(session: Session) -> datetime | None:
    """Tell when the channels were last read; None where they never were."""
    found: datetime | None = session.execute(select(func.max(firmware_channels.c.seen_at))).scalar_one()
    return found


def point(session: Session, found: Sequence[Pointer], now: datetime) -> list[Pointer]:
    """Store where all channels point, and forget those that are no more; returns those that are new or moved."""
    before = {(one.major, one.channel): one.version for one in pointers(session)}
    c = firmware_channels.c
    for one in found:
        row = {"version": str(one.version), "set_at": one.at, "seen_at": now}
        made = upsert(firmware_channels).values(major=one.major, channel=one.channel.value, **row)
        session.execute(made.on_conflict_do_update(index_elements=[c.major, c.channel], set_=row))
    kept = [(one.major, one.channel.value) for one in found]
    session.execute(delete(firmware_channels).where(tuple_(c.major, c.channel).not_in(kept)))
    return [one for one in found if before.get((one.major, one.channel)) != one.version]


def releases(session: Session) -> list[Release]:
    """Read all versions that are known, the newest first."""
    c = firmware_releases.c
    files = func.count(firmware_files.c.name)
    query = select(c.version, files, c.seen_at).outerjoin_from(firmware_releases, firmware_files)
    found = [Release(version(told), count, at) for told, count, at in session.execute(query.group_by(c.version))]
    return sorted(found, key=lambda one: one.version, reverse=True)


def changelog(session: Session, of: Version) -> str:
    """Read what is new in a version; raises NotFound where it is not known."""
    c = firmware_releases.c
    found: str | None = session.execute(select(c.changelog).where(c.version == str(of))).scalar_one_or_none()
    if found is None:
        raise NotFound(f"The catalogue does not know RouterOS {of}.", SYNC)
    return found


def files(
    session: Session, of: Version, architectures: Collection[str] = (), packages: Collection[str] = ()
) -> list[File]:
    """Read the files of a version by name; of these architectures and packages, where they are named."""
    c = firmware_files.c
    query = select(c.name, c.package, c.architecture, c.size, c.sha256).where(c.version == str(of))
    if architectures:
        query = query.where(c.architecture.in_(architectures))
    if packages:
        query = query.where(c.package.in_(packages))
    return [File(of, *row) for row in session.execute(query.order_by(c.name))]


def missing(session: Session, of: Version) -> set[tuple[str, str]]:
    """Tell which packages of a version were looked for in vain, each with an architecture."""
    c = firmware_releases.c
    found = session.execute(select(c.missing).where(c.version == str(of))).scalar_one_or_none()
    pairs = [str(one).partition("/") for one in found or ()]
    return {(package, built_for) for package, _, built_for in pairs}


def store(session: Session, found: Found, now: datetime) -> None:
    """Store what there is of a version; what is known beyond that stays."""
    of, told = found.version, missing(session, found.version) | found.missing
    in_vain = [f"{package}/{built_for}" for package, built_for in sorted(told)]
    row = {"changelog": found.changelog.replace("\0", ""), "missing": in_vain, "seen_at": now}
    made = upsert(firmware_releases).values(version=str(of), **row)
    session.execute(made.on_conflict_do_update(index_elements=["version"], set_=row))
    for one in found.files:
        facts = {"size": one.size, "sha256": one.sha256, "seen_at": now}
        key = {"version": str(of), "name": one.name, "package": one.package, "architecture": one.architecture}
        file = upsert(firmware_files).values(**key, **facts)
        session.execute(file.on_conflict_do_update(index_elements=["version", "name"], set_=facts))
