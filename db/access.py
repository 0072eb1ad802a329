"""Who may do what: the roles, their grants on the plain tables, and the policies that follow from them.

A right that is not in GRANTS does not exist. Metric tables and their views are in ``db.metric_tables``.
"""

from __future__ import annotations

from collections.abc import Iterator

from db import (
    alertgrants,
    binarygrants,
    campaigngrants,
    configgrants,
    firmwaregrants,
    notifygrants,
    rolloutgrants,
)
from db.grant import APP, INGEST, LOGINS, OWNER, PLATFORM, POLLER, READER, TENANTS, Grant

__all__ = [
    "APP",
    "GRANTS",
    "INGEST",
    "LOGINS",
    "OWNER",
    "PLATFORM",
    "POLLER",
    "READER",
    "REASONS",
    "SETTING",
    "TENANTS",
    "Grant",
    "functions",
    "statements",
]

REASONS = {
    "users": "a person may belong to several tenants; the tenants' door has no grant on it",
    "ingest_ledger": "names stream sequences and no tenant; the tenants' door has no grant on it",
    "assignment": "one row that counts the changes of the partitions' owners; the tenants' door has no grant on it",
    "partitions": "which poller owns which hash class of all tenants' devices; the tenants' door has no grant on it",
    "dirty": "names families and times of all tenants' rows; the tenants' door has no grant on it",
    "retention": "how long all tenants' rows are kept; the tenants' door has no grant on it",
    "verifiers": "a person has one password in all tenants; the tenants' door has no grant on it",
    "server_secrets": "what the web servers share among themselves; the tenants' door has no grant on it",
    "alembic_version": "Alembic's own: one row that names the revision",
    **firmwaregrants.REASONS,
    **rolloutgrants.REASONS,
}
"""The tables without tenant_id and row-level security, each with its line of reason."""

SETTING = "app.current_tenant"

TENANT_FUNCTION = f"""\
CREATE FUNCTION tenant() RETURNS uuid LANGUAGE plpgsql STABLE PARALLEL SAFE AS $body$
BEGIN
    IF session_user = '{APP}' THEN
        RETURN NULLIF(current_setting('{SETTING}', true), '')::uuid;
    END IF;
    RETURN reader_tenant();
END
$body$"""
"""plpgsql on purpose: an SQL function is inlined, and an inlined setting is not pushed into compressed chunks."""

READER_FUNCTION = """\
CREATE FUNCTION reader_tenant() RETURNS uuid LANGUAGE plpgsql STABLE PARALLEL SAFE
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $body$
BEGIN
    RETURN (SELECT tenant_id FROM readers WHERE name = session_user::text);
END
$body$"""
"""Whose analyst has logged in: asked of the login, which a session cannot change, and of no setting."""

_DEVICE = (
    *("id", "tenant_id", "name", "address", "port", "tls", "fingerprint", "authority", "vantage", "streams"),
    *("username", "interval_seconds", "created_at", "partition", "collectors_off", "site_id", "profile_id"),
)
_DEVICE_SETTINGS = (
    *("name", "address", "port", "tls", "fingerprint", "authority", "vantage", "streams"),
    *("username", "secret", "interval_seconds", "collectors_off", "site_id", "profile_id"),
)
_SESSION = ("generation", "rotated_at", "seen_at", "expires_at", "revoked_at")
_KEY = (
    *("id", "tenant_id", "prefix", "name", "scopes"),
    *("created_by", "created_at", "expires_at", "last_used_at", "revoked_at"),
)
_PROFILE = ("id", "tenant_id", "name", "username", "created_at", "sealed_at")
_ENDING = ("outcome", "ended_at", "error")
_ASSIGNED = (
    *("id", "tenant_id", "template_id", "number", "device_id", "site_id", "tag"),
    *("variables", "created_by", "created_at"),
)
_OUTBOX = ("tenant_id", "event_id", "subject", "event", "created_at")
_SCHEDULE = (
    *("every_seconds", "next_at", "epoch", "claimed_by", "claimed_until"),
    *("last_at", "last_outcome", "last_error", "detail"),
)
_STATE_KEY = ("tenant_id", "device_id")
_STATE_READ = (
    *(*_STATE_KEY, "state", "since", "heard_at"),
    *("identity", "version", "model", "serial", "uptime_seconds"),
)
_STATE_WRITTEN = (
    *("state", "since", "heard_at", "identity", "version", "model", "serial", "uptime_seconds"),
    *("error_code", "error", "breaker", "next_attempt", "attempt", "duration_seconds"),
)

