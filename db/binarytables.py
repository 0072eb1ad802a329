"""The table of binary backups: what a device wrote for itself, and can load again."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKeyConstraint, Index, Integer, LargeBinary, Table, Text, Uuid

from db.columns import check, instant, metadata, tenant

config_binaries = Table(
    "config_binaries",
    metadata,
    Column("id", Uuid, primary_key=True),
    tenant(),
    Column("device_id", Uuid, nullable=False),
    instant("at"),
    Column("asked_by", Text, nullable=False),
    Column("key_id", Uuid, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("size", Integer, nullable=False),
    Column("ros_version", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("serial", Text, nullable=False),
    Column("system_id", Text, nullable=False),
    ForeignKeyConstraint(["tenant_id", "device_id"], ["devices.tenant_id", "devices.id"], ondelete="CASCADE"),
    ForeignKeyConstraint(["tenant_id", "key_id"], ["config_keys.tenant_id", "config_keys.id"]),
    Index(None, "device_id", "at"),
    Index(None, "tenant_id", "key_id"),
    check("size", "size > 0"),
    check("asked_by", "length(asked_by) BETWEEN 1 AND 254"),
)
"""``sealed`` holds the password that was made for the file, and the file, encrypted under the tenant's key.

Serial number and system id are empty where the device tells none: they say which device may load it.
"""
