"""configurations and their versions."""

from __future__ import annotations

from alembic import op

revision = "0017"
down_revision = "0016"

SQL = r"""
CREATE TABLE config_keys (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    purpose text NOT NULL,
    wrapped text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    retired_at timestamp with time zone,
    CONSTRAINT pk_config_keys PRIMARY KEY (id),
    CONSTRAINT uq_config_keys_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT ck_config_keys_purpose CHECK (purpose = ANY (ARRAY['data'::text, 'address'::text])),
    CONSTRAINT ck_config_keys_wrapped CHECK (wrapped ~~ 'vault:%'::text)
)
;

CREATE TABLE config_policies (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    device_id uuid,
    every_seconds double precision,
    on_change boolean,
    keep_count integer,
    keep_days integer,
    changed_at timestamp with time zone NOT NULL,
    changed_by text NOT NULL,
    CONSTRAINT pk_config_policies PRIMARY KEY (id),
    CONSTRAINT uq_config_policies_tenant_id_device_id UNIQUE NULLS NOT DISTINCT (tenant_id, device_id),
    CONSTRAINT ck_config_policies_every_seconds CHECK (every_seconds = 0::double precision OR every_seconds >= 900::double precision AND every_seconds <= 2678400::double precision),
    CONSTRAINT ck_config_policies_keep_count CHECK (keep_count >= 1 AND keep_count <= 1000),
    CONSTRAINT ck_config_policies_keep_days CHECK (keep_days >= 1 AND keep_days <= 3650)
)
;

CREATE TABLE config_readings (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    device_id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    reason text NOT NULL,
    asked_by text NOT NULL,
    finding text NOT NULL,
    version_id uuid,
    code text,
    why text,
    key_id uuid,
    sealed bytea,
    size integer,
    CONSTRAINT pk_config_readings PRIMARY KEY (id),
    CONSTRAINT ck_config_readings_finding CHECK (finding = ANY (ARRAY['new'::text, 'same'::text, 'incomplete'::text, 'failed'::text])),
    CONSTRAINT ck_config_readings_reason CHECK (reason = ANY (ARRAY['schedule'::text, 'change'::text, 'hand'::text, 'push'::text, 'run'::text])),
    CONSTRAINT ck_config_readings_sealed CHECK ((sealed IS NULL) = (key_id IS NULL) AND (sealed IS NULL) = (size IS NULL)),
    CONSTRAINT ck_config_readings_why CHECK ((why IS NULL) = (finding = ANY (ARRAY['new'::text, 'same'::text])))
)
;

CREATE TABLE config_run_devices (
    run_id uuid NOT NULL,
    device_id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    state text NOT NULL,
    errand_id uuid,
    asked_at timestamp with time zone,
    ended_at timestamp with time zone,
    why text,
    CONSTRAINT pk_config_run_devices PRIMARY KEY (run_id, device_id),
    CONSTRAINT ck_config_run_devices_state CHECK (state = ANY (ARRAY['waiting'::text, 'asked'::text, 'done'::text, 'failed'::text, 'stopped'::text]))
)
;

CREATE TABLE config_runs (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    created_by text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    state text NOT NULL,
    filter jsonb NOT NULL,
    per_site integer NOT NULL,
    error text,
    CONSTRAINT pk_config_runs PRIMARY KEY (id),
    CONSTRAINT uq_config_runs_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT ck_config_runs_ended CHECK ((ended_at IS NULL) = (state = ANY (ARRAY['waiting'::text, 'running'::text]))),
    CONSTRAINT ck_config_runs_filter CHECK (jsonb_typeof(filter) = 'object'::text),
    CONSTRAINT ck_config_runs_per_site CHECK (per_site >= 1 AND per_site <= 1000),
    CONSTRAINT ck_config_runs_state CHECK (state = ANY (ARRAY['waiting'::text, 'running'::text, 'done'::text, 'stopped'::text, 'failed'::text]))
)
;

CREATE TABLE config_state (
    device_id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    read_at timestamp with time zone,
    whole_at timestamp with time zone,
    changed_at timestamp with time zone,
    version_id uuid,
    number integer,
    finding text,
    code text,
    why text,
    marker text,
    failures integer NOT NULL,
    CONSTRAINT pk_config_state PRIMARY KEY (device_id),
    CONSTRAINT ck_config_state_failures CHECK (failures >= 0),
    CONSTRAINT ck_config_state_finding CHECK (finding = ANY (ARRAY['new'::text, 'same'::text, 'incomplete'::text, 'failed'::text]))
)
;

CREATE TABLE config_versions (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    device_id uuid NOT NULL,
    number integer NOT NULL,
    digest bytea NOT NULL,
    key_id uuid NOT NULL,
    sealed bytea NOT NULL,
    size integer NOT NULL,
    lines integer NOT NULL,
    ros_version text NOT NULL,
    menus text[] NOT NULL,
    marker text NOT NULL,
    history jsonb NOT NULL,
    reason text NOT NULL,
    asked_by text NOT NULL,
    first_seen timestamp with time zone NOT NULL,
    last_seen timestamp with time zone NOT NULL,
    pinned_at timestamp with time zone,
    pinned_by text,
    note text,
    CONSTRAINT pk_config_versions PRIMARY KEY (id),
    CONSTRAINT uq_config_versions_tenant_id_device_id_number UNIQUE (tenant_id, device_id, number),
    CONSTRAINT uq_config_versions_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT ck_config_versions_digest CHECK (octet_length(digest) = 32),
    CONSTRAINT ck_config_versions_history CHECK (jsonb_typeof(history) = 'array'::text),
    CONSTRAINT ck_config_versions_last_seen CHECK (last_seen >= first_seen),
    CONSTRAINT ck_config_versions_note CHECK (length(note) >= 1 AND length(note) <= 500),
    CONSTRAINT ck_config_versions_number CHECK (number >= 1),
    CONSTRAINT ck_config_versions_pin CHECK ((pinned_at IS NULL) = (pinned_by IS NULL)),
    CONSTRAINT ck_config_versions_reason CHECK (reason = ANY (ARRAY['schedule'::text, 'change'::text, 'hand'::text, 'push'::text, 'run'::text])),
    CONSTRAINT ck_config_versions_size CHECK (size >= 0 AND lines >= 0)
)
;

CREATE TABLE ssh_access (
    device_id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    port integer NOT NULL,
    legacy boolean NOT NULL,
    fingerprint text,
    learnt_at timestamp with time zone,
    allowed_by text NOT NULL,
    allowed_at timestamp with time zone NOT NULL,
    CONSTRAINT pk_ssh_access PRIMARY KEY (device_id),
    CONSTRAINT ck_ssh_access_fingerprint CHECK (fingerprint ~~ 'SHA256:%'::text),
    CONSTRAINT ck_ssh_access_learnt CHECK ((fingerprint IS NULL) = (learnt_at IS NULL)),
    CONSTRAINT ck_ssh_access_port CHECK (port >= 1 AND port <= 65535)
)
;

ALTER TABLE config_keys ADD CONSTRAINT fk_config_keys_tenants FOREIGN KEY (tenant_id) REFERENCES tenants(id) ON DELETE CASCADE;
ALTER TABLE config_policies ADD CONSTRAINT fk_config_policies_devices FOREIGN KEY (tenant_id, device_id) REFERENCES devices(tenant_id, id) ON DELETE CASCADE;
ALTER TABLE config_policies ADD CONSTRAINT fk_config_policies_tenants FOREIGN KEY (tenant_id) REFERENCES tenants(id) ON DELETE CASCADE;
ALTER TABLE config_readings ADD CONSTRAINT fk_config_readings_config_keys FOREIGN KEY (tenant_id, key_id) REFERENCES config_keys(tenant_id, id);
ALTER TABLE config_readings ADD CONSTRAINT fk_config_readings_config_versions FOREIGN KEY (tenant_id, version_id) REFERENCES config_versions(tenant_id, id) ON DELETE SET NULL (version_id);
ALTER TABLE config_readings ADD CONSTRAINT fk_config_readings_devices FOREIGN KEY (tenant_id, device_id) REFERENCES devices(tenant_id, id) ON DELETE CASCADE;
ALTER TABLE config_readings ADD CONSTRAINT fk_config_readings_tenants FOREIGN KEY (tenant_id) REFERENCES tenants(id) ON DELETE CASCADE;
ALTER TABLE config_run_devices ADD CONSTRAINT fk_config_run_devices_config_runs FOREIGN KEY (tenant_id, run_id) REFERENCES config_runs(tenant_id, id) ON DELETE CASCADE;
ALTER TABLE config_run_devices ADD CONSTRAINT fk_config_run_devices_devices FOREIGN KEY (tenant_id, device_id) REFERENCES devices(tenant_id, id) ON DELETE CASCADE;
ALTER TABLE config_run_devices ADD CONSTRAINT fk_config_run_devices_tenants FOREIGN KEY (tenant_id) REFERENCES tenants(id) ON DELETE CASCADE;
ALTER TABLE config_runs ADD CONSTRAINT fk_config_runs_tenants FOREIGN KEY (tenant_id) REFERENCES tenants(id) ON DELETE CASCADE;
ALTER TABLE config_state ADD CONSTRAINT fk_config_state_devices FOREIGN KEY (tenant_id, device_id) REFERENCES devices(tenant_id, id) ON DELETE CASCADE;
ALTER TABLE config_state ADD CONSTRAINT fk_config_state_tenants FOREIGN KEY (tenant_id) REFERENCES tenants(id) ON DELETE CASCADE;
ALTER TABLE config_versions ADD CONSTRAINT fk_config_versions_config_keys FOREIGN KEY (tenant_id, key_id) REFERENCES config_keys(tenant_id, id);
ALTER TABLE config_versions ADD CONSTRAINT fk_config_versions_devices FOREIGN KEY (tenant_id, device_id) REFERENCES devices(tenant_id, id) ON DELETE CASCADE;
ALTER TABLE config_versions ADD CONSTRAINT fk_config_versions_tenants FOREIGN KEY (tenant_id) REFERENCES tenants(id) ON DELETE CASCADE;
ALTER TABLE ssh_access ADD CONSTRAINT fk_ssh_access_devices FOREIGN KEY (tenant_id, device_id) REFERENCES devices(tenant_id, id) ON DELETE CASCADE;
ALTER TABLE ssh_access ADD CONSTRAINT fk_ssh_access_tenants FOREIGN KEY (tenant_id) REFERENCES tenants(id) ON DELETE CASCADE;
CREATE UNIQUE INDEX ix_config_keys_used ON config_keys USING btree (tenant_id, purpose) WHERE retired_at IS NULL;
CREATE INDEX ix_config_policies_device_id ON config_policies USING btree (device_id);
CREATE INDEX ix_config_readings_at ON config_readings USING btree (at);
CREATE INDEX ix_config_readings_device_id_at ON config_readings USING btree (device_id, at);
CREATE INDEX ix_config_readings_tenant_id_at_id ON config_readings USING btree (tenant_id, at, id);
CREATE INDEX ix_config_readings_tenant_id_key_id ON config_readings USING btree (tenant_id, key_id);
CREATE INDEX ix_config_readings_version_id ON config_readings USING btree (version_id);
CREATE INDEX ix_config_run_devices_device_id ON config_run_devices USING btree (device_id);
CREATE INDEX ix_config_run_devices_tenant_id_run_id_state ON config_run_devices USING btree (tenant_id, run_id, state);
CREATE UNIQUE INDEX ix_config_runs_live ON config_runs USING btree (tenant_id) WHERE state = ANY (ARRAY['waiting'::text, 'running'::text]);
CREATE INDEX ix_config_runs_tenant_id_created_at_id ON config_runs USING btree (tenant_id, created_at, id);
CREATE INDEX ix_config_state_tenant_id ON config_state USING btree (tenant_id);
CREATE INDEX ix_config_versions_device_id ON config_versions USING btree (device_id);
CREATE INDEX ix_config_versions_tenant_id_first_seen_id ON config_versions USING btree (tenant_id, first_seen, id);
CREATE INDEX ix_config_versions_tenant_id_key_id ON config_versions USING btree (tenant_id, key_id);
CREATE INDEX ix_ssh_access_tenant_id ON ssh_access USING btree (tenant_id);
ALTER TABLE config_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE config_keys FORCE ROW LEVEL SECURITY;
ALTER TABLE config_policies ENABLE ROW LEVEL SECURITY;
ALTER TABLE config_policies FORCE ROW LEVEL SECURITY;
ALTER TABLE config_readings ENABLE ROW LEVEL SECURITY;
ALTER TABLE config_readings FORCE ROW LEVEL SECURITY;
ALTER TABLE config_run_devices ENABLE ROW LEVEL SECURITY;
ALTER TABLE config_run_devices FORCE ROW LEVEL SECURITY;
ALTER TABLE config_runs ENABLE ROW LEVEL SECURITY;
ALTER TABLE config_runs FORCE ROW LEVEL SECURITY;
ALTER TABLE config_state ENABLE ROW LEVEL SECURITY;
ALTER TABLE config_state FORCE ROW LEVEL SECURITY;
ALTER TABLE config_versions ENABLE ROW LEVEL SECURITY;
ALTER TABLE config_versions FORCE ROW LEVEL SECURITY;
ALTER TABLE ssh_access ENABLE ROW LEVEL SECURITY;
ALTER TABLE ssh_access FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON config_keys TO flotilla_owner USING (true) WITH CHECK (true);
CREATE POLICY platform ON config_keys TO flotilla_platform USING (true) WITH CHECK (true);
CREATE POLICY poller ON config_keys TO flotilla_poller USING (true) WITH CHECK (true);
CREATE POLICY tenant ON config_keys TO flotilla_app USING ((tenant_id = tenant())) WITH CHECK ((tenant_id = tenant()));
CREATE POLICY owner ON config_policies TO flotilla_owner USING (true) WITH CHECK (true);
CREATE POLICY platform ON config_policies TO flotilla_platform USING (true) WITH CHECK (true);
CREATE POLICY poller ON config_policies TO flotilla_poller USING (true) WITH CHECK (true);
CREATE POLICY tenant ON config_policies TO flotilla_app USING ((tenant_id = tenant())) WITH CHECK ((tenant_id = tenant()));
CREATE POLICY owner ON config_readings TO flotilla_owner USING (true) WITH CHECK (true);
CREATE POLICY platform ON config_readings TO flotilla_platform USING (true) WITH CHECK (true);
CREATE POLICY poller ON config_readings TO flotilla_poller USING (true) WITH CHECK (true);
CREATE POLICY tenant ON config_readings TO flotilla_app USING ((tenant_id = tenant())) WITH CHECK ((tenant_id = tenant()));
CREATE POLICY owner ON config_run_devices TO flotilla_owner USING (true) WITH CHECK (true);
CREATE POLICY platform ON config_run_devices TO flotilla_platform USING (true) WITH CHECK (true);
CREATE POLICY tenant ON config_run_devices TO flotilla_app USING ((tenant_id = tenant())) WITH CHECK ((tenant_id = tenant()));
CREATE POLICY owner ON config_runs TO flotilla_owner USING (true) WITH CHECK (true);
CREATE POLICY platform ON config_runs TO flotilla_platform USING (true) WITH CHECK (true);
CREATE POLICY tenant ON config_runs TO flotilla_app USING ((tenant_id = tenant())) WITH CHECK ((tenant_id = tenant()));
CREATE POLICY owner ON config_state TO flotilla_owner USING (true) WITH CHECK (true);
CREATE POLICY platform ON config_state TO flotilla_platform USING (true) WITH CHECK (true);
CREATE POLICY poller ON config_state TO flotilla_poller USING (true) WITH CHECK (true);
CREATE POLICY tenant ON config_state TO flotilla_app USING ((tenant_id = tenant())) WITH CHECK ((tenant_id = tenant()));
CREATE POLICY owner ON config_versions TO flotilla_owner USING (true) WITH CHECK (true);
CREATE POLICY platform ON config_versions TO flotilla_platform USING (true) WITH CHECK (true);
CREATE POLICY poller ON config_versions TO flotilla_poller USING (true) WITH CHECK (true);
CREATE POLICY tenant ON config_versions TO flotilla_app USING ((tenant_id = tenant())) WITH CHECK ((tenant_id = tenant()));
CREATE POLICY owner ON ssh_access TO flotilla_owner USING (true) WITH CHECK (true);
CREATE POLICY poller ON ssh_access TO flotilla_poller USING (true) WITH CHECK (true);
CREATE POLICY tenant ON ssh_access TO flotilla_app USING ((tenant_id = tenant())) WITH CHECK ((tenant_id = tenant()));
GRANT INSERT ON config_keys TO flotilla_app;
GRANT SELECT ON config_keys TO flotilla_app;
GRANT INSERT ON config_keys TO flotilla_platform;
GRANT SELECT ON config_keys TO flotilla_platform;
GRANT UPDATE (wrapped, retired_at) ON config_keys TO flotilla_platform;
GRANT INSERT ON config_keys TO flotilla_poller;
GRANT SELECT ON config_keys TO flotilla_poller;
GRANT DELETE ON config_policies TO flotilla_app;
GRANT INSERT ON config_policies TO flotilla_app;
GRANT SELECT ON config_policies TO flotilla_app;
GRANT UPDATE (every_seconds, on_change, keep_count, keep_days, changed_at, changed_by) ON config_policies TO flotilla_app;
GRANT SELECT ON config_policies TO flotilla_platform;
GRANT SELECT ON config_policies TO flotilla_poller;
GRANT SELECT ON config_readings TO flotilla_app;
GRANT DELETE ON config_readings TO flotilla_platform;
GRANT SELECT (id, tenant_id, device_id, at, reason, asked_by, finding, version_id, code, why, size) ON config_readings TO flotilla_platform;
GRANT INSERT ON config_readings TO flotilla_poller;
GRANT INSERT ON config_run_devices TO flotilla_app;
GRANT SELECT ON config_run_devices TO flotilla_app;
GRANT UPDATE (state, errand_id, asked_at, ended_at, why) ON config_run_devices TO flotilla_app;
GRANT SELECT ON config_run_devices TO flotilla_platform;
GRANT UPDATE (state, errand_id, asked_at, ended_at, why) ON config_run_devices TO flotilla_platform;
GRANT INSERT ON config_runs TO flotilla_app;
GRANT SELECT ON config_runs TO flotilla_app;
GRANT UPDATE (ended_at, state) ON config_runs TO flotilla_app;
GRANT DELETE ON config_runs TO flotilla_platform;
GRANT SELECT ON config_runs TO flotilla_platform;
GRANT UPDATE (ended_at, state, error) ON config_runs TO flotilla_platform;
GRANT SELECT ON config_state TO flotilla_app;
GRANT SELECT ON config_state TO flotilla_platform;
GRANT INSERT ON config_state TO flotilla_poller;
GRANT SELECT ON config_state TO flotilla_poller;
GRANT UPDATE (read_at, whole_at, changed_at, version_id, number, finding, code, why, marker, failures) ON config_state TO flotilla_poller;
GRANT SELECT ON config_versions TO flotilla_app;
GRANT UPDATE (pinned_at, pinned_by, note) ON config_versions TO flotilla_app;
GRANT DELETE ON config_versions TO flotilla_platform;
GRANT SELECT (id, tenant_id, device_id, number, digest, key_id, size, lines, ros_version, menus, marker, history, reason, asked_by, first_seen, last_seen, pinned_at, pinned_by, note) ON config_versions TO flotilla_platform;
GRANT INSERT ON config_versions TO flotilla_poller;
GRANT SELECT (id, tenant_id, device_id, number, digest, key_id, size, lines, ros_version, menus, marker, history, reason, asked_by, first_seen, last_seen, pinned_at, pinned_by, note) ON config_versions TO flotilla_poller;
GRANT UPDATE (last_seen) ON config_versions TO flotilla_poller;
GRANT DELETE ON ssh_access TO flotilla_app;
GRANT INSERT ON ssh_access TO flotilla_app;
GRANT SELECT ON ssh_access TO flotilla_app;
GRANT UPDATE (port, legacy, fingerprint, learnt_at, allowed_by, allowed_at) ON ssh_access TO flotilla_app;
GRANT SELECT ON ssh_access TO flotilla_poller;
GRANT UPDATE (fingerprint, learnt_at) ON ssh_access TO flotilla_poller;
"""  # noqa: E501


def upgrade() -> None:
    op.get_bind().exec_driver_sql(SQL, execution_options={"no_parameters": True})
