"""Writes across tenants may be repeated and held."""

from __future__ import annotations

from alembic import op

revision = "0015"
down_revision = "0014"

SQL = r"""
GRANT EXECUTE ON FUNCTION hold(uuid) TO flotilla_platform;
GRANT INSERT ON kept_answers TO flotilla_platform;
GRANT UPDATE (fingerprint, created_at, status, body, headers) ON kept_answers TO flotilla_platform;
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(SQL, execution_options={"no_parameters": True})
