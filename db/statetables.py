"""The plain table of the states that devices had."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, ForeignKey, Index, Table, Text, Uuid

from db.columns import metadata, one_of
from fleet.device import State

device_states = Table(
    "device_states",
    metadata,
    Column("device_id", Uuid, ForeignKey("device_state.device_id", ondelete="CASCADE"), primary_key=True),
    Column("at", DateTime(timezone=True), primary_key=True),
    Column("tenant_id", Uuid, nullable=False),
    Column("state", Text, nullable=False),
    Column("error_code", Text),
    Column("error", Text),
    Index(None, "tenant_id", "at", "device_id"),
    Index(None, "at"),
    one_of("state", State),
)
"""One row for each change: a device is in a state from ``at`` until its next row."""
