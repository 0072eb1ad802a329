"""Searches for routers: asked for and cancelled by a tenant, done in pieces by whoever holds the newest epoch."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Row, Select, delete, func, insert, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from db import operations
from db.operations import Author
from db.rules import refusing
from db.scantables import scan_findings as findings
from db.scantables import scans as table
from db.tables import devices
from fleet import scanning
from fleet.egress import Network
from fleet.errors import BadInput, Conflict, NotFound
from fleet.identity import DeviceId, TenantId
from fleet.scanning import Found, Progress, Service

KEPT = 20
"""Searches of a tenant that are kept; older ones go when a new one begins."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be searched: the ports of which services, and how many connections a second."""

    network: Network
    ports: Mapping[Service, int]
    rate: float


@dataclass(frozen=True, slots=True)
class Scan:
    """A search, how many of its addresses were tried, and how many have answered."""

    id: UUID
    tenant_id: TenantId
    wanted: Wanted
    created_by: str
    created_at: datetime
    state: Progress
    total: int
    tried: int
    epoch: int
    ended_at: datetime | None
    error: str | None
    found: int


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found at an address, and the device of the tenant that is there already."""

    found: Found
    device_id: DeviceId | None


_COUNT = select(func.count()).where(findings.c.scan_id == table.c.id).scalar_subquery()
_STORED = ("id", "tenant_id", "created_by", "created_at", "state", "total", "tried", "epoch", "ended_at", "error")
_ROW: Select[Any] = select(*(table.c[name] for name in (*_STORED, "network", "ports", "rate")), _COUNT.label("found"))
_LIVE = table.c.ended_at.is_(None)


def page(session: Session, after: UUID | None, limit: int) -> list[Scan]:
    """Read up to ``limit`` searches of the tenant from the newest on, those behind the search ``after``.

    Raises BadInput where the tenant has none of the id ``after``.
    """
    place = (table.c.created_at, table.c.id)
    query = _ROW.order_by(*(column.desc() for column in place)).limit(limit)
    if after is not None:
        last = session.execute(select(*place).where(table.c.id == after)).one_or_none()
        if last is None:
            raise BadInput("There is no such page.", "Begin anew without `after`, and give each page's `next`.")
        query = query.where(tuple_(*place) < tuple_(*last))
    return [_scan(row) for row in session.execute(query)]


def one(session: Session, scan_id: UUID) -> Scan:
    """Read one search; raises NotFound where the tenant has none of that id."""
    row = session.execute(_ROW.where(table.c.id == scan_id)).one_or_none()
    if row is None:
        raise _missing(scan_id)
    return _scan(row)


def found(session: Session, scan_id: UUID, after: str | None, limit: int) -> list[Finding]:
    """Read up to ``limit`` findings by address, those behind the address ``after``."""
    query = select(findings).where(findings.c.scan_id == scan_id).order_by(findings.c.address).limit(limit)
    if after is not None:
        query = query.where(findings.c.address > after)
    rows = session.execute(query).all()
    known = _devices(session, [str(row.address) for row in rows])
    return [Finding(_found(row), known.get(str(row.address))) for row in rows]


def live(session: Session, most: int) -> list[UUID]:
    """Name up to ``most`` searches that go on, of all tenants; the caller's session is the platform's.

    Those that had the fewest turns come first: a slow one does not keep others waiting for hours.
    """
    turns = select(table.c.id).where(_LIVE).order_by(table.c.epoch, table.c.created_at).limit(most)
    return list(session.execute(turns).scalars())


def claim(session: Session, scan_id: UUID) -> Scan | None:
    """Take a search under a new epoch, which shuts out whoever had it; None where it has ended."""
    begun = {"epoch": table.c.epoch + 1, "state": Progress.RUNNING.value}
    taken = session.execute(update(table).where(table.c.id == scan_id, _LIVE).values(begun).returning(table.c.id))
    return None if taken.one_or_none() is None else one(session, scan_id)


def store(session: Session, held: Scan, tried: int, answered: Sequence[Found]) -> bool:
    """Keep what was found among the first ``tried`` addresses; False where the search is another's or has ended."""
    if not _write(session, held, {"tried": tried}):
        return False
    if answered:
        rows = [
            {
                "scan_id": held.id,
                "tenant_id": held.tenant_id,
                "address": one.address,
                "ports": dict(one.ports),
                "fingerprint": one.fingerprint,
                "speaks": one.speaks,
            }
            for one in answered
        ]
        session.execute(upsert(findings).on_conflict_do_nothing(), rows)
    return True


