"""The keys of tenants' configurations: wrapped by OpenBao in the database, unwrapped in memory for five minutes."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any, Final, Protocol
from uuid import UUID, uuid4

from sqlalchemy import insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from db.backuptables import PURPOSES
from db.backuptables import config_keys as table
from db.sealing import Key, Keys, SealBroken, fresh
from db.vault import BrokenSecret
from fleet.identity import TenantId

KEPT_SECONDS: Final = 300.0

_ROW = (table.c.id, table.c.tenant_id, table.c.purpose, table.c.wrapped)


class Safe(Protocol):
    """What is needed of ``db.vault.Vault``; it raises Unavailable where it is away."""

    def seal(self, tenant_id: TenantId, secrets: Sequence[bytes]) -> list[str]: ...
    def open(self, tenant_id: TenantId, sealed: Sequence[str]) -> list[bytes | BrokenSecret]: ...


@dataclass(frozen=True, slots=True)
class _Kept:
    key: Key
    until: float


class Keyring:
    """Gives tenants' keys, to threads as well. Where OpenBao is away, what is in memory serves for its five minutes.

    Nothing of a key is ever written but what OpenBao wrapped.
    """

    def __init__(self, safe: Safe, now: Callable[[], float] = time.monotonic) -> None:
        self._safe = safe
        self._now = now
        self._kept: dict[tuple[TenantId, UUID], _Kept] = {}
        self._lock = Lock()

    def writing(self, session: Session, tenant_id: TenantId, at: datetime) -> Keys:
        """Give the keys that a tenant's texts are stored with now; the first time they are made.

        Raises Unavailable where OpenBao is away, SealBroken where a key does not open.
        """
        rows = _used(session, tenant_id)
        if len(rows) < len(PURPOSES):
            self._make(session, tenant_id, [p for p in PURPOSES if p not in rows], at)
            rows = _used(session, tenant_id)
        keys = self._open(tenant_id, rows.values())
        return Keys(*(keys[rows[purpose].id] for purpose in PURPOSES))

    def reading(self, session: Session, tenant_id: TenantId, ids: Collection[UUID]) -> Mapping[UUID, Key]:
        """Give a tenant's keys by their ids; raises Unavailable, or SealBroken."""
        fresh_ones = self._held(tenant_id, ids)
        if len(fresh_ones) == len(set(ids)):
            return fresh_ones
        rows = session.execute(select(*_ROW).where(table.c.tenant_id == tenant_id, table.c.id.in_(ids))).all()
        return self._open(tenant_id, rows)

    def forget(self) -> None:
        """Forget every key."""
        with self._lock:
            self._kept.clear()

    def _make(self, session: Session, tenant_id: TenantId, purposes: Sequence[str], at: datetime) -> None:
        """Make what is missing; where another process made it meanwhile, that one counts."""
        wrapped = self._safe.seal(tenant_id, [fresh() for _ in purposes])
        for purpose, text in zip(purposes, wrapped, strict=True):
            row = {"id": uuid4(), "tenant_id": tenant_id, "purpose": purpose, "wrapped": text, "created_at": at}
            session.execute(upsert(table).values(row).on_conflict_do_nothing())

    def _held(self, tenant_id: TenantId, ids: Iterable[UUID]) -> dict[UUID, Key]:
        now = self._now()
        with self._lock:
            found = ((key_id, self._kept.get((tenant_id, key_id))) for key_id in ids)
            return {key_id: kept.key for key_id, kept in found if kept is not None and kept.until > now}

    def _open(self, tenant_id: TenantId, rows: Iterable[Any]) -> Mapping[UUID, Key]:
        wanted: dict[UUID, str] = {row.id: row.wrapped for row in rows}
        found = self._held(tenant_id, wanted)
        missing = [key_id for key_id in wanted if key_id not in found]
        if missing:
            until = self._now() + KEPT_SECONDS
            opened = self._safe.open(tenant_id, [wanted[key_id] for key_id in missing])
            for key_id, secret in zip(missing, opened, strict=True):
                found[key_id] = _key(key_id, secret)
            with self._lock:
                self._kept |= {(tenant_id, key_id): _Kept(found[key_id], until) for key_id in missing}
        return found


def rotate(session: Session, safe: Safe, tenant_id: TenantId, at: datetime) -> UUID:
    """Let a tenant's texts be encrypted with a new key from now on; older ones stay under theirs.

    The caller's session is the platform's. Raises Unavailable.
    """
    (wrapped,) = safe.seal(tenant_id, [fresh()])
    mine = (table.c.tenant_id == tenant_id, table.c.purpose == "data", table.c.retired_at.is_(None))
    session.execute(update(table).where(*mine).values(retired_at=at))
    made = uuid4()
    row = {"id": made, "tenant_id": tenant_id, "purpose": "data", "wrapped": wrapped, "created_at": at}
    session.execute(insert(table).values(row))
    return made


def wrapped(session: Session, tenant_id: TenantId) -> dict[UUID, str]:
    """Read the wrapped keys of a tenant."""
    rows = session.execute(select(table.c.id, table.c.wrapped).where(table.c.tenant_id == tenant_id))
    return {row.id: row.wrapped for row in rows}


def rewrap(session: Session, tenant_id: TenantId, before: Mapping[UUID, str], after: Mapping[UUID, str]) -> int:
    """Put newly wrapped keys in the place of those that are still as they were; tells how many."""
    changed = 0
    for key_id, text in after.items():
        mine = (table.c.tenant_id == tenant_id, table.c.id == key_id, table.c.wrapped == before[key_id])
        done = session.execute(update(table).where(*mine).values(wrapped=text).returning(table.c.id))
        changed += len(done.all())
    return changed


def _used(session: Session, tenant_id: TenantId) -> dict[str, Any]:
    rows = session.execute(select(*_ROW).where(table.c.tenant_id == tenant_id, table.c.retired_at.is_(None)))
    return {row.purpose: row for row in rows}


def _key(key_id: UUID, secret: bytes | BrokenSecret) -> Key:
    if isinstance(secret, BrokenSecret):
        raise SealBroken(
            f"The key of a tenant's configurations cannot be opened: {secret.reason}.",
            "Restore OpenBao's data from its backup; without the key its configurations cannot be read.",
        )
    return Key(key_id, secret)
