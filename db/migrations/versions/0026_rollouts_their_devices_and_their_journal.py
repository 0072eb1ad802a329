"""rollouts, their devices and their journal."""

from __future__ import annotations

from alembic import op

revision = "0026"
down_revision = "0025"

SQL = r"""
CREATE TABLE firmware_settings (
    tenant_id uuid NOT NULL,
    second_person boolean NOT NULL,
    stopped_by text,
    stopped_at timestamp with time zone,
    stop_reason text,
    CONSTRAINT pk_firmware_settings PRIMARY KEY (tenant_id),
    CONSTRAINT ck_firmware_settings_stop_reason CHECK (length(stop_reason) <= 500),
    CONSTRAINT ck_firmware_settings_stopped CHECK ((stopped_by IS NULL) = (stopped_at IS NULL))
)
;

CREATE TABLE rollout_devices (
    rollout_id uuid NOT NULL,
    device_id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    member jsonb NOT NULL,
    place integer NOT NULL,
    live boolean NOT NULL,
    stage text NOT NULL,
    step text,
    errand_id uuid,
    hop integer NOT NULL,
    since timestamp with time zone,
    ended_at timestamp with time zone,
    reason text,
    verdict text,
    attempt integer NOT NULL,
    before jsonb,
    epoch bigint NOT NULL,
    entries integer NOT NULL,
    CONSTRAINT pk_rollout_devices PRIMARY KEY (rollout_id, device_id),
    CONSTRAINT ck_rollout_devices_asked CHECK ((step IS NULL) = (errand_id IS NULL)),
    CONSTRAINT ck_rollout_devices_counts CHECK (place >= 0 AND hop >= 0 AND attempt >= 1 AND entries >= 0 AND epoch >= 0),
    CONSTRAINT ck_rollout_devices_ended CHECK ((ended_at IS NULL) = (stage <> ALL (ARRAY['done'::text, 'failed'::text, 'lost'::text, 'skipped'::text]))),
    CONSTRAINT ck_rollout_devices_live CHECK (NOT live OR ended_at IS NULL),
    CONSTRAINT ck_rollout_devices_stage CHECK (stage = ANY (ARRAY['pending'::text, 'waiting'::text, 'staging'::text, 'staged'::text, 'installing'::text, 'rebooting'::text, 'verifying'::text, 'routerboot'::text, 'done'::text, 'failed'::text, 'lost'::text, 'skipped'::text])),
    CONSTRAINT ck_rollout_devices_step CHECK (step = ANY (ARRAY['stage'::text, 'install'::text, 'boot'::text, 'clean'::text])),
    CONSTRAINT ck_rollout_devices_verdict CHECK (verdict = ANY (ARRAY['pass'::text, 'fail'::text, 'inconclusive'::text]))
)
;

CREATE TABLE rollout_journal (
    rollout_id uuid NOT NULL,
    device_id uuid NOT NULL,
    seq integer NOT NULL,
    tenant_id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    epoch bigint NOT NULL,
    step text NOT NULL,
    stage text NOT NULL,
    result text,
    detail jsonb NOT NULL,
    CONSTRAINT pk_rollout_journal PRIMARY KEY (rollout_id, device_id, seq),
    CONSTRAINT ck_rollout_journal_result CHECK (result = ANY (ARRAY['done'::text, 'away'::text, 'refused'::text, 'failed'::text, 'lost'::text])),
    CONSTRAINT ck_rollout_journal_seq CHECK (seq >= 0),
    CONSTRAINT ck_rollout_journal_stage CHECK (stage = ANY (ARRAY['pending'::text, 'waiting'::text, 'staging'::text, 'staged'::text, 'installing'::text, 'rebooting'::text, 'verifying'::text, 'routerboot'::text, 'done'::text, 'failed'::text, 'lost'::text, 'skipped'::text])),
    CONSTRAINT ck_rollout_journal_step CHECK (step = ANY (ARRAY['stage'::text, 'install'::text, 'boot'::text, 'clean'::text]))
)
;

CREATE TABLE rollouts (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    name text NOT NULL,
    state text NOT NULL,
    terms jsonb NOT NULL,
    skipped jsonb NOT NULL,
    pairs jsonb NOT NULL,
    proving boolean NOT NULL,
    digest text NOT NULL,
    by text NOT NULL,
    at timestamp with time zone NOT NULL,
    approved_by text,
    approved_at timestamp with time zone,
    started_by text,
    started_at timestamp with time zone,
    forgiven_at timestamp with time zone,
    ended_at timestamp with time zone,
    why text,
    epoch bigint NOT NULL,
    claimed_until timestamp with time zone,
    CONSTRAINT pk_rollouts PRIMARY KEY (id),
    CONSTRAINT uq_rollouts_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT ck_rollouts_allowed CHECK (started_at IS NULL OR approved_at IS NOT NULL),
    CONSTRAINT ck_rollouts_approved CHECK ((approved_by IS NULL) = (approved_at IS NULL)),
    CONSTRAINT ck_rollouts_begun CHECK (started_at IS NOT NULL OR (state <> ALL (ARRAY['aborting'::text, 'paused'::text, 'running'::text]))),
    CONSTRAINT ck_rollouts_by CHECK (length(by) >= 1 AND length(by) <= 254),
    CONSTRAINT ck_rollouts_digest CHECK (digest ~ '^[0-9a-f]{64}$'::text),
    CONSTRAINT ck_rollouts_ended CHECK ((ended_at IS NULL) = (state <> ALL (ARRAY['aborted'::text, 'done'::text, 'expired'::text]))),
    CONSTRAINT ck_rollouts_epoch CHECK (epoch >= 0),
    CONSTRAINT ck_rollouts_name CHECK (length(name) >= 1 AND length(name) <= 120 AND name = btrim(name)),
    CONSTRAINT ck_rollouts_started CHECK ((started_by IS NULL) = (started_at IS NULL)),
    CONSTRAINT ck_rollouts_state CHECK (state = ANY (ARRAY['planned'::text, 'approved'::text, 'running'::text, 'paused'::text, 'aborting'::text, 'done'::text, 'aborted'::text, 'expired'::text]))
)
;

ALTER TABLE firmware_settings ADD CONSTRAINT fk_firmware_settings_tenants FOREIGN KEY (tenant_id) REFERENCES tenants(id) ON DELETE CASCADE;
ALTER TABLE rollout_devices ADD CONSTRAINT fk_rollout_devices_rollouts FOREIGN KEY (tenant_id, rollout_id) REFERENCES rollouts(tenant_id, id) ON DELETE CASCADE;
ALTER TABLE rollout_journal ADD CONSTRAINT fk_rollout_journal_rollout_devices FOREIGN KEY (rollout_id, device_id) REFERENCES rollout_devices(rollout_id, device_id) ON DELETE CASCADE;
ALTER TABLE rollouts ADD CONSTRAINT fk_rollouts_tenants FOREIGN KEY (tenant_id) REFERENCES tenants(id) ON DELETE CASCADE;
CREATE UNIQUE INDEX ix_rollout_devices_live ON rollout_devices USING btree (device_id) WHERE live;
CREATE INDEX ix_rollout_devices_tenant_id_rollout_id_place ON rollout_devices USING btree (tenant_id, rollout_id, place);
CREATE INDEX ix_rollout_journal_tenant_id_rollout_id_device_id ON rollout_journal USING btree (tenant_id, rollout_id, device_id);
CREATE INDEX ix_rollouts_live ON rollouts USING btree (id) WHERE state = ANY (ARRAY['aborting'::text, 'paused'::text, 'running'::text]);
CREATE INDEX ix_rollouts_tenant_id_at_id ON rollouts USING btree (tenant_id, at, id);
ALTER TABLE firmware_settings ENABLE ROW LEVEL SECURITY;
ALTER TABLE firmware_settings FORCE ROW LEVEL SECURITY;
ALTER TABLE rollout_devices ENABLE ROW LEVEL SECURITY;
ALTER TABLE rollout_devices FORCE ROW LEVEL SECURITY;
ALTER TABLE rollout_journal ENABLE ROW LEVEL SECURITY;
ALTER TABLE rollout_journal FORCE ROW LEVEL SECURITY;
ALTER TABLE rollouts ENABLE ROW LEVEL SECURITY;
ALTER TABLE rollouts FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON firmware_settings TO flotilla_owner USING (true) WITH CHECK (true);
CREATE POLICY platform ON firmware_settings TO flotilla_platform USING (true) WITH CHECK (true);
CREATE POLICY poller ON firmware_settings TO flotilla_poller USING (true) WITH CHECK (true);
CREATE POLICY tenant ON firmware_settings TO flotilla_app USING ((tenant_id = tenant())) WITH CHECK ((tenant_id = tenant()));
CREATE POLICY owner ON rollout_devices TO flotilla_owner USING (true) WITH CHECK (true);
CREATE POLICY platform ON rollout_devices TO flotilla_platform USING (true) WITH CHECK (true);
CREATE POLICY poller ON rollout_devices TO flotilla_poller USING (true) WITH CHECK (true);
CREATE POLICY tenant ON rollout_devices TO flotilla_app USING ((tenant_id = tenant())) WITH CHECK ((tenant_id = tenant()));
CREATE POLICY owner ON rollout_journal TO flotilla_owner USING (true) WITH CHECK (true);
CREATE POLICY platform ON rollout_journal TO flotilla_platform USING (true) WITH CHECK (true);
CREATE POLICY poller ON rollout_journal TO flotilla_poller USING (true) WITH CHECK (true);
CREATE POLICY tenant ON rollout_journal TO flotilla_app USING ((tenant_id = tenant())) WITH CHECK ((tenant_id = tenant()));
CREATE POLICY owner ON rollouts TO flotilla_owner USING (true) WITH CHECK (true);
CREATE POLICY platform ON rollouts TO flotilla_platform USING (true) WITH CHECK (true);
CREATE POLICY poller ON rollouts TO flotilla_poller USING (true) WITH CHECK (true);
CREATE POLICY tenant ON rollouts TO flotilla_app USING ((tenant_id = tenant())) WITH CHECK ((tenant_id = tenant()));
GRANT INSERT ON firmware_settings TO flotilla_app;
GRANT SELECT ON firmware_settings TO flotilla_app;
GRANT UPDATE (second_person, stopped_by, stopped_at, stop_reason) ON firmware_settings TO flotilla_app;
GRANT SELECT ON firmware_settings TO flotilla_platform;
GRANT SELECT ON firmware_files TO flotilla_poller;
GRANT SELECT ON firmware_settings TO flotilla_poller;
GRANT INSERT ON rollout_devices TO flotilla_app;
GRANT SELECT ON rollout_devices TO flotilla_app;
GRANT UPDATE (live, stage, step, errand_id, hop, since, ended_at, reason, verdict, attempt) ON rollout_devices TO flotilla_app;
GRANT SELECT ON rollout_devices TO flotilla_platform;
GRANT UPDATE (live, stage, step, errand_id, hop, since, ended_at, reason, verdict, attempt) ON rollout_devices TO flotilla_platform;
GRANT SELECT ON rollout_devices TO flotilla_poller;
GRANT UPDATE (live, stage, step, errand_id, hop, since, ended_at, reason, verdict, attempt, before, epoch, entries) ON rollout_devices TO flotilla_poller;
GRANT SELECT ON rollout_journal TO flotilla_app;
GRANT SELECT ON rollout_journal TO flotilla_platform;
GRANT INSERT ON rollout_journal TO flotilla_poller;
GRANT SELECT ON rollout_journal TO flotilla_poller;
GRANT INSERT ON rollouts TO flotilla_app;
GRANT SELECT ON rollouts TO flotilla_app;
GRANT UPDATE (state, approved_by, approved_at, started_by, started_at, forgiven_at, ended_at, why) ON rollouts TO flotilla_app;
GRANT SELECT ON rollouts TO flotilla_platform;
GRANT UPDATE (state, ended_at, why, epoch, claimed_until) ON rollouts TO flotilla_platform;
GRANT SELECT ON rollouts TO flotilla_poller;
"""  # noqa: E501


def upgrade() -> None:
    op.get_bind().exec_driver_sql(SQL, execution_options={"no_parameters": True})
