"""Simple queues: pairs of up and down, limits in either spelling."""

from __future__ import annotations

import pytest

from routeros.collectors import queues
from routeros.words import Row

QUEUE: Row = {
    "name": "queue1",
    "bytes": "100/900",
    "packets": "1/7",
    "dropped": "0/3",
    "queued-bytes": "0/1500",
    "rate": "1200/9600",
    "max-limit": "20M/50M",
}


def test_a_queue_has_two_directions() -> None:
    reading = queues.read([[QUEUE]])
    (sample,) = reading.samples
    assert sample.labels == ("queue1",)
    assert sample.values == {
        "upload_bytes_total": 100,
        "download_bytes_total": 900,
        "upload_packets_total": 1,
        "download_packets_total": 7,
        "upload_drops_total": 0,
        "download_drops_total": 3,
        "upload_queued_bytes": 0,
        "download_queued_bytes": 1500,
        "upload_rate_bps": 1200,
        "download_rate_bps": 9600,
        "upload_limit_bps": 20_000_000,
        "download_limit_bps": 50_000_000,
    }


@pytest.mark.parametrize(
    ("limit", "read"), [("0/0", (None, None)), ("10000000/0", (10_000_000, None)), ("512k/1G", (512_000, 10**9))]
)
def test_a_limit_of_nothing_is_none(limit: str, read: tuple[int | None, int | None]) -> None:
    (sample,) = queues.read([[QUEUE | {"max-limit": limit}]]).samples
    assert (sample.values["upload_limit_bps"], sample.values["download_limit_bps"]) == read


def test_what_is_no_pair_costs_itself() -> None:
    (sample,) = (reading := queues.read([[QUEUE | {"bytes": "nan/inf", "rate": "7"}, {"bytes": "1/1"}]])).samples
    assert sample.values["upload_bytes_total"] is sample.values["download_rate_bps"] is None
    assert sample.values["download_packets_total"] == 7
    assert reading.problems == ("bytes: 'nan' is no whole number", "rate: '7' is no pair")
