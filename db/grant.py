"""The database's roles, and one right of a role on a table."""

from __future__ import annotations

from dataclasses import dataclass

OWNER = "flotilla_owner"
"""Owns the schema and migrates it; nobody logs in as it."""
APP = "flotilla_app"
"""The tenants' door: sees what ``app.current_tenant`` names."""
INGEST = "flotilla_ingest"
"""Writes what was measured; reads of the plain tables only what it must compare with."""
PLATFORM = "flotilla_platform"
"""Works across tenants: sign-in, administration, totals."""
POLLER = "flotilla_poller"
"""Reads the list of devices."""
READER = "flotilla_reader"
"""What analysts' logins may (``db.readers``); nobody logs in as it."""

LOGINS = (APP, INGEST, PLATFORM, POLLER)
TENANTS = (APP, READER)
"""Who sees the rows of ``tenant()`` and no other's."""


@dataclass(frozen=True, slots=True)
class Grant:
    """One right of one role on one table; without ``columns`` on all of them."""

    role: str
    table: str
    action: str
    columns: tuple[str, ...] = ()

    def __str__(self) -> str:
        columns = f" ({', '.join(self.columns)})" if self.columns else ""
        return f"GRANT {self.action}{columns} ON {self.table} TO {self.role}"
