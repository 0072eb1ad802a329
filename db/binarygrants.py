"""Who may do what with binary backups."""

from __future__ import annotations

from db.grant import APP, POLLER, Grant

BINARY = ("id", "tenant_id", "device_id", "at", "asked_by", "size", "ros_version", "model", "serial", "system_id")
"""All but what is sealed: people list them, and only owners of devices open them."""

GRANTS = (
    Grant(APP, "config_binaries", "SELECT", BINARY),
    Grant(APP, "config_binaries", "DELETE"),
    *(Grant(POLLER, "config_binaries", action) for action in ("SELECT", "INSERT", "DELETE")),
)
