"""Many devices at once: made, changed and removed by a list or a table, with a result for each row."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from api import bulk, lines
from api.bulk import Desk
from api.devices import egress, look, registry
from api.lines import Action, Lines, RowResult, Status
from api.resource import TENANT, Answer, Asked, Given, Resource, Route
from fleet.errors import TooMany
from fleet.identity import Scope


class BulkQuery(Given):
    """How the rows are meant."""

    action: Action = Field(
        Action.APPLY,
        description="What a row is for that does not say so itself: `apply` changes a device that is there and makes "
        "one that is not.",
    )
    dry_run: bool = Field(False, description="Tell what would become of each row, and keep nothing.")


class Table(Lines):
    """The rows of a table, read already."""

    rows: tuple[Any, ...]


class BulkResult(Answer):
    """What became of each row. Rows that failed left nothing."""

    dry_run: bool
    counts: dict[Status, int]
    items: list[RowResult] = Field(description="In the order in which they were given.")


def change(asked: Asked[Lines]) -> BulkResult:
    query, given = asked.query, asked.given
    rows = given.rows if isinstance(given, Table) else lines.listed(given.devices)
    allowed = egress(asked)
    desk = Desk(
        tenant_id=asked.principal.tenant_id,
        registry=registry(asked),
        egress=allowed,
        interval=asked.interval,
        seals=asked.seals,
        look=lambda places: look(asked, places, allowed),
    )
    found = bulk.run(desk, rows, query.action, dry=query.dry_run)
    return BulkResult(dry_run=query.dry_run, counts=lines.counted(found), items=found)


def table(data: bytes) -> Lines:
    """Read a table of devices; raises BadSheet."""
    return Table.model_construct(devices=[], rows=tuple(lines.table(data)))


resource = Resource(
    name="bulk",
    about="Many devices at once.",
    routes=(
        Route(
            path=f"{TENANT}/devices/bulk",
            method="POST",
            summary="Make, change and remove devices, each for itself",
            takes=Lines,
            asks=BulkQuery,
            reads={"text/csv": table},
            answer=BulkResult,
            scope=Scope.DEVICES_WRITE,
            raises=(TooMany,),
            handler=change,
        ),
    ),
)
