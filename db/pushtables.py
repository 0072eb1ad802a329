"""The plain tables of pushes: what is changed on which device, and the journal of every step."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from db.columns import check, instant, metadata, one_of, quoted, tenant
from fleet.changes import FINAL, PushState, Seen, Step

pushes = Table(
    "pushes",
    metadata,
    Column("id", Uuid, primary_key=True),
    tenant(),
    Column("device_id", Uuid, nullable=False),
    Column("wave_id", Uuid),
    Column("source", Text, nullable=False),
    Column("sealed", Text),
    Column("digest", Text),
    Column("shown", JSONB, nullable=False),
    Column("risks", JSONB, nullable=False),
    Column("total", Integer, nullable=False),
    Column("risky", Boolean, nullable=False),
    Column("override", Text),
    Column("reason", Text),
    Column("by", Text, nullable=False),
    instant("at"),
    Column("state", Text, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("entries", Integer, nullable=False),
    Column("error_code", Text),
    Column("error", Text),
    instant("started_at", nullable=True),
    instant("ended_at", nullable=True),
    Column("former", Text),
    UniqueConstraint("tenant_id", "id"),
    Index(None, "tenant_id", "at", "id"),
    Index(None, "tenant_id", "device_id", "at"),
    Index(None, "wave_id"),
    Index("ix_pushes_live", "device_id", postgresql_where=text("ended_at IS NULL")),
    Index(None, "ended_at"),
    one_of("state", PushState),
    check("ended", f"(ended_at IS NULL) = (state NOT IN ({quoted(sorted(FINAL))}))"),
    check("sealed", "sealed LIKE 'vault:%'"),
    check("former", "former LIKE 'vault:%'"),
    check("open", "ended_at IS NOT NULL OR (sealed IS NOT NULL AND digest IS NOT NULL)"),
    check("override", "(override IS NULL) = (reason IS NULL)"),
    check("by", 'length("by") BETWEEN 1 AND 254'),
    check("total", "total > 0"),
    check("entries", "entries >= 0"),
    check("epoch", "epoch >= 0"),
)
"""``sealed`` is what is to be done, under the tenant's key; it goes once that is over, and ``shown`` stays, masked.
``former`` is what the touched menus held before, under the same key, and goes with it.

``digest`` tells the same push from another, by a slow hash. ``id`` is that of its errand, too.
"""

push_journal = Table(
    "push_journal",
    metadata,
    Column("push_id", Uuid, primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("tenant_id", Uuid, nullable=False),
    instant("at"),
    Column("epoch", BigInteger, nullable=False),
    Column("step", Text, nullable=False),
    Column("seen", Text),
    Column("number", Integer, nullable=False),
    Column("detail", JSONB, nullable=False),
    ForeignKeyConstraint(["tenant_id", "push_id"], ["pushes.tenant_id", "pushes.id"], ondelete="CASCADE"),
    Index(None, "tenant_id", "push_id"),
    one_of("step", Step),
    one_of("seen", Seen),
    check("number", "number >= 0"),
    check("seq", "seq >= 0"),
)
"""A step is written before it is done, and again with what was seen of it; nothing is changed later."""
