"""What a schema consists of, read from PostgreSQL's catalogue as facts that can be compared and written as SQL.

A partition, its indexes and Alembic's own table are no facts: those are made while the program runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, text

KINDS = (
    *("function", "table", "column", "constraint", "reference", "index", "trigger"),
    *("view", "security", "policy", "grant"),
)
"""The order in which facts are made; they are removed the other way round."""

QUERY = Path(__file__).with_suffix(".sql").read_text()


@dataclass(frozen=True, slots=True, order=True)
class Fact:
    """One thing of a schema: what makes it, and what removes it (nothing, where that is for a person to write)."""

    kind: str
    relation: str
    name: str
    create: str
    drop: str = ""

    @property
    def identity(self) -> tuple[str, ...]:
        """What two facts share that say the same. Of a table its parts are facts of their own."""
        return (*self.place, "" if self.kind == "table" else self.create)

    @property
    def place(self) -> tuple[str, str, str]:
        return self.kind, self.relation, self.name


def read(connection: Connection, schema: str) -> frozenset[Fact]:
    """Read all facts of a schema. Names are written without it, so that two schemas can be compared."""
    connection.execute(text(f"SET LOCAL search_path = {schema}"))
    rows = connection.exec_driver_sql(QUERY, execution_options={"no_parameters": True})
    return frozenset(Fact(*(str(part) for part in row)) for row in rows)
