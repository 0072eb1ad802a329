"""Whether sessions and keys still stand, many at once: what open streams are watched by.

A request shows its credential each time; a stream shows it once, and is then known by what stands for it here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from sqlalchemy.orm import Session

from db import accounts, keys, sessions
from db.engine import Stores
from db.platform import platform_session
from db.tables import api_keys
from db.tables import sessions as table
from fleet.identity import Principal, TenantId


class Kind(StrEnum):
    """What a principal can be known by."""

    SESSION = "session"
    KEY = "key"


@dataclass(frozen=True, slots=True)
class Credential:
    """What a principal is known by in the database: a session's id or a key's hash. Nobody can enter with it."""

    kind: Kind
    mark: bytes

    @classmethod
    def of_session(cls, session_id: UUID) -> Self:
        return cls(Kind.SESSION, session_id.bytes)

    @classmethod
    def of_key(cls, key: str) -> Self:
        return cls(Kind.KEY, keys.digest(key))

    def __str__(self) -> str:
        return f"{self.kind}:{self.mark.hex()}"

    @classmethod
    def read(cls, text: str) -> Self:
        """Read what ``str`` wrote; raises ValueError for anything else."""
        kind, _, mark = text.partition(":")
        return cls(Kind(kind), bytes.fromhex(mark))


def standing(stores: Stores, shown: Collection[Credential], now: datetime) -> Mapping[Credential, Principal]:
    """Tell who stands behind each credential now; one that was revoked or has expired is missing.

    Raises Unavailable where the database is away.
    """
    if not shown:
        return {}
    with platform_session(stores, "check the sessions and keys of open streams") as session:
        return {**_sessions(session, _of(Kind.SESSION, shown), now), **_keys(session, _of(Kind.KEY, shown), now)}


def _of(kind: Kind, shown: Collection[Credential]) -> list[bytes]:
    return [credential.mark for credential in shown if credential.kind is kind]


def _sessions(session: Session, marks: list[bytes], now: datetime) -> dict[Credential, Principal]:
    if not marks:
        return {}
    ids = [UUID(bytes=mark) for mark in marks]
    held: dict[Credential, list[Any]] = defaultdict(list)
    for row in session.execute(sessions.STANDING.where(table.c.id.in_(ids)), {"now": now}):
        held[Credential.of_session(row.id)].append(row)
    return {of: _person(rows) for of, rows in held.items()}


def _person(rows: Sequence[Any]) -> Principal:
    role = accounts.highest(row.role for row in rows)
    return Principal.person(TenantId(rows[0].tenant_id), rows[0].email, role)


def _keys(session: Session, hashes: list[bytes], now: datetime) -> dict[Credential, Principal]:
    if not hashes:
        return {}
    found = session.execute(keys.STANDING.where(api_keys.c.hash.in_(hashes)), {"now": now})
    return {Credential(Kind.KEY, row.hash): keys.holder(row) for row in found}
