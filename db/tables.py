"""The plain tables: tenants, people, keys, devices and their state, and the ingest ledger.

Times are given by the caller; no column has a default that asks the server's clock.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.dialects.postgresql import ARRAY, CIDR, INT8MULTIRANGE

from fleet.breaker import Position
from fleet.device import State, TlsMode
from fleet.identity import Role, Scope

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


def _quoted(words: Iterable[str]) -> str:
    return ", ".join(f"'{word}'" for word in words)


def _one_of(column: str, words: Iterable[str]) -> CheckConstraint:
    return CheckConstraint(f"{column} IN ({_quoted(words)})", name=column)


def _check(name: str, condition: str) -> CheckConstraint:
    return CheckConstraint(condition, name=name)


def _instant(name: str, *, nullable: bool = False) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=nullable)


def _tenant(*, primary_key: bool = False) -> Column[object]:
    owner = ForeignKey("tenants.id", ondelete="CASCADE")
    return Column("tenant_id", Uuid, owner, primary_key=primary_key, nullable=False)


def _user(*, primary_key: bool = False) -> Column[object]:
    owner = ForeignKey("users.id", ondelete="CASCADE")
    return Column("user_id", Uuid, owner, primary_key=primary_key, nullable=False)


def _digest() -> Column[object]:
    """The SHA-256 of a token; the token itself is nowhere stored."""
    return Column("hash", LargeBinary, primary_key=True)


tenants = Table(
    "tenants",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("slug", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    _check("slug", "slug ~ '^[a-z0-9]([a-z0-9-]{0,46}[a-z0-9])?$'"),
    _check("name", "length(name) BETWEEN 1 AND 120"),
)

users = Table(
    "users",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("email", Text, nullable=False, unique=True),
    _check("email", "email = lower(email) AND email ~ '^[^@[:space:]]+@[^@[:space:]]+$' AND length(email) <= 254"),
)

memberships = Table(
    "memberships",
    metadata,
    _tenant(primary_key=True),
    _user(primary_key=True),
    Column("role", Text, nullable=False),
    _one_of("role", Role),
    Index(None, "user_id"),
)

login_links = Table(
    "login_links",
    metadata,
    _digest(),
    _tenant(),
    _user(),
    _instant("expires_at"),
    _instant("used_at", nullable=True),
    _check("hash", "octet_length(hash) = 32"),
)

sessions = Table(
    "sessions",
    metadata,
    _digest(),
    _tenant(),
    _user(),
    _instant("created_at"),
    _instant("expires_at"),
    _instant("revoked_at", nullable=True),
    _check("hash", "octet_length(hash) = 32"),
    _check("expires_at", "expires_at > created_at"),
)

api_keys = Table(
    "api_keys",
    metadata,
    _digest(),
    _tenant(),
    Column("prefix", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("scopes", ARRAY(Text), nullable=False),
    _instant("expires_at", nullable=True),
    _instant("last_used_at", nullable=True),
    _instant("revoked_at", nullable=True),
    UniqueConstraint("tenant_id", "name"),
    _check("hash", "octet_length(hash) = 32"),
    _check("prefix", "prefix ~ '^flt_[0-9a-f]{8}$'"),
    _check("name", "length(name) BETWEEN 1 AND 120"),
    _check("scopes", f"cardinality(scopes) > 0 AND scopes <@ ARRAY[{_quoted(Scope)}]"),
)

devices = Table(
    "devices",
    metadata,
    Column("id", Uuid, primary_key=True),
    _tenant(),
    Column("name", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("port", Integer, nullable=False),
    Column("tls", Text, nullable=False),
    Column("fingerprint", Text),
    Column("authority", Text),
    Column("vantage", Text, nullable=False),
    Column("streams", SmallInteger, nullable=False),
    Column("username", Text, nullable=False),
    Column("secret", Text, nullable=False),
    Column("interval_seconds", Double, nullable=False),
    _instant("created_at"),
    UniqueConstraint("tenant_id", "id"),
    UniqueConstraint("tenant_id", "name"),
    UniqueConstraint("tenant_id", "vantage", "address", "port"),
    _check("name", "length(name) BETWEEN 1 AND 120"),
    _check("address", "length(address) BETWEEN 1 AND 253"),
    _check("port", "port BETWEEN 1 AND 65535"),
    _one_of("tls", TlsMode),
    _check("fingerprint", "fingerprint ~ '^[0-9a-f]{64}$'"),
    _check("pin", "tls <> 'pin' OR fingerprint IS NOT NULL"),
    _check("vantage", "length(vantage) BETWEEN 1 AND 63"),
    _check("streams", "streams BETWEEN 1 AND 64"),
    _check("username", "length(username) BETWEEN 1 AND 255"),
    _check("secret", "secret LIKE 'vault:%'"),
    _check("interval_seconds", "interval_seconds > 0 AND interval_seconds <= 86400"),
)

tenant_networks = Table(
    "tenant_networks",
    metadata,
    _tenant(primary_key=True),
    Column("network", CIDR, primary_key=True),
)

device_state = Table(
    "device_state",
    metadata,
    Column("device_id", Uuid, primary_key=True),
    Column("tenant_id", Uuid, nullable=False),
    Column("state", Text),
    _instant("since", nullable=True),
    _instant("heard_at", nullable=True),
    Column("identity", Text),
    Column("version", Text),
    Column("model", Text),
    Column("serial", Text),
    Column("uptime_seconds", Double),
    Column("error_code", Text),
    Column("error", Text),
    Column("breaker", Text),
    _instant("next_attempt", nullable=True),
    Column("attempt", Integer),
    Column("duration_seconds", Double),
    ForeignKeyConstraint(["tenant_id", "device_id"], ["devices.tenant_id", "devices.id"], ondelete="CASCADE"),
    Index(None, "tenant_id"),
    _one_of("state", State),
    _one_of("breaker", Position),
    _check("since", "(state IS NULL) = (since IS NULL)"),
    _check("uptime_seconds", "uptime_seconds >= 0"),
    _check("attempt", "attempt >= 1"),
    _check("duration_seconds", "duration_seconds >= 0"),
)

ingest_ledger = Table(
    "ingest_ledger",
    metadata,
    Column("stream", Text, primary_key=True),
    Column("stream_created", DateTime(timezone=True), primary_key=True),
    Column("writer", Text, primary_key=True),
    Column("committed", INT8MULTIRANGE, nullable=False),
)
