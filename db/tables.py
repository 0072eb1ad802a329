"""The plain tables: tenants, people, keys, sites, devices and their state, and the ingest ledger.

Times are given by the caller; no column has a default that asks the server's clock.
"""

from __future__ import annotations

from sqlalchemy import (
    Column,
    DateTime,
    Double,
    ForeignKeyConstraint,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, CIDR, INT8MULTIRANGE

from db.columns import check, digest, instant, metadata, one_of, partition, quoted, tenant, user
from fleet.belonging import LONGEST_NAME, TAG
from fleet.breaker import Position
from fleet.device import State, TlsMode
from fleet.identity import Role, Scope

tenants = Table(
    "tenants",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("slug", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    check("slug", "slug ~ '^[a-z0-9]([a-z0-9-]{0,46}[a-z0-9])?$'"),
    check("name", "length(name) BETWEEN 1 AND 120"),
)

users = Table(
    "users",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("email", Text, nullable=False, unique=True),
    check("email", "email = lower(email) AND email ~ '^[^@[:space:]]+@[^@[:space:]]+$' AND length(email) <= 254"),
)

memberships = Table(
    "memberships",
    metadata,
    tenant(primary_key=True),
    user(primary_key=True),
    Column("role", Text, nullable=False),
    one_of("role", Role),
    Index(None, "user_id"),
)

login_links = Table(
    "login_links",
    metadata,
    digest(),
    tenant(),
    user(),
    instant("expires_at"),
    instant("used_at", nullable=True),
    check("hash", "octet_length(hash) = 32"),
)

sessions = Table(
    "sessions",
    metadata,
    tenant(),
    user(),
    instant("created_at"),
    instant("expires_at"),
    instant("revoked_at", nullable=True),
    Column("address", Text, nullable=False),
    Column("agent", Text, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("id", Uuid, primary_key=True),
    instant("rotated_at"),
    instant("seen_at"),
    Index(None, "user_id", "created_at", "id"),
    Index(None, "tenant_id"),
    check("generation", "generation >= 1"),
    check("address", "length(address) <= 64"),
    check("agent", "length(agent) <= 200"),
    check("expires_at", "expires_at > created_at"),
)
"""Who is signed in, from where. Which refresh token is the newest one is a number: no token is stored."""

api_keys = Table(
    "api_keys",
    metadata,
    digest(),
    tenant(),
    Column("prefix", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("scopes", ARRAY(Text), nullable=False),
    instant("expires_at", nullable=True),
    instant("last_used_at", nullable=True),
    instant("revoked_at", nullable=True),
    instant("created_at", nullable=True),
    Column("created_by", Text),
    Column("id", Uuid, nullable=False, unique=True, server_default=text("gen_random_uuid()")),
    UniqueConstraint("tenant_id", "name"),
    check("hash", "octet_length(hash) = 32"),
    check("created_by", "length(created_by) BETWEEN 1 AND 254"),
    check("prefix", "prefix ~ '^flt_[0-9a-f]{8}$'"),
    check("name", "length(name) BETWEEN 1 AND 120"),
    check("scopes", f"cardinality(scopes) > 0 AND scopes <@ ARRAY[{quoted(Scope)}]"),
)

readers = Table(
    "readers",
    metadata,
    Column("name", Text, primary_key=True),
    tenant(),
    Column("title", Text, nullable=False),
    instant("created_at"),
    Column("created_by", Text, nullable=False),
    instant("expires_at", nullable=True),
    UniqueConstraint("tenant_id", "title"),
    check("name", "name ~ '^flotilla_reader_[0-9a-f]{12}$'"),
    check("title", "length(title) BETWEEN 1 AND 120"),
)
"""The logins of analysts. Everybody may read the names of roles, so this one says nothing of whose it is."""

sites = Table(
    "sites",
    metadata,
    Column("id", Uuid, primary_key=True),
    tenant(),
    Column("name", Text, nullable=False),
    instant("created_at"),
    Column("latitude", Double),
    Column("longitude", Double),
    UniqueConstraint("tenant_id", "id"),
    UniqueConstraint("tenant_id", "name"),
    check("name", f"length(name) BETWEEN 1 AND {LONGEST_NAME} AND name !~ '^[(]' AND name = btrim(name)"),
    check("spot", "num_nonnulls(latitude, longitude) <> 1"),
    check("latitude", "latitude BETWEEN -90 AND 90"),
    check("longitude", "longitude BETWEEN -180 AND 180"),
)
"""Where devices stand. A name in brackets would be taken for the group of those that stand nowhere."""

devices = Table(
    "devices",
    metadata,
    Column("id", Uuid, primary_key=True),
    tenant(),
    Column("name", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("port", Integer, nullable=False),
    Column("tls", Text, nullable=False),
    Column("fingerprint", Text),
    Column("authority", Text),
    Column("vantage", Text, nullable=False),
    Column("streams", SmallInteger, nullable=False),
    Column("username", Text),
    Column("secret", Text),
    Column("interval_seconds", Double, nullable=False),
    instant("created_at"),
    Column("partition", SmallInteger, nullable=False),
    Column("collectors_off", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    Column("site_id", Uuid),
    Column("profile_id", Uuid),
    ForeignKeyConstraint(["tenant_id", "site_id"], ["sites.tenant_id", "sites.id"], ondelete="SET NULL (site_id)"),
    ForeignKeyConstraint(["tenant_id", "profile_id"], ["credential_profiles.tenant_id", "credential_profiles.id"]),
    UniqueConstraint("tenant_id", "id"),
    UniqueConstraint("tenant_id", "name"),
    UniqueConstraint("tenant_id", "vantage", "address", "port"),
    check("name", "length(name) BETWEEN 1 AND 120"),
    check("address", "length(address) BETWEEN 1 AND 253"),
    check("port", "port BETWEEN 1 AND 65535"),
    one_of("tls", TlsMode),
    check("fingerprint", "fingerprint ~ '^[0-9a-f]{64}$'"),
    check("pin", "tls <> 'pin' OR fingerprint IS NOT NULL"),
    check("vantage", "length(vantage) BETWEEN 1 AND 63"),
    check("streams", "streams BETWEEN 1 AND 64"),
    check("username", "length(username) BETWEEN 1 AND 255"),
    check("secret", "secret LIKE 'vault:%'"),
    check("login", "num_nonnulls(username, secret) = CASE WHEN profile_id IS NULL THEN 2 ELSE 0 END"),
    check("interval_seconds", "interval_seconds > 0 AND interval_seconds <= 86400"),
    partition(),
    Index(None, "partition"),
    Index(None, "site_id"),
    Index(None, "profile_id"),
    check("collectors_off", "cardinality(collectors_off) <= 100 AND array_position(collectors_off, NULL) IS NULL"),
)

device_tags = Table(
    "device_tags",
    metadata,
    Column("device_id", Uuid, primary_key=True),
    Column("tag", Text, primary_key=True),
    Column("tenant_id", Uuid, nullable=False),
    ForeignKeyConstraint(["tenant_id", "device_id"], ["devices.tenant_id", "devices.id"], ondelete="CASCADE"),
    Index(None, "tenant_id", "tag"),
    check("tag", f"tag ~ '^{TAG}$'"),
)

tenant_networks = Table(
    "tenant_networks",
    metadata,
    tenant(primary_key=True),
    Column("network", CIDR, primary_key=True),
)

device_state = Table(
    "device_state",
    metadata,
    Column("device_id", Uuid, primary_key=True),
    Column("tenant_id", Uuid, nullable=False),
    Column("state", Text),
    instant("since", nullable=True),
    instant("heard_at", nullable=True),
    Column("identity", Text),
    Column("version", Text),
    Column("model", Text),
    Column("serial", Text),
    Column("uptime_seconds", Double),
    Column("error_code", Text),
    Column("error", Text),
    Column("breaker", Text),
    instant("next_attempt", nullable=True),
    Column("attempt", Integer),
    Column("duration_seconds", Double),
    ForeignKeyConstraint(["tenant_id", "device_id"], ["devices.tenant_id", "devices.id"], ondelete="CASCADE"),
    Index(None, "tenant_id"),
    one_of("state", State),
    one_of("breaker", Position),
    check("since", "(state IS NULL) = (since IS NULL)"),
    check("uptime_seconds", "uptime_seconds >= 0"),
    check("attempt", "attempt >= 1"),
    check("duration_seconds", "duration_seconds >= 0"),
)

maintenance_windows = Table(
    "maintenance_windows",
    metadata,
    Column("id", Uuid, primary_key=True),
    tenant(),
    Column("device_id", Uuid),
    Column("site_id", Uuid),
    Column("tag", Text),
    instant("starts_at"),
    instant("ends_at", nullable=True),
    Column("reason", Text, nullable=False),
    Column("created_by", Text, nullable=False),
    instant("created_at"),
    Column("every", Text),
    Column("zone", Text),
    Column("local_start", DateTime),
    Column("lasts_seconds", Double),
    ForeignKeyConstraint(["tenant_id", "device_id"], ["devices.tenant_id", "devices.id"], ondelete="CASCADE"),
    ForeignKeyConstraint(["tenant_id", "site_id"], ["sites.tenant_id", "sites.id"], ondelete="CASCADE"),
    Index(None, "tenant_id", "ends_at", "id"),
    Index(None, "device_id"),
    Index(None, "site_id"),
    check("scope", "num_nonnulls(device_id, site_id, tag) <= 1"),
    check("tag", f"tag ~ '^{TAG}$'"),
    check("ends_at", "ends_at > starts_at"),
    check("reason", "length(reason) BETWEEN 1 AND 500"),
    check("created_by", "length(created_by) BETWEEN 1 AND 254"),
    check("every", "length(every) BETWEEN 1 AND 500"),
    check("lasts_seconds", "lasts_seconds BETWEEN 60 AND 2678400"),
    check("recurs", "num_nonnulls(every, zone, local_start, lasts_seconds) IN (0, 4)"),
    check("endless", "ends_at IS NOT NULL OR every IS NOT NULL"),
)
"""When a device, those of a site, those with a tag, or (where none is named) all are not expected to answer.

What recurs (``every``) begins first at ``starts_at`` and is over at ``ends_at``; without, it goes on for ever.
"""

ingest_ledger = Table(
    "ingest_ledger",
    metadata,
    Column("stream", Text, primary_key=True),
    Column("stream_created", DateTime(timezone=True), primary_key=True),
    Column("writer", Text, primary_key=True),
    Column("committed", INT8MULTIRANGE, nullable=False),
)
