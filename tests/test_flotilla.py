"""The client for programs and notebooks, against the real application."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import pandas as pd
import pytest

import flotilla
from api.resources.devices import Device
from tests.fixtures.web import Web


@pytest.fixture
def client(shared_web: Web) -> Iterator[flotilla.Client]:
    with connected(shared_web, shared_web.key(shared_web.north)) as client:
        yield client


def connected(web: Web, key: str) -> flotilla.Client:
    return flotilla.Client("http://flotilla.test", key, transport=httpx.WSGITransport(app=web.app))


def test_the_tenants_of_the_key(client: flotilla.Client) -> None:
    assert client.tenants()["slug"].tolist() == ["north"]


def test_the_devices_are_a_frame(client: flotilla.Client, shared_web: Web) -> None:
    frame = client.devices()
    assert frame.index.tolist() == [str(device.id) for device in shared_web.north.devices]
    assert frame["name"].tolist() == ["router-000", "router-001", "router-002"]
    assert isinstance(frame["state"].dtype, pd.CategoricalDtype)
    assert str(frame["created_at"].dt.tz) == "UTC"
    assert frame["heard_at"].isna().all()


def test_all_pages_are_read(client: flotilla.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flotilla, "PAGE", 2)
    assert len(client.devices()) == 3


def test_the_devices_can_be_narrowed(client: flotilla.Client) -> None:
    assert client.devices(q="router-001")["name"].tolist() == ["router-001"]
    assert client.devices(state="up")["name"].tolist() == []


def test_a_frame_has_every_column_that_the_server_tells() -> None:
    assert set(flotilla.DEVICE) == set(Device.model_fields)


def test_metrics_are_a_frame_by_time(client: flotilla.Client, shared_web: Web) -> None:
    frame = client.metrics(shared_web.north.devices[0].id, "resource", "cpu_load_ratio", last="1h", points=60)
    assert list(frame.columns) == ["min", "avg", "max", "count"]
    assert len(frame) == 60
    assert str(frame.index.dtype).endswith("UTC]")
    assert frame["avg"].iloc[0] == pytest.approx(0.1)
    assert frame["count"].sum() == 60


def test_labels_are_categories(client: flotilla.Client) -> None:
    frame = client.metrics("router-000", "interfaces", "rx_bytes_rate", last="1h")
    assert list(frame.columns) == ["interface", "min", "avg", "max", "count"]
    assert frame["interface"].cat.categories.tolist() == ["ether1", "ether2"]
    assert frame.groupby("interface", observed=True)["avg"].mean().to_dict() == {"ether1": 10.0, "ether2": 20.0}


def test_nothing_measured_is_an_empty_frame(client: flotilla.Client, shared_web: Web) -> None:
    frame = client.metrics(shared_web.north.devices[1].id, "interfaces", "rx_bytes_rate")
    assert frame.empty
    assert list(frame.columns) == ["interface", "min", "avg", "max", "count"]
    assert str(frame.index.dtype).endswith("UTC]")


def test_the_catalogue_is_a_frame(client: flotilla.Client) -> None:
    frame = client.families().set_index(["family", "field"])
    assert frame.loc[("interfaces", "rx_bytes_rate"), "unit"] == "bytes/s"


def test_a_refusal_is_told_with_its_next_step(client: flotilla.Client, shared_web: Web) -> None:
    with pytest.raises(flotilla.FlotillaError, match=r"no field 'rain'.*cpu_load_ratio") as refused:
        client.metrics(shared_web.north.devices[0].id, "resource", "rain")
    assert refused.value.code == "bad_input"
    assert refused.value.request_id


@pytest.mark.parametrize("device", [uuid4(), "router-999"])
def test_an_unknown_device_is_told(client: flotilla.Client, device: object) -> None:
    with pytest.raises(flotilla.FlotillaError) as refused:
        client.metrics(str(device), "resource", "cpu_load_ratio")
    assert refused.value.code == "not_found"


def test_a_bad_key_is_told(shared_web: Web) -> None:
    with pytest.raises(flotilla.FlotillaError) as refused:
        connected(shared_web, "flt_00000000_wrong").devices()
    assert refused.value.code == "unauthenticated"


def test_a_server_that_is_away_is_told() -> None:
    with pytest.raises(flotilla.FlotillaError, match="does not answer") as refused:
        flotilla.Client("http://127.0.0.1:1", "flt_x").tenants()
    assert refused.value.code == "unreachable"


def test_something_else_at_the_address_is_told() -> None:
    other = httpx.MockTransport(lambda request: httpx.Response(502, text="<h1>Bad gateway</h1>"))
    with pytest.raises(flotilla.FlotillaError, match="502"):
        flotilla.Client("http://flotilla.test", "flt_x", transport=other).tenants()


def test_the_key_is_not_shown(client: flotilla.Client) -> None:
    assert "flt_" not in repr(client)


def test_the_client_needs_httpx_and_pandas_only() -> None:
    tree = ast.parse(Path(flotilla.__file__).read_text())
    names = {
        (node.module or "").split(".")[0] if isinstance(node, ast.ImportFrom) else alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert names - sys.stdlib_module_names == {"httpx", "pandas"}
