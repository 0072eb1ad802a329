"""The plain tables of configurations: versions, readings, the keys that they lie under, policies and runs."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Double,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from db.columns import check, instant, metadata, one_of, tenant
from fleet.backups import MOST_DAYS, MOST_KEPT, Finding, Reason, RunState, StepState

PURPOSES = ("data", "address")


def _device() -> ForeignKeyConstraint:
    """Let a row go with its device."""
    return ForeignKeyConstraint(["tenant_id", "device_id"], ["devices.tenant_id", "devices.id"], ondelete="CASCADE")


def _key() -> ForeignKeyConstraint:
    """Name the key under which a text lies."""
    return ForeignKeyConstraint(["tenant_id", "key_id"], ["config_keys.tenant_id", "config_keys.id"])


config_keys = Table(
    "config_keys",
    metadata,
    Column("id", Uuid, primary_key=True),
    tenant(),
    Column("purpose", Text, nullable=False),
    Column("wrapped", Text, nullable=False),
    instant("created_at"),
    instant("retired_at", nullable=True),
    UniqueConstraint("tenant_id", "id"),
    Index("ix_config_keys_used", "tenant_id", "purpose", unique=True, postgresql_where=text("retired_at IS NULL")),
    one_of("purpose", PURPOSES),
    check("wrapped", "wrapped LIKE 'vault:%'"),
)
"""A tenant's keys as Transit ciphertext: what texts are encrypted with, and what their addresses are made with."""

