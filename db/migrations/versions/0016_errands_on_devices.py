"""errands on devices."""

from __future__ import annotations

from alembic import op

revision = "0016"
down_revision = "0015"

SQL = r"""
CREATE TABLE errands (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    device_id uuid NOT NULL,
    partition smallint NOT NULL,
    kind text NOT NULL,
    by text NOT NULL,
    at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    request_id text,
    detail jsonb NOT NULL,
    state text NOT NULL,
    epoch bigint NOT NULL,
    attempt integer NOT NULL,
    not_before timestamp with time zone,
    ended_at timestamp with time zone,
    error text,
    CONSTRAINT pk_errands PRIMARY KEY (id),
    CONSTRAINT ck_errands_attempt CHECK (attempt >= 0),
    CONSTRAINT ck_errands_by CHECK (length(by) >= 1 AND length(by) <= 254),
    CONSTRAINT ck_errands_ended CHECK ((ended_at IS NULL) = (state = ANY (ARRAY['waiting'::text, 'taken'::text]))),
    CONSTRAINT ck_errands_epoch CHECK (epoch >= 0),
    CONSTRAINT ck_errands_kind CHECK (kind ~ '^[a-z][a-z_.]{0,62}$'::text),
    CONSTRAINT ck_errands_partition CHECK (partition >= 0 AND partition <= 4095),
    CONSTRAINT ck_errands_state CHECK (state = ANY (ARRAY['waiting'::text, 'taken'::text, 'done'::text, 'failed'::text, 'cancelled'::text, 'expired'::text]))
)
;

ALTER TABLE errands ADD CONSTRAINT fk_errands_tenants FOREIGN KEY (tenant_id) REFERENCES tenants(id) ON DELETE CASCADE;
CREATE INDEX ix_errands_ended_at ON errands USING btree (ended_at);
CREATE INDEX ix_errands_open ON errands USING btree (partition) WHERE ended_at IS NULL;
CREATE INDEX ix_errands_tenant_id_device_id_at ON errands USING btree (tenant_id, device_id, at);
ALTER TABLE errands ENABLE ROW LEVEL SECURITY;
ALTER TABLE errands FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON errands TO flotilla_owner USING (true) WITH CHECK (true);
CREATE POLICY platform ON errands TO flotilla_platform USING (true) WITH CHECK (true);
CREATE POLICY poller ON errands TO flotilla_poller USING (true) WITH CHECK (true);
CREATE POLICY tenant ON errands TO flotilla_app USING ((tenant_id = tenant())) WITH CHECK ((tenant_id = tenant()));
CREATE POLICY poller ON operations TO flotilla_poller USING (true) WITH CHECK (true);
GRANT INSERT ON errands TO flotilla_app;
GRANT SELECT ON errands TO flotilla_app;
GRANT DELETE ON errands TO flotilla_platform;
GRANT INSERT ON errands TO flotilla_platform;
GRANT SELECT ON errands TO flotilla_platform;
GRANT UPDATE (state, ended_at, error) ON errands TO flotilla_platform;
GRANT SELECT ON errands TO flotilla_poller;
GRANT UPDATE (state, epoch, attempt, not_before, ended_at, error) ON errands TO flotilla_poller;
GRANT UPDATE (ended_at, outcome, error) ON operations TO flotilla_platform;
GRANT SELECT (id) ON operations TO flotilla_poller;
GRANT UPDATE (ended_at, outcome, error) ON operations TO flotilla_poller;
"""  # noqa: E501


def upgrade() -> None:
    op.get_bind().exec_driver_sql(SQL, execution_options={"no_parameters": True})
