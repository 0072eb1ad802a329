"""The plain tables of requests: the audit log, chained by the database itself, and answers kept to be repeated."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, FetchedValue, Index, LargeBinary, SmallInteger, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from db.access import APP, PLATFORM
from db.columns import check, instant, metadata, one_of
from fleet.audit import Ending

audit = Table(
    "audit",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("number", BigInteger, FetchedValue(), primary_key=True, autoincrement=False),
    instant("at"),
    Column("who", Text, nullable=False),
    Column("role", Text),
    Column("address", Text),
    Column("action", Text, nullable=False),
    Column("object_type", Text),
    Column("object_id", Text),
    Column("request_id", Text),
    Column("outcome", Text, nullable=False),
    Column("detail", Text),
    Column("hash", LargeBinary, FetchedValue(), nullable=False),
    Index(None, "tenant_id", "at"),
    Index(None, "tenant_id", "object_id"),
    one_of("outcome", Ending),
    check("hash", "octet_length(hash) = 32"),
    check("number", "number > 0"),
)
"""Who did what, and who was refused what. It outlives its tenant, so it refers to none."""

audit_heads = Table(
    "audit_heads",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
)
"""Where each chain ends. The row is locked by who adds an entry, so that one follows the other."""

answers = Table(
    "kept_answers",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("who", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("fingerprint", LargeBinary, nullable=False),
    instant("created_at"),
    Column("status", SmallInteger),
    Column("body", LargeBinary),
    Column("headers", JSONB),
    Index(None, "created_at"),
    check("fingerprint", "octet_length(fingerprint) = 32"),
    check("key", "length(key) BETWEEN 1 AND 255"),
)
"""What was answered to a request with an Idempotency-Key, to be answered again; a secret is not kept.

It refers to no tenant, for a reference would hold the tenant's row from the beginning of a request on.
"""

_PARTS = (
    *("NEW.number::text", "NEW.tenant_id::text", "(extract(epoch FROM NEW.at) * 1000000)::bigint::text"),
    *("NEW.who", "NEW.role", "NEW.address", "NEW.action", "NEW.object_type", "NEW.object_id"),
    *("NEW.request_id", "NEW.outcome", "NEW.detail"),
)
_CONTENT = " || ',' ||\n        ".join(f"COALESCE(octet_length({part}) || ':' || {part}, '-')" for part in _PARTS)

LINK = """\
CREATE FUNCTION audit_link() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $body$
DECLARE
    before bytea;
BEGIN
    INSERT INTO audit_heads (tenant_id, number, hash) VALUES (NEW.tenant_id, 0, '') ON CONFLICT DO NOTHING;
    SELECT number + 1, hash INTO NEW.number, before FROM audit_heads WHERE tenant_id = NEW.tenant_id FOR UPDATE;
    NEW.hash := sha256(before || convert_to(
        CONTENT, 'UTF8'));
    UPDATE audit_heads SET number = NEW.number, hash = NEW.hash WHERE tenant_id = NEW.tenant_id;
    RETURN NEW;
END
$body$""".replace("CONTENT", _CONTENT)
"""Numbers an entry and binds it to the one before: no role at run time writes a number, a hash or a head."""

CLOSED = """\
CREATE FUNCTION audit_closed() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    RAISE EXCEPTION 'the audit log is only added to' USING ERRCODE = '42501';
END
$body$"""

HOLD = """\
CREATE FUNCTION hold(thing uuid) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $body$
BEGIN
    PERFORM pg_advisory_xact_lock(
        hashtextextended(COALESCE(current_setting('app.current_tenant', true), '') || ' ' || thing::text, 0));
END
$body$"""
"""Lets one writer of a thing follow the other; the locks themselves are closed to the tenants' role.

What belongs to no tenant is held by the platform's role, which is in none.
"""

INSTALL = (
    LINK,
    CLOSED,
    HOLD,
    *(f"REVOKE ALL ON FUNCTION {name} FROM PUBLIC" for name in ("audit_link()", "audit_closed()", "hold(uuid)")),
    f"GRANT EXECUTE ON FUNCTION hold(uuid) TO {APP}, {PLATFORM}",
    "CREATE TRIGGER audit_link BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION audit_link()",
    "CREATE TRIGGER audit_closed BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_closed()",
    "CREATE TRIGGER audit_whole BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_closed()",
)
"""What is made beside the tables."""
