"""What the program declares against what the migrations made: compare the two, and write the next revision.

The declared schema is made aside in a transaction that is rolled back, so PostgreSQL itself says what it means.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

from alembic.script import ScriptDirectory
from sqlalchemy import Connection, NullPool, create_engine, text

from db import (
    access,
    alerttables,
    backuptables,
    binarytables,
    campaigntables,
    controltables,
    errandtables,
    firmwaretables,
    grouptables,
    metric_tables,
    notifytables,
    partitions,
    profiletables,
    pushtables,
    requesttables,
    rollouttables,
    scantables,
    signintables,
    statetables,
    stocktables,
    storetables,
    tables,
    templatetables,
    worktables,
)
from db.engine import driver
from db.migrations.catalogue import KINDS, Fact, read
from db.migrations.run import HERE, config, head
from fleet.families import Family

ASIDE = "flotilla_declared"
DECLARING = (
    *(tables, profiletables, worktables, scantables, storetables, stocktables),
    *(signintables, requesttables, grouptables, errandtables, backuptables, binarytables),
    *(pushtables, campaigntables, statetables, controltables, templatetables, firmwaretables, rollouttables),
    alerttables,
    notifytables,
)
"""The modules whose tables are declared on the one metadata that they share."""

metadata = DECLARING[0].metadata


def compare(admin_url: str, families: Mapping[str, Family]) -> list[str]:
    """Tell every difference between the declared schema and the migrated one; empty where they agree."""
    declared, migrated = _facts(admin_url, families)
    return [f"declared, not migrated: {f.create}" for f in _only(declared, migrated)] + [
        f"migrated, not declared: {f.create}" for f in _only(migrated, declared)
    ]


def revise(admin_url: str, families: Mapping[str, Family], message: str, scripts: Path = HERE) -> Path | None:
    """Write the revision that turns the migrated schema into the declared one; None where they agree.

    The database of ``admin_url`` is at the newest revision. A column or table that goes, or a column that changes
    its type, is left as a comment: a person decides what becomes of the data.
    """
    statements = list(plan(*_facts(admin_url, families)))
    if not statements:
        return None
    number = int(head(scripts) or 0) + 1
    script = ScriptDirectory.from_config(config(scripts))
    made = script.generate_revision(f"{number:04}", message, sql=_script(statements))
    return Path(made.path) if made else None


def plan(declared: Collection[Fact], migrated: Collection[Fact]) -> Iterator[str]:
    """Yield the statements that lead from the migrated facts to the declared ones."""
    missing, surplus = _only(declared, migrated), _only(migrated, declared)
    there = {fact.place for fact in migrated}
    fresh = {fact.relation for fact in missing if fact.kind in ("table", "view")}
    gone = {fact.relation for fact in surplus if fact.kind == "view"}
    # A function that changes is replaced, which leaves it its grants.
    replaced = {fact.place for fact in missing if fact.kind == "function"}
    for fact in reversed([fact for fact in surplus if fact.place not in replaced]):
        if fact.kind == "view" or fact.relation not in gone:
            yield fact.drop or f"-- By hand, it goes or changes: {fact.create}"
    # A view that was dropped lost its grants, those too that stay the same.
    again = [fact for fact in declared if fact.relation in gone and fact not in missing]
    for fact in _ordered([*missing, *again]):
        if fact.kind not in ("column", "constraint") or fact.relation not in fresh:
            yield f"-- By hand, it becomes: {fact.create}" if _changed(fact, there) else fact.create


def _script(statements: Iterable[str]) -> str:
    """Write the statements one below the other, with an empty line after one of several lines."""
    return "\n".join(f"{s}\n;\n" if "\n" in s else s if s.startswith("--") else f"{s};" for s in statements).strip()


def _changed(fact: Fact, there: Collection[tuple[str, str, str]]) -> bool:
    return fact.kind == "column" and fact.place in there


def _only(these: Collection[Fact], those: Collection[Fact]) -> list[Fact]:
    known = {fact.identity for fact in those}
    return _ordered(fact for fact in these if fact.identity not in known)


def _ordered(facts: Iterable[Fact]) -> list[Fact]:
    return sorted(facts, key=lambda fact: (KINDS.index(fact.kind), fact))


def _facts(admin_url: str, families: Mapping[str, Family]) -> tuple[frozenset[Fact], frozenset[Fact]]:
    """Read the declared schema, made aside, and the migrated one; nothing of it stays."""
    engine = create_engine(driver(admin_url), poolclass=NullPool)
    with engine.connect() as connection:
        migrated = read(connection, "public")
        connection.execute(text(f"CREATE SCHEMA {ASIDE} AUTHORIZATION {access.OWNER}"))
        connection.execute(text(f"SET LOCAL ROLE {access.OWNER}"))
        connection.execute(text(f"SET LOCAL search_path = {ASIDE}"))
        _declare(connection, families)
        declared = read(connection, ASIDE)
        connection.rollback()
    return declared, migrated


def _declare(connection: Connection, families: Mapping[str, Family]) -> None:
    metadata.create_all(connection, checkfirst=False)
    for statement in _statements(families):
        connection.exec_driver_sql(statement, execution_options={"no_parameters": True})


def _statements(families: Mapping[str, Family]) -> Iterator[str]:
    yield from access.functions()
    for table in metadata.tables:
        yield from access.statements(table)
    yield from requesttables.INSTALL
    if families:
        yield from partitions.INSTALL
    for family in families.values():
        yield from metric_tables.create(family)
