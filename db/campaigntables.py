"""The plain tables of campaigns: one change for many devices in waves, and where each device stands."""

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

from db.columns import check, instant, metadata, one_of, quoted, tenant
from fleet.campaigns import LIVE, OPEN, CampaignSource, CampaignState, MemberState

_LIVE = f"state IN ({quoted(sorted(LIVE))})"

campaigns = Table(
    "push_campaigns",
    metadata,
    Column("id", Uuid, primary_key=True),
    tenant(),
    Column("source", Text, nullable=False),
    Column("sealed", Text),
    Column("shown", JSONB, nullable=False),
    Column("note", Text, nullable=False),
    Column("waves", JSONB, nullable=False),
    Column("soak_seconds", Double, nullable=False),
    Column("stop_share", Double, nullable=False),
    Column("stop_least", Integer, nullable=False),
    Column("per_site", Integer, nullable=False),
    Column("at_once", Integer, nullable=False),
    Column("lasts_seconds", Double, nullable=False),
    Column("created_by", Text, nullable=False),
    instant("created_at"),
    Column("request_id", Text),
    Column("state", Text, nullable=False),
    Column("why", Text),
    Column("wave", Integer),
    instant("soaks_until", nullable=True),
    instant("ended_at", nullable=True),
    UniqueConstraint("tenant_id", "id"),
    Index(None, "tenant_id", "created_at", "id"),
    Index("ix_push_campaigns_live", "id", postgresql_where=text(_LIVE)),
    Index(None, "ended_at"),
    one_of("source", CampaignSource),
    one_of("state", CampaignState),
    check("ended", f"(ended_at IS NULL) = ({_LIVE})"),
    check("sealed", "sealed LIKE 'vault:%'"),
    check("open", "ended_at IS NOT NULL OR sealed IS NOT NULL"),
    check("waves", "jsonb_typeof(waves) = 'array'"),
    check("soak", "soak_seconds >= 0"),
    check("stop", "stop_share BETWEEN 0 AND 1 AND stop_least >= 1"),
    check("limits", "per_site >= 1 AND at_once >= 1"),
    check("lasts", "lasts_seconds > 0"),
    check("note", "length(note) <= 500"),
    check("created_by", "length(created_by) BETWEEN 1 AND 254"),
)
"""``sealed`` is what is pushed, under the tenant's key; it goes once nobody can try it again, which
``push.tidy`` sees to. ``shown`` is masked.
"""

members = Table(
    "push_campaign_devices",
    metadata,
    Column("campaign_id", Uuid, primary_key=True),
    Column("device_id", Uuid, primary_key=True),
    tenant(),
    Column("place", Integer, nullable=False),
    Column("wave", Integer, nullable=False),
    Column("parent_id", Uuid),
    Column("override", Text),
    Column("reason", Text),
    Column("state", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("push_id", Uuid),
    Column("up", Boolean),
    Column("why", Text),
    Column("forgiven", Boolean, nullable=False),
    instant("asked_at", nullable=True),
    instant("ended_at", nullable=True),
    ForeignKeyConstraint(["tenant_id", "device_id"], ["devices.tenant_id", "devices.id"], ondelete="CASCADE"),
    ForeignKeyConstraint(
        ["tenant_id", "campaign_id"], ["push_campaigns.tenant_id", "push_campaigns.id"], ondelete="CASCADE"
    ),
    UniqueConstraint("campaign_id", "place"),
    Index(None, "device_id"),
    Index("ix_push_campaign_devices_asked", "campaign_id", postgresql_where=text(f"state = '{MemberState.ASKED}'")),
    one_of("state", MemberState),
    check("ended", f"(ended_at IS NULL) = (state IN ({quoted(sorted(OPEN))}))"),
    check("override", "(override IS NULL) = (reason IS NULL)"),
    check("place", "place >= 0 AND wave >= 0"),
    check("attempt", "attempt >= 0"),
)
"""``push_id`` is the last push of the device, ``up`` whether it answered when that was asked for."""
