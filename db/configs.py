"""The configurations of a tenant as it reads them: versions, their texts, readings, and where each device stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from db import operations
from db.backuptables import config_readings as readings
from db.backuptables import config_state as states
from db.backuptables import config_versions as versions
from db.errandtables import errands
from db.keyring import Keyring
from db.operations import Author
from db.sealing import unseal
from db.tables import devices
from fleet.backups import ERRAND, Finding, Reason
from fleet.errors import BadInput, NotFound
from fleet.identity import DeviceId, TenantId


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a device's configuration, without its text."""

    id: UUID
    tenant_id: TenantId
    device_id: DeviceId
    number: int
    size: int
    lines: int
    ros_version: str
    history: Sequence[Mapping[str, Any]]
    reason: Reason
    asked_by: str
    first_seen: datetime
    last_seen: datetime
    pinned_at: datetime | None
    pinned_by: str | None
    note: str | None


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading; ``why`` where it was not whole or failed, ``size`` where such a text is kept aside."""

    id: UUID
    device_id: DeviceId
    at: datetime
    reason: Reason
    asked_by: str
    finding: Finding
    version_id: UUID | None
    code: str | None
    why: str | None
    size: int | None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a device stands: the version that it has, when it was read, and what is wrong since."""

    device_id: DeviceId
    name: str
    read_at: datetime | None
    whole_at: datetime | None
    changed_at: datetime | None
    version_id: UUID | None
    number: int | None
    finding: Finding | None
    code: str | None
    why: str | None
    failures: int


@dataclass(frozen=True, slots=True)
class Tally:
    """How many devices there are, have a whole backup, were not read whole the last time, and wait for a backup."""

    devices: int
    whole: int
    wrong: int
    waiting: int


_VERSION: Select[Any] = select(*(versions.c[name] for name in Version.__slots__))
_READING: Select[Any] = select(*(readings.c[name] for name in Reading.__slots__))
_STANDING: Select[Any] = select(
    devices.c.id.label("device_id"),
    devices.c.name,
    *(states.c[name] for name in Standing.__slots__ if name not in ("device_id", "name", "failures")),
    func.coalesce(states.c.failures, 0).label("failures"),
).join_from(
    devices, states, and_(states.c.tenant_id == devices.c.tenant_id, states.c.device_id == devices.c.id), isouter=True
)

_WRONG = states.c.finding.in_((Finding.INCOMPLETE, Finding.FAILED))


def page(session: Session, device_id: DeviceId, before: int | None, limit: int) -> list[Version]:
    """Read up to ``limit`` versions of a device from the newest on, those of a number below ``before``."""
    query = _VERSION.where(versions.c.device_id == device_id).order_by(versions.c.number.desc()).limit(limit)
    if before is not None:
        query = query.where(versions.c.number < before)
    return [_version(row) for row in session.execute(query)]


def one(session: Session, version_id: UUID) -> Version:
    """Read one version; raises NotFound where the tenant has none of that id."""
    return _only(session, versions.c.id == version_id, f"There is no version {version_id}.")


def numbered(session: Session, device_id: DeviceId, number: int | None) -> Version:
    """Read a device's version of a number, the newest where that is None; raises NotFound."""
    if number is None:
        found = page(session, device_id, None, 1)
        if not found:
            raise NotFound("There is no backup of this device yet.", "Take one now: flotilla config backup.")
        return found[0]
    mine = and_(versions.c.device_id == device_id, versions.c.number == number)
    return _only(session, mine, f"There is no version {number} of this device.")


def recent(session: Session, after: UUID | None, limit: int) -> list[Version]:
    """Read the tenant's newest versions, of all devices; raises BadInput for an unknown ``after``."""
    place = (versions.c.first_seen, versions.c.id)
    query = _VERSION.order_by(*(column.desc() for column in place)).limit(limit)
    if after is not None:
        query = query.where(tuple_(*place) < tuple_(*_place(session, place, versions.c.id == after)))
    return [_version(row) for row in session.execute(query)]


def text(session: Session, keyring: Keyring, version: Version) -> bytes:
    """Read the text of a version, byte for byte; raises Unavailable where OpenBao is away, SealBroken."""
    wanted = select(versions.c.key_id, versions.c.sealed).where(versions.c.id == version.id)
    row = session.execute(wanted).one()
    key = keyring.reading(session, version.tenant_id, [row.key_id])[row.key_id]
    return unseal(key, version.tenant_id, version.id, bytes(row.sealed))


