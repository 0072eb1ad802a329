"""Credential profiles and searches."""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0013"

SQL = r"""
REVOKE UPDATE (name, address, port, tls, fingerprint, authority, vantage, streams, username, secret, interval_seconds, collectors_off, site_id) ON devices FROM flotilla_platform;
REVOKE SELECT (id, tenant_id, name, address, port, tls, fingerprint, authority, vantage, streams, username, interval_seconds, created_at, partition, collectors_off, site_id) ON devices FROM flotilla_platform;
REVOKE UPDATE (name, address, port, tls, fingerprint, authority, vantage, streams, username, secret, interval_seconds, collectors_off, site_id) ON devices FROM flotilla_app;
REVOKE SELECT (id, tenant_id, name, address, port, tls, fingerprint, authority, vantage, streams, username, interval_seconds, created_at, partition, collectors_off, site_id) ON devices FROM flotilla_app;
CREATE TABLE credential_profiles (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    name text NOT NULL,
    username text NOT NULL,
    secret text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    sealed_at timestamp with time zone NOT NULL,
    CONSTRAINT pk_credential_profiles PRIMARY KEY (id),
    CONSTRAINT uq_credential_profiles_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT uq_credential_profiles_tenant_id_name UNIQUE (tenant_id, name),
    CONSTRAINT ck_credential_profiles_name CHECK (length(name) >= 1 AND length(name) <= 120),
    CONSTRAINT ck_credential_profiles_secret CHECK (secret ~~ 'vault:%'::text),
    CONSTRAINT ck_credential_profiles_username CHECK (length(username) >= 1 AND length(username) <= 255)
)
;

CREATE TABLE scan_findings (
    scan_id uuid NOT NULL,
    address inet NOT NULL,
    tenant_id uuid NOT NULL,
    ports jsonb NOT NULL,
    fingerprint text,
    speaks boolean NOT NULL,
    CONSTRAINT pk_scan_findings PRIMARY KEY (scan_id, address),
    CONSTRAINT ck_scan_findings_fingerprint CHECK (fingerprint ~ '^[0-9a-f]{64}$'::text),
    CONSTRAINT ck_scan_findings_ports CHECK (jsonb_typeof(ports) = 'object'::text)
)
;

CREATE TABLE scans (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    network cidr NOT NULL,
    ports jsonb NOT NULL,
    rate double precision NOT NULL,
    created_by text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    state text NOT NULL,
    total integer NOT NULL,
    tried integer NOT NULL,
    epoch bigint NOT NULL,
    ended_at timestamp with time zone,
    error text,
    CONSTRAINT pk_scans PRIMARY KEY (id),
    CONSTRAINT uq_scans_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT ck_scans_created_by CHECK (length(created_by) >= 1 AND length(created_by) <= 254),
    CONSTRAINT ck_scans_ended_at CHECK ((ended_at IS NULL) = (state = ANY (ARRAY['waiting'::text, 'running'::text]))),
    CONSTRAINT ck_scans_ports CHECK (jsonb_typeof(ports) = 'object'::text),
    CONSTRAINT ck_scans_rate CHECK (rate >= 1::double precision AND rate <= 200::double precision),
    CONSTRAINT ck_scans_state CHECK (state = ANY (ARRAY['waiting'::text, 'running'::text, 'done'::text, 'cancelled'::text, 'failed'::text])),
    CONSTRAINT ck_scans_total CHECK (total >= 0 AND total <= 4096),
    CONSTRAINT ck_scans_tried CHECK (tried >= 0 AND tried <= total)
)
;

ALTER TABLE devices ADD COLUMN profile_id uuid;
ALTER TABLE devices ALTER COLUMN username DROP NOT NULL;
ALTER TABLE devices ALTER COLUMN secret DROP NOT NULL;
ALTER TABLE devices ADD CONSTRAINT ck_devices_login CHECK (num_nonnulls(username, secret) =
CASE
    WHEN profile_id IS NULL THEN 2
    ELSE 0
END)
;

ALTER TABLE credential_profiles ADD CONSTRAINT fk_credential_profiles_tenants FOREIGN KEY (tenant_id) REFERENCES tenants(id) ON DELETE CASCADE;
ALTER TABLE devices ADD CONSTRAINT fk_devices_credential_profiles FOREIGN KEY (tenant_id, profile_id) REFERENCES credential_profiles(tenant_id, id);
ALTER TABLE scan_findings ADD CONSTRAINT fk_scan_findings_scans FOREIGN KEY (tenant_id, scan_id) REFERENCES scans(tenant_id, id) ON DELETE CASCADE;
ALTER TABLE scans ADD CONSTRAINT fk_scans_tenants FOREIGN KEY (tenant_id) REFERENCES tenants(id) ON DELETE CASCADE;
CREATE INDEX ix_devices_profile_id ON devices USING btree (profile_id);
CREATE INDEX ix_scan_findings_tenant_id_scan_id ON scan_findings USING btree (tenant_id, scan_id);
CREATE UNIQUE INDEX ix_scans_live ON scans USING btree (tenant_id) WHERE ended_at IS NULL;
CREATE INDEX ix_scans_tenant_id_created_at_id ON scans USING btree (tenant_id, created_at, id);
ALTER TABLE credential_profiles ENABLE ROW LEVEL SECURITY;
ALTER TABLE credential_profiles FORCE ROW LEVEL SECURITY;
ALTER TABLE scan_findings ENABLE ROW LEVEL SECURITY;
ALTER TABLE scan_findings FORCE ROW LEVEL SECURITY;
ALTER TABLE scans ENABLE ROW LEVEL SECURITY;
ALTER TABLE scans FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON credential_profiles TO flotilla_owner USING (true) WITH CHECK (true);
CREATE POLICY platform ON credential_profiles TO flotilla_platform USING (true) WITH CHECK (true);
CREATE POLICY poller ON credential_profiles TO flotilla_poller USING (true) WITH CHECK (true);
CREATE POLICY tenant ON credential_profiles TO flotilla_app USING ((tenant_id = tenant())) WITH CHECK ((tenant_id = tenant()));
CREATE POLICY owner ON scan_findings TO flotilla_owner USING (true) WITH CHECK (true);
CREATE POLICY platform ON scan_findings TO flotilla_platform USING (true) WITH CHECK (true);
CREATE POLICY tenant ON scan_findings TO flotilla_app USING ((tenant_id = tenant())) WITH CHECK ((tenant_id = tenant()));
CREATE POLICY owner ON scans TO flotilla_owner USING (true) WITH CHECK (true);
CREATE POLICY platform ON scans TO flotilla_platform USING (true) WITH CHECK (true);
CREATE POLICY tenant ON scans TO flotilla_app USING ((tenant_id = tenant())) WITH CHECK ((tenant_id = tenant()));
GRANT DELETE ON credential_profiles TO flotilla_app;
GRANT INSERT ON credential_profiles TO flotilla_app;
GRANT SELECT (id, tenant_id, name, username, created_at, sealed_at) ON credential_profiles TO flotilla_app;
GRANT UPDATE (name, username, secret, sealed_at) ON credential_profiles TO flotilla_app;
GRANT SELECT (id, tenant_id, name, username, created_at, sealed_at) ON credential_profiles TO flotilla_platform;
GRANT SELECT ON credential_profiles TO flotilla_poller;
GRANT SELECT (id, tenant_id, name, address, port, tls, fingerprint, authority, vantage, streams, username, interval_seconds, created_at, partition, collectors_off, site_id, profile_id) ON devices TO flotilla_app;
GRANT UPDATE (name, address, port, tls, fingerprint, authority, vantage, streams, username, secret, interval_seconds, collectors_off, site_id, profile_id) ON devices TO flotilla_app;
GRANT SELECT (id, tenant_id, name, address, port, tls, fingerprint, authority, vantage, streams, username, interval_seconds, created_at, partition, collectors_off, site_id, profile_id) ON devices TO flotilla_platform;
GRANT UPDATE (name, address, port, tls, fingerprint, authority, vantage, streams, username, secret, interval_seconds, collectors_off, site_id, profile_id) ON devices TO flotilla_platform;
GRANT SELECT ON scan_findings TO flotilla_app;
GRANT INSERT ON scan_findings TO flotilla_platform;
GRANT SELECT ON scan_findings TO flotilla_platform;
GRANT DELETE ON scans TO flotilla_app;
GRANT INSERT ON scans TO flotilla_app;
GRANT SELECT ON scans TO flotilla_app;
GRANT UPDATE (state, ended_at) ON scans TO flotilla_app;
GRANT SELECT ON scans TO flotilla_platform;
GRANT UPDATE (state, tried, epoch, ended_at, error) ON scans TO flotilla_platform;
"""  # noqa: E501


def upgrade() -> None:
    op.get_bind().exec_driver_sql(SQL, execution_options={"no_parameters": True})
