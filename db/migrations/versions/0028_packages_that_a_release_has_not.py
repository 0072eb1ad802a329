"""packages that a release has not."""

from __future__ import annotations

from alembic import op

revision = "0028"
down_revision = "0027"

SQL = r"""
REVOKE UPDATE (changelog, seen_at) ON firmware_releases FROM flotilla_platform;
ALTER TABLE firmware_releases ADD COLUMN missing text[] NOT NULL DEFAULT '{}'::text[];
GRANT UPDATE (changelog, seen_at, missing) ON firmware_releases TO flotilla_platform;
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(SQL, execution_options={"no_parameters": True})
