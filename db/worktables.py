"""The plain tables of the work on devices: who polls them, what is done to them, and what is to be done when."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from db.columns import check, instant, metadata, one_of, partition, tenant
from fleet.operations import Outcome

assignment = Table(
    "assignment",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("version", BigInteger, nullable=False),
    check("id", "id = 1"),
    check("version", "version >= 0"),
)
"""One row, whose version grows with every change of ``partitions``; a new epoch is the version that it came with."""

partitions = Table(
    "partitions",
    metadata,
    Column("partition", SmallInteger, primary_key=True, autoincrement=False),
    Column("epoch", BigInteger, nullable=False),
    Column("poller", Text),
    Column("incarnation", Uuid),
    Column("wanted", Text),
    instant("since", nullable=True),
    instant("taken_at", nullable=True),
    instant("released_at", nullable=True),
    Column("fence_sequence", BigInteger),
    instant("fence_created", nullable=True),
    Index(None, "incarnation"),
    partition(),
    check("epoch", "epoch >= 0"),
    check("owner", "(poller IS NULL) = (incarnation IS NULL)"),
    check("fence", "(fence_sequence IS NULL) = (fence_created IS NULL)"),
)
"""Who owns each partition, under which epoch; there is a row for every partition from the beginning."""

outbox = Table(
    "outbox",
    metadata,
    Column("event_id", Uuid, primary_key=True),
    tenant(),
    Column("subject", Text, nullable=False),
    Column("event", LargeBinary, nullable=False),
    instant("created_at"),
    instant("published_at", nullable=True),
    Index("ix_outbox_waiting", "created_at", postgresql_where=text("published_at IS NULL")),
    Index(None, "published_at"),
    Index(None, "tenant_id"),
)
"""Events that are to be published because something was committed in the same transaction."""

operations = Table(
    "operations",
    metadata,
    Column("id", Uuid, primary_key=True),
    tenant(),
    Column("device_id", Uuid),
    Column("kind", Text, nullable=False),
    Column("by", Text, nullable=False),
    instant("at"),
    instant("ended_at", nullable=True),
    Column("outcome", Text, nullable=False),
    Column("error", Text),
    Column("request_id", Text),
    Column("detail", JSONB, nullable=False),
    Index(None, "tenant_id", "at", "id"),
    Index(None, "tenant_id", "device_id", "at"),
    one_of("outcome", Outcome),
    check("kind", "kind ~ '^[a-z][a-z_.]{0,62}$'"),
    check("by", 'length("by") BETWEEN 1 AND 254'),
    check("ended", "(ended_at IS NULL) = (outcome = 'pending')"),
)
"""What was done to which device, by whom, when, with what outcome; a device that is gone keeps its history."""

schedules = Table(
    "schedules",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("tenant_id", Uuid, ForeignKey("tenants.id", ondelete="CASCADE")),
    Column("kind", Text, nullable=False),
    Column("every_seconds", Double, nullable=False),
    instant("next_at"),
    Column("epoch", BigInteger, nullable=False),
    Column("claimed_by", Text),
    instant("claimed_until", nullable=True),
    instant("last_at", nullable=True),
    Column("last_outcome", Text),
    Column("last_error", Text),
    Column("detail", JSONB, nullable=False),
    Index(None, "next_at"),
    Index(None, "tenant_id"),
    UniqueConstraint("tenant_id", "kind", postgresql_nulls_not_distinct=True),
    check("kind", "kind ~ '^[a-z][a-z_.]{0,62}$'"),
    check("every_seconds", "every_seconds > 0"),
    check("epoch", "epoch >= 0"),
    check("claim", "(claimed_by IS NULL) = (claimed_until IS NULL)"),
    one_of("last_outcome", Outcome),
)
"""What is to be done again and again, when next, and who does it now; without a tenant it is the platform's own."""
