"""The plain tables of searches for routers: what was searched, how far it is, and what answered."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKeyConstraint,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import CIDR, INET, JSONB

from db.columns import check, instant, metadata, one_of, tenant
from fleet.scanning import FASTEST, MOST, SLOWEST, Progress

scans = Table(
    "scans",
    metadata,
    Column("id", Uuid, primary_key=True),
    tenant(),
    Column("network", CIDR, nullable=False),
    Column("ports", JSONB, nullable=False),
    Column("rate", Double, nullable=False),
    Column("created_by", Text, nullable=False),
    instant("created_at"),
    Column("state", Text, nullable=False),
    Column("total", Integer, nullable=False),
    Column("tried", Integer, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    instant("ended_at", nullable=True),
    Column("error", Text),
    UniqueConstraint("tenant_id", "id"),
    Index("ix_scans_live", "tenant_id", unique=True, postgresql_where=text("ended_at IS NULL")),
    Index(None, "tenant_id", "created_at", "id"),
    one_of("state", Progress),
    check("ended_at", "(ended_at IS NULL) = (state IN ('waiting', 'running'))"),
    check("total", f"total BETWEEN 0 AND {MOST}"),
    check("tried", "tried BETWEEN 0 AND total"),
    check("rate", f"rate BETWEEN {SLOWEST:g} AND {FASTEST:g}"),
    check("ports", "jsonb_typeof(ports) = 'object'"),
    check("created_by", "length(created_by) BETWEEN 1 AND 254"),
)
"""A tenant has one that goes on at most. Whoever works on it does so under an epoch, which grows with each claim."""

scan_findings = Table(
    "scan_findings",
    metadata,
    Column("scan_id", Uuid, primary_key=True),
    Column("address", INET, primary_key=True),
    Column("tenant_id", Uuid, nullable=False),
    Column("ports", JSONB, nullable=False),
    Column("fingerprint", Text),
    Column("speaks", Boolean, nullable=False),
    ForeignKeyConstraint(["tenant_id", "scan_id"], ["scans.tenant_id", "scans.id"], ondelete="CASCADE"),
    Index(None, "tenant_id", "scan_id"),
    check("ports", "jsonb_typeof(ports) = 'object'"),
    check("fingerprint", "fingerprint ~ '^[0-9a-f]{64}$'"),
)
