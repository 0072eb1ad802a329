"""The plain tables of the inventory: what each device has, when that was last heard, and what became of it."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from db.columns import check, instant, metadata, one_of
from fleet.inventory import LONGEST_KEY, What

KIND = "^[a-z][a-z0-9_]{1,48}$"


def _device(*, primary_key: bool = False) -> Column[object]:
    """Make the column that names a device.

    The state is what a batch locks anyway; by it a device that is removed just now waits, and takes its rows along.
    """
    owner = ForeignKey("device_state.device_id", ondelete="CASCADE")
    return Column("device_id", Uuid, owner, primary_key=primary_key, nullable=False)


inventory_readings = Table(
    "inventory_readings",
    metadata,
    _device(primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("tenant_id", Uuid, nullable=False),
    instant("at", nullable=True),
    Column("told", Integer, nullable=False),
    Column("kept", Integer, nullable=False),
    Column("mark", LargeBinary),
    Index(None, "tenant_id"),
    check("kind", f"kind ~ '{KIND}'"),
    check("kept", "kept BETWEEN 0 AND told"),
)
"""When each kind of a device was last told of: how many items there were, and for how many there was room.

By the ``mark`` it is seen that nothing differs, without reading an item.
"""

inventory = Table(
    "inventory",
    metadata,
    _device(primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("tenant_id", Uuid, nullable=False),
    Column("facts", JSONB, nullable=False),
    instant("first_seen"),
    instant("last_seen", nullable=True),
    instant("gone_at", nullable=True),
    Index(None, "tenant_id", "kind", "device_id", "key"),
    Index("ix_inventory_gone", "gone_at", postgresql_where=text("gone_at IS NOT NULL")),
    check("kind", f"kind ~ '{KIND}'"),
    check("key", f"octet_length(key) <= {LONGEST_KEY}"),
    check("facts", "jsonb_typeof(facts) = 'object'"),
    check("gone", "(last_seen IS NULL) = (gone_at IS NULL)"),
)
"""One row for each item, written when it comes, differs or goes; one that is gone stays for a while.

While it is there it was last seen when its kind was last told of.
"""

inventory_changes = Table(
    "inventory_changes",
    metadata,
    Column("id", Uuid, primary_key=True),
    _device(),
    Column("tenant_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("key", Text, nullable=False),
    instant("at"),
    Column("what", Text, nullable=False),
    Column("before", JSONB, nullable=False),
    Column("after", JSONB, nullable=False),
    Index(None, "tenant_id", "at", "id"),
    Index(None, "device_id", "at", "id"),
    Index(None, "at"),
    one_of("what", What),
)
"""What came, went and became different. ``before`` and ``after`` are the facts that differ."""