config_versions = Table(
    "config_versions",
    metadata,
    Column("id", Uuid, primary_key=True),
    tenant(),
    Column("device_id", Uuid, nullable=False),
    Column("number", Integer, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("key_id", Uuid, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("size", Integer, nullable=False),
    Column("lines", Integer, nullable=False),
    Column("ros_version", Text, nullable=False),
    Column("menus", ARRAY(Text), nullable=False),
    Column("marker", Text, nullable=False),
    Column("history", JSONB, nullable=False),
    Column("reason", Text, nullable=False),
    Column("asked_by", Text, nullable=False),
    instant("first_seen"),
    instant("last_seen"),
    instant("pinned_at", nullable=True),
    Column("pinned_by", Text),
    Column("note", Text),
    _device(),
    _key(),
    UniqueConstraint("tenant_id", "id"),
    UniqueConstraint("tenant_id", "device_id", "number"),
    Index(None, "device_id"),
    Index(None, "tenant_id", "key_id"),
    Index(None, "tenant_id", "first_seen", "id"),
    one_of("reason", Reason),
    check("number", "number >= 1"),
    check("digest", "octet_length(digest) = 32"),
    check("size", "size >= 0 AND lines >= 0"),
    check("history", "jsonb_typeof(history) = 'array'"),
    check("last_seen", "last_seen >= first_seen"),
    check("pin", "(pinned_at IS NULL) = (pinned_by IS NULL)"),
    check("note", "length(note) BETWEEN 1 AND 500"),
)
"""What a device's configuration was, whole, each time that it became another one.

``sealed`` is the text as the device wrote it, compressed and encrypted; ``digest`` is the keyed hash of the text
without noise; ``history`` is who did what since the version before, as the device tells it.
"""

config_readings = Table(
    "config_readings",
    metadata,
    Column("id", Uuid, primary_key=True),
    tenant(),
    Column("device_id", Uuid, nullable=False),
    instant("at"),
    Column("reason", Text, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("finding", Text, nullable=False),
    Column("version_id", Uuid),
    Column("code", Text),
    Column("why", Text),
    Column("key_id", Uuid),
    Column("sealed", LargeBinary),
    Column("size", Integer),
    _device(),
    _key(),
    ForeignKeyConstraint(
        ["tenant_id", "version_id"],
        ["config_versions.tenant_id", "config_versions.id"],
        ondelete="SET NULL (version_id)",
    ),
    Index(None, "device_id", "at"),
    Index(None, "tenant_id", "at", "id"),
    Index(None, "tenant_id", "key_id"),
    Index(None, "version_id"),
    Index(None, "at"),
    one_of("reason", Reason),
    one_of("finding", Finding),
    check("sealed", "(sealed IS NULL) = (key_id IS NULL) AND (sealed IS NULL) = (size IS NULL)"),
    check("why", f"(why IS NULL) = (finding IN ('{Finding.NEW}', '{Finding.SAME}'))"),
)
"""Each time that a configuration was read, and what came of it. A text that is not whole is kept here, aside."""

config_state = Table(
    "config_state",
    metadata,
    Column("device_id", Uuid, primary_key=True),
    tenant(),
    instant("read_at", nullable=True),
    instant("whole_at", nullable=True),
    instant("changed_at", nullable=True),
    Column("version_id", Uuid),
    Column("number", Integer),
    Column("finding", Text),
    Column("code", Text),
    Column("why", Text),
    Column("marker", Text),
    Column("failures", Integer, nullable=False),
    _device(),
    Index(None, "tenant_id"),
    one_of("finding", Finding),
    check("failures", "failures >= 0"),
)
"""Where each device stands: when it was last read, when the last time whole, and what is wrong since."""

config_policies = Table(
    "config_policies",
    metadata,
    Column("id", Uuid, primary_key=True),
    tenant(),
    Column("device_id", Uuid),
    Column("every_seconds", Double),
    Column("on_change", Boolean),
    Column("keep_count", Integer),
    Column("keep_days", Integer),
    instant("changed_at"),
    Column("changed_by", Text, nullable=False),
    _device(),
    UniqueConstraint("tenant_id", "device_id", postgresql_nulls_not_distinct=True),
    Index(None, "device_id"),
    check("every_seconds", "every_seconds = 0 OR every_seconds BETWEEN 900 AND 2678400"),
    check("keep_count", f"keep_count BETWEEN 1 AND {MOST_KEPT}"),
    check("keep_days", f"keep_days BETWEEN 1 AND {MOST_DAYS}"),
)
"""What a tenant wants of its backups, and (with a device) what it wants otherwise of one."""

config_runs = Table(
    "config_runs",
    metadata,
    Column("id", Uuid, primary_key=True),
    tenant(),
    Column("created_by", Text, nullable=False),
    instant("created_at"),
    instant("ended_at", nullable=True),
    Column("state", Text, nullable=False),
    Column("filter", JSONB, nullable=False),
    Column("per_site", Integer, nullable=False),
    Column("error", Text),
    UniqueConstraint("tenant_id", "id"),
    Index(None, "tenant_id", "created_at", "id"),
    Index(
        "ix_config_runs_live",
        "tenant_id",
        unique=True,
        postgresql_where=text(f"state IN ('{RunState.WAITING}', '{RunState.RUNNING}')"),
    ),
    one_of("state", RunState),
    check("ended", f"(ended_at IS NULL) = (state IN ('{RunState.WAITING}', '{RunState.RUNNING}'))"),
    check("per_site", "per_site BETWEEN 1 AND 1000"),
    check("filter", "jsonb_typeof(filter) = 'object'"),
)
"""Backups of many devices at once, as a job that can be killed and goes on."""

config_run_devices = Table(
    "config_run_devices",
    metadata,
    Column("run_id", Uuid, primary_key=True),
    Column("device_id", Uuid, primary_key=True),
    tenant(),
    Column("state", Text, nullable=False),
    Column("errand_id", Uuid),
    instant("asked_at", nullable=True),
    instant("ended_at", nullable=True),
    Column("why", Text),
    _device(),
    ForeignKeyConstraint(["tenant_id", "run_id"], ["config_runs.tenant_id", "config_runs.id"], ondelete="CASCADE"),
    Index(None, "device_id"),
    Index(None, "tenant_id", "run_id", "state"),
    one_of("state", StepState),
)

ssh_access = Table(
    "ssh_access",
    metadata,
    Column("device_id", Uuid, primary_key=True),
    tenant(),
    Column("port", Integer, nullable=False),
    Column("legacy", Boolean, nullable=False),
    Column("fingerprint", Text),
    instant("learnt_at", nullable=True),
    Column("allowed_by", Text, nullable=False),
    instant("allowed_at"),
    _device(),
    Index(None, "tenant_id"),
    check("port", "port BETWEEN 1 AND 65535"),
    check("fingerprint", "fingerprint LIKE 'SHA256:%'"),
    check("learnt", "(fingerprint IS NULL) = (learnt_at IS NULL)"),
)
"""By whose word files of a device that its API does not show are read by SFTP, and the host key that it has."""
