"""Pushes over many devices in waves, and an index for pushes that are kept no longer."""

from __future__ import annotations

from alembic import op

revision = "0024"
down_revision = "0023"

SQL = r"""
CREATE TABLE push_campaign_devices (
    campaign_id uuid NOT NULL,
    device_id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    place integer NOT NULL,
    wave integer NOT NULL,
    parent_id uuid,
    override text,
    reason text,
    state text NOT NULL,
    attempt integer NOT NULL,
    push_id uuid,
    up boolean,
    why text,
    forgiven boolean NOT NULL,
    asked_at timestamp with time zone,
    ended_at timestamp with time zone,
    CONSTRAINT pk_push_campaign_devices PRIMARY KEY (campaign_id, device_id),
    CONSTRAINT uq_push_campaign_devices_campaign_id_place UNIQUE (campaign_id, place),
    CONSTRAINT ck_push_campaign_devices_attempt CHECK (attempt >= 0),
    CONSTRAINT ck_push_campaign_devices_ended CHECK ((ended_at IS NULL) = (state = ANY (ARRAY['asked'::text, 'waiting'::text]))),
    CONSTRAINT ck_push_campaign_devices_override CHECK ((override IS NULL) = (reason IS NULL)),
    CONSTRAINT ck_push_campaign_devices_place CHECK (place >= 0 AND wave >= 0),
    CONSTRAINT ck_push_campaign_devices_state CHECK (state = ANY (ARRAY['waiting'::text, 'asked'::text, 'done'::text, 'unchanged'::text, 'refused'::text, 'missed'::text, 'failed'::text, 'unconfirmed'::text, 'lost'::text, 'cancelled'::text]))
)
;

CREATE TABLE push_campaigns (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    source text NOT NULL,
    sealed text,
    shown jsonb NOT NULL,
    note text NOT NULL,
    waves jsonb NOT NULL,
    soak_seconds double precision NOT NULL,
    stop_share double precision NOT NULL,
    stop_least integer NOT NULL,
    per_site integer NOT NULL,
    at_once integer NOT NULL,
    lasts_seconds double precision NOT NULL,
    created_by text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    request_id text,
    state text NOT NULL,
    why text,
    wave integer,
    soaks_until timestamp with time zone,
    ended_at timestamp with time zone,
    CONSTRAINT pk_push_campaigns PRIMARY KEY (id),
    CONSTRAINT uq_push_campaigns_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT ck_push_campaigns_created_by CHECK (length(created_by) >= 1 AND length(created_by) <= 254),
    CONSTRAINT ck_push_campaigns_ended CHECK ((ended_at IS NULL) = (state = ANY (ARRAY['paused'::text, 'running'::text, 'stopped'::text]))),
    CONSTRAINT ck_push_campaigns_lasts CHECK (lasts_seconds > 0::double precision),
    CONSTRAINT ck_push_campaigns_limits CHECK (per_site >= 1 AND at_once >= 1),
    CONSTRAINT ck_push_campaigns_note CHECK (length(note) <= 500),
    CONSTRAINT ck_push_campaigns_open CHECK (ended_at IS NOT NULL OR sealed IS NOT NULL),
    CONSTRAINT ck_push_campaigns_sealed CHECK (sealed ~~ 'vault:%'::text),
    CONSTRAINT ck_push_campaigns_soak CHECK (soak_seconds >= 0::double precision),
    CONSTRAINT ck_push_campaigns_source CHECK (source = ANY (ARRAY['commands'::text, 'section'::text, 'template'::text, 'drift'::text])),
    CONSTRAINT ck_push_campaigns_state CHECK (state = ANY (ARRAY['running'::text, 'paused'::text, 'stopped'::text, 'done'::text, 'aborted'::text])),
    CONSTRAINT ck_push_campaigns_stop CHECK (stop_share >= 0::double precision AND stop_share <= 1::double precision AND stop_least >= 1),
    CONSTRAINT ck_push_campaigns_waves CHECK (jsonb_typeof(waves) = 'array'::text)
)
;

ALTER TABLE push_campaign_devices ADD CONSTRAINT fk_push_campaign_devices_devices FOREIGN KEY (tenant_id, device_id) REFERENCES devices(tenant_id, id) ON DELETE CASCADE;
ALTER TABLE push_campaign_devices ADD CONSTRAINT fk_push_campaign_devices_push_campaigns FOREIGN KEY (tenant_id, campaign_id) REFERENCES push_campaigns(tenant_id, id) ON DELETE CASCADE;
ALTER TABLE push_campaign_devices ADD CONSTRAINT fk_push_campaign_devices_tenants FOREIGN KEY (tenant_id) REFERENCES tenants(id) ON DELETE CASCADE;
ALTER TABLE push_campaigns ADD CONSTRAINT fk_push_campaigns_tenants FOREIGN KEY (tenant_id) REFERENCES tenants(id) ON DELETE CASCADE;
CREATE INDEX ix_push_campaign_devices_asked ON push_campaign_devices USING btree (campaign_id) WHERE state = 'asked'::text;
CREATE INDEX ix_push_campaign_devices_device_id ON push_campaign_devices USING btree (device_id);
CREATE INDEX ix_push_campaigns_ended_at ON push_campaigns USING btree (ended_at);
CREATE INDEX ix_push_campaigns_live ON push_campaigns USING btree (id) WHERE state = ANY (ARRAY['paused'::text, 'running'::text, 'stopped'::text]);
CREATE INDEX ix_push_campaigns_tenant_id_created_at_id ON push_campaigns USING btree (tenant_id, created_at, id);
CREATE INDEX ix_pushes_ended_at ON pushes USING btree (ended_at);
ALTER TABLE push_campaign_devices ENABLE ROW LEVEL SECURITY;
ALTER TABLE push_campaign_devices FORCE ROW LEVEL SECURITY;
ALTER TABLE push_campaigns ENABLE ROW LEVEL SECURITY;
ALTER TABLE push_campaigns FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON push_campaign_devices TO flotilla_owner USING (true) WITH CHECK (true);
CREATE POLICY platform ON push_campaign_devices TO flotilla_platform USING (true) WITH CHECK (true);
CREATE POLICY tenant ON push_campaign_devices TO flotilla_app USING ((tenant_id = tenant())) WITH CHECK ((tenant_id = tenant()));
CREATE POLICY owner ON push_campaigns TO flotilla_owner USING (true) WITH CHECK (true);
CREATE POLICY platform ON push_campaigns TO flotilla_platform USING (true) WITH CHECK (true);
CREATE POLICY poller ON push_campaigns TO flotilla_poller USING (true) WITH CHECK (true);
CREATE POLICY tenant ON push_campaigns TO flotilla_app USING ((tenant_id = tenant())) WITH CHECK ((tenant_id = tenant()));
GRANT INSERT ON push_campaign_devices TO flotilla_app;
GRANT SELECT ON push_campaign_devices TO flotilla_app;
GRANT UPDATE (state, attempt, push_id, up, why, forgiven, asked_at, ended_at) ON push_campaign_devices TO flotilla_app;
GRANT SELECT ON push_campaign_devices TO flotilla_platform;
GRANT UPDATE (state, attempt, push_id, up, why, forgiven, asked_at, ended_at) ON push_campaign_devices TO flotilla_platform;
GRANT INSERT ON push_campaigns TO flotilla_app;
GRANT SELECT (id, tenant_id, source, shown, note, waves, soak_seconds, stop_share, stop_least, per_site, at_once, lasts_seconds, created_by, created_at, request_id, state, why, wave, soaks_until, ended_at) ON push_campaigns TO flotilla_app;
GRANT UPDATE (sealed, state, why, wave, soaks_until, ended_at) ON push_campaigns TO flotilla_app;
GRANT DELETE ON push_campaigns TO flotilla_platform;
GRANT SELECT (id, tenant_id, source, shown, note, waves, soak_seconds, stop_share, stop_least, per_site, at_once, lasts_seconds, created_by, created_at, request_id, state, why, wave, soaks_until, ended_at) ON push_campaigns TO flotilla_platform;
GRANT UPDATE (sealed, state, why, wave, soaks_until, ended_at) ON push_campaigns TO flotilla_platform;
GRANT SELECT ON push_campaigns TO flotilla_poller;
GRANT DELETE ON pushes TO flotilla_platform;
"""  # noqa: E501


def upgrade() -> None:
    op.get_bind().exec_driver_sql(SQL, execution_options={"no_parameters": True})
