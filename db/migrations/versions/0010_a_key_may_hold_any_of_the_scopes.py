"""A key may hold any of the scopes."""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"

SQL = r"""
ALTER TABLE api_keys DROP CONSTRAINT ck_api_keys_scopes;
ALTER TABLE api_keys ADD CONSTRAINT ck_api_keys_scopes CHECK (cardinality(scopes) > 0 AND scopes <@ ARRAY['devices:read'::text, 'devices:write'::text, 'metrics:read'::text, 'events:read'::text, 'config:read'::text, 'config:write'::text, 'config:secrets'::text, 'firmware:read'::text, 'firmware:write'::text, 'alerts:read'::text, 'alerts:write'::text, 'audit:read'::text]);
"""  # noqa: E501


def upgrade() -> None:
    op.get_bind().exec_driver_sql(SQL, execution_options={"no_parameters": True})
