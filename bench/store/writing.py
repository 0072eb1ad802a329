"""Storing: CPU of client and server by value, beside rows by ``executemany``, by COPY as text, and narrow rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import numpy as np

from bench import rounds
from bench.store.ground import START, Connection, Ground, backend_cpu, copy, prepare, rows
from db import binary
from db.binary import Block
from fleet.families import Family
from routeros import collectors

DEVICES, INTERFACES = 500, 6
BATCHES = 8
VALUES = DEVICES * INTERFACES * len(collectors.families()["interfaces"].columns)

NARROW = """
    CREATE TABLE narrow (time timestamptz NOT NULL, tenant_id uuid NOT NULL, device_id uuid NOT NULL,
        label text NOT NULL, metric smallint NOT NULL, value double precision,
        UNIQUE (device_id, metric, label, time));
    GRANT INSERT ON narrow TO flotilla_ingest
"""


def measure(ground: Ground, count: int) -> dict[str, Any]:
    """Store the same number of rows each way, in turn."""
    family = collectors.families()["interfaces"]
    with ground.writer() as connection, ground.admin() as admin:
        prepare(connection, START - timedelta(days=1), 1)
        admin.execute(NARROW)
        clock = _Clock(ground, family)
        spent = rounds.interleaved(
            {
                "ours": lambda: partial(copy, connection, family, clock.next()),
                "executemany": lambda: partial(_executemany, connection, family, clock.plain()),
                "copy_text": lambda: partial(_copy_text, connection, family, clock.plain()),
            },
            count,
        )
        wide = [_server(connection, partial(copy, connection, family), clock) for _ in range(count)]
        narrow = [_server(connection, partial(_narrow, connection), clock) for _ in range(count)]
        admin.execute("DROP TABLE narrow")
    return {
        "ratios": {
            "ingest_vs_executemany": rounds.ratio(spent["executemany"], spent["ours"]),
            "ingest_vs_copy_text": rounds.ratio(spent["copy_text"], spent["ours"]),
            "server_vs_narrow": rounds.ratio(narrow, wide),
        },
        "us_a_value": {name: rounds.spread([1e6 * s / VALUES for s in each]) for name, each in spent.items()},
    }


class _Clock:
    """Rows of the next minute, so that none is there already."""

    def __init__(self, ground: Ground, family: Family) -> None:
        self._ground, self._family, self._minute = ground, family, 0

    def next(self) -> Block:
        self._minute += 1
        at = START - timedelta(days=1) + timedelta(minutes=self._minute)
        return rows(self._family, at, np.arange(DEVICES), INTERFACES, self._ground.tenants)

    def plain(self) -> list[tuple[object, ...]]:
        """The same as Python's values, as a program has them that does not work on whole columns."""
        block = self.next()
        times = [START.fromtimestamp(at / 1e6, START.tzinfo) for at in block.times.tolist()]
        ids = [[UUID(bytes=bytes(one)) for one in each.tolist()] for each in (block.tenants, block.devices)]
        labels = [[word.decode() for word in column.tolist()] for column in block.labels]
        columns = [column.tolist() for column in block.columns]
        return list(zip(times, *ids, *labels, *columns, strict=True))


def _names(family: Family) -> list[str]:
    return ["time", "tenant_id", "device_id", *family.labels, *family.names]


def _executemany(connection: Connection, family: Family, values: list[tuple[object, ...]]) -> None:
    names = _names(family)
    statement = f"INSERT INTO {family.table} ({', '.join(names)}) VALUES ({', '.join(['%s'] * len(names))})"  # noqa: S608
    with connection.transaction(), connection.cursor() as cursor:
        cursor.executemany(statement, values)


def _copy_text(connection: Connection, family: Family, values: list[tuple[object, ...]]) -> None:
    statement = f"COPY {family.table} ({', '.join(_names(family))}) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(statement) as into:
        for row in values:
            into.write_row(row)


def _narrow(connection: Connection, block: Block) -> None:
    """Store each value as a row, by the same binary COPY, so that only the server's work differs."""
    wide = len(block.columns)
    count = len(block.times) * wide
    kind = np.dtype([("fields", ">i2"), *_fields([("time", ">i8"), ("tenant", "V16"), ("device", "V16"),
                     ("label", "S6"), ("metric", ">i2"), ("value", ">f8")])])  # fmt: skip
    laid = np.zeros(count, kind)
    laid["fields"] = 6
    given = {
        "time": np.repeat(block.times - binary.EPOCH, wide),
        "tenant": np.repeat(block.tenants, wide),
        "device": np.repeat(block.devices, wide),
        "label": np.repeat(block.labels[0], wide),
        "metric": np.tile(np.arange(wide), len(block.times)),
        "value": np.stack([column.astype("f8") for column in block.columns], axis=1).ravel(),
    }
    for name, values in given.items():
        laid[name] = values
        laid[f"{name} length"] = kind[name].itemsize
    with connection.cursor() as cursor, cursor.copy("COPY narrow FROM STDIN (FORMAT binary)") as into:
        into.write(binary.HEADER + laid.tobytes() + binary.TRAILER)


def _fields(parts: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [pair for name, kind in parts for pair in ((f"{name} length", ">i4"), (name, kind))]


def _server(connection: Connection, store: Callable[[Block], None], clock: _Clock) -> float:
    """Tell the server's CPU seconds for some batches; the kernel counts in hundredths, so one would be too few."""
    blocks = [clock.next() for _ in range(BATCHES)]
    before = backend_cpu(connection.info.backend_pid)
    for block in blocks:
        store(block)
    return backend_cpu(connection.info.backend_pid) - before