def end(session: Session, held: Scan, state: Progress, at: datetime, error: str | None = None) -> bool:
    """Note how a search ended; False where it is another's or has ended before."""
    return _write(session, held, {"state": state.value, "ended_at": at, "error": error})


@dataclass(frozen=True, slots=True)
class Scans:
    """Begins and cancels the searches of a tenant in the caller's transaction, with the record of it."""

    session: Session
    author: Author
    tenant_id: TenantId

    def begin(self, wanted: Wanted) -> UUID:
        """Ask for a search, which the caller has checked; raises Conflict while another goes on."""
        made, at = uuid4(), self.author.at
        facts = {
            "id": made,
            "tenant_id": self.tenant_id,
            "network": str(wanted.network),
            "ports": dict(wanted.ports),
            "rate": wanted.rate,
            "created_by": self.author.by,
            "created_at": at,
            "state": Progress.WAITING.value,
            "total": len(scanning.addresses(wanted.network)),
            "tried": 0,
            "epoch": 0,
        }
        try:
            with refusing(self.session):
                self.session.execute(insert(table).values(facts))
        except Conflict as error:
            raise Conflict("A search of this tenant goes on.", "Wait until it has ended, or cancel it.") from error
        self._tidy()
        self._tell("scan.started", made, str(wanted.network))
        return made

    def cancel(self, scan_id: UUID) -> bool:
        """End a search; False where it has ended already. Raises NotFound."""
        mine = (table.c.tenant_id == self.tenant_id, table.c.id == scan_id)
        ended = {"state": Progress.CANCELLED.value, "ended_at": self.author.at}
        network = self.session.execute(
            update(table).where(*mine, _LIVE).values(ended).returning(table.c.network)
        ).scalar()
        if network is None:
            one(self.session, scan_id)
            return False
        self._tell("scan.cancelled", scan_id, str(network))
        return True

    def _tidy(self) -> None:
        mine = table.c.tenant_id == self.tenant_id
        kept = select(table.c.id).where(mine).order_by(table.c.created_at.desc(), table.c.id).limit(KEPT)
        self.session.execute(delete(table).where(mine, ~_LIVE, table.c.id.not_in(kept)))

    def _tell(self, kind: str, scan_id: UUID, network: str) -> None:
        detail = {"name": network, "fields": [], "scan_id": str(scan_id)}
        operations.record(self.session, self.author.did(kind, self.tenant_id, detail))


def _write(session: Session, held: Scan, values: Mapping[str, Any]) -> bool:
    mine: tuple[ColumnElement[bool], ...] = (table.c.id == held.id, table.c.epoch == held.epoch, _LIVE)
    return session.execute(update(table).where(*mine).values(values).returning(table.c.id)).one_or_none() is not None


def _devices(session: Session, addresses: Collection[str]) -> dict[str, DeviceId]:
    """Find the tenant's devices at some addresses."""
    there = devices.c.address.in_(addresses)
    rows = session.execute(select(devices.c.address, devices.c.id).where(there).order_by(devices.c.created_at))
    return {row.address: row.id for row in rows}


def _scan(row: Row[Any]) -> Scan:
    facts = dict(row._mapping)
    network, ports, rate = (facts.pop(name) for name in ("network", "ports", "rate"))
    wanted = Wanted(scanning.network(str(network)), _ports(ports), rate)
    return Scan(wanted=wanted, **facts | {"state": Progress(facts["state"])})


def _found(row: Row[Any]) -> Found:
    return Found(str(row.address), _ports(row.ports), row.fingerprint, row.speaks)


def _ports(stored: Mapping[str, int]) -> dict[Service, int]:
    return {Service(name): port for name, port in stored.items()}


def _missing(scan_id: UUID) -> NotFound:
    return NotFound(f"There is no scan {scan_id}.", "List the tenant's scans for their ids.")
