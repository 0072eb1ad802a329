"""Store what was read of a device's configuration: another version where it is another one, a reading in any case.

It is done in the poller's role, which may write texts and read none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Row, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from db.backuptables import config_readings as readings
from db.backuptables import config_state as states
from db.backuptables import config_versions as versions
from db.engine import Stores, reachable
from db.grant import POLLER
from db.keyring import Keyring
from db.rules import refusing
from db.sealing import Keys, seal
from db.worktables import partitions
from fleet.backups import Finding, Reason
from fleet.errors import Unavailable
from fleet.identity import DeviceId, TenantId
from fleet.partition import of

KEPT_ACTIONS = 50
"""Actions of a device's history that are stored with a version."""


@dataclass(frozen=True, slots=True)
class Asking:
    """Which device's configuration was read, when, why, and by whose wish."""

    tenant_id: TenantId
    device_id: DeviceId
    at: datetime
    reason: Reason
    by: str


@dataclass(frozen=True, slots=True)
class Text:
    """A configuration as it was read: byte for byte, and without noise; what wrote it, and which menus it has.

    ``marker`` is where the device's history stood, ``history`` who did what since the version before.
    """

    data: bytes = field(repr=False)
    normal: bytes = field(repr=False)
    ros_version: str
    menus: tuple[str, ...]
    marker: str = ""
    history: Sequence[Mapping[str, object]] = ()


@dataclass(frozen=True, slots=True)
class Last:
    """The last whole version of a device, without its text, and where the history stood when it was last seen."""

    id: UUID
    number: int
    digest: bytes
    ros_version: str
    menus: tuple[str, ...]
    marker: str


@dataclass(frozen=True, slots=True)
class Stored:
    """What came of it: the version that the device has now, by its number."""

    finding: Finding
    version_id: UUID | None = None
    number: int | None = None


@contextmanager
def writing(stores: Stores) -> Iterator[Session]:
    """Open a transaction in the poller's role; raises Unavailable where the database is away."""
    with reachable(), Session(stores.engine(POLLER)) as session, session.begin():
        yield session


@contextmanager
def owning(stores: Stores, device_id: DeviceId, epoch: int) -> Iterator[Session]:
    """Open such a transaction as the owner of a device, whose partition keeps its epoch until it is over.

    Raises Unavailable where another owner has the device, too: what it reads counts.
    """
    query = select(partitions.c.epoch).where(partitions.c.partition == of(device_id)).with_for_update(read=True)
    with writing(stores) as session:
        newest = session.scalar(query)
        if newest is not None and newest > epoch:
            raise Unavailable("The device has another owner now.", "That one takes the backup.")
        yield session


def last(session: Session, tenant_id: TenantId, device_id: DeviceId) -> Last | None:
    """Read what there is of a device's last whole version."""
    mine = (versions.c.tenant_id == tenant_id, versions.c.device_id == device_id)
    columns = [versions.c[name] for name in ("id", "number", "digest", "ros_version", "menus", "marker")]
    row = session.execute(select(*columns).where(*mine).order_by(versions.c.number.desc()).limit(1)).one_or_none()
    if row is None:
        return None
    now = session.execute(select(states.c.marker).where(states.c.device_id == device_id)).scalar()
    marker = row.marker if now is None else now
    return Last(row.id, row.number, bytes(row.digest), row.ros_version, tuple(row.menus), marker)


