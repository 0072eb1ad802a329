"""Passwords and enrolments, sessions of access and refresh tokens, and keys that tell who made them."""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"

SQL = r"""
REVOKE UPDATE (revoked_at) ON sessions FROM flotilla_platform;
ALTER TABLE sessions DROP CONSTRAINT pk_sessions;
ALTER TABLE sessions DROP CONSTRAINT ck_sessions_hash;
-- By hand: a session of before has no refresh token, so everybody signs in anew.
DELETE FROM sessions;
ALTER TABLE sessions DROP COLUMN hash;
CREATE TABLE enrolments (
    hash bytea NOT NULL,
    tenant_id uuid NOT NULL,
    user_id uuid NOT NULL,
    purpose text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    CONSTRAINT pk_enrolments PRIMARY KEY (hash),
    CONSTRAINT ck_enrolments_expires_at CHECK (expires_at > created_at),
    CONSTRAINT ck_enrolments_hash CHECK (octet_length(hash) = 32),
    CONSTRAINT ck_enrolments_purpose CHECK (purpose = ANY (ARRAY['invitation'::text, 'recovery'::text, 'setup'::text]))
)
;

CREATE TABLE server_secrets (
    name text NOT NULL,
    secret bytea NOT NULL,
    CONSTRAINT pk_server_secrets PRIMARY KEY (name),
    CONSTRAINT ck_server_secrets_secret CHECK (octet_length(secret) >= 32)
)
;

CREATE TABLE verifiers (
    user_id uuid NOT NULL,
    salt bytea NOT NULL,
    rounds integer NOT NULL,
    verifier bytea NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    CONSTRAINT pk_verifiers PRIMARY KEY (user_id),
    CONSTRAINT ck_verifiers_rounds CHECK (rounds >= 600000 AND rounds <= 10000000),
    CONSTRAINT ck_verifiers_salt CHECK (octet_length(salt) = 16),
    CONSTRAINT ck_verifiers_verifier CHECK (octet_length(verifier) = 256)
)
;

ALTER TABLE api_keys ADD COLUMN created_at timestamp with time zone;
ALTER TABLE api_keys ADD COLUMN created_by text;
ALTER TABLE api_keys ADD COLUMN id uuid NOT NULL DEFAULT gen_random_uuid();
ALTER TABLE sessions ADD COLUMN address text NOT NULL;
ALTER TABLE sessions ADD COLUMN agent text NOT NULL;
ALTER TABLE sessions ADD COLUMN generation integer NOT NULL;
ALTER TABLE sessions ADD COLUMN id uuid NOT NULL;
ALTER TABLE sessions ADD COLUMN rotated_at timestamp with time zone NOT NULL;
ALTER TABLE sessions ADD COLUMN seen_at timestamp with time zone NOT NULL;
ALTER TABLE api_keys ADD CONSTRAINT ck_api_keys_created_by CHECK (length(created_by) >= 1 AND length(created_by) <= 254);
ALTER TABLE api_keys ADD CONSTRAINT uq_api_keys_id UNIQUE (id);
ALTER TABLE sessions ADD CONSTRAINT ck_sessions_address CHECK (length(address) <= 64);
ALTER TABLE sessions ADD CONSTRAINT ck_sessions_agent CHECK (length(agent) <= 200);
ALTER TABLE sessions ADD CONSTRAINT ck_sessions_generation CHECK (generation >= 1);
ALTER TABLE sessions ADD CONSTRAINT pk_sessions PRIMARY KEY (id);
ALTER TABLE enrolments ADD CONSTRAINT fk_enrolments_tenants FOREIGN KEY (tenant_id) REFERENCES tenants(id) ON DELETE CASCADE;
ALTER TABLE enrolments ADD CONSTRAINT fk_enrolments_users FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE;
ALTER TABLE verifiers ADD CONSTRAINT fk_verifiers_users FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE;
CREATE INDEX ix_enrolments_user_id ON enrolments USING btree (user_id);
CREATE INDEX ix_sessions_tenant_id ON sessions USING btree (tenant_id);
CREATE INDEX ix_sessions_user_id_created_at_id ON sessions USING btree (user_id, created_at, id);
ALTER TABLE enrolments ENABLE ROW LEVEL SECURITY;
ALTER TABLE enrolments FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON api_keys TO flotilla_app USING ((tenant_id = tenant())) WITH CHECK ((tenant_id = tenant()));
CREATE POLICY owner ON enrolments TO flotilla_owner USING (true) WITH CHECK (true);
CREATE POLICY platform ON enrolments TO flotilla_platform USING (true) WITH CHECK (true);
GRANT INSERT ON api_keys TO flotilla_app;
GRANT SELECT (tenant_id, prefix, name, scopes, expires_at, last_used_at, revoked_at, created_at, created_by, id) ON api_keys TO flotilla_app;
GRANT UPDATE (revoked_at) ON api_keys TO flotilla_app;
GRANT INSERT ON enrolments TO flotilla_platform;
GRANT SELECT ON enrolments TO flotilla_platform;
GRANT UPDATE (used_at) ON enrolments TO flotilla_platform;
GRANT DELETE ON memberships TO flotilla_platform;
GRANT DELETE ON sessions TO flotilla_platform;
GRANT INSERT ON server_secrets TO flotilla_platform;
GRANT SELECT ON server_secrets TO flotilla_platform;
GRANT UPDATE (expires_at, revoked_at, generation, rotated_at, seen_at) ON sessions TO flotilla_platform;
GRANT UPDATE (name) ON tenants TO flotilla_app;
GRANT INSERT ON verifiers TO flotilla_platform;
GRANT SELECT ON verifiers TO flotilla_platform;
GRANT UPDATE (salt, rounds, verifier, changed_at) ON verifiers TO flotilla_platform;
"""  # noqa: E501


def upgrade() -> None:
    op.get_bind().exec_driver_sql(SQL, execution_options={"no_parameters": True})
