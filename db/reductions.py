"""How rows become a roll-up: one statement a family and resolution, from the finer table to the coarser."""

from __future__ import annotations

from collections.abc import Iterator

from db import metric_tables
from fleet import resolutions
from fleet.families import Family, Storage
from fleet.resolutions import ROWS, Part, Reduction, Resolution

LEAST, MOST = 1e-37, 1e37
"""What a ``real`` can hold, with some room: nearer to nothing is nothing, and farther from it no measurement."""

_LARGEST = 2**63 - 1


def statement(family: Family, resolution: Resolution) -> str:
    """Write what computes the buckets from ``start`` to ``end`` and stores those that have changed.

    Rows are never changed and never taken away one by one. So a stored bucket is right as long as it has all rows,
    and where it has fewer it is replaced.
    """
    table = metric_tables.table_name(family, resolution)
    key = ", ".join(("device_id", "time", *family.labels))
    values = [ROWS, *(part.name for part in resolutions.parts(family))]
    replaced = ", ".join(f"{name} = excluded.{name}" for name in values)
    return (
        f"INSERT INTO {table} AS r ({', '.join(metric_tables.names(family, resolution))}) "
        f"{_computed(family, resolution)} "
        f"ON CONFLICT ({key}) DO UPDATE SET {replaced} WHERE r.{ROWS} <> excluded.{ROWS}"
    )


def _computed(family: Family, resolution: Resolution) -> str:
    seconds = int(resolution.span.total_seconds())
    bucket = f"date_bin('{seconds} seconds', time, 'epoch')"
    keys = ("tenant_id", "device_id", *family.labels)
    places = ", ".join(str(place) for place in range(1, len(keys) + 2))
    fine = resolution is Resolution.FIVE_MINUTES
    parts = [_of_raw(part) if fine else _of_parts(part) for part in resolutions.parts(family)]
    rows = "CAST(count(*) AS integer)" if fine else f"CAST(sum({ROWS}) AS integer)"
    source = _sane(family) if fine else metric_tables.table_name(family, Resolution.FIVE_MINUTES)
    within = "" if fine else " WHERE time >= %(start)s AND time < %(end)s"
    return (
        f"SELECT {', '.join((bucket, *keys, rows, *parts))} "  # noqa: S608
        f"FROM {source} AS f{within} GROUP BY {places}"
    )


def _sane(family: Family) -> str:
    """Write the raw rows with what is no number, or none that a roll-up holds, left out.

    OFFSET keeps the planner from writing the condition into each of the aggregates.
    """
    columns = ", ".join(("time", "tenant_id", "device_id", *family.labels, *_values(family)))
    return f"(SELECT {columns} FROM {family.table} WHERE time >= %(start)s AND time < %(end)s OFFSET 0)"  # noqa: S608


def _values(family: Family) -> Iterator[str]:
    for column in family.columns:
        c = column.name
        if column.storage is Storage.DOUBLE:
            yield f"CASE WHEN abs({c}) < {LEAST} THEN 0 WHEN abs({c}) <= {MOST} THEN {c} END AS {c}"
        else:
            yield c


def _of_raw(part: Part) -> str:
    c = part.column.name
    if part.reduction is Reduction.COUNT:
        return f"CAST(NULLIF(count({c}), count(*)) AS {part.type})"
    return _reduced(part, c)


def _of_parts(part: Part) -> str:
    if part.reduction is Reduction.COUNT:
        return f"CAST(NULLIF(sum(coalesce({part.name}, {ROWS})), sum({ROWS})) AS {part.type})"
    return _reduced(part, part.name)


def _reduced(part: Part, c: str) -> str:
    """Reduce a column; ``any_value`` gives the first that is not NULL of rows that come newest first."""
    if part.reduction is Reduction.LAST:
        return f"any_value({c} ORDER BY time DESC)"
    if part.reduction is Reduction.SUM and part.type == "bigint":
        return f"CAST(CASE WHEN sum({c}) > {_LARGEST} THEN {_LARGEST} ELSE sum({c}) END AS bigint)"
    return f"CAST({part.reduction}({c}) AS {part.type})"
