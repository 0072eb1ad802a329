"""The plain tables of rollouts: what is planned, where each device stands, the journal, what a tenant asks for."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
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
from fleet.rollouts.states import ENDED, LIVE, OVER, Result, RolloutState, Stage, Step, Verdict

rollouts = Table(
    "rollouts",
    metadata,
    Column("id", Uuid, primary_key=True),
    tenant(),
    Column("name", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("terms", JSONB, nullable=False),
    Column("skipped", JSONB, nullable=False),
    Column("pairs", JSONB, nullable=False),
    Column("proving", Boolean, nullable=False),
    Column("digest", Text, nullable=False),
    Column("by", Text, nullable=False),
    instant("at"),
    Column("approved_by", Text),
    instant("approved_at", nullable=True),
    Column("started_by", Text),
    instant("started_at", nullable=True),
    instant("forgiven_at", nullable=True),
    instant("ended_at", nullable=True),
    Column("why", Text),
    Column("epoch", BigInteger, nullable=False),
    instant("claimed_until", nullable=True),
    Column("told", JSONB),
    Column("forecast", JSONB),
    Column("foreseen", JSONB),
    UniqueConstraint("tenant_id", "id"),
    Index(None, "tenant_id", "at", "id"),
    Index("ix_rollouts_scheduled", "started_at", postgresql_where=text(f"state = '{RolloutState.SCHEDULED}'")),
    Index("ix_rollouts_live", "id", postgresql_where=text(f"state IN ({quoted(sorted(LIVE))})")),
    one_of("state", RolloutState),
    check("name", "length(name) BETWEEN 1 AND 120 AND name = btrim(name)"),
    check("by", 'length("by") BETWEEN 1 AND 254'),
    check("digest", "digest ~ '^[0-9a-f]{64}$'"),
    check("approved", "(approved_by IS NULL) = (approved_at IS NULL)"),
    check("started", "(started_by IS NULL) = (started_at IS NULL)"),
    check("ended", f"(ended_at IS NULL) = (state NOT IN ({quoted(sorted(ENDED))}))"),
    check("begun", f"started_at IS NOT NULL OR state NOT IN ({quoted(sorted({*LIVE, RolloutState.SCHEDULED}))})"),
    check("allowed", "started_at IS NULL OR approved_at IS NOT NULL"),
    check("epoch", "epoch >= 0"),
)
"""``epoch`` and ``claimed_until`` are those of the job that goes through it: a newer one shuts others out.

``started_at`` is when it begins, which lies ahead while it is scheduled, ``started_by`` who said so. ``told`` is what
the last event said of it, ``forecast`` what the plan was expected to take, ``foreseen`` what the job expects by now.
"""

rollout_devices = Table(
    "rollout_devices",
    metadata,
    Column("rollout_id", Uuid, primary_key=True),
    Column("device_id", Uuid, primary_key=True),
    Column("tenant_id", Uuid, nullable=False),
    Column("member", JSONB, nullable=False),
    Column("place", Integer, nullable=False),
    Column("live", Boolean, nullable=False),
    Column("stage", Text, nullable=False),
    Column("step", Text),
    Column("errand_id", Uuid),
    Column("hop", Integer, nullable=False),
    instant("since", nullable=True),
    instant("ended_at", nullable=True),
    Column("reason", Text),
    Column("verdict", Text),
    Column("attempt", Integer, nullable=False),
    Column("before", JSONB),
    Column("epoch", BigInteger, nullable=False),
    Column("entries", Integer, nullable=False),
    ForeignKeyConstraint(["tenant_id", "rollout_id"], ["rollouts.tenant_id", "rollouts.id"], ondelete="CASCADE"),
    ForeignKeyConstraint(["tenant_id", "device_id"], ["devices.tenant_id", "devices.id"], ondelete="CASCADE"),
    Index(None, "tenant_id", "rollout_id", "place"),
    Index(None, "tenant_id", "device_id"),
    Index("ix_rollout_devices_live", "device_id", unique=True, postgresql_where=text("live")),
    one_of("stage", Stage),
    one_of("step", Step),
    one_of("verdict", Verdict),
    check("ended", f"(ended_at IS NULL) = (stage NOT IN ({quoted(sorted(OVER))}))"),
    check("live", "NOT live OR ended_at IS NULL"),
    check("asked", "(step IS NULL) = (errand_id IS NULL)"),
    check("counts", "place >= 0 AND hop >= 0 AND attempt >= 1 AND entries >= 0 AND epoch >= 0"),
)
"""``live``: the rollout has the device, and no other one may have it. ``before`` is its picture before the install.

``epoch`` is that of the device's partition, under which its owner writes.
"""

rollout_journal = Table(
    "rollout_journal",
    metadata,
    Column("rollout_id", Uuid, primary_key=True),
    Column("device_id", Uuid, primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("tenant_id", Uuid, nullable=False),
    instant("at"),
    Column("epoch", BigInteger, nullable=False),
    Column("step", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("result", Text),
    Column("detail", JSONB, nullable=False),
    ForeignKeyConstraint(
        ["rollout_id", "device_id"],
        ["rollout_devices.rollout_id", "rollout_devices.device_id"],
        ondelete="CASCADE",
    ),
    Index(None, "tenant_id", "rollout_id", "device_id"),
    one_of("step", Step),
    one_of("stage", Stage),
    one_of("result", Result),
    check("seq", "seq >= 0"),
)
"""A stage is written before what it stands for is done, a step's result when it was seen; nothing changes later."""

firmware_settings = Table(
    "firmware_settings",
    metadata,
    tenant(primary_key=True),
    Column("second_person", Boolean, nullable=False),
    Column("stopped_by", Text),
    instant("stopped_at", nullable=True),
    Column("stop_reason", Text),
    check("stopped", "(stopped_by IS NULL) = (stopped_at IS NULL)"),
    check("stop_reason", "length(stop_reason) <= 500"),
)
"""One row for a tenant: whether a second person has to approve, and that all is to stop, which every owner reads
before a point of no return."""

firmware_stop = Table(
    "firmware_stop",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("stopped_by", Text),
    instant("stopped_at", nullable=True),
    Column("reason", Text),
    check("id", "id = 1"),
    check("stopped", "(stopped_by IS NULL) = (stopped_at IS NULL)"),
    check("reason", "length(reason) <= 500"),
)
"""One row at most: that the rollouts of all tenants are to stop, by the word of whoever operates the house."""
