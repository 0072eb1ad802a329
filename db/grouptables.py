"""The plain table of device groups: filters that people gave a name."""

from __future__ import annotations

from sqlalchemy import Column, Table, Text, UniqueConstraint, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from db.columns import check, instant, metadata, tenant

device_groups = Table(
    "device_groups",
    metadata,
    Column("id", Uuid, primary_key=True),
    tenant(),
    Column("name", Text, nullable=False),
    Column("filter", JSONB, nullable=False),
    Column("created_by", Text, nullable=False),
    instant("created_at"),
    UniqueConstraint("tenant_id", "name"),
    check("name", "length(name) BETWEEN 1 AND 120 AND name = btrim(name)"),
    check("filter", "jsonb_typeof(filter) = 'object' AND length(filter::text) <= 10000"),
    check("created_by", "length(created_by) BETWEEN 1 AND 254"),
)
"""A group holds no devices: who is in it is asked anew each time."""
