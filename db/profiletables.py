"""The plain table of credential profiles: a user and its password that many devices of a tenant share."""

from __future__ import annotations

from sqlalchemy import Column, Table, Text, UniqueConstraint, Uuid

from db.columns import check, instant, metadata, tenant

credential_profiles = Table(
    "credential_profiles",
    metadata,
    Column("id", Uuid, primary_key=True),
    tenant(),
    Column("name", Text, nullable=False),
    Column("username", Text, nullable=False),
    Column("secret", Text, nullable=False),
    instant("created_at"),
    instant("sealed_at"),
    UniqueConstraint("tenant_id", "id"),
    UniqueConstraint("tenant_id", "name"),
    check("name", "length(name) BETWEEN 1 AND 120"),
    check("username", "length(username) BETWEEN 1 AND 255"),
    check("secret", "secret LIKE 'vault:%'"),
)
"""``sealed_at`` is when the password was last given, so that one sees how old it is."""