def store(session: Session, keyring: Keyring, asking: Asking, text: Text) -> Stored:
    """Store a whole configuration: a new version only where it says something else than the last one.

    Raises Unavailable where OpenBao is away; then nothing is stored at all.
    """
    keys = keyring.writing(session, asking.tenant_id, asking.at)
    _hold(session, asking)
    digest = keys.digest(text.normal)
    known = last(session, asking.tenant_id, asking.device_id)
    if known is not None and known.digest == digest:
        seen = update(versions).where(versions.c.id == known.id, versions.c.last_seen < asking.at)
        session.execute(seen.values(last_seen=asking.at))
        done = Stored(Finding.SAME, known.id, known.number)
    else:
        done = _another(session, keys, asking, text, 1 if known is None else known.number + 1)
    _read(session, asking, done.finding, version_id=done.version_id)
    changed = {"changed_at": asking.at} if done.finding is Finding.NEW else {}
    whole = {"whole_at": asking.at, "version_id": done.version_id, "number": done.number, "marker": text.marker}
    _note(session, asking, {**changed, **whole, "finding": done.finding.value, "code": None, "why": None})
    return done


def aside(session: Session, keyring: Keyring, asking: Asking, text: Text, why: str) -> Stored:
    """Keep a text aside that is not whole: it is never a version. Raises Unavailable."""
    keys = keyring.writing(session, asking.tenant_id, asking.at)
    _hold(session, asking)
    place = uuid4()
    kept = {
        "key_id": keys.data.id,
        "sealed": seal(keys.data, asking.tenant_id, place, text.data),
        "size": len(text.data),
    }
    _read(session, asking, Finding.INCOMPLETE, id=place, why=why, code="config_incomplete", **kept)
    _failed(session, asking, Finding.INCOMPLETE, "config_incomplete", why)
    return Stored(Finding.INCOMPLETE)


def fail(session: Session, asking: Asking, code: str, why: str) -> Stored:
    """Note that a configuration could not be read."""
    _hold(session, asking)
    _read(session, asking, Finding.FAILED, why=why, code=code)
    _failed(session, asking, Finding.FAILED, code, why)
    return Stored(Finding.FAILED)


def _another(session: Session, keys: Keys, asking: Asking, text: Text, number: int) -> Stored:
    made = uuid4()
    session.execute(
        insert(versions).values(
            id=made,
            tenant_id=asking.tenant_id,
            device_id=asking.device_id,
            number=number,
            digest=keys.digest(text.normal),
            key_id=keys.data.id,
            sealed=seal(keys.data, asking.tenant_id, made, text.data),
            size=len(text.data),
            lines=text.data.count(b"\n"),
            ros_version=text.ros_version,
            menus=list(text.menus),
            marker=text.marker,
            history=[dict(one) for one in text.history[:KEPT_ACTIONS]],
            reason=asking.reason.value,
            asked_by=asking.by,
            first_seen=asking.at,
            last_seen=asking.at,
        )
    )
    return Stored(Finding.NEW, made, number)


def _hold(session: Session, asking: Asking) -> Row[Any]:
    """Let nobody else store of this device until the transaction ends; raises BadInput where it is gone."""
    row = {"device_id": asking.device_id, "tenant_id": asking.tenant_id, "failures": 0}
    with refusing(session):
        session.execute(upsert(states).values(row).on_conflict_do_nothing())
    mine = (states.c.tenant_id == asking.tenant_id, states.c.device_id == asking.device_id)
    return session.execute(select(states.c.failures).where(*mine).with_for_update()).one()


def _read(session: Session, asking: Asking, finding: Finding, **more: object) -> None:
    facts = {
        "id": uuid4(),
        "tenant_id": asking.tenant_id,
        "device_id": asking.device_id,
        "at": asking.at,
        "reason": asking.reason.value,
        "asked_by": asking.by,
        "finding": finding.value,
    }
    session.execute(insert(readings).values({**facts, **more}))


def _failed(session: Session, asking: Asking, finding: Finding, code: str, why: str) -> None:
    told = {"finding": finding.value, "code": code, "why": why, "failures": states.c.failures + 1}
    _note(session, asking, told)


def _note(session: Session, asking: Asking, facts: Mapping[str, object]) -> None:
    mine = (states.c.tenant_id == asking.tenant_id, states.c.device_id == asking.device_id)
    session.execute(update(states).where(*mine).values({"read_at": asking.at, "failures": 0, **facts}))
