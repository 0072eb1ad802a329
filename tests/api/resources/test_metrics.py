"""The catalogue, and a field over time, over REST."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from werkzeug.test import TestResponse

from tests.fixtures.web import Web


def ask(web: Web, **query: Any) -> TestResponse:
    wanted = {"family": "resource", "field": "cpu_load_ratio", "from": "now-1h", "points": 60, **query}
    text = "&".join(f"{name}={value}" for name, value in wanted.items() if value is not None)
    return web.get(f"~/devices/{web.north.devices[0].id}/metrics?{text}", web.north)


def test_the_catalogue_tells_every_column_that_can_be_asked_for(shared_web: Web) -> None:
    items = {
        item["name"]: item for item in shared_web.get("~/metrics/families", shared_web.north).get_json()["items"]
    }
    assert {"resource", "interfaces", "health", "wireless"} <= set(items)
    fields = {field["name"]: field for field in items["interfaces"]["fields"]}
    assert items["interfaces"]["labels"] == ["interface"]
    assert [fields[n]["kind"] for n in ("rx_bytes_total", "rx_bytes_increase", "rx_bytes_rate")] == [
        "counter",
        "increase",
        "rate",
    ]
    assert fields["link"]["states"] == ["down", "up", "disabled"]


def test_a_field_over_time_has_its_points(shared_web: Web) -> None:
    answer = ask(shared_web).get_json()
    (line,) = answer["lines"]
    assert (answer["unit"], answer["from"], answer["to"]) == ("ratio", "2026-01-05T11:00:00Z", "2026-01-05T12:00:00Z")
    assert len(line["points"]) == 60
    assert line["labels"] == {}
    assert line["points"][0] == {
        "time": "2026-01-05T11:00:00Z",
        "min": 0.1,
        "avg": 0.1,
        "max": 0.1,
        "count": 1,
    }


def test_fewer_points_keep_the_spikes(shared_web: Web) -> None:
    (line,) = ask(shared_web, points=2).get_json()["lines"]
    assert [(p["min"], p["max"], p["count"]) for p in line["points"]] == [(0.1, 0.39, 30), (0.4, 0.69, 30)]


def test_every_instance_is_a_line(shared_web: Web) -> None:
    lines = ask(shared_web, family="interfaces", field="rx_bytes_rate").get_json()["lines"]
    rates = {line["labels"]["interface"]: {p["avg"] for p in line["points"]} for line in lines}
    assert rates == {"ether1": {10.0}, "ether2": {20.0}}


def test_where_nothing_was_measured_there_is_no_point(shared_web: Web) -> None:
    assert ask(shared_web, **{"from": "now-3h", "to": "now-2h"}).get_json()["lines"] == []


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({"family": "weather"}, "resource"),
        ({"field": "rain"}, "cpu_load_ratio"),
        ({"from": "now", "to": "now-1h"}, "before"),
        ({"from": "now-9w", "to": "now-500d"}, "before"),
        ({"from": "0001-01-01"}, "400 days"),
    ],
)
def test_what_cannot_be_asked_says_what_can(shared_web: Web, query: dict[str, str], told: str) -> None:
    answer = ask(shared_web, **query)
    assert answer.status_code == 422
    assert told in answer.get_json()["next_step"]


@pytest.mark.parametrize("query", [{"family": None}, {"points": 1}, {"points": 2001}, {"from": "yesterday"}])
def test_a_malformed_parameter_is_named(shared_web: Web, query: dict[str, Any]) -> None:
    answer = ask(shared_web, **query)
    assert answer.status_code == 422
    assert [fault["name"] for fault in answer.get_json()["errors"]] == list(query)


def test_a_device_that_is_not_there_has_no_metrics(shared_web: Web) -> None:
    path = "~/devices/{}/metrics?family=weather&field=rain"
    assert shared_web.get(path.format(uuid4()), shared_web.north).status_code == 404