_DEVICE_SHOWN = (
    *("id", "tenant_id", "name", "address", "port", "tls", "authority", "vantage"),
    *("interval_seconds", "created_at", "site_id"),
)
_PLACES = ("sites", "device_tags", "maintenance_windows", "device_groups")
_INVENTORY = ("inventory", "inventory_readings", "inventory_changes")
_PUSH = (
    *("id", "tenant_id", "device_id", "wave_id", "source", "digest", "shown", "risks", "total", "risky", "override"),
    *("reason", "by", "at", "state", "entries", "error_code", "error", "started_at", "ended_at"),
)
_PUSHED = ("state", "epoch", "entries", "error_code", "error", "started_at", "ended_at", "sealed", "former", "digest")
_AUDIT = (
    *("tenant_id", "at", "who", "role", "address", "action", "object_type", "object_id"),
    *("request_id", "outcome", "detail"),
)


GRANTS = (
    Grant(APP, "tenants", "SELECT"),
    Grant(APP, "tenants", "UPDATE", ("name",)),
    Grant(PLATFORM, "tenants", "SELECT"),
    Grant(PLATFORM, "tenants", "INSERT"),
    Grant(PLATFORM, "users", "SELECT"),
    Grant(PLATFORM, "users", "INSERT"),
    Grant(PLATFORM, "memberships", "SELECT"),
    Grant(PLATFORM, "memberships", "INSERT"),
    Grant(PLATFORM, "memberships", "UPDATE", ("role",)),
    Grant(PLATFORM, "memberships", "DELETE"),
    Grant(PLATFORM, "login_links", "SELECT"),
    Grant(PLATFORM, "login_links", "INSERT"),
    Grant(PLATFORM, "login_links", "UPDATE", ("used_at",)),
    Grant(PLATFORM, "sessions", "SELECT"),
    Grant(PLATFORM, "sessions", "INSERT"),
    Grant(PLATFORM, "sessions", "UPDATE", _SESSION),
    Grant(PLATFORM, "sessions", "DELETE"),
    *(Grant(PLATFORM, table, action) for table in ("verifiers", "enrolments") for action in ("SELECT", "INSERT")),
    Grant(PLATFORM, "verifiers", "UPDATE", ("salt", "rounds", "verifier", "changed_at")),
    Grant(PLATFORM, "enrolments", "UPDATE", ("used_at",)),
    *(Grant(PLATFORM, "server_secrets", action) for action in ("SELECT", "INSERT")),
    Grant(PLATFORM, "api_keys", "SELECT"),
    Grant(PLATFORM, "api_keys", "INSERT"),
    Grant(PLATFORM, "api_keys", "UPDATE", ("last_used_at", "revoked_at")),
    Grant(APP, "api_keys", "SELECT", _KEY),
    Grant(APP, "api_keys", "INSERT"),
    Grant(APP, "api_keys", "UPDATE", ("revoked_at",)),
    Grant(APP, "devices", "SELECT", _DEVICE),
    Grant(APP, "devices", "INSERT"),
    Grant(APP, "devices", "UPDATE", _DEVICE_SETTINGS),
    Grant(APP, "devices", "DELETE"),
    Grant(PLATFORM, "devices", "SELECT", _DEVICE),
    Grant(PLATFORM, "devices", "INSERT"),
    Grant(PLATFORM, "devices", "UPDATE", _DEVICE_SETTINGS),
    Grant(PLATFORM, "devices", "DELETE"),
    Grant(POLLER, "devices", "SELECT"),
    *(Grant(role, "credential_profiles", "SELECT", _PROFILE) for role in (APP, PLATFORM)),
    *(Grant(APP, "credential_profiles", action) for action in ("INSERT", "DELETE")),
    Grant(APP, "credential_profiles", "UPDATE", ("name", "username", "secret", "sealed_at")),
    Grant(POLLER, "credential_profiles", "SELECT"),
    *(Grant(APP, "scans", action) for action in ("SELECT", "INSERT", "DELETE")),
    Grant(APP, "scans", "UPDATE", ("state", "ended_at")),
    Grant(PLATFORM, "scans", "SELECT"),
    Grant(PLATFORM, "scans", "UPDATE", ("state", "tried", "epoch", "ended_at", "error")),
    Grant(APP, "scan_findings", "SELECT"),
    *(Grant(PLATFORM, "scan_findings", action) for action in ("SELECT", "INSERT")),
    *(Grant(APP, "sites", action) for action in ("SELECT", "INSERT", "DELETE")),
    Grant(APP, "sites", "UPDATE", ("name", "latitude", "longitude")),
    *(Grant(PLATFORM, "sites", action) for action in ("SELECT", "INSERT")),
    *(Grant(role, "device_tags", action) for role in (APP, PLATFORM) for action in ("SELECT", "INSERT", "DELETE")),
    *(Grant(APP, "maintenance_windows", action) for action in ("SELECT", "INSERT", "DELETE")),
    *(Grant(APP, "device_groups", action) for action in ("SELECT", "INSERT", "DELETE")),
    Grant(APP, "device_groups", "UPDATE", ("name", "filter")),
    *(Grant(APP, table, action) for table in ("templates", "template_versions") for action in ("SELECT", "INSERT")),
    Grant(APP, "templates", "DELETE"),
    Grant(APP, "templates", "UPDATE", ("name", "about")),
    Grant(APP, "template_assignments", "SELECT", _ASSIGNED),
    *(Grant(APP, "template_assignments", action) for action in ("INSERT", "DELETE")),
    *(Grant(POLLER, table, "SELECT") for table in ("templates", "template_versions", "template_assignments")),
    Grant(APP, "tenant_networks", "SELECT"),
    Grant(PLATFORM, "tenant_networks", "SELECT"),
    Grant(PLATFORM, "tenant_networks", "INSERT"),
    Grant(POLLER, "tenant_networks", "SELECT"),
    Grant(APP, "device_state", "SELECT"),
    Grant(APP, "device_state", "INSERT", _STATE_KEY),
    Grant(PLATFORM, "device_state", "SELECT"),
    Grant(PLATFORM, "device_state", "INSERT", _STATE_KEY),
    Grant(INGEST, "device_state", "SELECT", _STATE_READ),
    Grant(INGEST, "device_state", "UPDATE", _STATE_WRITTEN),
    *(Grant(role, "device_states", "SELECT") for role in (APP, PLATFORM, READER)),
    Grant(INGEST, "device_states", "INSERT"),
    Grant(PLATFORM, "device_states", "DELETE"),
    Grant(INGEST, "ingest_ledger", "SELECT"),
    Grant(INGEST, "ingest_ledger", "INSERT"),
    Grant(INGEST, "ingest_ledger", "UPDATE", ("committed",)),
    Grant(PLATFORM, "ingest_ledger", "SELECT"),
    *(Grant(role, "assignment", "SELECT") for role in (INGEST, PLATFORM, POLLER)),
    *(Grant(role, "assignment", "UPDATE", ("version",)) for role in (PLATFORM, POLLER)),
    *(Grant(role, "partitions", "SELECT") for role in (INGEST, PLATFORM, POLLER)),
    Grant(PLATFORM, "partitions", "UPDATE"),
    Grant(POLLER, "partitions", "UPDATE", ("released_at", "fence_sequence", "fence_created")),
    Grant(INGEST, "dirty", "INSERT"),
    *(Grant(PLATFORM, "dirty", action) for action in ("SELECT", "INSERT", "DELETE")),
    *(Grant(role, "retention", "SELECT") for role in (INGEST, PLATFORM)),
    *(Grant(PLATFORM, "retention", action) for action in ("INSERT", "UPDATE")),
    Grant(APP, "outbox", "INSERT", _OUTBOX),
    Grant(PLATFORM, "outbox", "SELECT"),
    Grant(PLATFORM, "outbox", "INSERT", _OUTBOX),
    Grant(PLATFORM, "outbox", "UPDATE", ("published_at",)),
    Grant(PLATFORM, "outbox", "DELETE"),
    Grant(APP, "operations", "SELECT"),
    Grant(APP, "operations", "INSERT"),
    Grant(PLATFORM, "operations", "SELECT"),
    Grant(PLATFORM, "operations", "INSERT"),
    *(Grant(role, "operations", "UPDATE", _ENDING) for role in (PLATFORM, POLLER)),
    Grant(POLLER, "operations", "SELECT", ("id",)),
    *(Grant(role, "errands", action) for role in (APP, PLATFORM) for action in ("SELECT", "INSERT")),
    Grant(PLATFORM, "errands", "UPDATE", ("state", "ended_at", "error")),
    Grant(PLATFORM, "errands", "DELETE"),
    Grant(POLLER, "errands", "SELECT"),
    Grant(POLLER, "errands", "UPDATE", ("state", "epoch", "attempt", "not_before", "ended_at", "error")),
    *(Grant(APP, "tool_settings", action) for action in ("SELECT", "INSERT")),
    Grant(APP, "tool_settings", "UPDATE", ("extras", "changed_at", "changed_by")),
    *(Grant(role, "pushes", "SELECT", _PUSH) for role in (APP, PLATFORM)),
    Grant(APP, "pushes", "INSERT"),
    Grant(PLATFORM, "pushes", "UPDATE", ("state", "ended_at", "error", "sealed", "former", "digest")),
    Grant(PLATFORM, "pushes", "DELETE"),
    Grant(POLLER, "pushes", "SELECT"),
    Grant(POLLER, "pushes", "UPDATE", _PUSHED),
    *(Grant(role, "push_journal", "SELECT") for role in (APP, PLATFORM, POLLER)),
    Grant(POLLER, "push_journal", "INSERT"),
    *(Grant(role, "audit", "SELECT") for role in (APP, PLATFORM)),
    *(Grant(role, "audit", "INSERT", _AUDIT) for role in (APP, PLATFORM)),
    Grant(PLATFORM, "audit_heads", "SELECT"),
    *(Grant(role, "kept_answers", action) for role in (APP, PLATFORM) for action in ("SELECT", "INSERT")),
    *(
        Grant(role, "kept_answers", "UPDATE", ("fingerprint", "created_at", "status", "body", "headers"))
        for role in (APP, PLATFORM)
    ),
    Grant(PLATFORM, "kept_answers", "DELETE"),
    Grant(APP, "schedules", "SELECT"),
    Grant(PLATFORM, "schedules", "SELECT"),
    Grant(PLATFORM, "schedules", "INSERT"),
    Grant(PLATFORM, "schedules", "UPDATE", _SCHEDULE),
    *configgrants.GRANTS,
    *alertgrants.GRANTS,
    *notifygrants.GRANTS,
    *binarygrants.GRANTS,
    *firmwaregrants.GRANTS,
    *campaigngrants.GRANTS,
    *rolloutgrants.GRANTS,
    *(Grant(APP, table, "SELECT") for table in _INVENTORY),
    *(Grant(INGEST, table, action) for table in _INVENTORY[:2] for action in ("SELECT", "INSERT")),
    Grant(INGEST, "inventory", "UPDATE", ("facts", "last_seen", "gone_at")),
    Grant(INGEST, "inventory_readings", "UPDATE", ("at", "told", "kept", "mark")),
    Grant(INGEST, "inventory_changes", "INSERT"),
    *(Grant(PLATFORM, table, "SELECT") for table in _INVENTORY),
    *(Grant(PLATFORM, table, "DELETE") for table in ("inventory", "inventory_changes")),
    Grant(PLATFORM, "readers", "SELECT"),
    Grant(READER, "tenants", "SELECT"),
    Grant(READER, "devices", "SELECT", _DEVICE_SHOWN),
    *(Grant(READER, table, "SELECT") for table in ("device_state", "operations", *_PLACES, *_INVENTORY)),
)


