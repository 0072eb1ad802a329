"""Retention: what is older than it is kept goes, and raw rows go first where the store runs full.

Nothing goes before it was rolled up. First the floor is raised, so that no writer brings rows of then any more; then
what waits is rolled up; then the partition is dropped.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from db import partitions, rollups
from db.dirty import Window
from db.engine import Stores, sqlstate
from db.partitions import Partition
from db.platform import platform_session
from db.storetables import retention
from fleet import logs
from fleet.families import Family
from fleet.resolutions import Resolution
from fleet.retention import Rules, rules
from fleet.settings import Settings

EMBEDDED = Path("data") / "postgres"
"""Where the embedded server keeps its data, within the state directory."""

SPARE = 0.1
"""The share of its disk that is left free."""

LOCKED, FULL = "55P03", "53100"
"""lock_not_available: somebody reads what is to be dropped; disk_full."""

_SIZE = text("SELECT pg_database_size(current_database())")

log = logs.get(__name__)


@dataclass(frozen=True, slots=True)
class Means:
    """What upkeep is done with: the stores, the families whose roll-ups can be made, the settings, and the time."""

    stores: Stores
    families: Mapping[str, Family]
    asked: Settings
    now: datetime


def in_force(session: Session, asked: Settings) -> Rules:
    """Tell how long rows are kept, and who says so."""
    keeps = select(retention.c.resolution, retention.c.keep).where(retention.c.keep.is_not(None))
    return rules(partitions.mode(session), asked, {Resolution(word): keep for word, keep in session.execute(keeps)})


def tell(session: Session, asked: Settings, keeps: Mapping[Resolution, timedelta | None]) -> Rules:
    """Keep rows for as long as is told from now on, None: as the settings say; returns what is in force then.

    Raises BadInput, and changes nothing, where the finer would be kept longer than the coarser.
    """
    for resolution, keep in keeps.items():
        made = upsert(retention).values(resolution=resolution.value, keep=keep)
        session.execute(made.on_conflict_do_update(index_elements=["resolution"], set_={"keep": keep}))
    return in_force(session, asked)


def uphold(means: Means) -> list[Partition]:
    """Drop what is older than it is kept, the finer first; returns what was dropped."""
    with platform_session(means.stores, "rows that are too old go") as session:
        found = in_force(session, means.asked)
        for rule in found.values():
            raise_floor(session, rule.resolution, rule.floor(means.now))
        old = [one for one in partitions.listed(session) if one.end <= found[one.resolution].floor(means.now)]
    in_turn = sorted(old, key=lambda one: (list(Resolution).index(one.resolution), one.start))
    return [one for one in in_turn if _dropped(means, one, "it is older than it is kept")]


def guard(means: Means) -> list[Partition]:
    """Drop the oldest days of raw rows until the store is within its bound; returns what was dropped.

    The day that is being written stays.
    """
    dropped: list[Partition] = []
    while (over := _over(means)) > 0:
        gone = _oldest(means)
        gone = [one for one in gone if _dropped(means, one, f"the store is {over} bytes over its bound")]
        if not gone:
            log.error(
                "the store is over its bound, and there is no older day of raw rows to drop",
                bytes=over,
                step="Give it a larger disk, or keep roll-ups for less: flotilla store retention",
            )
            break
        dropped += gone
    return dropped


def room(session: Session, asked: Settings) -> int | None:
    """Tell how many bytes the store may still take, negative where it is over; None where no bound is known."""
    if asked.store_bytes:
        return asked.store_bytes - size(session)
    place = asked.state / EMBEDDED
    if not place.exists():
        return None
    disk = shutil.disk_usage(place)
    return int(disk.free - SPARE * disk.total)


def size(session: Session) -> int:
    """Tell how many bytes the whole database takes."""
    return int(session.execute(_SIZE).scalar_one())


def raise_floor(session: Session, resolution: Resolution, floor: datetime) -> None:
    """Take in no rows before an instant any more, and make no partition for them; a floor never falls."""
    made = upsert(retention).values(resolution=resolution.value, floor=floor)
    session.execute(
        made.on_conflict_do_update(
            index_elements=["resolution"],
            set_={"floor": made.excluded.floor},
            where=retention.c.floor.is_(None) | (retention.c.floor < made.excluded.floor),
        )
    )


def _over(means: Means) -> int:
    with platform_session(means.stores, "the store's size is compared with its bound") as session:
        return -(room(session, means.asked) or 0)


def _oldest(means: Means) -> list[Partition]:
    """Find the partitions of the oldest day of raw rows that is over, and let nothing be added to them."""
    with platform_session(means.stores, "raw rows are kept for less") as session:
        raw = [one for one in partitions.listed(session) if one.resolution is Resolution.RAW and one.end <= means.now]
        if not raw:
            return []
        end = min(one.end for one in raw)
        raise_floor(session, Resolution.RAW, end)
        return [one for one in raw if one.end == end]


def _dropped(means: Means, one: Partition, why: str) -> bool:
    """Roll up what waits and drop a partition; False where it has to stay for now."""
    unfinished = not _finished(means, one)
    try:
        with platform_session(means.stores, "a partition goes") as session:
            gone = partitions.drop(session, one.name, unfinished=unfinished)
    except DBAPIError as error:
        if sqlstate(error) != LOCKED:
            raise
        log.info("a partition stays for now: it is being read", partition=one.name)
        return False
    if gone:
        log.info("a partition was dropped", partition=one.name, bytes=one.size, rows=one.rows, why=why)
    else:
        log.info("a partition stays for now: its rows wait to be rolled up", partition=one.name)
    return gone


def _finished(means: Means, one: Partition) -> bool:
    """Roll up what waits of a partition; False where the disk is too full for that."""
    if one.resolution is Resolution.HOUR or one.family not in means.families:
        return True
    family = {one.family: means.families[one.family]}
    try:
        rollups.run(means.stores, family, Window(means.now, one.start, one.end))
    except DBAPIError as error:
        if sqlstate(error) != FULL:
            raise
        log.error("the disk is full: rows go that were not rolled up", partition=one.name)
        return False
    return True
