"""An API key may hold the scope devices:write."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"

SQL = r"""
ALTER TABLE api_keys DROP CONSTRAINT ck_api_keys_scopes;
ALTER TABLE api_keys ADD CONSTRAINT ck_api_keys_scopes CHECK (cardinality(scopes) > 0 AND scopes <@ ARRAY['devices:read'::text, 'devices:write'::text, 'metrics:read'::text]);
"""  # noqa: E501


def upgrade() -> None:
    op.get_bind().exec_driver_sql(SQL, execution_options={"no_parameters": True})
