"""Availability and the 95th percentile over REST."""

from __future__ import annotations

import pytest

from tests.fixtures.web import Web


def test_availability_tells_every_device(shared_web: Web) -> None:
    items = shared_web.get("~/metrics/availability?from=now-1h", shared_web.north).get_json()["items"]
    assert [item["device_id"] for item in items] == [str(device.id) for device in shared_web.north.devices]
    assert [(item["answered"], item["expected"], item["ratio"]) for item in items] == [
        (60, 60, 1),
        (0, 60, 0),
        (0, 60, 0),
    ]


def test_bursts_tell_every_instance(shared_web: Web) -> None:
    query = "family=interfaces&field=rx_bytes_total&from=now-1h"
    answer = shared_web.get(f"~/metrics/bursts?{query}", shared_web.north).get_json()
    assert answer["unit"] == "bytes/s"
    assert [(item["labels"]["interface"], item["rate"], item["buckets"]) for item in answer["items"]] == [
        ("ether1", 10.0, 12),
        ("ether2", 20.0, 12),
    ]


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("availability?from=2027-01-01&to=2027-01-02", "before now"),
        ("availability?from=now&to=now-1h", "before"),
        ("bursts?family=weather&field=rain", "interfaces"),
        ("bursts?family=resource&field=cpu_load_ratio", "none in this family"),
        ("bursts?family=interfaces&field=link", "rx_bytes_total"),
    ],
)
def test_what_cannot_be_asked_says_what_can(shared_web: Web, query: str, told: str) -> None:
    answer = shared_web.get(f"~/metrics/{query}", shared_web.north)
    assert answer.status_code == 422
    assert told in answer.get_json()["next_step"]
