"""Alerts: their rules, which tenants that are there are given to begin with, and silences."""

from __future__ import annotations

from alembic import op

revision = "0031"
down_revision = "0030"

SQL = r"""
CREATE TABLE alert_rules (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    name TEXT NOT NULL,
    condition JSONB NOT NULL,
    severity TEXT NOT NULL,
    hold_seconds DOUBLE PRECISION NOT NULL,
    keep_seconds DOUBLE PRECISION NOT NULL,
    reach TEXT NOT NULL,
    reach_of TEXT NOT NULL,
    enabled BOOLEAN NOT NULL,
    version INTEGER NOT NULL,
    changed_by TEXT NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_alert_rules PRIMARY KEY (id),
    CONSTRAINT uq_alert_rules_tenant_id_name_reach_reach_of UNIQUE (tenant_id, name, reach, reach_of),
    CONSTRAINT ck_alert_rules_severity CHECK (severity IN ('info', 'warning', 'critical')),
    CONSTRAINT ck_alert_rules_reach CHECK (reach IN ('device', 'group', 'site', 'tag', 'model', 'tenant')),
    CONSTRAINT ck_alert_rules_name CHECK (length(name) BETWEEN 1 AND 120 AND name = btrim(name)),
    CONSTRAINT ck_alert_rules_condition CHECK (jsonb_typeof(condition) = 'object' AND length(condition::text) <= 4000),
    CONSTRAINT ck_alert_rules_hold_seconds CHECK (hold_seconds BETWEEN 0 AND 604800),
    CONSTRAINT ck_alert_rules_keep_seconds CHECK (keep_seconds BETWEEN 0 AND 604800),
    CONSTRAINT ck_alert_rules_reach_of CHECK ((reach = 'tenant') = (reach_of = '') AND length(reach_of) <= 200),
    CONSTRAINT ck_alert_rules_version CHECK (version >= 1),
    CONSTRAINT ck_alert_rules_changed_by CHECK (length(changed_by) BETWEEN 1 AND 254),
    CONSTRAINT fk_alert_rules_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
)
;

ALTER TABLE alert_rules ENABLE ROW LEVEL SECURITY;
ALTER TABLE alert_rules FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON alert_rules TO flotilla_owner USING (true) WITH CHECK (true);
CREATE POLICY tenant ON alert_rules TO flotilla_app USING (tenant_id = tenant()) WITH CHECK (tenant_id = tenant());
CREATE POLICY platform ON alert_rules TO flotilla_platform USING (true) WITH CHECK (true);
GRANT SELECT ON alert_rules TO flotilla_app;
GRANT INSERT ON alert_rules TO flotilla_app;
GRANT DELETE ON alert_rules TO flotilla_app;
GRANT UPDATE (name, condition, severity, hold_seconds, keep_seconds, reach, reach_of, enabled, version, changed_by, changed_at) ON alert_rules TO flotilla_app;
GRANT INSERT ON alert_rules TO flotilla_platform;

CREATE TABLE alerts (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    rule_id UUID NOT NULL,
    rule TEXT NOT NULL,
    rule_version INTEGER NOT NULL,
    severity TEXT NOT NULL,
    device_id UUID NOT NULL,
    device TEXT NOT NULL,
    key TEXT NOT NULL,
    state TEXT NOT NULL,
    since TIMESTAMP WITH TIME ZONE NOT NULL,
    seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    fired_at TIMESTAMP WITH TIME ZONE,
    ended_at TIMESTAMP WITH TIME ZONE,
    value DOUBLE PRECISION,
    summary TEXT NOT NULL,
    turns INTEGER NOT NULL,
    cause_id UUID,
    acknowledged_at TIMESTAMP WITH TIME ZONE,
    acknowledged_by TEXT,
    comment TEXT,
    CONSTRAINT pk_alerts PRIMARY KEY (id),
    CONSTRAINT uq_alerts_rule_id_device_id_key_since UNIQUE (rule_id, device_id, key, since),
    CONSTRAINT ck_alerts_severity CHECK (severity IN ('info', 'warning', 'critical')),
    CONSTRAINT ck_alerts_state CHECK (state IN ('pending', 'firing', 'suppressed', 'resolved')),
    CONSTRAINT ck_alerts_ended_at CHECK ((state = 'resolved') = (ended_at IS NOT NULL)),
    CONSTRAINT ck_alerts_fired_at CHECK (state <> 'firing' OR fired_at IS NOT NULL),
    CONSTRAINT ck_alerts_cause_id CHECK (state <> 'suppressed' OR cause_id IS NOT NULL),
    CONSTRAINT ck_alerts_acknowledged CHECK (num_nonnulls(acknowledged_at, acknowledged_by) <> 1),
    CONSTRAINT ck_alerts_comment CHECK (length(comment) <= 2000),
    CONSTRAINT fk_alerts_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
)
;

CREATE INDEX ix_alerts_device_id ON alerts (device_id);
CREATE INDEX ix_alerts_ended_at ON alerts (ended_at);
CREATE INDEX ix_alerts_open ON alerts (tenant_id, state) WHERE ended_at IS NULL;
CREATE INDEX ix_alerts_tenant_id_since_id ON alerts (tenant_id, since, id);
ALTER TABLE alerts ENABLE ROW LEVEL SECURITY;
ALTER TABLE alerts FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON alerts TO flotilla_owner USING (true) WITH CHECK (true);
CREATE POLICY tenant ON alerts TO flotilla_app USING (tenant_id = tenant()) WITH CHECK (tenant_id = tenant());
CREATE POLICY platform ON alerts TO flotilla_platform USING (true) WITH CHECK (true);
GRANT SELECT ON alerts TO flotilla_app;
GRANT UPDATE (acknowledged_at, acknowledged_by, comment) ON alerts TO flotilla_app;
GRANT SELECT ON alerts TO flotilla_platform;
GRANT INSERT ON alerts TO flotilla_platform;
GRANT DELETE ON alerts TO flotilla_platform;
GRANT UPDATE (state, seen_at, fired_at, ended_at, value, summary, turns, cause_id) ON alerts TO flotilla_platform;

CREATE TABLE alert_silences (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    rule TEXT,
    device_id UUID,
    site_id UUID,
    tag TEXT,
    starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
    reason TEXT NOT NULL,
    created_by TEXT NOT NULL,
    CONSTRAINT pk_alert_silences PRIMARY KEY (id),
    CONSTRAINT fk_alert_silences_devices FOREIGN KEY(tenant_id, device_id) REFERENCES devices (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_alert_silences_sites FOREIGN KEY(tenant_id, site_id) REFERENCES sites (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT ck_alert_silences_whom CHECK (num_nonnulls(device_id, site_id, tag) <= 1),
    CONSTRAINT ck_alert_silences_rule CHECK (length(rule) BETWEEN 1 AND 120),
    CONSTRAINT ck_alert_silences_tag CHECK (tag ~ '^[a-z0-9][a-z0-9._:/-]{0,62}$'),
    CONSTRAINT ck_alert_silences_ends_at CHECK (ends_at > starts_at),
    CONSTRAINT ck_alert_silences_reason CHECK (length(reason) BETWEEN 1 AND 500),
    CONSTRAINT ck_alert_silences_created_by CHECK (length(created_by) BETWEEN 1 AND 254),
    CONSTRAINT fk_alert_silences_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
)
;

CREATE INDEX ix_alert_silences_device_id ON alert_silences (device_id);
CREATE INDEX ix_alert_silences_site_id ON alert_silences (site_id);
CREATE INDEX ix_alert_silences_tenant_id_ends_at_id ON alert_silences (tenant_id, ends_at, id);
ALTER TABLE alert_silences ENABLE ROW LEVEL SECURITY;
ALTER TABLE alert_silences FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON alert_silences TO flotilla_owner USING (true) WITH CHECK (true);
CREATE POLICY tenant ON alert_silences TO flotilla_app USING (tenant_id = tenant()) WITH CHECK (tenant_id = tenant());
GRANT SELECT ON alert_silences TO flotilla_app;
GRANT INSERT ON alert_silences TO flotilla_app;
GRANT DELETE ON alert_silences TO flotilla_app;

INSERT INTO alert_rules (
    id, tenant_id, name, condition, severity, hold_seconds, keep_seconds, reach, reach_of, enabled, version, changed_by
)
SELECT gen_random_uuid(), t.id, d.name, CAST(d.condition AS jsonb), d.severity, d.hold, d.keep, 'tenant', '', true, 1,
    'flotilla'
FROM tenants AS t CROSS JOIN (VALUES
    ('device down', '{"test": "state", "states": ["down"]}', 'critical', 0, 0),
    ('device stale', '{"test": "absent"}', 'warning', 300, 0),
    ('device degraded', '{"test": "state", "states": ["degraded"]}', 'warning', 600, 120),
    ('CPU busy', '{"test": "value", "family": "resource", "field": "cpu_load_ratio", "threshold": 0.9, "clear": 0.8}', 'warning', 600, 0),
    ('memory short', '{"test": "value", "family": "resource", "field": "memory_free_bytes", "share_of": "memory_total_bytes", "operator": "below", "threshold": 0.1, "clear": 0.15}', 'warning', 600, 0),
    ('disk short', '{"test": "value", "family": "resource", "field": "disk_free_bytes", "share_of": "disk_total_bytes", "operator": "below", "threshold": 0.1, "clear": 0.15}', 'warning', 900, 0),
    ('hot', '{"test": "value", "family": "health", "field": "temperature_celsius", "threshold": 75, "clear": 70}', 'warning', 300, 0),
    ('CPU hot', '{"test": "value", "family": "health", "field": "cpu_temperature_celsius", "threshold": 90, "clear": 85}', 'warning', 300, 0),
    ('sensor failed', '{"test": "value", "family": "health", "field": "status", "operator": "is", "threshold": 0}', 'critical', 120, 0),
    ('receive errors', '{"test": "value", "family": "interfaces", "field": "rx_errors_rate", "threshold": 10, "clear": 1}', 'warning', 300, 120),
    ('send errors', '{"test": "value", "family": "interfaces", "field": "tx_errors_rate", "threshold": 10, "clear": 1}', 'warning', 300, 120),
    ('signal weak', '{"test": "value", "family": "wireless", "field": "signal_dbm", "operator": "below", "threshold": -80, "clear": -75}', 'info', 900, 0),
    ('clients lost', '{"test": "rate", "family": "wireless", "field": "clients", "operator": "below", "threshold": -0.03333333333333333, "over_seconds": 600.0}', 'warning', 0, 0)
) AS d (name, condition, severity, hold, keep)
;
"""  # noqa: E501


def upgrade() -> None:
    op.get_bind().exec_driver_sql(SQL, execution_options={"no_parameters": True})
