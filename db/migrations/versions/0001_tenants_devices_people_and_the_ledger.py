"""Tenants, devices, people and the ledger."""

from __future__ import annotations

from alembic import op

revision = "0001"
down_revision = None

SQL = r"""
CREATE OR REPLACE FUNCTION tenant()
 RETURNS uuid
 LANGUAGE plpgsql
 STABLE PARALLEL SAFE
AS $function$
BEGIN
    IF session_user <> 'flotilla_app' THEN
        RETURN NULL;
    END IF;
    RETURN NULLIF(current_setting('app.current_tenant', true), '')::uuid;
END
$function$
;
REVOKE ALL ON FUNCTION tenant() FROM PUBLIC
;

CREATE TABLE api_keys (
    hash bytea NOT NULL,
    tenant_id uuid NOT NULL,
    prefix text NOT NULL,
    name text NOT NULL,
    scopes text[] NOT NULL,
    expires_at timestamp with time zone,
    last_used_at timestamp with time zone,
    revoked_at timestamp with time zone,
    CONSTRAINT pk_api_keys PRIMARY KEY (hash),
    CONSTRAINT uq_api_keys_prefix UNIQUE (prefix),
    CONSTRAINT uq_api_keys_tenant_id_name UNIQUE (tenant_id, name),
    CONSTRAINT ck_api_keys_hash CHECK (octet_length(hash) = 32),
    CONSTRAINT ck_api_keys_name CHECK (length(name) >= 1 AND length(name) <= 120),
    CONSTRAINT ck_api_keys_prefix CHECK (prefix ~ '^flt_[0-9a-f]{8}$'::text),
    CONSTRAINT ck_api_keys_scopes CHECK (cardinality(scopes) > 0 AND scopes <@ ARRAY['devices:read'::text, 'metrics:read'::text])
)
;

CREATE TABLE device_state (
    device_id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    state text,
    since timestamp with time zone,
    heard_at timestamp with time zone,
    identity text,
    version text,
    model text,
    serial text,
    uptime_seconds double precision,
    error_code text,
    error text,
    breaker text,
    next_attempt timestamp with time zone,
    attempt integer,
    duration_seconds double precision,
    CONSTRAINT pk_device_state PRIMARY KEY (device_id),
    CONSTRAINT ck_device_state_attempt CHECK (attempt >= 1),
    CONSTRAINT ck_device_state_breaker CHECK (breaker = ANY (ARRAY['closed'::text, 'open'::text, 'half_open'::text])),
    CONSTRAINT ck_device_state_duration_seconds CHECK (duration_seconds >= 0::double precision),
    CONSTRAINT ck_device_state_since CHECK ((state IS NULL) = (since IS NULL)),
    CONSTRAINT ck_device_state_state CHECK (state = ANY (ARRAY['up'::text, 'degraded'::text, 'down'::text, 'stale'::text, 'maintenance'::text])),
    CONSTRAINT ck_device_state_uptime_seconds CHECK (uptime_seconds >= 0::double precision)
)
;

CREATE TABLE devices (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    name text NOT NULL,
    address text NOT NULL,
    port integer NOT NULL,
    tls text NOT NULL,
    fingerprint text,
    authority text,
    vantage text NOT NULL,
    streams smallint NOT NULL,
    username text NOT NULL,
    secret text NOT NULL,
    interval_seconds double precision NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT pk_devices PRIMARY KEY (id),
    CONSTRAINT uq_devices_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT uq_devices_tenant_id_name UNIQUE (tenant_id, name),
    CONSTRAINT uq_devices_tenant_id_vantage_address_port UNIQUE (tenant_id, vantage, address, port),
    CONSTRAINT ck_devices_address CHECK (length(address) >= 1 AND length(address) <= 253),
    CONSTRAINT ck_devices_fingerprint CHECK (fingerprint ~ '^[0-9a-f]{64}$'::text),
    CONSTRAINT ck_devices_interval_seconds CHECK (interval_seconds > 0::double precision AND interval_seconds <= 86400::double precision),
    CONSTRAINT ck_devices_name CHECK (length(name) >= 1 AND length(name) <= 120),
    CONSTRAINT ck_devices_pin CHECK (tls <> 'pin'::text OR fingerprint IS NOT NULL),
    CONSTRAINT ck_devices_port CHECK (port >= 1 AND port <= 65535),
    CONSTRAINT ck_devices_secret CHECK (secret ~~ 'vault:%'::text),
    CONSTRAINT ck_devices_streams CHECK (streams >= 1 AND streams <= 64),
    CONSTRAINT ck_devices_tls CHECK (tls = ANY (ARRAY['verify'::text, 'pin'::text, 'anonymous'::text, 'plain'::text])),
    CONSTRAINT ck_devices_username CHECK (length(username) >= 1 AND length(username) <= 255),
    CONSTRAINT ck_devices_vantage CHECK (length(vantage) >= 1 AND length(vantage) <= 63)
)
;

CREATE TABLE ingest_ledger (
    stream text NOT NULL,
    stream_created timestamp with time zone NOT NULL,
    writer text NOT NULL,
    committed int8multirange NOT NULL,
    CONSTRAINT pk_ingest_ledger PRIMARY KEY (stream, stream_created, writer)
)
;

CREATE TABLE login_links (
    hash bytea NOT NULL,
    tenant_id uuid NOT NULL,
    user_id uuid NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    CONSTRAINT pk_login_links PRIMARY KEY (hash),
    CONSTRAINT ck_login_links_hash CHECK (octet_length(hash) = 32)
)
;

CREATE TABLE memberships (
    tenant_id uuid NOT NULL,
    user_id uuid NOT NULL,
    role text NOT NULL,
    CONSTRAINT pk_memberships PRIMARY KEY (tenant_id, user_id),
    CONSTRAINT ck_memberships_role CHECK (role = ANY (ARRAY['super_admin'::text, 'tenant_admin'::text, 'operator'::text, 'viewer'::text]))
)
;

CREATE TABLE sessions (
    hash bytea NOT NULL,
    tenant_id uuid NOT NULL,
    user_id uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    CONSTRAINT pk_sessions PRIMARY KEY (hash),
    CONSTRAINT ck_sessions_expires_at CHECK (expires_at > created_at),
    CONSTRAINT ck_sessions_hash CHECK (octet_length(hash) = 32)
)
;

CREATE TABLE tenant_networks (
    tenant_id uuid NOT NULL,
    network cidr NOT NULL,
    CONSTRAINT pk_tenant_networks PRIMARY KEY (tenant_id, network)
)
;

CREATE TABLE tenants (
    id uuid NOT NULL,
    slug text NOT NULL,
    name text NOT NULL,
    CONSTRAINT pk_tenants PRIMARY KEY (id),
    CONSTRAINT uq_tenants_slug UNIQUE (slug),
    CONSTRAINT ck_tenants_name CHECK (length(name) >= 1 AND length(name) <= 120),
    CONSTRAINT ck_tenants_slug CHECK (slug ~ '^[a-z0-9]([a-z0-9-]{0,46}[a-z0-9])?$'::text)
)
;

CREATE TABLE users (
    id uuid NOT NULL,
    email text NOT NULL,
    CONSTRAINT pk_users PRIMARY KEY (id),
    CONSTRAINT uq_users_email UNIQUE (email),
    CONSTRAINT ck_users_email CHECK (email = lower(email) AND email ~ '^[^@[:space:]]+@[^@[:space:]]+$'::text AND length(email) <= 254)
)
;

ALTER TABLE api_keys ADD CONSTRAINT fk_api_keys_tenants FOREIGN KEY (tenant_id) REFERENCES tenants(id) ON DELETE CASCADE;
ALTER TABLE device_state ADD CONSTRAINT fk_device_state_devices FOREIGN KEY (tenant_id, device_id) REFERENCES devices(tenant_id, id) ON DELETE CASCADE;
ALTER TABLE devices ADD CONSTRAINT fk_devices_tenants FOREIGN KEY (tenant_id) REFERENCES tenants(id) ON DELETE CASCADE;
ALTER TABLE login_links ADD CONSTRAINT fk_login_links_tenants FOREIGN KEY (tenant_id) REFERENCES tenants(id) ON DELETE CASCADE;
ALTER TABLE login_links ADD CONSTRAINT fk_login_links_users FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE;
ALTER TABLE memberships ADD CONSTRAINT fk_memberships_tenants FOREIGN KEY (tenant_id) REFERENCES tenants(id) ON DELETE CASCADE;
ALTER TABLE memberships ADD CONSTRAINT fk_memberships_users FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE;
ALTER TABLE sessions ADD CONSTRAINT fk_sessions_tenants FOREIGN KEY (tenant_id) REFERENCES tenants(id) ON DELETE CASCADE;
ALTER TABLE sessions ADD CONSTRAINT fk_sessions_users FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE;
ALTER TABLE tenant_networks ADD CONSTRAINT fk_tenant_networks_tenants FOREIGN KEY (tenant_id) REFERENCES tenants(id) ON DELETE CASCADE;
CREATE INDEX ix_device_state_tenant_id ON device_state USING btree (tenant_id);
CREATE INDEX ix_memberships_user_id ON memberships USING btree (user_id);
ALTER TABLE api_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE api_keys FORCE ROW LEVEL SECURITY;
ALTER TABLE device_state ENABLE ROW LEVEL SECURITY;
ALTER TABLE device_state FORCE ROW LEVEL SECURITY;
ALTER TABLE devices ENABLE ROW LEVEL SECURITY;
ALTER TABLE devices FORCE ROW LEVEL SECURITY;
ALTER TABLE login_links ENABLE ROW LEVEL SECURITY;
ALTER TABLE login_links FORCE ROW LEVEL SECURITY;
ALTER TABLE memberships ENABLE ROW LEVEL SECURITY;
ALTER TABLE memberships FORCE ROW LEVEL SECURITY;
ALTER TABLE sessions ENABLE ROW LEVEL SECURITY;
ALTER TABLE sessions FORCE ROW LEVEL SECURITY;
ALTER TABLE tenant_networks ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenant_networks FORCE ROW LEVEL SECURITY;
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON api_keys TO flotilla_owner USING (true) WITH CHECK (true);
CREATE POLICY platform ON api_keys TO flotilla_platform USING (true) WITH CHECK (true);
CREATE POLICY ingest ON device_state TO flotilla_ingest USING (true) WITH CHECK (true);
CREATE POLICY owner ON device_state TO flotilla_owner USING (true) WITH CHECK (true);
CREATE POLICY platform ON device_state TO flotilla_platform USING (true) WITH CHECK (true);
CREATE POLICY tenant ON device_state TO flotilla_app USING ((tenant_id = tenant())) WITH CHECK ((tenant_id = tenant()));
CREATE POLICY owner ON devices TO flotilla_owner USING (true) WITH CHECK (true);
CREATE POLICY platform ON devices TO flotilla_platform USING (true) WITH CHECK (true);
CREATE POLICY poller ON devices TO flotilla_poller USING (true) WITH CHECK (true);
CREATE POLICY tenant ON devices TO flotilla_app USING ((tenant_id = tenant())) WITH CHECK ((tenant_id = tenant()));
CREATE POLICY owner ON login_links TO flotilla_owner USING (true) WITH CHECK (true);
CREATE POLICY platform ON login_links TO flotilla_platform USING (true) WITH CHECK (true);
CREATE POLICY owner ON memberships TO flotilla_owner USING (true) WITH CHECK (true);
CREATE POLICY platform ON memberships TO flotilla_platform USING (true) WITH CHECK (true);
CREATE POLICY owner ON sessions TO flotilla_owner USING (true) WITH CHECK (true);
CREATE POLICY platform ON sessions TO flotilla_platform USING (true) WITH CHECK (true);
CREATE POLICY owner ON tenant_networks TO flotilla_owner USING (true) WITH CHECK (true);
CREATE POLICY platform ON tenant_networks TO flotilla_platform USING (true) WITH CHECK (true);
CREATE POLICY poller ON tenant_networks TO flotilla_poller USING (true) WITH CHECK (true);
CREATE POLICY tenant ON tenant_networks TO flotilla_app USING ((tenant_id = tenant())) WITH CHECK ((tenant_id = tenant()));
CREATE POLICY owner ON tenants TO flotilla_owner USING (true) WITH CHECK (true);
CREATE POLICY platform ON tenants TO flotilla_platform USING (true) WITH CHECK (true);
CREATE POLICY tenant ON tenants TO flotilla_app USING ((id = tenant())) WITH CHECK ((id = tenant()));
GRANT EXECUTE ON FUNCTION tenant() TO flotilla_app;
GRANT INSERT ON api_keys TO flotilla_platform;
GRANT SELECT ON api_keys TO flotilla_platform;
GRANT UPDATE (last_used_at, revoked_at) ON api_keys TO flotilla_platform;
GRANT INSERT (device_id, tenant_id) ON device_state TO flotilla_app;
GRANT SELECT ON device_state TO flotilla_app;
GRANT SELECT (device_id, tenant_id, state, since, heard_at, identity, version, model, serial, uptime_seconds) ON device_state TO flotilla_ingest;
GRANT UPDATE (state, since, heard_at, identity, version, model, serial, uptime_seconds, error_code, error, breaker, next_attempt, attempt, duration_seconds) ON device_state TO flotilla_ingest;
GRANT INSERT (device_id, tenant_id) ON device_state TO flotilla_platform;
GRANT SELECT ON device_state TO flotilla_platform;
GRANT INSERT ON devices TO flotilla_app;
GRANT SELECT (id, tenant_id, name, address, port, tls, fingerprint, authority, vantage, streams, username, interval_seconds, created_at) ON devices TO flotilla_app;
GRANT INSERT ON devices TO flotilla_platform;
GRANT SELECT (id, tenant_id, name, address, port, tls, fingerprint, authority, vantage, streams, username, interval_seconds, created_at) ON devices TO flotilla_platform;
GRANT UPDATE (name, address, port, tls, fingerprint, authority, vantage, streams, username, secret, interval_seconds) ON devices TO flotilla_platform;
GRANT SELECT ON devices TO flotilla_poller;
GRANT INSERT ON ingest_ledger TO flotilla_ingest;
GRANT SELECT ON ingest_ledger TO flotilla_ingest;
GRANT UPDATE (committed) ON ingest_ledger TO flotilla_ingest;
GRANT SELECT ON ingest_ledger TO flotilla_platform;
GRANT INSERT ON login_links TO flotilla_platform;
GRANT SELECT ON login_links TO flotilla_platform;
GRANT UPDATE (used_at) ON login_links TO flotilla_platform;
GRANT INSERT ON memberships TO flotilla_platform;
GRANT SELECT ON memberships TO flotilla_platform;
GRANT UPDATE (role) ON memberships TO flotilla_platform;
GRANT INSERT ON sessions TO flotilla_platform;
GRANT SELECT ON sessions TO flotilla_platform;
GRANT UPDATE (revoked_at) ON sessions TO flotilla_platform;
GRANT SELECT ON tenant_networks TO flotilla_app;
GRANT INSERT ON tenant_networks TO flotilla_platform;
GRANT SELECT ON tenant_networks TO flotilla_platform;
GRANT SELECT ON tenant_networks TO flotilla_poller;
GRANT SELECT ON tenants TO flotilla_app;
GRANT INSERT ON tenants TO flotilla_platform;
GRANT SELECT ON tenants TO flotilla_platform;
GRANT INSERT ON users TO flotilla_platform;
GRANT SELECT ON users TO flotilla_platform;
"""  # noqa: E501


def upgrade() -> None:
    op.get_bind().exec_driver_sql(SQL, execution_options={"no_parameters": True})
