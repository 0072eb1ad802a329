"""Who may do what with the firmware catalogue: tenants read it, the platform keeps it."""

from __future__ import annotations

from db.grant import APP, PLATFORM, Grant

TABLES = ("firmware_channels", "firmware_releases", "firmware_files")

REASONS = dict.fromkeys(TABLES, "what the vendor publishes, the same for all tenants; the tenants' door may read it")

GRANTS = (
    *(Grant(role, table, "SELECT") for role in (APP, PLATFORM) for table in TABLES),
    *(Grant(PLATFORM, table, action) for table in TABLES for action in ("INSERT", "DELETE")),
    Grant(PLATFORM, "firmware_channels", "UPDATE", ("version", "set_at", "seen_at")),
    Grant(PLATFORM, "firmware_releases", "UPDATE", ("changelog", "seen_at", "missing")),
    Grant(PLATFORM, "firmware_files", "UPDATE", ("size", "sha256", "seen_at")),
)
