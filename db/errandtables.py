"""The table of what owners of devices are to do with them."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, SmallInteger, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from db.columns import check, instant, metadata, one_of, partition, tenant
from fleet.errands import ErrandState

errands = Table(
    "errands",
    metadata,
    Column("id", Uuid, primary_key=True),
    tenant(),
    Column("device_id", Uuid, nullable=False),
    Column("partition", SmallInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("by", Text, nullable=False),
    instant("at"),
    instant("expires_at"),
    Column("request_id", Text),
    Column("detail", JSONB, nullable=False),
    Column("state", Text, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("attempt", Integer, nullable=False),
    instant("not_before", nullable=True),
    instant("ended_at", nullable=True),
    Column("error", Text),
    Index("ix_errands_open", "partition", postgresql_where=text("ended_at IS NULL")),
    Index(None, "tenant_id", "device_id", "at"),
    Index(None, "ended_at"),
    partition(),
    one_of("state", ErrandState),
    check("kind", "kind ~ '^[a-z][a-z_.]{0,62}$'"),
    check("by", 'length("by") BETWEEN 1 AND 254'),
    check("ended", "(ended_at IS NULL) = (state IN ('waiting', 'taken'))"),
    check("epoch", "epoch >= 0"),
    check("attempt", "attempt >= 0"),
)
"""Taken under the epoch of the device's partition; a device that is gone keeps those that ended, for a while."""
