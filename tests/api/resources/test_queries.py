"""Questions about many devices over REST."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.fixtures.web import Web, home

COUNTED = {"family": "interfaces", "field": "rx_bytes_total", "from": "now-1h"}


def ask(web: Web, **body: Any) -> TestResponse:
    client = web.client(web.key(web.north))
    return client.post(f"{home(web.north)}/metrics/query", json={**COUNTED, **body})


def test_the_top_of_an_hour_is_named_and_ranked(shared_web: Web) -> None:
    answer = ask(shared_web, by=["device", "interface"], points=1, top=5).get_json()
    assert [(line["title"], line["group"]["interface"]) for line in answer["lines"]] == [
        ("router-000 · ether2", "ether2"),
        ("router-000 · ether1", "ether1"),
    ]
    (point,) = answer["lines"][0]["points"]
    assert (answer["aggregate"], answer["unit"], point["value"], point["count"]) == (
        "rate",
        "bytes/s",
        1200 * 59 / 3600,
        59,
    )
    assert answer["read"] == {
        "from": "2026-01-05T11:00:00Z",
        "to": "2026-01-05T12:00:00Z",
        "resolution": "raw",
        "basis": "samples",
    }


def test_without_groups_all_is_one_line(shared_web: Web) -> None:
    answer = ask(shared_web, field="rx_bytes_rate", aggregate="sum", step="10m").get_json()
    (line,) = answer["lines"]
    assert (line["group"], answer["step_seconds"]) == ({}, 600)
    assert {point["value"] for point in line["points"]} == {30.0}


def test_a_label_and_a_device_narrow_it(shared_web: Web) -> None:
    devices = [str(shared_web.north.devices[0].id), str(shared_web.south.devices[0].id)]
    answer = ask(shared_web, where={"interface": "ether1"}, by=["device"], devices=devices, points=1).get_json()
    assert [line["group"]["device"] for line in answer["lines"]] == devices[:1]
    assert ask(shared_web, devices=devices[1:]).get_json()["lines"] == []


def test_an_earlier_range_is_beside_it(shared_web: Web) -> None:
    answer = ask(shared_web, compare="30m", points=60, **{"from": "now-30m"}).get_json()
    (line,) = answer["lines"]
    assert answer["earlier"]["from"] == "2026-01-05T11:00:00Z"
    assert line["earlier"][1]["time"] == "2026-01-05T11:32:00Z"
    assert [point["value"] for point in line["earlier"]] == [point["value"] for point in line["points"][1:]]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"family": "weather"}, "resource"),
        ({"field": "rain"}, "rx_bytes_total"),
        ({"aggregate": "median"}, "rate, sum, last, count"),
        ({"by": ["mood"]}, "device, site, tag, model, version, interface"),
        ({"where": {"mood": "good"}}, "interface"),
        ({"from": "now", "to": "now-1h"}, "before"),
        ({"from": "2027-01-01", "to": "2027-01-02"}, "before now"),
        ({"step": "1s"}, "2s or longer"),
        ({"compare": "999999w"}, "400d"),
        ({"top": 3}, "group by"),
    ],
)
def test_what_cannot_be_asked_says_what_can(shared_web: Web, change: dict[str, Any], told: str) -> None:
    answer = ask(shared_web, **change)
    assert answer.status_code == 422
    assert told in answer.get_json()["next_step"]


@pytest.mark.parametrize(
    "change", [{"points": 0}, {"points": 2001}, {"top": 0}, {"step": "0s"}, {"step": "soon"}, {"compare": "-1d"}]
)
def test_a_malformed_member_is_named(shared_web: Web, change: dict[str, Any]) -> None:
    answer = ask(shared_web, **change)
    assert answer.status_code == 422
    assert [fault["name"] for fault in answer.get_json()["errors"]] == list(change)


def test_a_word_with_a_nul_is_refused(shared_web: Web) -> None:
    assert ask(shared_web, where={"interface": "a\x00b"}).status_code == 422
