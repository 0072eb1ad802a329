"""What the address of the explorer asks: words that fit count, others do not, and no answer is unbounded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from dashboard import explore
from dashboard.explore import NAMED, Asked, Band, Pick, Shape
from dashboard.state import words
from db.aggregates import Aggregate
from db.ranges import Range
from fleet.errors import BadInput
from routeros import collectors

FAMILIES = collectors.families()
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR, WEEK = (Range(NOON - span, NOON) for span in (timedelta(hours=1), timedelta(days=7)))


def asked(**said: str) -> Asked:
    return explore.read({name.rstrip("_"): word for name, word in said.items()}, FAMILIES)


def test_nothing_said_is_the_load_of_each_devices_cpu() -> None:
    usual = asked()
    assert (usual.metric, usual.aggregate, usual.by, usual.pick) == (
        explore.METRIC,
        Aggregate.AVG,
        ("device",),
        Pick.ALL,
    )
    assert (usual.shape, usual.band, usual.compare, usual.limit) == (Shape.LINE, Band.PERCENTILES, "", 10)


@pytest.mark.parametrize("metric", ["", "resource", "resource.", "nothing.at_all", "resource.cpu_load_ratio.x"])
def test_a_metric_that_is_none_is_refused(metric: str) -> None:
    with pytest.raises(BadInput):
        asked(metric=metric)


def test_words_that_do_not_fit_are_left_out() -> None:
    strange = asked(
        agg="rate", by="interface,colour", as_="cube", band="p1", of="moon", in_="x", compare="age", top="7"
    )
    assert strange == asked()
    assert asked(metric="routing.routes", where="protocol:bgp").where == ("protocol", "bgp")
    assert asked(metric="interfaces.link", where="ether1").where == ("interface", "ether1")
    assert asked(where="ether1").where is None
    assert asked(metric="routing.routes", where="protocol:").where is None


def test_a_band_and_a_top_are_of_groups() -> None:
    assert asked(by="none").by == ()
    assert asked(by="none", as_="band").by == asked(by="none", as_="top").by == ("device",)


def test_eight_devices_can_be_named() -> None:
    ids = [uuid4() for _ in range(NAMED + 1)]
    found = asked(of="devices", in_=",".join(["no id", *map(str, ids[:1]), *map(str, ids)]))
    assert found.devices == ids[:NAMED]
    assert found.limit is None
    assert words(f"?in={','.join(map(str, found.devices))}")["in"].endswith(str(ids[NAMED - 1]))


@pytest.mark.parametrize("shape", Shape)
@pytest.mark.parametrize("compare", ["", "week"])
@pytest.mark.parametrize("devices", [0, 1, 40, 10_000])
def test_a_page_has_its_bounds(shape: Shape, compare: str, devices: int) -> None:
    question = asked(as_=shape, compare=compare, top="100" if shape in explore.USUAL else "")
    points = question.points(WEEK, devices, MINUTE)
    groups = question.limit or devices
    assert 1 <= points <= explore.FINEST
    assert points * groups * (2 if compare else 1) <= 100_000
    if shape in (Shape.LINE, Shape.HEATMAP, Shape.TOP):
        assert points * groups * (2 if compare and shape is not Shape.HEATMAP else 1) <= 40_000


def test_a_step_of_many_holds_two_polls_of_each() -> None:
    assert asked().points(HOUR, 40, MINUTE) == 300
    assert asked(by="none").points(HOUR, 40, MINUTE) == 30
    assert asked(metric="interfaces.rx_bytes_total").points(HOUR, 40, MINUTE) == 30
    assert asked(as_="heatmap").points(HOUR, 40, timedelta(seconds=10)) == 160
    assert asked(by="none").points(HOUR, 40, timedelta(hours=1)) == 2


def test_links_change_words_and_keep_the_others() -> None:
    said = {"from": "now-6h", "metric": "resource.uptime_seconds", "as": "band"}
    assert explore.link(said, **{"as": "", "in": "A & B"}) == "?from=now-6h&metric=resource.uptime_seconds&in=A+%26+B"
