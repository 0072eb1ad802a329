"""The client for programs and notebooks, against the real application."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import pandas as pd
import pytest

import flotilla
from api.devices import Device
from db.frames import Metrics
from db.ranges import Range
from tests.fixtures.web import NOW, Web, home


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


def test_a_frame_is_in_the_order_of_time_with_honest_types(client: flotilla.Client, shared_web: Web) -> None:
    frame = client.frame("interfaces", ["rx_bytes_rate", "rx_bytes_total", "link"], last="1h")
    assert frame.dtypes.astype(str).to_dict() == {
        "device": "category",
        "interface": "category",
        "rx_bytes_rate": "float64",
        "rx_bytes_total": "Int64",
        "link": "category",
    }
    assert str(frame.index.dtype) == "datetime64[us, UTC]"
    assert frame.index.name == "time"
    assert frame.index.is_monotonic_increasing
    assert (len(frame), int(frame["rx_bytes_total"].max())) == (120, 1200 * 59)
    assert frame["link"].cat.categories.tolist() == ["down", "up", "disabled"]
    assert frame.attrs["units"]["rx_bytes_rate"] == "bytes/s"


def test_a_frame_is_what_is_read_inside(client: flotilla.Client, shared_web: Web) -> None:
    fields, step = ["rx_bytes_rate", "rx_bytes_increase", "rx_bytes_total"], timedelta(minutes=10)
    context = shared_web.context
    inside = Metrics(context.stores, shared_web.north.principal, context.families, context.clock)
    pd.testing.assert_frame_equal(
        client.frame("interfaces", fields, "router-000", (NOW - timedelta(hours=1), NOW), step="10min"),
        inside.frame("interfaces", fields, Range(NOW - timedelta(hours=1), NOW), step=step),
    )


def test_devices_are_named_as_one_likes(client: flotilla.Client, shared_web: Web) -> None:
    first, second, _ = shared_web.north.devices
    for devices in ("router-000", first.id, [str(first.id)], [first.id, "router-001"]):
        assert len(client.frame("resource", "cpu_load_ratio", devices, last="1h")) == 60
    empty = client.frame("interfaces", "rx_bytes_rate", second.id)
    assert list(empty.columns) == ["device", "interface", "rx_bytes_rate"]
    assert str(empty.index.dtype) == "datetime64[us, UTC]"


def test_a_long_read_draws_a_bar(shared_web: Web, capsys: pytest.CaptureFixture[str]) -> None:
    transport = httpx.WSGITransport(app=shared_web.app)
    key = shared_web.key(shared_web.north)
    for progress in (True, None):
        client = flotilla.Client("http://flotilla.test", key, progress=progress, transport=transport)
        client.frame("resource", "cpu_load_ratio", last="1h")
        assert ("rows" in capsys.readouterr().err) is bool(progress)


def test_an_answer_that_breaks_off_is_told(shared_web: Web) -> None:
    whole = shared_web.get("~/metrics/export?family=resource&fields=cpu_load_ratio", shared_web.north).data
    tenants = httpx.Response(200, json={"items": [{"id": "t"}]})
    cut = httpx.MockTransport(
        lambda request: tenants if request.url.path == "/api/tenants" else httpx.Response(200, content=whole[:-20])
    )
    with pytest.raises(flotilla.FlotillaError, match="broke off"):
        flotilla.Client("http://flotilla.test", "flt_x", transport=cut).frame("resource", "cpu_load_ratio")


def test_an_answer_may_come_in_small_pieces(shared_web: Web) -> None:
    whole = shared_web.get("~/metrics/export?family=resource&fields=cpu_load_ratio", shared_web.north).data
    tenants = httpx.Response(200, json={"items": [{"id": "t"}]})

    def answer(request: httpx.Request) -> httpx.Response:
        pieces = (whole[place : place + 7] for place in range(0, len(whole), 7))
        return tenants if request.url.path == "/api/tenants" else httpx.Response(200, content=pieces)

    client = flotilla.Client("http://flotilla.test", "flt_x", transport=httpx.MockTransport(answer))
    assert len(client.frame("resource", "cpu_load_ratio")) == 60


def test_a_question_is_a_frame(client: flotilla.Client) -> None:
    frame = client.query("interfaces", "rx_bytes_rate", by=["device", "interface"], last="1h", points=1, top=1)
    assert frame[["title", "period", "value", "count"]].to_numpy().tolist() == [
        ["router-000 · ether2", "points", 20.0, 59]
    ]
    assert frame.attrs["unit"] == "bytes/s"
    both = client.query("interfaces", "rx_bytes_rate", last="30m", compare="30m", step="10m")
    assert both.groupby("period", observed=True)["value"].mean().to_dict() == {"earlier": 15.0, "points": 15.0}
    nothing = client.query("interfaces", "rx_bytes_rate", by=["model"], last="1h", where={"interface": "none"})
    assert nothing.empty
    assert list(nothing.columns) == ["model", "title", "period", "value", "min", "avg", "max", "count"]


def test_devices_frames_and_questions_keep_to_a_site_and_a_tag(web: Web) -> None:
    client, place = connected(web, web.key(web.north)), f"{home(web.north)}/devices/{web.north.devices[0].id}"
    site = web.place(web.north)
    web.client(web.key(web.north)).patch(place, json={"site": str(site), "tags": ["core", "edge"]})
    here = client.devices(site=str(site), tag="core")
    assert here[["name", "site_id"]].to_numpy().tolist() == [["router-000", str(site)]]
    assert here["tags"].tolist() == [["core", "edge"]]
    name = here["site"].iloc[0]
    assert len(client.frame("resource", "cpu_load_ratio", last="1h", site=name, tag="edge")) == 60
    assert client.frame("resource", "cpu_load_ratio", "router-001", last="1h", site=name).empty
    both = client.query("resource", "cpu_load_ratio", "count", by=["site", "tag"], last="1h", points=1, tags=["core"])
    assert both[["site", "tag", "value"]].to_numpy().tolist() == [[name, "core", 60.0], [name, "edge", 60.0]]
    with pytest.raises(flotilla.FlotillaError, match="no site 'Olso'"):
        client.frame("resource", "cpu_load_ratio", site="Olso")


def test_the_client_needs_httpx_pandas_and_pyarrow_only() -> None:
    tree = ast.parse(Path(flotilla.__file__).read_text())
    names = {
        (node.module or "").split(".")[0] if isinstance(node, ast.ImportFrom) else alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert names - sys.stdlib_module_names == {"httpx", "pandas", "pyarrow"}
