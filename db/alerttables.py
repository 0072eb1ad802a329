"""The plain tables of alerts: the rules, the alerts that they raised, and the silences that people keep."""

from __future__ import annotations

from sqlalchemy import (
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
from sqlalchemy.dialects.postgresql import JSONB

from db.columns import check, instant, metadata, one_of, tenant
from fleet.alerts.rule import Reach
from fleet.alerts.states import Stored
from fleet.belonging import TAG
from fleet.events import Severity

alert_rules = Table(
    "alert_rules",
    metadata,
    Column("id", Uuid, primary_key=True),
    tenant(),
    Column("name", Text, nullable=False),
    Column("condition", JSONB, nullable=False),
    Column("severity", Text, nullable=False),
    Column("hold_seconds", Double, nullable=False),
    Column("keep_seconds", Double, nullable=False),
    Column("reach", Text, nullable=False),
    Column("reach_of", Text, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    Column("changed_by", Text, nullable=False),
    instant("changed_at", nullable=True),
    UniqueConstraint("tenant_id", "name", "reach", "reach_of"),
    one_of("severity", Severity),
    one_of("reach", Reach),
    check("name", "length(name) BETWEEN 1 AND 120 AND name = btrim(name)"),
    check("condition", "jsonb_typeof(condition) = 'object' AND length(condition::text) <= 4000"),
    check("hold_seconds", "hold_seconds BETWEEN 0 AND 604800"),
    check("keep_seconds", "keep_seconds BETWEEN 0 AND 604800"),
    check("reach_of", "(reach = 'tenant') = (reach_of = '') AND length(reach_of) <= 200"),
    check("version", "version >= 1"),
    check("changed_by", "length(changed_by) BETWEEN 1 AND 254"),
)
"""A rule that nobody changed since it was given to the tenant has no ``changed_at``."""

alerts = Table(
    "alerts",
    metadata,
    Column("id", Uuid, primary_key=True),
    tenant(),
    Column("rule_id", Uuid, nullable=False),
    Column("rule", Text, nullable=False),
    Column("rule_version", Integer, nullable=False),
    Column("severity", Text, nullable=False),
    Column("device_id", Uuid, nullable=False),
    Column("device", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("state", Text, nullable=False),
    instant("since"),
    instant("seen_at"),
    instant("fired_at", nullable=True),
    instant("ended_at", nullable=True),
    Column("value", Double),
    Column("summary", Text, nullable=False),
    Column("turns", Integer, nullable=False),
    Column("cause_id", Uuid),
    instant("acknowledged_at", nullable=True),
    Column("acknowledged_by", Text),
    Column("comment", Text),
    UniqueConstraint("rule_id", "device_id", "key", "since"),
    Index(None, "tenant_id", "since", "id"),
    Index(None, "device_id"),
    Index("ix_alerts_open", "tenant_id", "state", postgresql_where=text("ended_at IS NULL")),
    Index(None, "ended_at"),
    one_of("severity", Severity),
    one_of("state", Stored),
    check("ended_at", "(state = 'resolved') = (ended_at IS NOT NULL)"),
    check("fired_at", "state <> 'firing' OR fired_at IS NOT NULL"),
    check("cause_id", "state <> 'suppressed' OR cause_id IS NOT NULL"),
    check("acknowledged", "num_nonnulls(acknowledged_at, acknowledged_by) <> 1"),
    check("comment", "length(comment) <= 2000"),
)
"""Rules and devices may go; what they raised stays for a while, under the names that they had."""

alert_silences = Table(
    "alert_silences",
    metadata,
    Column("id", Uuid, primary_key=True),
    tenant(),
    Column("rule", Text),
    Column("device_id", Uuid),
    Column("site_id", Uuid),
    Column("tag", Text),
    instant("starts_at"),
    instant("ends_at"),
    Column("reason", Text, nullable=False),
    Column("created_by", Text, nullable=False),
    ForeignKeyConstraint(["tenant_id", "device_id"], ["devices.tenant_id", "devices.id"], ondelete="CASCADE"),
    ForeignKeyConstraint(["tenant_id", "site_id"], ["sites.tenant_id", "sites.id"], ondelete="CASCADE"),
    Index(None, "tenant_id", "ends_at", "id"),
    Index(None, "device_id"),
    Index(None, "site_id"),
    check("whom", "num_nonnulls(device_id, site_id, tag) <= 1"),
    check("rule", "length(rule) BETWEEN 1 AND 120"),
    check("tag", f"tag ~ '^{TAG}$'"),
    check("ends_at", "ends_at > starts_at"),
    check("reason", "length(reason) BETWEEN 1 AND 500"),
    check("created_by", "length(created_by) BETWEEN 1 AND 254"),
)
"""A silence without a rule is for all of them, one that names no device, site or tag for all devices."""
