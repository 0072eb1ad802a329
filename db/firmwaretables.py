"""The plain tables of the firmware catalogue: what the vendor publishes, the same for all tenants."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY

from db.columns import check, instant, metadata, one_of
from fleet.versions import Channel

firmware_channels = Table(
    "firmware_channels",
    metadata,
    Column("major", Integer, primary_key=True, autoincrement=False),
    Column("channel", Text, primary_key=True),
    Column("version", Text, nullable=False),
    instant("set_at"),
    instant("seen_at"),
    check("major", "major BETWEEN 1 AND 99"),
    one_of("channel", (channel.value for channel in Channel)),
    check("version", "length(version) BETWEEN 3 AND 40"),
)
"""Where a channel points, for devices of a major version: since when by its vendor, and when that was last seen."""

firmware_releases = Table(
    "firmware_releases",
    metadata,
    Column("version", Text, primary_key=True),
    Column("changelog", Text, nullable=False),
    instant("seen_at"),
    Column("missing", ARRAY(Text), nullable=False, server_default="{}"),
    check("version", "length(version) BETWEEN 3 AND 40"),
)
"""``missing`` are packages that were looked for in vain, as ``package/architecture``: nobody asks for them again."""

firmware_files = Table(
    "firmware_files",
    metadata,
    Column("version", ForeignKey("firmware_releases.version", ondelete="CASCADE"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("package", Text, nullable=False),
    Column("architecture", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sha256", Text, nullable=False),
    instant("seen_at"),
    Index(None, "version", "package", "architecture", unique=True),
    check("name", "length(name) BETWEEN 1 AND 130"),
    check("size", "size > 0"),
    check("sha256", "sha256 ~ '^[0-9a-f]{64}$'"),
)
"""A package file of a version. What lies in a mirror, the mirror itself tells."""
