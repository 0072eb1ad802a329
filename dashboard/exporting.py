"""The fleet's list as a file: the devices that the filters let in, in their order, with some of the columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import pyarrow as pa

from api.exports import FORMATS
from dashboard import roster
from dashboard.roster import Entry

OFFERED: Final = ("csv", "parquet")
INSTANT: Final = pa.timestamp("ms", "UTC")

Read = Callable[[Entry, datetime], Any]

FIELDS: Final[Mapping[str, Sequence[tuple[str, pa.DataType, Read]]]] = {
    "state": [("state", pa.string(), lambda entry, _: entry.state.value)],
    "name": [
        ("id", pa.string(), lambda entry, _: str(entry.row.id)),
        ("name", pa.string(), lambda entry, _: entry.row.name),
    ],
    "identity": [("identity", pa.string(), lambda entry, _: entry.row.identity)],
    "address": [
        ("address", pa.string(), lambda entry, _: entry.row.endpoint.address),
        ("port", pa.int32(), lambda entry, _: entry.row.endpoint.port),
        ("tls", pa.string(), lambda entry, _: entry.row.endpoint.tls.value),
    ],
    "site": [("site", pa.string(), lambda entry, _: entry.row.site)],
    "tags": [("tags", pa.string(), lambda entry, _: ",".join(entry.row.tags))],
    "model": [("model", pa.string(), lambda entry, _: entry.row.model)],
    "version": [("version", pa.string(), lambda entry, _: entry.row.version)],
    "cpu": [("cpu_load_ratio", pa.float64(), lambda entry, _: entry.cpu)],
    "uptime": [("uptime_seconds", pa.float64(), lambda entry, _: entry.row.uptime_seconds)],
    "heard": [("heard_at", INSTANT, lambda entry, _: entry.row.heard_at)],
    "since": [("since", INSTANT, lambda entry, _: entry.row.since)],
    "took": [("poll_seconds", pa.float64(), lambda entry, _: entry.row.duration_seconds)],
    "every": [("interval_seconds", pa.float64(), lambda entry, _: entry.row.interval.total_seconds())],
    "serial": [("serial", pa.string(), lambda entry, _: entry.row.serial)],
    "problem": [("problem", pa.string(), lambda entry, now: roster.problem(entry.row, entry.state, now) or None)],
}
"""What a file has of each column of the grid, in base units, and how it is read."""


def file(kind: str, entries: Sequence[Entry], columns: Sequence[str], now: datetime) -> tuple[str, bytes]:
    """Write a file and tell its name; without any column that is known it has all of them."""
    chosen = FORMATS[kind]
    fields = [field for name in columns if name in FIELDS for field in FIELDS[name]]
    fields = fields or [field for some in FIELDS.values() for field in some]
    data = [pa.array([read(entry, now) for entry in entries], type=kind_of) for _, kind_of, read in fields]
    table = pa.Table.from_arrays(data, names=[name for name, _, _ in fields])
    return f"fleet-{now:%Y%m%dT%H%M%SZ}.{chosen.ending}", b"".join(chosen.encode(table.schema, table.to_batches()))
