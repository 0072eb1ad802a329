"""The tables of notifications: channels, routes, what is to be told of alerts, and what became of telling it."""

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
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from db.columns import check, instant, metadata, one_of, tenant
from fleet.alerts.telling import State, What
from fleet.belonging import TAG
from fleet.events import Severity

alert_channels = Table(
    "alert_channels",
    metadata,
    Column("id", Uuid, primary_key=True),
    tenant(),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("settings", JSONB, nullable=False),
    Column("url", Text),
    Column("secret", Text),
    Column("enabled", Boolean, nullable=False),
    Column("off_because", Text),
    Column("changed_by", Text, nullable=False),
    instant("changed_at"),
    UniqueConstraint("tenant_id", "name"),
    UniqueConstraint("tenant_id", "id"),
    check("name", "length(name) BETWEEN 1 AND 120 AND name = btrim(name)"),
    check("kind", "kind ~ '^[a-z][a-z0-9_]{0,30}$'"),
    check("settings", "jsonb_typeof(settings) = 'object' AND length(settings::text) <= 8000"),
    check("off_because", "off_because IS NULL OR NOT enabled"),
    check("changed_by", "length(changed_by) BETWEEN 1 AND 254"),
)
"""``url`` and ``secret`` are Transit ciphertext. A channel that its receiver gave up says so in ``off_because``."""

alert_routes = Table(
    "alert_routes",
    metadata,
    Column("id", Uuid, primary_key=True),
    tenant(),
    Column("name", Text, nullable=False),
    Column("place", Integer, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("goes_on", Boolean, nullable=False),
    Column("severity", Text, nullable=False),
    Column("tag", Text),
    Column("site_id", Uuid),
    Column("days", ARRAY(Text), nullable=False),
    Column("begins", Integer, nullable=False),
    Column("ends", Integer, nullable=False),
    Column("zone", Text, nullable=False),
    Column("channel_id", Uuid, nullable=False),
    Column("person", Text, nullable=False),
    Column("group_seconds", Double, nullable=False),
    Column("digest_seconds", Double),
    Column("escalate_seconds", Double),
    Column("escalate_id", Uuid),
    Column("changed_by", Text, nullable=False),
    instant("changed_at"),
    UniqueConstraint("tenant_id", "name"),
    ForeignKeyConstraint(["tenant_id", "channel_id"], ["alert_channels.tenant_id", "alert_channels.id"]),
    ForeignKeyConstraint(
        ["tenant_id", "escalate_id"],
        ["alert_channels.tenant_id", "alert_channels.id"],
        name="fk_alert_routes_escalate",
    ),
    ForeignKeyConstraint(["tenant_id", "site_id"], ["sites.tenant_id", "sites.id"], ondelete="CASCADE"),
    Index(None, "channel_id"),
    Index(None, "escalate_id"),
    Index(None, "site_id"),
    one_of("severity", Severity),
    check("name", "length(name) BETWEEN 1 AND 120 AND name = btrim(name)"),
    check("place", "place BETWEEN 0 AND 10000"),
    check("tag", f"tag ~ '^{TAG}$'"),
    check("hours", "begins BETWEEN 0 AND 1440 AND ends BETWEEN 0 AND 1440"),
    check("days", "cardinality(days) BETWEEN 1 AND 7"),
    check("zone", "length(zone) BETWEEN 1 AND 60"),
    check("person", "length(person) <= 254"),
    check("group_seconds", "group_seconds BETWEEN 0 AND 3600"),
    check("digest_seconds", "digest_seconds BETWEEN 300 AND 604800"),
    check("escalate", "(escalate_seconds IS NULL) = (escalate_id IS NULL)"),
    check("escalate_seconds", "escalate_seconds BETWEEN 60 AND 86400"),
    check("changed_by", "length(changed_by) BETWEEN 1 AND 254"),
)
"""A route whose hours begin and end at the same minute is for the whole day."""

alert_turns = Table(
    "alert_turns",
    metadata,
    Column("event_id", Uuid, primary_key=True),
    tenant(),
    Column("alert_id", Uuid, nullable=False),
    Column("what", Text, nullable=False),
    instant("at"),
    instant("look_at"),
    Index(None, "look_at"),
    Index(None, "alert_id"),
    one_of("what", (What.FIRED, What.RESOLVED)),
)
"""What alerts did and nobody has decided yet whom to tell: written with the alert, gone with the decision."""

alert_deliveries = Table(
    "alert_deliveries",
    metadata,
    Column("id", Uuid, primary_key=True),
    tenant(),
    Column("route_id", Uuid),
    Column("route", Text, nullable=False),
    Column("channel_id", Uuid, nullable=False),
    Column("channel", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("state", Text, nullable=False),
    instant("created_at"),
    instant("opened_at"),
    instant("until"),
    instant("due_at"),
    instant("next_at"),
    instant("ended_at", nullable=True),
    Column("epoch", Integer, nullable=False),
    instant("claimed_until", nullable=True),
    Column("attempts", JSONB, nullable=False),
    Column("why", Text),
    Index(None, "tenant_id", "created_at", "id"),
    Index("ix_alert_deliveries_waiting", "next_at", postgresql_where=text("state = 'waiting'")),
    Index(None, "channel_id"),
    Index(None, "ended_at"),
    one_of("what", What),
    one_of("state", State),
    check("ended_at", "(state = 'waiting') = (ended_at IS NULL)"),
    check("attempts", "jsonb_typeof(attempts) = 'array'"),
)
"""The outbox and the log of notifications. Channels and routes may go; what they delivered keeps their names."""

alert_notices = Table(
    "alert_notices",
    metadata,
    Column("delivery_id", Uuid, primary_key=True),
    Column("alert_id", Uuid, primary_key=True),
    Column("what", Text, primary_key=True),
    tenant(),
    Column("channel_id", Uuid, nullable=False),
    Column("person", Text, nullable=False),
    instant("at"),
    UniqueConstraint("alert_id", "what", "channel_id", "person"),
    ForeignKeyConstraint(["delivery_id"], ["alert_deliveries.id"], ondelete="CASCADE"),
    one_of("what", What),
)
"""Which turn of which alert a delivery tells: each once for a receiver."""
