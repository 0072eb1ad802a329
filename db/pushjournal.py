"""The journal of a push as the owner of its device writes it: append only, under the epoch of the partition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select, update

from db.access import POLLER
from db.engine import Stores, reachable
from db.pushes import entry as read
from db.pushtables import push_journal as journal
from db.pushtables import pushes as table
from fleet.changes import FINAL, Entry, PushState
from fleet.identity import TenantId


@dataclass(frozen=True, slots=True)
class Sealed:
    """A push as its owner finds it: ``text`` is what is to be done, as ciphertext; None once it is over.

    ``former`` is what the touched menus held before, as ciphertext; None where nobody kept it.
    """

    tenant_id: TenantId
    text: str | None = field(repr=False)
    total: int
    risky: bool
    override: str | None
    state: PushState
    former: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class PushBook:
    """The journals. Every method blocks and raises Unavailable while the database is away."""

    stores: Stores

    def find(self, push_id: UUID) -> Sealed | None:
        """Find a push; None where it is gone."""
        columns = ("tenant_id", "sealed", "total", "risky", "override", "state", "former")
        query = select(*(table.c[name] for name in columns)).where(table.c.id == push_id)
        with reachable(), self.stores.engine(POLLER).connect() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            return None
        told = (row.sealed, row.total, row.risky, row.override, PushState(row.state), row.former)
        return Sealed(TenantId(row.tenant_id), *told)

    def entries(self, push_id: UUID, epoch: int) -> Sequence[Entry] | None:
        """Take a push over under an epoch and read its journal; None where a newer owner has it.

        From then on nobody writes under an older epoch.
        """
        taken = (
            update(table)
            .where(table.c.id == push_id, table.c.epoch <= epoch)
            .values(epoch=epoch)
            .returning(table.c.id)
        )
        query = select(journal).where(journal.c.push_id == push_id).order_by(journal.c.seq)
        with reachable(), self.stores.engine(POLLER).begin() as connection:
            if connection.execute(taken).one_or_none() is None:
                return None
            return [read(row) for row in connection.execute(query)]

    def keep(self, push_id: UUID, epoch: int, former: str) -> bool:
        """Keep what was before, as ciphertext; False where another owner has the push."""
        mine = (table.c.id == push_id, table.c.epoch == epoch, table.c.ended_at.is_(None))
        held = update(table).where(*mine).values(former=former).returning(table.c.id)
        with reachable(), self.stores.engine(POLLER).begin() as connection:
            return connection.execute(held).scalar_one_or_none() is not None

    def write(self, note: Note) -> bool:
        """Append an entry; False where another owner has the push, or has written meanwhile."""
        over = note.state in FINAL
        mine = (table.c.id == note.push_id, table.c.epoch == note.epoch, table.c.entries == note.seq)
        values: dict[str, object] = {"state": note.state.value, "entries": note.seq + 1}
        if note.seq == 0:
            values["started_at"] = note.at
        if over:
            values |= {"ended_at": note.at, "sealed": None, "former": None, "digest": None}
            values |= {"error": note.error, "error_code": note.error_code}
        held = update(table).where(*mine).values(values).returning(table.c.tenant_id)
        with reachable(), self.stores.engine(POLLER).begin() as connection:
            tenant_id = connection.execute(held).scalar_one_or_none()
            if tenant_id is None:
                return False
            connection.execute(insert(journal), [note.row(tenant_id)])
            return True


@dataclass(frozen=True, slots=True)
class Note:
    """An entry that is to be written as the ``seq``-th, with the state that the push has then."""

    push_id: UUID
    epoch: int
    seq: int
    at: datetime
    entry: Entry
    state: PushState
    error_code: str | None = None
    error: str | None = None

    def row(self, tenant_id: UUID) -> dict[str, object]:
        """Lay it out for the table."""
        entry = self.entry
        return {
            "push_id": self.push_id,
            "seq": self.seq,
            "tenant_id": tenant_id,
            "at": self.at,
            "epoch": self.epoch,
            "step": entry.step.value,
            "seen": entry.seen.value if entry.seen else None,
            "number": entry.number,
            "detail": dict(entry.detail),
        }
