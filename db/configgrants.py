"""Who may do what with configurations: their keys, versions, readings, policies and runs."""

from __future__ import annotations

from db.grant import APP, PLATFORM, POLLER, Grant

_VERSION = (
    *("id", "tenant_id", "device_id", "number", "digest", "key_id", "size", "lines", "ros_version", "menus"),
    *("marker", "history", "reason", "asked_by", "first_seen", "last_seen", "pinned_at", "pinned_by", "note"),
)
"""All but the text: who writes texts need not read them."""
_READING = (
    "id",
    "tenant_id",
    "device_id",
    "at",
    "reason",
    "asked_by",
    "finding",
    "version_id",
    "code",
    "why",
    "size",
)
_CONFIG_STATE = (
    *("read_at", "whole_at", "changed_at", "version_id", "number", "finding", "code", "why", "marker", "failures"),
)
_POLICY = ("every_seconds", "on_change", "keep_count", "keep_days", "changed_at", "changed_by")
_STEP = ("state", "errand_id", "asked_at", "ended_at", "why")

GRANTS = (
    *(Grant(role, "config_keys", action) for role in (APP, POLLER, PLATFORM) for action in ("SELECT", "INSERT")),
    Grant(PLATFORM, "config_keys", "UPDATE", ("wrapped", "retired_at")),
    Grant(APP, "config_versions", "SELECT"),
    Grant(APP, "config_versions", "UPDATE", ("pinned_at", "pinned_by", "note")),
    Grant(POLLER, "config_versions", "SELECT", _VERSION),
    Grant(POLLER, "config_versions", "INSERT"),
    Grant(POLLER, "config_versions", "UPDATE", ("last_seen",)),
    Grant(PLATFORM, "config_versions", "SELECT", _VERSION),
    Grant(PLATFORM, "config_versions", "DELETE"),
    Grant(APP, "config_readings", "SELECT"),
    Grant(POLLER, "config_readings", "INSERT"),
    Grant(PLATFORM, "config_readings", "SELECT", _READING),
    Grant(PLATFORM, "config_readings", "DELETE"),
    *(Grant(role, "config_state", "SELECT") for role in (APP, POLLER, PLATFORM)),
    Grant(POLLER, "config_state", "INSERT"),
    Grant(POLLER, "config_state", "UPDATE", _CONFIG_STATE),
    *(Grant(APP, "config_policies", action) for action in ("SELECT", "INSERT", "DELETE")),
    Grant(APP, "config_policies", "UPDATE", _POLICY),
    *(Grant(role, "config_policies", "SELECT") for role in (POLLER, PLATFORM)),
    *(Grant(APP, "config_runs", action) for action in ("SELECT", "INSERT")),
    Grant(APP, "config_runs", "UPDATE", ("state", "ended_at")),
    Grant(PLATFORM, "config_runs", "SELECT"),
    Grant(PLATFORM, "config_runs", "UPDATE", ("state", "ended_at", "error")),
    Grant(PLATFORM, "config_runs", "DELETE"),
    *(Grant(APP, "config_run_devices", action) for action in ("SELECT", "INSERT")),
    Grant(APP, "config_run_devices", "UPDATE", _STEP),
    Grant(PLATFORM, "config_run_devices", "SELECT"),
    Grant(PLATFORM, "config_run_devices", "UPDATE", _STEP),
    *(Grant(APP, "ssh_access", action) for action in ("SELECT", "INSERT", "DELETE")),
    Grant(APP, "ssh_access", "UPDATE", ("port", "legacy", "fingerprint", "learnt_at", "allowed_by", "allowed_at")),
    Grant(POLLER, "ssh_access", "SELECT"),
    Grant(POLLER, "ssh_access", "UPDATE", ("fingerprint", "learnt_at")),
)
