"""device groups."""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012"

SQL = r"""
CREATE TABLE device_groups (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    name text NOT NULL,
    filter jsonb NOT NULL,
    created_by text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT pk_device_groups PRIMARY KEY (id),
    CONSTRAINT uq_device_groups_tenant_id_name UNIQUE (tenant_id, name),
    CONSTRAINT ck_device_groups_created_by CHECK (length(created_by) >= 1 AND length(created_by) <= 254),
    CONSTRAINT ck_device_groups_filter CHECK (jsonb_typeof(filter) = 'object'::text AND length(filter::text) <= 10000),
    CONSTRAINT ck_device_groups_name CHECK (length(name) >= 1 AND length(name) <= 120 AND name = btrim(name))
)
;

ALTER TABLE device_groups ADD CONSTRAINT fk_device_groups_tenants FOREIGN KEY (tenant_id) REFERENCES tenants(id) ON DELETE CASCADE;
ALTER TABLE device_groups ENABLE ROW LEVEL SECURITY;
ALTER TABLE device_groups FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON device_groups TO flotilla_owner USING (true) WITH CHECK (true);
CREATE POLICY reader ON device_groups TO flotilla_reader USING ((tenant_id = ( SELECT tenant() AS tenant))) WITH CHECK ((tenant_id = ( SELECT tenant() AS tenant)));
CREATE POLICY tenant ON device_groups TO flotilla_app USING ((tenant_id = tenant())) WITH CHECK ((tenant_id = tenant()));
GRANT DELETE ON device_groups TO flotilla_app;
GRANT INSERT ON device_groups TO flotilla_app;
GRANT SELECT ON device_groups TO flotilla_app;
GRANT UPDATE (name, filter) ON device_groups TO flotilla_app;
GRANT SELECT ON device_groups TO flotilla_reader;
"""  # noqa: E501


def upgrade() -> None:
    op.get_bind().exec_driver_sql(SQL, execution_options={"no_parameters": True})