def read(session: Session, device_id: DeviceId, after: UUID | None, limit: int) -> list[Reading]:
    """Read up to ``limit`` readings of a device from the newest on; raises BadInput for an unknown ``after``."""
    place = (readings.c.at, readings.c.id)
    query = _READING.where(readings.c.device_id == device_id).order_by(*(c.desc() for c in place)).limit(limit)
    if after is not None:
        query = query.where(tuple_(*place) < tuple_(*_place(session, place, readings.c.id == after)))
    return [_reading(row) for row in session.execute(query)]


def standings(session: Session, after: str | None, limit: int, only: Sequence[DeviceId] = ()) -> list[Standing]:
    """Tell where up to ``limit`` devices stand, by name, those behind the name ``after``; of some alone, if given."""
    query = _STANDING.order_by(devices.c.name).limit(limit)
    if after is not None:
        query = query.where(devices.c.name > after)
    if only:
        query = query.where(devices.c.id.in_(only))
    return [_standing(row) for row in session.execute(query)]


def lacking(session: Session, limit: int) -> list[Standing]:
    """Tell which devices have no whole backup, or were not read whole the last time."""
    query = (
        _STANDING.where(or_(states.c.whole_at.is_(None), _WRONG))
        .order_by(states.c.whole_at.asc().nulls_first(), devices.c.name)
        .limit(limit)
    )
    return [_standing(row) for row in session.execute(query)]


def tally(session: Session) -> Tally:
    """Count how the tenant's devices stand."""
    mine = and_(states.c.tenant_id == devices.c.tenant_id, states.c.device_id == devices.c.id)
    counts = func.count(devices.c.id), func.count(states.c.whole_at), func.count(case((_WRONG, 1)))
    known = session.execute(select(*counts).join_from(devices, states, mine, isouter=True)).one()
    waits = select(func.count()).where(errands.c.kind == ERRAND, errands.c.ended_at.is_(None))
    return Tally(*known, session.execute(waits).scalar_one())


def pinned(session: Session, only: Sequence[DeviceId]) -> dict[DeviceId, Version]:
    """Read of each of some devices the newest version that is pinned, where there is one."""
    mine = _VERSION.where(versions.c.device_id.in_(only), versions.c.pinned_at.is_not(None))
    newest = mine.ext(distinct_on(versions.c.device_id)).order_by(versions.c.device_id, versions.c.number.desc())
    found = (_version(row) for row in session.execute(newest))
    return {version.device_id: version for version in found}


def pin(session: Session, author: Author, version: Version, note: str | None) -> None:
    """Keep a version for good, under a note; None for the author of it lets it go again."""
    facts = {"pinned_at": author.at, "pinned_by": author.by, "note": note}
    _mark(session, author, version, facts, "config.pinned")


def unpin(session: Session, author: Author, version: Version) -> None:
    """Let a version go when its time has come."""
    _mark(session, author, version, {"pinned_at": None, "pinned_by": None, "note": None}, "config.unpinned")


def _mark(session: Session, author: Author, version: Version, facts: Mapping[str, object], kind: str) -> None:
    session.execute(update(versions).where(versions.c.id == version.id).values(facts))
    detail = {"number": version.number, "version_id": str(version.id), "fields": []}
    operations.record(session, author.did(kind, version.tenant_id, detail, version.device_id))


def _only(session: Session, mine: ColumnElement[bool], missing: str) -> Version:
    row = session.execute(_VERSION.where(mine)).one_or_none()
    if row is None:
        raise NotFound(missing, "List the device's versions; old ones are kept as long as the policy says.")
    return _version(row)


def _place(session: Session, place: Sequence[Any], mine: ColumnElement[bool]) -> Sequence[Any]:
    found = session.execute(select(*place).where(mine)).one_or_none()
    if found is None:
        raise BadInput("There is no such page.", "Begin anew without `after`, and give each page's `next`.")
    return found


def _version(row: Any) -> Version:
    facts = dict(row._mapping)
    return Version(**facts | {"reason": Reason(facts["reason"])})


def _reading(row: Any) -> Reading:
    facts = dict(row._mapping)
    return Reading(**facts | {"reason": Reason(facts["reason"]), "finding": Finding(facts["finding"])})


def _standing(row: Any) -> Standing:
    facts = dict(row._mapping)
    return Standing(**facts | {"finding": Finding(facts["finding"]) if facts["finding"] else None})
