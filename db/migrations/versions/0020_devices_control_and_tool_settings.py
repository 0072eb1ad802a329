"""The scope of who controls devices, and what a tenant lets its administrators ask of them."""

from __future__ import annotations

from alembic import op

revision = "0020"
down_revision = "0019"

SQL = r"""
ALTER TABLE api_keys DROP CONSTRAINT ck_api_keys_scopes;
ALTER TABLE api_keys ADD CONSTRAINT ck_api_keys_scopes CHECK (cardinality(scopes) > 0 AND scopes <@ ARRAY['devices:read'::text, 'devices:write'::text, 'devices:control'::text, 'metrics:read'::text, 'events:read'::text, 'config:read'::text, 'config:write'::text, 'config:secrets'::text, 'firmware:read'::text, 'firmware:write'::text, 'alerts:read'::text, 'alerts:write'::text, 'audit:read'::text]);
CREATE TABLE tool_settings (
    tenant_id uuid NOT NULL,
    extras text[] NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    changed_by text NOT NULL,
    CONSTRAINT pk_tool_settings PRIMARY KEY (tenant_id),
    CONSTRAINT ck_tool_settings_changed_by CHECK (length(changed_by) >= 1 AND length(changed_by) <= 254),
    CONSTRAINT ck_tool_settings_extras CHECK (cardinality(extras) <= 100)
)
;

ALTER TABLE tool_settings ADD CONSTRAINT fk_tool_settings_tenants FOREIGN KEY (tenant_id) REFERENCES tenants(id) ON DELETE CASCADE;
ALTER TABLE tool_settings ENABLE ROW LEVEL SECURITY;
ALTER TABLE tool_settings FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON tool_settings TO flotilla_owner USING (true) WITH CHECK (true);
CREATE POLICY tenant ON tool_settings TO flotilla_app USING ((tenant_id = tenant())) WITH CHECK ((tenant_id = tenant()));
GRANT INSERT ON tool_settings TO flotilla_app;
GRANT SELECT ON tool_settings TO flotilla_app;
GRANT UPDATE (extras, changed_at, changed_by) ON tool_settings TO flotilla_app;
"""  # noqa: E501


def upgrade() -> None:
    op.get_bind().exec_driver_sql(SQL, execution_options={"no_parameters": True})
