"""Metrics in bulk: what comes is whole, the tenant's own, and ends with its reader."""

from __future__ import annotations

import io
import json
from collections.abc import Callable

import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import ipc, parquet
from werkzeug.test import TestResponse

from api.context import DOWNLOADS
from tests.fixtures.web import Web

WANTED = "family=interfaces&fields=rx_bytes_rate,rx_bytes_total,link&from=now-1h"


def export(web: Web, query: str = WANTED) -> TestResponse:
    return web.get(f"~/metrics/export?{query}", web.north)


READERS: dict[str, Callable[[bytes], pd.DataFrame]] = {
    "arrow": lambda data: ipc.open_stream(io.BytesIO(data)).read_pandas(),
    "parquet": lambda data: parquet.read_table(io.BytesIO(data)).to_pandas(),
    "csv": lambda data: pd.read_csv(io.BytesIO(data), parse_dates=["time"]),
}


@pytest.mark.parametrize("form", READERS)
def test_a_file_has_every_row(shared_web: Web, form: str) -> None:
    answer = export(shared_web, f"{WANTED}&format={form}")
    frame = READERS[form](answer.data)
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="interfaces-20260105T110000Z-')
    assert len(frame) == 120
    assert frame["time"].is_monotonic_increasing
    assert str(frame["time"].dt.tz) == "UTC"
    assert set(frame["device"]) == {str(shared_web.north.devices[0].id)}
    assert frame.groupby("interface", observed=True)["rx_bytes_rate"].mean().to_dict() == {
        "ether1": 10.0,
        "ether2": 20.0,
    }
    assert frame["rx_bytes_rate"].isna().sum() == 2
    assert frame["link"].isna().all()


def test_the_schema_tells_what_it_was_read_from(shared_web: Web) -> None:
    schema = ipc.open_stream(io.BytesIO(export(shared_web, f"{WANTED}&step=5m").data)).schema
    assert json.loads(schema.metadata[b"flotilla"]) == {
        "family": "interfaces",
        "from": "2026-01-05T11:00:00+00:00",
        "to": "2026-01-05T12:00:00+00:00",
        "step_seconds": 300.0,
        "resolution": "raw",
        "units": {"rx_bytes_rate": "bytes/s", "rx_bytes_total": "bytes", "link": ""},
    }
    assert schema.field("time").type == pa.timestamp("us", tz="UTC")
    assert schema.field("device").type == pa.dictionary(pa.int32(), pa.string())


def test_a_foreign_device_has_no_rows(shared_web: Web) -> None:
    foreign = export(shared_web, f"{WANTED}&devices={shared_web.south.devices[0].id}")
    assert foreign.status_code == 200
    assert len(READERS["arrow"](foreign.data)) == 0


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("family=weather&fields=a", "resource"),
        ("family=resource&fields=mood", "cpu_load_ratio"),
        ("family=resource&fields=cpu_load_ratio,cpu_load_ratio", "once"),
        ("family=resource&fields=cpu_load_ratio&from=now&to=now-1h", "before"),
        ("family=resource&fields=cpu_load_ratio&from=2027-01-01&to=2027-01-02", "before now"),
        ("family=resource&fields=cpu_load_ratio&from=now-500d", "400 days"),
    ],
)
def test_what_cannot_be_asked_says_what_can(shared_web: Web, query: str, told: str) -> None:
    answer = export(shared_web, query)
    assert answer.status_code == 422
    assert told in answer.get_json()["next_step"]


@pytest.mark.parametrize(
    ("change", "name"),
    [("format=xlsx", "format"), ("step=0s", "step"), ("devices=router-1", "devices"), ("x=1", "x")],
)
def test_a_malformed_parameter_is_named(shared_web: Web, change: str, name: str) -> None:
    answer = export(shared_web, f"{WANTED}&{change}")
    assert answer.status_code == 422
    assert [fault["name"] for fault in answer.get_json()["errors"]] == [name]


def test_no_more_downloads_than_threads_can_bear(shared_web: Web) -> None:
    slots = shared_web.context.downloads
    for _ in range(DOWNLOADS):
        assert slots.acquire(blocking=False)
    assert export(shared_web).status_code == 429
    for _ in range(DOWNLOADS):
        slots.release()
    for _ in range(DOWNLOADS + 1):
        assert export(shared_web).status_code == 200
        assert export(shared_web, "family=weather&fields=a").status_code == 422
