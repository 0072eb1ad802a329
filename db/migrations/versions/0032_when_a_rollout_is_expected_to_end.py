"""when a rollout is expected to end."""

from __future__ import annotations

from alembic import op

revision = "0032"
down_revision = "0031"

SQL = r"""
REVOKE UPDATE (state, ended_at, why, epoch, claimed_until, told) ON rollouts FROM flotilla_platform;
ALTER TABLE rollouts ADD COLUMN forecast jsonb;
ALTER TABLE rollouts ADD COLUMN foreseen jsonb;
GRANT UPDATE (state, ended_at, why, epoch, claimed_until, told, foreseen) ON rollouts TO flotilla_platform;
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(SQL, execution_options={"no_parameters": True})
