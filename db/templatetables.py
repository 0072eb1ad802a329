"""The plain tables of templates: their numbered versions, which never change, and where they are intended to be."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    ForeignKeyConstraint,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from db.columns import check, instant, metadata, one_of, tenant
from fleet.templates import LONGEST, Mode

templates = Table(
    "templates",
    metadata,
    Column("id", Uuid, primary_key=True),
    tenant(),
    Column("name", Text, nullable=False),
    Column("about", Text, nullable=False),
    Column("created_by", Text, nullable=False),
    instant("created_at"),
    UniqueConstraint("tenant_id", "id"),
    UniqueConstraint("tenant_id", "name"),
    check("name", "length(name) BETWEEN 1 AND 120 AND name = btrim(name)"),
    check("about", "length(about) <= 1000"),
    check("created_by", "length(created_by) BETWEEN 1 AND 254"),
)

template_versions = Table(
    "template_versions",
    metadata,
    tenant(),
    Column("template_id", Uuid, nullable=False),
    Column("number", Integer, nullable=False),
    Column("mode", Text, nullable=False),
    Column("variables", JSONB, nullable=False),
    Column("text", Text, nullable=False),
    Column("created_by", Text, nullable=False),
    instant("created_at"),
    PrimaryKeyConstraint("tenant_id", "template_id", "number"),
    ForeignKeyConstraint(["tenant_id", "template_id"], ["templates.tenant_id", "templates.id"], ondelete="CASCADE"),
    check("number", "number >= 1"),
    one_of("mode", Mode),
    check("variables", "jsonb_typeof(variables) = 'array'"),
    check("text", f"length(text) BETWEEN 1 AND {LONGEST}"),
    check("created_by", "length(created_by) BETWEEN 1 AND 254"),
)
"""Who has an older version has it as it was: a change is a version more."""

template_assignments = Table(
    "template_assignments",
    metadata,
    Column("id", Uuid, primary_key=True),
    tenant(),
    Column("template_id", Uuid, nullable=False),
    Column("number", Integer, nullable=False),
    Column("device_id", Uuid),
    Column("site_id", Uuid),
    Column("tag", Text),
    Column("variables", JSONB, nullable=False),
    Column("secrets", Text),
    Column("created_by", Text, nullable=False),
    instant("created_at"),
    UniqueConstraint("tenant_id", "template_id", "device_id"),
    UniqueConstraint("tenant_id", "template_id", "site_id"),
    UniqueConstraint("tenant_id", "template_id", "tag"),
    ForeignKeyConstraint(
        ["tenant_id", "template_id", "number"],
        ["template_versions.tenant_id", "template_versions.template_id", "template_versions.number"],
        ondelete="CASCADE",
    ),
    ForeignKeyConstraint(["tenant_id", "device_id"], ["devices.tenant_id", "devices.id"], ondelete="CASCADE"),
    ForeignKeyConstraint(["tenant_id", "site_id"], ["sites.tenant_id", "sites.id"], ondelete="CASCADE"),
    check("target", "num_nonnulls(device_id, site_id, tag) = 1"),
    check("variables", "jsonb_typeof(variables) = 'object'"),
    check("secrets", "secrets LIKE 'vault:%'"),
    check("created_by", "length(created_by) BETWEEN 1 AND 254"),
)
"""What is intended for a device, for a site's, or for those with a tag. ``secrets`` are the values of secret
variables, as one JSON object under the tenant's key."""
