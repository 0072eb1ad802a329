"""The plain tables of signing in: verifiers, links that enrol a person once, and secrets of the server's own."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, Uuid

from db.columns import check, digest, instant, metadata, one_of, tenant, user

LEAST_ROUNDS = 600_000
MOST_ROUNDS = 10_000_000


class Purpose(StrEnum):
    """Why a person is given a link that enrols.

    The first two are a tenant's own, and never let in who belongs to another tenant too; SETUP is made on the server.
    """

    INVITATION = "invitation"
    RECOVERY = "recovery"
    SETUP = "setup"


verifiers = Table(
    "verifiers",
    metadata,
    Column("user_id", Uuid, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("salt", LargeBinary, nullable=False),
    Column("rounds", Integer, nullable=False),
    Column("verifier", LargeBinary, nullable=False),
    instant("changed_at"),
    check("salt", "octet_length(salt) = 16"),
    check("rounds", f"rounds BETWEEN {LEAST_ROUNDS} AND {MOST_ROUNDS}"),
    check("verifier", "octet_length(verifier) = 256"),
)
"""With what a person's proof is checked. Neither the password nor the Secret Key can be read from it."""

enrolments = Table(
    "enrolments",
    metadata,
    digest(),
    tenant(),
    user(),
    Column("purpose", Text, nullable=False),
    instant("created_at"),
    instant("expires_at"),
    instant("used_at", nullable=True),
    Index(None, "user_id"),
    one_of("purpose", Purpose),
    check("hash", "octet_length(hash) = 32"),
    check("expires_at", "expires_at > created_at"),
)
"""Whoever has the token of one chooses the person's password, once."""

server_secrets = Table(
    "server_secrets",
    metadata,
    Column("name", Text, primary_key=True),
    Column("secret", LargeBinary, nullable=False),
    check("secret", "octet_length(secret) >= 32"),
)
"""What all web servers must say alike and nobody else may foretell."""
