"""Partitions and their owners, operations, the outbox and schedules; a device names its partition."""

from __future__ import annotations

from alembic import op
from sqlalchemy import text

from fleet import partition

revision = "0003"
down_revision = "0002"

SQL = r"""
REVOKE SELECT (id, tenant_id, name, address, port, tls, fingerprint, authority, vantage, streams, username, interval_seconds, created_at) ON devices FROM flotilla_platform;
REVOKE SELECT (id, tenant_id, name, address, port, tls, fingerprint, authority, vantage, streams, username, interval_seconds, created_at) ON devices FROM flotilla_app;
CREATE TABLE assignment (
    id smallint NOT NULL,
    version bigint NOT NULL,
    CONSTRAINT pk_assignment PRIMARY KEY (id),
    CONSTRAINT ck_assignment_id CHECK (id = 1),
    CONSTRAINT ck_assignment_version CHECK (version >= 0)
)
;

CREATE TABLE operations (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    device_id uuid,
    kind text NOT NULL,
    by text NOT NULL,
    at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    outcome text NOT NULL,
    error text,
    request_id text,
    detail jsonb NOT NULL,
    CONSTRAINT pk_operations PRIMARY KEY (id),
    CONSTRAINT ck_operations_by CHECK (length(by) >= 1 AND length(by) <= 254),
    CONSTRAINT ck_operations_ended CHECK ((ended_at IS NULL) = (outcome = 'pending'::text)),
    CONSTRAINT ck_operations_kind CHECK (kind ~ '^[a-z][a-z_.]{0,62}$'::text),
    CONSTRAINT ck_operations_outcome CHECK (outcome = ANY (ARRAY['pending'::text, 'done'::text, 'failed'::text]))
)
;

CREATE TABLE outbox (
    event_id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    subject text NOT NULL,
    event bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    published_at timestamp with time zone,
    CONSTRAINT pk_outbox PRIMARY KEY (event_id)
)
;

CREATE TABLE partitions (
    partition smallint NOT NULL,
    epoch bigint NOT NULL,
    poller text,
    incarnation uuid,
    wanted text,
    since timestamp with time zone,
    taken_at timestamp with time zone,
    released_at timestamp with time zone,
    fence_sequence bigint,
    fence_created timestamp with time zone,
    CONSTRAINT pk_partitions PRIMARY KEY (partition),
    CONSTRAINT ck_partitions_epoch CHECK (epoch >= 0),
    CONSTRAINT ck_partitions_fence CHECK ((fence_sequence IS NULL) = (fence_created IS NULL)),
    CONSTRAINT ck_partitions_owner CHECK ((poller IS NULL) = (incarnation IS NULL)),
    CONSTRAINT ck_partitions_partition CHECK (partition >= 0 AND partition <= 4095)
)
;

CREATE TABLE schedules (
    id uuid NOT NULL,
    tenant_id uuid,
    kind text NOT NULL,
    every_seconds double precision NOT NULL,
    next_at timestamp with time zone NOT NULL,
    epoch bigint NOT NULL,
    claimed_by text,
    claimed_until timestamp with time zone,
    last_at timestamp with time zone,
    last_outcome text,
    last_error text,
    detail jsonb NOT NULL,
    CONSTRAINT pk_schedules PRIMARY KEY (id),
    CONSTRAINT uq_schedules_tenant_id_kind UNIQUE NULLS NOT DISTINCT (tenant_id, kind),
    CONSTRAINT ck_schedules_claim CHECK ((claimed_by IS NULL) = (claimed_until IS NULL)),
    CONSTRAINT ck_schedules_epoch CHECK (epoch >= 0),
    CONSTRAINT ck_schedules_every_seconds CHECK (every_seconds > 0::double precision),
    CONSTRAINT ck_schedules_kind CHECK (kind ~ '^[a-z][a-z_.]{0,62}$'::text),
    CONSTRAINT ck_schedules_last_outcome CHECK (last_outcome = ANY (ARRAY['pending'::text, 'done'::text, 'failed'::text]))
)
;

ALTER TABLE devices ADD COLUMN partition smallint;
ALTER TABLE devices ADD CONSTRAINT ck_devices_partition CHECK (partition >= 0 AND partition <= 4095);
ALTER TABLE operations ADD CONSTRAINT fk_operations_tenants FOREIGN KEY (tenant_id) REFERENCES tenants(id) ON DELETE CASCADE;
ALTER TABLE outbox ADD CONSTRAINT fk_outbox_tenants FOREIGN KEY (tenant_id) REFERENCES tenants(id) ON DELETE CASCADE;
ALTER TABLE schedules ADD CONSTRAINT fk_schedules_tenants FOREIGN KEY (tenant_id) REFERENCES tenants(id) ON DELETE CASCADE;
CREATE INDEX ix_devices_partition ON devices USING btree (partition);
CREATE INDEX ix_operations_tenant_id_at_id ON operations USING btree (tenant_id, at, id);
CREATE INDEX ix_operations_tenant_id_device_id_at ON operations USING btree (tenant_id, device_id, at);
CREATE INDEX ix_outbox_published_at ON outbox USING btree (published_at);
CREATE INDEX ix_outbox_tenant_id ON outbox USING btree (tenant_id);
CREATE INDEX ix_outbox_waiting ON outbox USING btree (created_at) WHERE published_at IS NULL;
CREATE INDEX ix_partitions_incarnation ON partitions USING btree (incarnation);
CREATE INDEX ix_schedules_next_at ON schedules USING btree (next_at);
CREATE INDEX ix_schedules_tenant_id ON schedules USING btree (tenant_id);
ALTER TABLE operations ENABLE ROW LEVEL SECURITY;
ALTER TABLE operations FORCE ROW LEVEL SECURITY;
ALTER TABLE outbox ENABLE ROW LEVEL SECURITY;
ALTER TABLE outbox FORCE ROW LEVEL SECURITY;
ALTER TABLE schedules ENABLE ROW LEVEL SECURITY;
ALTER TABLE schedules FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON operations TO flotilla_owner USING (true) WITH CHECK (true);
CREATE POLICY platform ON operations TO flotilla_platform USING (true) WITH CHECK (true);
CREATE POLICY tenant ON operations TO flotilla_app USING ((tenant_id = tenant())) WITH CHECK ((tenant_id = tenant()));
CREATE POLICY owner ON outbox TO flotilla_owner USING (true) WITH CHECK (true);
CREATE POLICY platform ON outbox TO flotilla_platform USING (true) WITH CHECK (true);
CREATE POLICY tenant ON outbox TO flotilla_app USING ((tenant_id = tenant())) WITH CHECK ((tenant_id = tenant()));
CREATE POLICY owner ON schedules TO flotilla_owner USING (true) WITH CHECK (true);
CREATE POLICY platform ON schedules TO flotilla_platform USING (true) WITH CHECK (true);
CREATE POLICY tenant ON schedules TO flotilla_app USING ((tenant_id = tenant())) WITH CHECK ((tenant_id = tenant()));
GRANT SELECT ON assignment TO flotilla_ingest;
GRANT SELECT ON assignment TO flotilla_platform;
GRANT UPDATE (version) ON assignment TO flotilla_platform;
GRANT SELECT ON assignment TO flotilla_poller;
GRANT UPDATE (version) ON assignment TO flotilla_poller;
GRANT DELETE ON devices TO flotilla_app;
GRANT SELECT (id, tenant_id, name, address, port, tls, fingerprint, authority, vantage, streams, username, interval_seconds, created_at, partition) ON devices TO flotilla_app;
GRANT UPDATE (name, address, port, tls, fingerprint, authority, vantage, streams, username, secret, interval_seconds) ON devices TO flotilla_app;
GRANT DELETE ON devices TO flotilla_platform;
GRANT SELECT (id, tenant_id, name, address, port, tls, fingerprint, authority, vantage, streams, username, interval_seconds, created_at, partition) ON devices TO flotilla_platform;
GRANT INSERT ON operations TO flotilla_app;
GRANT SELECT ON operations TO flotilla_app;
GRANT INSERT ON operations TO flotilla_platform;
GRANT SELECT ON operations TO flotilla_platform;
GRANT INSERT (event_id, tenant_id, subject, event, created_at) ON outbox TO flotilla_app;
GRANT DELETE ON outbox TO flotilla_platform;
GRANT INSERT (event_id, tenant_id, subject, event, created_at) ON outbox TO flotilla_platform;
GRANT SELECT ON outbox TO flotilla_platform;
GRANT UPDATE (published_at) ON outbox TO flotilla_platform;
GRANT SELECT ON partitions TO flotilla_ingest;
GRANT SELECT ON partitions TO flotilla_platform;
GRANT UPDATE ON partitions TO flotilla_platform;
GRANT SELECT ON partitions TO flotilla_poller;
GRANT UPDATE (released_at, fence_sequence, fence_created) ON partitions TO flotilla_poller;
GRANT SELECT ON schedules TO flotilla_app;
GRANT INSERT ON schedules TO flotilla_platform;
GRANT SELECT ON schedules TO flotilla_platform;
GRANT UPDATE (every_seconds, next_at, epoch, claimed_by, claimed_until, last_at, last_outcome, last_error, detail) ON schedules TO flotilla_platform;
"""  # noqa: E501


FILL = """
INSERT INTO assignment (id, version) VALUES (1, 0);
INSERT INTO partitions (partition, epoch) SELECT generate_series(0, 4095), 0;
ALTER TABLE devices ALTER COLUMN partition SET NOT NULL;
"""


def upgrade() -> None:
    bind = op.get_bind()
    bind.exec_driver_sql(SQL, execution_options={"no_parameters": True})
    known = [
        {"device": row.id, "place": partition.of(row.id)} for row in bind.execute(text("SELECT id FROM devices"))
    ]
    if known:
        bind.execute(text("UPDATE devices SET partition = :place WHERE id = :device"), known)
    bind.exec_driver_sql(FILL, execution_options={"no_parameters": True})
