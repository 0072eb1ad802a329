"""Sites and tags of devices, maintenance windows, and the collectors that a device is not asked."""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"

SQL = r"""
REVOKE SELECT (id, tenant_id, name, address, port, tls, authority, vantage, interval_seconds, created_at) ON devices FROM flotilla_reader;
REVOKE UPDATE (name, address, port, tls, fingerprint, authority, vantage, streams, username, secret, interval_seconds) ON devices FROM flotilla_platform;
REVOKE SELECT (id, tenant_id, name, address, port, tls, fingerprint, authority, vantage, streams, username, interval_seconds, created_at, partition) ON devices FROM flotilla_platform;
REVOKE UPDATE (name, address, port, tls, fingerprint, authority, vantage, streams, username, secret, interval_seconds) ON devices FROM flotilla_app;
REVOKE SELECT (id, tenant_id, name, address, port, tls, fingerprint, authority, vantage, streams, username, interval_seconds, created_at, partition) ON devices FROM flotilla_app;
CREATE TABLE device_tags (
    device_id uuid NOT NULL,
    tag text NOT NULL,
    tenant_id uuid NOT NULL,
    CONSTRAINT pk_device_tags PRIMARY KEY (device_id, tag),
    CONSTRAINT ck_device_tags_tag CHECK (tag ~ '^[a-z0-9][a-z0-9._:/-]{0,62}$'::text)
)
;

CREATE TABLE maintenance_windows (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    device_id uuid,
    site_id uuid,
    tag text,
    starts_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    reason text NOT NULL,
    created_by text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT pk_maintenance_windows PRIMARY KEY (id),
    CONSTRAINT ck_maintenance_windows_created_by CHECK (length(created_by) >= 1 AND length(created_by) <= 254),
    CONSTRAINT ck_maintenance_windows_ends_at CHECK (ends_at > starts_at),
    CONSTRAINT ck_maintenance_windows_reason CHECK (length(reason) >= 1 AND length(reason) <= 500),
    CONSTRAINT ck_maintenance_windows_scope CHECK (num_nonnulls(device_id, site_id, tag) <= 1),
    CONSTRAINT ck_maintenance_windows_tag CHECK (tag ~ '^[a-z0-9][a-z0-9._:/-]{0,62}$'::text)
)
;

CREATE TABLE sites (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    name text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT pk_sites PRIMARY KEY (id),
    CONSTRAINT uq_sites_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT uq_sites_tenant_id_name UNIQUE (tenant_id, name),
    CONSTRAINT ck_sites_name CHECK (length(name) >= 1 AND length(name) <= 120 AND name !~ '^[(]'::text AND name = btrim(name))
)
;

ALTER TABLE devices ADD COLUMN collectors_off text[] NOT NULL DEFAULT '{}'::text[];
ALTER TABLE devices ADD COLUMN site_id uuid;
ALTER TABLE devices ADD CONSTRAINT ck_devices_collectors_off CHECK (cardinality(collectors_off) <= 100 AND array_position(collectors_off, NULL::text) IS NULL);
ALTER TABLE device_tags ADD CONSTRAINT fk_device_tags_devices FOREIGN KEY (tenant_id, device_id) REFERENCES devices(tenant_id, id) ON DELETE CASCADE;
ALTER TABLE devices ADD CONSTRAINT fk_devices_sites FOREIGN KEY (tenant_id, site_id) REFERENCES sites(tenant_id, id) ON DELETE SET NULL (site_id);
ALTER TABLE maintenance_windows ADD CONSTRAINT fk_maintenance_windows_devices FOREIGN KEY (tenant_id, device_id) REFERENCES devices(tenant_id, id) ON DELETE CASCADE;
ALTER TABLE maintenance_windows ADD CONSTRAINT fk_maintenance_windows_sites FOREIGN KEY (tenant_id, site_id) REFERENCES sites(tenant_id, id) ON DELETE CASCADE;
ALTER TABLE maintenance_windows ADD CONSTRAINT fk_maintenance_windows_tenants FOREIGN KEY (tenant_id) REFERENCES tenants(id) ON DELETE CASCADE;
ALTER TABLE sites ADD CONSTRAINT fk_sites_tenants FOREIGN KEY (tenant_id) REFERENCES tenants(id) ON DELETE CASCADE;
CREATE INDEX ix_device_tags_tenant_id_tag ON device_tags USING btree (tenant_id, tag);
CREATE INDEX ix_devices_site_id ON devices USING btree (site_id);
CREATE INDEX ix_maintenance_windows_device_id ON maintenance_windows USING btree (device_id);
CREATE INDEX ix_maintenance_windows_site_id ON maintenance_windows USING btree (site_id);
CREATE INDEX ix_maintenance_windows_tenant_id_ends_at_id ON maintenance_windows USING btree (tenant_id, ends_at, id);
ALTER TABLE device_tags ENABLE ROW LEVEL SECURITY;
ALTER TABLE device_tags FORCE ROW LEVEL SECURITY;
ALTER TABLE maintenance_windows ENABLE ROW LEVEL SECURITY;
ALTER TABLE maintenance_windows FORCE ROW LEVEL SECURITY;
ALTER TABLE sites ENABLE ROW LEVEL SECURITY;
ALTER TABLE sites FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON device_tags TO flotilla_owner USING (true) WITH CHECK (true);
CREATE POLICY platform ON device_tags TO flotilla_platform USING (true) WITH CHECK (true);
CREATE POLICY reader ON device_tags TO flotilla_reader USING ((tenant_id = ( SELECT tenant() AS tenant))) WITH CHECK ((tenant_id = ( SELECT tenant() AS tenant)));
CREATE POLICY tenant ON device_tags TO flotilla_app USING ((tenant_id = tenant())) WITH CHECK ((tenant_id = tenant()));
CREATE POLICY owner ON maintenance_windows TO flotilla_owner USING (true) WITH CHECK (true);
CREATE POLICY reader ON maintenance_windows TO flotilla_reader USING ((tenant_id = ( SELECT tenant() AS tenant))) WITH CHECK ((tenant_id = ( SELECT tenant() AS tenant)));
CREATE POLICY tenant ON maintenance_windows TO flotilla_app USING ((tenant_id = tenant())) WITH CHECK ((tenant_id = tenant()));
CREATE POLICY owner ON sites TO flotilla_owner USING (true) WITH CHECK (true);
CREATE POLICY platform ON sites TO flotilla_platform USING (true) WITH CHECK (true);
CREATE POLICY reader ON sites TO flotilla_reader USING ((tenant_id = ( SELECT tenant() AS tenant))) WITH CHECK ((tenant_id = ( SELECT tenant() AS tenant)));
CREATE POLICY tenant ON sites TO flotilla_app USING ((tenant_id = tenant())) WITH CHECK ((tenant_id = tenant()));
GRANT DELETE ON device_tags TO flotilla_app;
GRANT INSERT ON device_tags TO flotilla_app;
GRANT SELECT ON device_tags TO flotilla_app;
GRANT DELETE ON device_tags TO flotilla_platform;
GRANT INSERT ON device_tags TO flotilla_platform;
GRANT SELECT ON device_tags TO flotilla_platform;
GRANT SELECT ON device_tags TO flotilla_reader;
GRANT SELECT (id, tenant_id, name, address, port, tls, fingerprint, authority, vantage, streams, username, interval_seconds, created_at, partition, collectors_off, site_id) ON devices TO flotilla_app;
GRANT UPDATE (name, address, port, tls, fingerprint, authority, vantage, streams, username, secret, interval_seconds, collectors_off, site_id) ON devices TO flotilla_app;
GRANT SELECT (id, tenant_id, name, address, port, tls, fingerprint, authority, vantage, streams, username, interval_seconds, created_at, partition, collectors_off, site_id) ON devices TO flotilla_platform;
GRANT UPDATE (name, address, port, tls, fingerprint, authority, vantage, streams, username, secret, interval_seconds, collectors_off, site_id) ON devices TO flotilla_platform;
GRANT SELECT (id, tenant_id, name, address, port, tls, authority, vantage, interval_seconds, created_at, site_id) ON devices TO flotilla_reader;
GRANT DELETE ON maintenance_windows TO flotilla_app;
GRANT INSERT ON maintenance_windows TO flotilla_app;
GRANT SELECT ON maintenance_windows TO flotilla_app;
GRANT SELECT ON maintenance_windows TO flotilla_reader;
GRANT DELETE ON sites TO flotilla_app;
GRANT INSERT ON sites TO flotilla_app;
GRANT SELECT ON sites TO flotilla_app;
GRANT UPDATE (name) ON sites TO flotilla_app;
GRANT INSERT ON sites TO flotilla_platform;
GRANT SELECT ON sites TO flotilla_platform;
GRANT SELECT ON sites TO flotilla_reader;
"""  # noqa: E501


def upgrade() -> None:
    op.get_bind().exec_driver_sql(SQL, execution_options={"no_parameters": True})