def statements(table: str) -> Iterator[str]:
    """Yield the SQL that guards a plain table: row-level security, a policy for each role, the grants."""
    grants = [grant for grant in GRANTS if grant.table == table]
    if table not in REASONS:
        yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
        yield f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY"
        for role in (OWNER, *sorted({grant.role for grant in grants})):
            yield _policy(table, role)
    yield from (str(grant) for grant in grants)


def functions() -> Iterator[str]:
    """Yield the SQL of the functions that policies and views call."""
    yield TENANT_FUNCTION
    yield READER_FUNCTION
    for name in ("tenant()", "reader_tenant()"):
        yield f"REVOKE ALL ON FUNCTION {name} FROM PUBLIC"
    yield f"GRANT EXECUTE ON FUNCTION tenant() TO {', '.join(TENANTS)}"
    yield f"GRANT EXECUTE ON FUNCTION reader_tenant() TO {READER}"


def _policy(table: str, role: str) -> str:
    """Write a role's policy; the owner needs one too, else foreign keys and data migrations see no rows."""
    tenant = "id" if table == "tenants" else "tenant_id"
    # A reader's tenant is looked up, so it is asked once for a query and not once for a row.
    rows = {APP: f"{tenant} = tenant()", READER: f"{tenant} = (SELECT tenant())"}.get(role, "true")
    name = "tenant" if role == APP else role.removeprefix("flotilla_")
    return f"CREATE POLICY {name} ON {table} TO {role} USING ({rows}) WITH CHECK ({rows})"
