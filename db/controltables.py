"""The table of what a tenant lets its administrators ask of devices beyond the usual."""

from __future__ import annotations

from sqlalchemy import Column, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY

from db.columns import check, instant, metadata, tenant

tool_settings = Table(
    "tool_settings",
    metadata,
    tenant(primary_key=True),
    Column("extras", ARRAY(Text), nullable=False),
    instant("changed_at"),
    Column("changed_by", Text, nullable=False),
    check("extras", "cardinality(extras) <= 100"),
    check("changed_by", "length(changed_by) BETWEEN 1 AND 254"),
)
"""A tenant without a row allows nothing beyond the usual."""
