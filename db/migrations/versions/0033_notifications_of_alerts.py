"""Notifications of alerts: channels, routes, what is to be told, and what became of it."""

from __future__ import annotations

from alembic import op

revision = "0033"
down_revision = "0032"

SQL = r"""
CREATE TABLE alert_channels (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    settings jsonb NOT NULL,
    url text,
    secret text,
    enabled boolean NOT NULL,
    off_because text,
    changed_by text NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    CONSTRAINT pk_alert_channels PRIMARY KEY (id),
    CONSTRAINT uq_alert_channels_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT uq_alert_channels_tenant_id_name UNIQUE (tenant_id, name),
    CONSTRAINT ck_alert_channels_changed_by CHECK (length(changed_by) >= 1 AND length(changed_by) <= 254),
    CONSTRAINT ck_alert_channels_kind CHECK (kind ~ '^[a-z][a-z0-9_]{0,30}$'::text),
    CONSTRAINT ck_alert_channels_name CHECK (length(name) >= 1 AND length(name) <= 120 AND name = btrim(name)),
    CONSTRAINT ck_alert_channels_off_because CHECK (off_because IS NULL OR NOT enabled),
    CONSTRAINT ck_alert_channels_settings CHECK (jsonb_typeof(settings) = 'object'::text AND length(settings::text) <= 8000)
)
;

CREATE TABLE alert_deliveries (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    route_id uuid,
    route text NOT NULL,
    channel_id uuid NOT NULL,
    channel text NOT NULL,
    person text NOT NULL,
    what text NOT NULL,
    state text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    until timestamp with time zone NOT NULL,
    due_at timestamp with time zone NOT NULL,
    next_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    epoch integer NOT NULL,
    claimed_until timestamp with time zone,
    attempts jsonb NOT NULL,
    why text,
    CONSTRAINT pk_alert_deliveries PRIMARY KEY (id),
    CONSTRAINT ck_alert_deliveries_attempts CHECK (jsonb_typeof(attempts) = 'array'::text),
    CONSTRAINT ck_alert_deliveries_ended_at CHECK ((state = 'waiting'::text) = (ended_at IS NULL)),
    CONSTRAINT ck_alert_deliveries_state CHECK (state = ANY (ARRAY['waiting'::text, 'sent'::text, 'dead'::text, 'withdrawn'::text])),
    CONSTRAINT ck_alert_deliveries_what CHECK (what = ANY (ARRAY['fired'::text, 'resolved'::text, 'escalated'::text, 'digest'::text, 'test'::text]))
)
;

CREATE TABLE alert_notices (
    delivery_id uuid NOT NULL,
    alert_id uuid NOT NULL,
    what text NOT NULL,
    tenant_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    person text NOT NULL,
    at timestamp with time zone NOT NULL,
    CONSTRAINT pk_alert_notices PRIMARY KEY (delivery_id, alert_id, what),
    CONSTRAINT uq_alert_notices_alert_id_what_channel_id_person UNIQUE (alert_id, what, channel_id, person),
    CONSTRAINT ck_alert_notices_what CHECK (what = ANY (ARRAY['fired'::text, 'resolved'::text, 'escalated'::text, 'digest'::text, 'test'::text]))
)
;

CREATE TABLE alert_routes (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    name text NOT NULL,
    place integer NOT NULL,
    enabled boolean NOT NULL,
    goes_on boolean NOT NULL,
    severity text NOT NULL,
    tag text,
    site_id uuid,
    days text[] NOT NULL,
    begins integer NOT NULL,
    ends integer NOT NULL,
    zone text NOT NULL,
    channel_id uuid NOT NULL,
    person text NOT NULL,
    group_seconds double precision NOT NULL,
    digest_seconds double precision,
    escalate_seconds double precision,
    escalate_id uuid,
    changed_by text NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    CONSTRAINT pk_alert_routes PRIMARY KEY (id),
    CONSTRAINT uq_alert_routes_tenant_id_name UNIQUE (tenant_id, name),
    CONSTRAINT ck_alert_routes_changed_by CHECK (length(changed_by) >= 1 AND length(changed_by) <= 254),
    CONSTRAINT ck_alert_routes_days CHECK (cardinality(days) >= 1 AND cardinality(days) <= 7),
    CONSTRAINT ck_alert_routes_digest_seconds CHECK (digest_seconds >= 300::double precision AND digest_seconds <= 604800::double precision),
    CONSTRAINT ck_alert_routes_escalate CHECK ((escalate_seconds IS NULL) = (escalate_id IS NULL)),
    CONSTRAINT ck_alert_routes_escalate_seconds CHECK (escalate_seconds >= 60::double precision AND escalate_seconds <= 86400::double precision),
    CONSTRAINT ck_alert_routes_group_seconds CHECK (group_seconds >= 0::double precision AND group_seconds <= 3600::double precision),
    CONSTRAINT ck_alert_routes_hours CHECK (begins >= 0 AND begins <= 1440 AND ends >= 0 AND ends <= 1440),
    CONSTRAINT ck_alert_routes_name CHECK (length(name) >= 1 AND length(name) <= 120 AND name = btrim(name)),
    CONSTRAINT ck_alert_routes_person CHECK (length(person) <= 254),
    CONSTRAINT ck_alert_routes_place CHECK (place >= 0 AND place <= 10000),
    CONSTRAINT ck_alert_routes_severity CHECK (severity = ANY (ARRAY['info'::text, 'warning'::text, 'critical'::text])),
    CONSTRAINT ck_alert_routes_tag CHECK (tag ~ '^[a-z0-9][a-z0-9._:/-]{0,62}$'::text),
    CONSTRAINT ck_alert_routes_zone CHECK (length(zone) >= 1 AND length(zone) <= 60)
)
;

CREATE TABLE alert_turns (
    event_id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    alert_id uuid NOT NULL,
    what text NOT NULL,
    at timestamp with time zone NOT NULL,
    look_at timestamp with time zone NOT NULL,
    CONSTRAINT pk_alert_turns PRIMARY KEY (event_id),
    CONSTRAINT ck_alert_turns_what CHECK (what = ANY (ARRAY['fired'::text, 'resolved'::text]))
)
;

ALTER TABLE alert_channels ADD CONSTRAINT fk_alert_channels_tenants FOREIGN KEY (tenant_id) REFERENCES tenants(id) ON DELETE CASCADE;
ALTER TABLE alert_deliveries ADD CONSTRAINT fk_alert_deliveries_tenants FOREIGN KEY (tenant_id) REFERENCES tenants(id) ON DELETE CASCADE;
ALTER TABLE alert_notices ADD CONSTRAINT fk_alert_notices_alert_deliveries FOREIGN KEY (delivery_id) REFERENCES alert_deliveries(id) ON DELETE CASCADE;
ALTER TABLE alert_notices ADD CONSTRAINT fk_alert_notices_tenants FOREIGN KEY (tenant_id) REFERENCES tenants(id) ON DELETE CASCADE;
ALTER TABLE alert_routes ADD CONSTRAINT fk_alert_routes_alert_channels FOREIGN KEY (tenant_id, channel_id) REFERENCES alert_channels(tenant_id, id);
ALTER TABLE alert_routes ADD CONSTRAINT fk_alert_routes_escalate FOREIGN KEY (tenant_id, escalate_id) REFERENCES alert_channels(tenant_id, id);
ALTER TABLE alert_routes ADD CONSTRAINT fk_alert_routes_sites FOREIGN KEY (tenant_id, site_id) REFERENCES sites(tenant_id, id) ON DELETE CASCADE;
ALTER TABLE alert_routes ADD CONSTRAINT fk_alert_routes_tenants FOREIGN KEY (tenant_id) REFERENCES tenants(id) ON DELETE CASCADE;
ALTER TABLE alert_turns ADD CONSTRAINT fk_alert_turns_tenants FOREIGN KEY (tenant_id) REFERENCES tenants(id) ON DELETE CASCADE;
CREATE INDEX ix_alert_deliveries_channel_id ON alert_deliveries USING btree (channel_id);
CREATE INDEX ix_alert_deliveries_ended_at ON alert_deliveries USING btree (ended_at);
CREATE INDEX ix_alert_deliveries_tenant_id_created_at_id ON alert_deliveries USING btree (tenant_id, created_at, id);
CREATE INDEX ix_alert_deliveries_waiting ON alert_deliveries USING btree (next_at) WHERE state = 'waiting'::text;
CREATE INDEX ix_alert_routes_channel_id ON alert_routes USING btree (channel_id);
CREATE INDEX ix_alert_routes_escalate_id ON alert_routes USING btree (escalate_id);
CREATE INDEX ix_alert_routes_site_id ON alert_routes USING btree (site_id);
CREATE INDEX ix_alert_turns_alert_id ON alert_turns USING btree (alert_id);
CREATE INDEX ix_alert_turns_look_at ON alert_turns USING btree (look_at);
ALTER TABLE alert_channels ENABLE ROW LEVEL SECURITY;
ALTER TABLE alert_channels FORCE ROW LEVEL SECURITY;
ALTER TABLE alert_deliveries ENABLE ROW LEVEL SECURITY;
ALTER TABLE alert_deliveries FORCE ROW LEVEL SECURITY;
ALTER TABLE alert_notices ENABLE ROW LEVEL SECURITY;
ALTER TABLE alert_notices FORCE ROW LEVEL SECURITY;
ALTER TABLE alert_routes ENABLE ROW LEVEL SECURITY;
ALTER TABLE alert_routes FORCE ROW LEVEL SECURITY;
ALTER TABLE alert_turns ENABLE ROW LEVEL SECURITY;
ALTER TABLE alert_turns FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON alert_channels TO flotilla_owner USING (true) WITH CHECK (true);
CREATE POLICY platform ON alert_channels TO flotilla_platform USING (true) WITH CHECK (true);
CREATE POLICY tenant ON alert_channels TO flotilla_app USING ((tenant_id = tenant())) WITH CHECK ((tenant_id = tenant()));
CREATE POLICY owner ON alert_deliveries TO flotilla_owner USING (true) WITH CHECK (true);
CREATE POLICY platform ON alert_deliveries TO flotilla_platform USING (true) WITH CHECK (true);
CREATE POLICY tenant ON alert_deliveries TO flotilla_app USING ((tenant_id = tenant())) WITH CHECK ((tenant_id = tenant()));
CREATE POLICY owner ON alert_notices TO flotilla_owner USING (true) WITH CHECK (true);
CREATE POLICY platform ON alert_notices TO flotilla_platform USING (true) WITH CHECK (true);
CREATE POLICY tenant ON alert_notices TO flotilla_app USING ((tenant_id = tenant())) WITH CHECK ((tenant_id = tenant()));
CREATE POLICY owner ON alert_routes TO flotilla_owner USING (true) WITH CHECK (true);
CREATE POLICY platform ON alert_routes TO flotilla_platform USING (true) WITH CHECK (true);
CREATE POLICY tenant ON alert_routes TO flotilla_app USING ((tenant_id = tenant())) WITH CHECK ((tenant_id = tenant()));
CREATE POLICY platform ON alert_silences TO flotilla_platform USING (true) WITH CHECK (true);
CREATE POLICY owner ON alert_turns TO flotilla_owner USING (true) WITH CHECK (true);
CREATE POLICY platform ON alert_turns TO flotilla_platform USING (true) WITH CHECK (true);
GRANT DELETE ON alert_channels TO flotilla_app;
GRANT INSERT ON alert_channels TO flotilla_app;
GRANT SELECT (id, tenant_id, name, kind, settings, enabled, off_because, changed_by, changed_at) ON alert_channels TO flotilla_app;
GRANT UPDATE (name, settings, url, secret, enabled, off_because, changed_by, changed_at) ON alert_channels TO flotilla_app;
GRANT SELECT ON alert_channels TO flotilla_platform;
GRANT UPDATE (enabled, off_because) ON alert_channels TO flotilla_platform;
GRANT INSERT ON alert_deliveries TO flotilla_app;
GRANT SELECT ON alert_deliveries TO flotilla_app;
GRANT UPDATE (state, due_at, next_at, ended_at, why) ON alert_deliveries TO flotilla_app;
GRANT DELETE ON alert_deliveries TO flotilla_platform;
GRANT INSERT ON alert_deliveries TO flotilla_platform;
GRANT SELECT ON alert_deliveries TO flotilla_platform;
GRANT UPDATE (state, until, due_at, next_at, ended_at, epoch, claimed_until, attempts, why) ON alert_deliveries TO flotilla_platform;
GRANT SELECT ON alert_notices TO flotilla_app;
GRANT DELETE ON alert_notices TO flotilla_platform;
GRANT INSERT ON alert_notices TO flotilla_platform;
GRANT SELECT ON alert_notices TO flotilla_platform;
GRANT DELETE ON alert_routes TO flotilla_app;
GRANT INSERT ON alert_routes TO flotilla_app;
GRANT SELECT ON alert_routes TO flotilla_app;
GRANT UPDATE (name, place, enabled, goes_on, severity, tag, site_id, days, begins, ends, zone, channel_id, person, group_seconds, digest_seconds, escalate_seconds, escalate_id, changed_by, changed_at) ON alert_routes TO flotilla_app;
GRANT SELECT ON alert_routes TO flotilla_platform;
GRANT SELECT ON alert_silences TO flotilla_platform;
GRANT DELETE ON alert_turns TO flotilla_platform;
GRANT INSERT ON alert_turns TO flotilla_platform;
GRANT SELECT ON alert_turns TO flotilla_platform;
GRANT UPDATE (look_at) ON alert_turns TO flotilla_platform;
"""  # noqa: E501


def upgrade() -> None:
    op.get_bind().exec_driver_sql(SQL, execution_options={"no_parameters": True})
