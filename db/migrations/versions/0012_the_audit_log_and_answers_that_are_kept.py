"""The audit log, and answers that are kept."""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0011"

SQL = r"""
CREATE OR REPLACE FUNCTION audit_closed()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    RAISE EXCEPTION 'the audit log is only added to' USING ERRCODE = '42501';
END
$function$
;
REVOKE ALL ON FUNCTION audit_closed() FROM PUBLIC
;

CREATE OR REPLACE FUNCTION audit_link()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
DECLARE
    before bytea;
BEGIN
    INSERT INTO audit_heads (tenant_id, number, hash) VALUES (NEW.tenant_id, 0, '') ON CONFLICT DO NOTHING;
    SELECT number + 1, hash INTO NEW.number, before FROM audit_heads WHERE tenant_id = NEW.tenant_id FOR UPDATE;
    NEW.hash := sha256(before || convert_to(
        COALESCE(octet_length(NEW.number::text) || ':' || NEW.number::text, '-') || ',' ||
        COALESCE(octet_length(NEW.tenant_id::text) || ':' || NEW.tenant_id::text, '-') || ',' ||
        COALESCE(octet_length((extract(epoch FROM NEW.at) * 1000000)::bigint::text) || ':' || (extract(epoch FROM NEW.at) * 1000000)::bigint::text, '-') || ',' ||
        COALESCE(octet_length(NEW.who) || ':' || NEW.who, '-') || ',' ||
        COALESCE(octet_length(NEW.role) || ':' || NEW.role, '-') || ',' ||
        COALESCE(octet_length(NEW.address) || ':' || NEW.address, '-') || ',' ||
        COALESCE(octet_length(NEW.action) || ':' || NEW.action, '-') || ',' ||
        COALESCE(octet_length(NEW.object_type) || ':' || NEW.object_type, '-') || ',' ||
        COALESCE(octet_length(NEW.object_id) || ':' || NEW.object_id, '-') || ',' ||
        COALESCE(octet_length(NEW.request_id) || ':' || NEW.request_id, '-') || ',' ||
        COALESCE(octet_length(NEW.outcome) || ':' || NEW.outcome, '-') || ',' ||
        COALESCE(octet_length(NEW.detail) || ':' || NEW.detail, '-'), 'UTF8'));
    UPDATE audit_heads SET number = NEW.number, hash = NEW.hash WHERE tenant_id = NEW.tenant_id;
    RETURN NEW;
END
$function$
;
REVOKE ALL ON FUNCTION audit_link() FROM PUBLIC
;

CREATE OR REPLACE FUNCTION hold(thing uuid)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
BEGIN
    PERFORM pg_advisory_xact_lock(
        hashtextextended(COALESCE(current_setting('app.current_tenant', true), '') || ' ' || thing::text, 0));
END
$function$
;
REVOKE ALL ON FUNCTION hold(uuid) FROM PUBLIC
;

CREATE TABLE audit (
    tenant_id uuid NOT NULL,
    number bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    who text NOT NULL,
    role text,
    address text,
    action text NOT NULL,
    object_type text,
    object_id text,
    request_id text,
    outcome text NOT NULL,
    detail text,
    hash bytea NOT NULL,
    CONSTRAINT pk_audit PRIMARY KEY (tenant_id, number),
    CONSTRAINT ck_audit_hash CHECK (octet_length(hash) = 32),
    CONSTRAINT ck_audit_number CHECK (number > 0),
    CONSTRAINT ck_audit_outcome CHECK (outcome = ANY (ARRAY['done'::text, 'refused'::text]))
)
;

CREATE TABLE audit_heads (
    tenant_id uuid NOT NULL,
    number bigint NOT NULL,
    hash bytea NOT NULL,
    CONSTRAINT pk_audit_heads PRIMARY KEY (tenant_id)
)
;

CREATE TABLE kept_answers (
    tenant_id uuid NOT NULL,
    who text NOT NULL,
    key text NOT NULL,
    fingerprint bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    status smallint,
    body bytea,
    headers jsonb,
    CONSTRAINT pk_kept_answers PRIMARY KEY (tenant_id, who, key),
    CONSTRAINT ck_kept_answers_fingerprint CHECK (octet_length(fingerprint) = 32),
    CONSTRAINT ck_kept_answers_key CHECK (length(key) >= 1 AND length(key) <= 255)
)
;

CREATE INDEX ix_audit_tenant_id_at ON audit USING btree (tenant_id, at);
CREATE INDEX ix_audit_tenant_id_object_id ON audit USING btree (tenant_id, object_id);
CREATE INDEX ix_kept_answers_created_at ON kept_answers USING btree (created_at);
CREATE TRIGGER audit_closed BEFORE DELETE OR UPDATE ON audit FOR EACH ROW EXECUTE FUNCTION audit_closed();
CREATE TRIGGER audit_link BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION audit_link();
CREATE TRIGGER audit_whole BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_closed();
ALTER TABLE audit ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit FORCE ROW LEVEL SECURITY;
ALTER TABLE audit_heads ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_heads FORCE ROW LEVEL SECURITY;
ALTER TABLE kept_answers ENABLE ROW LEVEL SECURITY;
ALTER TABLE kept_answers FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON audit TO flotilla_owner USING (true) WITH CHECK (true);
CREATE POLICY platform ON audit TO flotilla_platform USING (true) WITH CHECK (true);
CREATE POLICY tenant ON audit TO flotilla_app USING ((tenant_id = tenant())) WITH CHECK ((tenant_id = tenant()));
CREATE POLICY owner ON audit_heads TO flotilla_owner USING (true) WITH CHECK (true);
CREATE POLICY platform ON audit_heads TO flotilla_platform USING (true) WITH CHECK (true);
CREATE POLICY owner ON kept_answers TO flotilla_owner USING (true) WITH CHECK (true);
CREATE POLICY platform ON kept_answers TO flotilla_platform USING (true) WITH CHECK (true);
CREATE POLICY tenant ON kept_answers TO flotilla_app USING ((tenant_id = tenant())) WITH CHECK ((tenant_id = tenant()));
GRANT EXECUTE ON FUNCTION hold(uuid) TO flotilla_app;
GRANT INSERT (tenant_id, at, who, role, address, action, object_type, object_id, request_id, outcome, detail) ON audit TO flotilla_app;
GRANT SELECT ON audit TO flotilla_app;
GRANT INSERT (tenant_id, at, who, role, address, action, object_type, object_id, request_id, outcome, detail) ON audit TO flotilla_platform;
GRANT SELECT ON audit TO flotilla_platform;
GRANT SELECT ON audit_heads TO flotilla_platform;
GRANT INSERT ON kept_answers TO flotilla_app;
GRANT SELECT ON kept_answers TO flotilla_app;
GRANT UPDATE (fingerprint, created_at, status, body, headers) ON kept_answers TO flotilla_app;
GRANT DELETE ON kept_answers TO flotilla_platform;
GRANT SELECT ON kept_answers TO flotilla_platform;
"""  # noqa: E501


def upgrade() -> None:
    op.get_bind().exec_driver_sql(SQL, execution_options={"no_parameters": True})
