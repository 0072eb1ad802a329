"""Binary backups."""

from __future__ import annotations

from alembic import op

revision = "0021"
down_revision = "0020"

SQL = r"""
CREATE TABLE config_binaries (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    device_id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    asked_by text NOT NULL,
    key_id uuid NOT NULL,
    sealed bytea NOT NULL,
    size integer NOT NULL,
    ros_version text NOT NULL,
    model text NOT NULL,
    serial text NOT NULL,
    system_id text NOT NULL,
    CONSTRAINT pk_config_binaries PRIMARY KEY (id),
    CONSTRAINT ck_config_binaries_asked_by CHECK (length(asked_by) >= 1 AND length(asked_by) <= 254),
    CONSTRAINT ck_config_binaries_size CHECK (size > 0)
)
;

ALTER TABLE config_binaries ADD CONSTRAINT fk_config_binaries_tenants FOREIGN KEY (tenant_id) REFERENCES tenants(id) ON DELETE CASCADE;
ALTER TABLE config_binaries ADD CONSTRAINT fk_config_binaries_devices FOREIGN KEY (tenant_id, device_id) REFERENCES devices(tenant_id, id) ON DELETE CASCADE;
ALTER TABLE config_binaries ADD CONSTRAINT fk_config_binaries_config_keys FOREIGN KEY (tenant_id, key_id) REFERENCES config_keys(tenant_id, id);
CREATE INDEX ix_config_binaries_device_id_at ON config_binaries USING btree (device_id, at);
CREATE INDEX ix_config_binaries_tenant_id_key_id ON config_binaries USING btree (tenant_id, key_id);
ALTER TABLE config_binaries ENABLE ROW LEVEL SECURITY;
ALTER TABLE config_binaries FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON config_binaries TO flotilla_owner USING (true) WITH CHECK (true);
CREATE POLICY poller ON config_binaries TO flotilla_poller USING (true) WITH CHECK (true);
CREATE POLICY tenant ON config_binaries TO flotilla_app USING ((tenant_id = tenant())) WITH CHECK ((tenant_id = tenant()));
GRANT DELETE ON config_binaries TO flotilla_app;
GRANT SELECT (id, tenant_id, device_id, at, asked_by, size, ros_version, model, serial, system_id) ON config_binaries TO flotilla_app;
GRANT DELETE ON config_binaries TO flotilla_poller;
GRANT INSERT ON config_binaries TO flotilla_poller;
GRANT SELECT ON config_binaries TO flotilla_poller;
"""  # noqa: E501


def upgrade() -> None:
    op.get_bind().exec_driver_sql(SQL, execution_options={"no_parameters": True})
