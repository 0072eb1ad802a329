"""What the columns of the plain tables have in common: names of constraints, checks, instants, owners."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import CheckConstraint, Column, DateTime, ForeignKey, LargeBinary, MetaData, Uuid

from fleet.partition import PARTITIONS

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


def quoted(words: Iterable[str]) -> str:
    """Quote words for a list in SQL."""
    return ", ".join(f"'{word}'" for word in words)


def one_of(column: str, words: Iterable[str]) -> CheckConstraint:
    """Let a column hold one of some words."""
    return CheckConstraint(f"{column} IN ({quoted(words)})", name=column)


def check(name: str, condition: str) -> CheckConstraint:
    """Check a condition, under a name."""
    return CheckConstraint(condition, name=name)


def instant(name: str, *, nullable: bool = False) -> Column[object]:
    """Make a column that holds an instant; the caller gives it."""
    return Column(name, DateTime(timezone=True), nullable=nullable)


def tenant(*, primary_key: bool = False) -> Column[object]:
    """Make the column that says whose a row is."""
    owner = ForeignKey("tenants.id", ondelete="CASCADE")
    return Column("tenant_id", Uuid, owner, primary_key=primary_key, nullable=False)


def user(*, primary_key: bool = False) -> Column[object]:
    """Make the column that names a person."""
    owner = ForeignKey("users.id", ondelete="CASCADE")
    return Column("user_id", Uuid, owner, primary_key=primary_key, nullable=False)


def digest() -> Column[object]:
    """The SHA-256 of a token; the token itself is nowhere stored."""
    return Column("hash", LargeBinary, primary_key=True)


def partition() -> CheckConstraint:
    """Check that a partition is one of those there are."""
    return check("partition", f"partition BETWEEN 0 AND {PARTITIONS - 1}")
