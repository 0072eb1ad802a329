"""pushes and their journal."""

from __future__ import annotations

from alembic import op

revision = "0018"
down_revision = "0017"

SQL = r"""
CREATE TABLE push_journal (
    push_id uuid NOT NULL,
    seq integer NOT NULL,
    tenant_id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    epoch bigint NOT NULL,
    step text NOT NULL,
    seen text,
    number integer NOT NULL,
    detail jsonb NOT NULL,
    CONSTRAINT pk_push_journal PRIMARY KEY (push_id, seq),
    CONSTRAINT ck_push_journal_number CHECK (number >= 0),
    CONSTRAINT ck_push_journal_seen CHECK (seen = ANY (ARRAY['done'::text, 'refused'::text, 'unknown'::text, 'held'::text, 'before'::text, 'after'::text, 'between'::text, 'late'::text])),
    CONSTRAINT ck_push_journal_seq CHECK (seq >= 0),
    CONSTRAINT ck_push_journal_step CHECK (step = ANY (ARRAY['look'::text, 'try'::text, 'save'::text, 'arm'::text, 'take'::text, 'apply'::text, 'verify'::text, 'release'::text, 'unroll'::text, 'restore'::text, 'disarm'::text, 'watch'::text, 'end'::text]))
)
;

CREATE TABLE pushes (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    device_id uuid NOT NULL,
    wave_id uuid,
    source text NOT NULL,
    sealed text,
    digest text,
    shown jsonb NOT NULL,
    risks jsonb NOT NULL,
    total integer NOT NULL,
    risky boolean NOT NULL,
    override text,
    reason text,
    by text NOT NULL,
    at timestamp with time zone NOT NULL,
    state text NOT NULL,
    epoch bigint NOT NULL,
    entries integer NOT NULL,
    error_code text,
    error text,
    started_at timestamp with time zone,
    ended_at timestamp with time zone,
    CONSTRAINT pk_pushes PRIMARY KEY (id),
    CONSTRAINT uq_pushes_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT ck_pushes_by CHECK (length(by) >= 1 AND length(by) <= 254),
    CONSTRAINT ck_pushes_ended CHECK ((ended_at IS NULL) = (state <> ALL (ARRAY['cancelled'::text, 'commit_unconfirmed'::text, 'committed'::text, 'failed'::text, 'lost'::text, 'reverted'::text]))),
    CONSTRAINT ck_pushes_entries CHECK (entries >= 0),
    CONSTRAINT ck_pushes_epoch CHECK (epoch >= 0),
    CONSTRAINT ck_pushes_open CHECK (ended_at IS NOT NULL OR sealed IS NOT NULL AND digest IS NOT NULL),
    CONSTRAINT ck_pushes_override CHECK ((override IS NULL) = (reason IS NULL)),
    CONSTRAINT ck_pushes_sealed CHECK (sealed ~~ 'vault:%'::text),
    CONSTRAINT ck_pushes_state CHECK (state = ANY (ARRAY['pending'::text, 'preparing'::text, 'applying'::text, 'verifying'::text, 'committed'::text, 'reverting'::text, 'reverted'::text, 'commit_unconfirmed'::text, 'failed'::text, 'lost'::text, 'cancelled'::text])),
    CONSTRAINT ck_pushes_total CHECK (total > 0)
)
;

ALTER TABLE push_journal ADD CONSTRAINT fk_push_journal_pushes FOREIGN KEY (tenant_id, push_id) REFERENCES pushes(tenant_id, id) ON DELETE CASCADE;
ALTER TABLE pushes ADD CONSTRAINT fk_pushes_tenants FOREIGN KEY (tenant_id) REFERENCES tenants(id) ON DELETE CASCADE;
CREATE INDEX ix_push_journal_tenant_id_push_id ON push_journal USING btree (tenant_id, push_id);
CREATE INDEX ix_pushes_live ON pushes USING btree (device_id) WHERE ended_at IS NULL;
CREATE INDEX ix_pushes_tenant_id_at_id ON pushes USING btree (tenant_id, at, id);
CREATE INDEX ix_pushes_tenant_id_device_id_at ON pushes USING btree (tenant_id, device_id, at);
CREATE INDEX ix_pushes_wave_id ON pushes USING btree (wave_id);
ALTER TABLE push_journal ENABLE ROW LEVEL SECURITY;
ALTER TABLE push_journal FORCE ROW LEVEL SECURITY;
ALTER TABLE pushes ENABLE ROW LEVEL SECURITY;
ALTER TABLE pushes FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON push_journal TO flotilla_owner USING (true) WITH CHECK (true);
CREATE POLICY platform ON push_journal TO flotilla_platform USING (true) WITH CHECK (true);
CREATE POLICY poller ON push_journal TO flotilla_poller USING (true) WITH CHECK (true);
CREATE POLICY tenant ON push_journal TO flotilla_app USING ((tenant_id = tenant())) WITH CHECK ((tenant_id = tenant()));
CREATE POLICY owner ON pushes TO flotilla_owner USING (true) WITH CHECK (true);
CREATE POLICY platform ON pushes TO flotilla_platform USING (true) WITH CHECK (true);
CREATE POLICY poller ON pushes TO flotilla_poller USING (true) WITH CHECK (true);
CREATE POLICY tenant ON pushes TO flotilla_app USING ((tenant_id = tenant())) WITH CHECK ((tenant_id = tenant()));
GRANT SELECT ON push_journal TO flotilla_app;
GRANT SELECT ON push_journal TO flotilla_platform;
GRANT INSERT ON push_journal TO flotilla_poller;
GRANT SELECT ON push_journal TO flotilla_poller;
GRANT INSERT ON pushes TO flotilla_app;
GRANT SELECT (id, tenant_id, device_id, wave_id, source, digest, shown, risks, total, risky, override, reason, by, at, state, entries, error_code, error, started_at, ended_at) ON pushes TO flotilla_app;
GRANT SELECT (id, tenant_id, device_id, wave_id, source, digest, shown, risks, total, risky, override, reason, by, at, state, entries, error_code, error, started_at, ended_at) ON pushes TO flotilla_platform;
GRANT UPDATE (sealed, digest, state, error, ended_at) ON pushes TO flotilla_platform;
GRANT SELECT ON pushes TO flotilla_poller;
GRANT UPDATE (sealed, digest, state, epoch, entries, error_code, error, started_at, ended_at) ON pushes TO flotilla_poller;
"""  # noqa: E501


def upgrade() -> None:
    op.get_bind().exec_driver_sql(SQL, execution_options={"no_parameters": True})
