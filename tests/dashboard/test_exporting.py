"""The fleet's list as a file."""

from __future__ import annotations

import io

import pyarrow as pa
import pytest
from pyarrow import csv, parquet

from dashboard import exporting
from tests.dashboard.test_roster import NOW, of, row

ENTRIES = of(row(1, tags=("core", "lab"), site="Wien, Mitte"), row(2, model=None), router_1=0.42).entries


def read(kind: str, data: bytes) -> pa.Table:
    return parquet.read_table(io.BytesIO(data)) if kind == "parquet" else csv.read_csv(io.BytesIO(data))


@pytest.mark.parametrize("kind", exporting.OFFERED)
def test_a_file_has_the_columns_that_are_shown_in_base_units(kind: str) -> None:
    name, data = exporting.file(kind, ENTRIES, ["name", "cpu", "pick", "tags", "site"], NOW)
    assert name == f"fleet-20260105T120000Z.{kind}"
    table = read(kind, data).to_pydict()
    assert list(table) == ["id", "name", "cpu_load_ratio", "tags", "site"]
    assert table["name"] == ["router-1", "router-2"]
    assert table["cpu_load_ratio"] == [0.42, None]
    assert (table["tags"][0], table["site"][0]) == ("core,lab", "Wien, Mitte")


@pytest.mark.parametrize("kind", exporting.OFFERED)
def test_a_file_of_nothing_has_all_columns(kind: str) -> None:
    table = read(kind, exporting.file(kind, [], [], NOW)[1])
    assert table.num_rows == 0
    assert table.column_names == [name for some in exporting.FIELDS.values() for name, _, _ in some]


def test_instants_are_instants() -> None:
    table = read("parquet", exporting.file("parquet", ENTRIES, ["heard"], NOW)[1])
    assert table.schema.field("heard_at").type == pa.timestamp("ms", "UTC")
