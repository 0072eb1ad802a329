"""Questions about metrics of many devices, held against a slow and plain computation of the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from bus import subjects
from db import aggregates, metric_tables, partials, queries
from db.aggregates import ALLOWED, QUANTILES, Aggregate
from db.answers import Answer
from db.operations import Author
from db.partials import Role
from db.queries import MetricQuery
from db.ranges import Range
from db.registry import Registry
from db.series import Loader, Past
from db.sites import Sites
from db.tenancy import tenant_session
from fleet.amendment import Amendment
from fleet.belonging import NO_SITE, NO_TAG, Words
from fleet.errors import BadInput
from fleet.families import Column
from fleet.resolutions import Resolution
from fleet.retention import Mode
from tests.fixtures import rolled
from tests.fixtures.database import Database, Tenant, seed
from tests.fixtures.metrics import FAMILIES

pytestmark = pytest.mark.modes(*Mode)

INTERFACES = FAMILIES["interfaces"]
NOW = datetime(2026, 3, 12, 15, 2, 40, tzinfo=UTC)
HOURS_KEPT, BOTH_KEPT, ALL_KEPT = (datetime(2026, 3, day, 12, tzinfo=UTC) for day in (10, 11, 12))
"""Three afternoons: of the first only hours are left, of the second the five minutes too, of the third everything."""
AFTERNOON = timedelta(hours=3, minutes=2)
MODELS = ("RB5009", "RB5009", "hAP")
SITES = ("Oslo", "Oslo", NO_SITE)
TAGS: tuple[tuple[str, ...], ...] = (("core", "edge"), ("core",), (NO_TAG,))
MEASURED = (Role.GAUGE, Role.RATE, Role.INCREASE)
"""What a roll-up keeps sum and count of; of counts and states it keeps the last."""
FIELDS = ("rx_bytes_rate", "rx_bytes_increase", "rx_bytes_total", "link")


@dataclass(frozen=True, slots=True)
class Measured:
    labels: tuple[str, ...]
    values: Mapping[str, np.ndarray]


@dataclass(frozen=True, slots=True)
class Store:
    """A tenant's store, with another's in the same tables, and all raw rows there ever were."""

    database: Database
    tenant: Tenant
    rows: pd.DataFrame

    def session(self) -> AbstractContextManager[Session]:
        return tenant_session(self.database.stores, self.tenant.principal)

    def ask(self, query: MetricQuery) -> Answer:
        with self.session() as session:
            return queries.ask(session, query, FAMILIES, NOW)


@pytest.fixture(scope="module")
def store(shared_database: Database) -> Store:
    north, south = (seed(shared_database.stores, name, 3) for name in ("north", "south"))
    for number, tenant in enumerate((north, south)):
        for place, device in enumerate(tenant.devices):
            for afternoon in (HOURS_KEPT, BOTH_KEPT, ALL_KEPT):
                _measure(shared_database, (tenant, device.id), afternoon, 100 * number + place)
    rows = rolled.raw(shared_database, INTERFACES)
    rolled.roll(shared_database, INTERFACES)
    for resolution, day in ((Resolution.RAW, HOURS_KEPT), (Resolution.RAW, BOTH_KEPT),
                            (Resolution.FIVE_MINUTES, HOURS_KEPT)):  # fmt: skip
        rolled.forget(shared_database, INTERFACES, resolution, day)
    with psycopg.connect(shared_database.admin_url) as admin:
        for device, model in zip(north.devices, MODELS, strict=True):
            admin.execute("UPDATE device_state SET model = %s WHERE device_id = %s", (model, device.id))
        admin.execute("ANALYZE")
    _place(shared_database, north)
    _place(shared_database, south)
    shared_database.settle()
    return Store(shared_database, north, rows[rows["tenant_id"] == north.id])


def _place(database: Database, tenant: Tenant) -> None:
    """Put devices at sites and give them tags."""
    author = Author("ada", NOW)
    with tenant_session(database.stores, tenant.principal) as session:
        Sites(session, author, tenant.id).add("Oslo")
        for device, site, tags in zip(tenant.devices, SITES, TAGS, strict=True):
            words = Words.exactly(tag for tag in tags if tag != NO_TAG)
            wish = Amendment(site=site.removeprefix(NO_SITE), tags=words)
            Registry(session, author, subjects.of).change(tenant.id, device.id, wish)


def _measure(database: Database, whose: tuple[Tenant, Any], start: datetime, number: int) -> None:
    """Store an afternoon of a device's two interfaces: polls with gaps, a reset, values that were not told."""
    tenant, device_id = whose
    random = np.random.default_rng([number, start.day])
    polls = np.cumsum(random.choice([7.0, 20.0, 61.0, 400.0], 400, p=[0.2, 0.4, 0.35, 0.05]))
    polls = polls[polls < AFTERNOON.total_seconds()]
    past = Past(tenant.id, device_id, np.round(start.timestamp() + polls, 3))
    made = []
    for name in ("ether1", "wlan1"):
        counts = np.cumsum(random.integers(0, 10**7, len(polls)))
        counts[len(polls) // 2 :] -= counts[len(polls) // 2]
        told = np.where(random.random(len(polls)) < 0.05, -1, counts)
        link = random.integers(0, 3, len(polls))
        made.append(Measured((name,), {"rx_bytes_total": told, "link": link}))
    with Loader(database.url("flotilla_ingest"), FAMILIES) as loader:
        loader.copy("interfaces", past, made)


instants = st.builds(
    lambda afternoon, seconds: afternoon + timedelta(seconds=seconds),
    st.sampled_from([HOURS_KEPT, BOTH_KEPT, ALL_KEPT]),
    st.integers(0, int(AFTERNOON.total_seconds()) - 60),
)


@st.composite
def questions(draw: st.DrawFn) -> MetricQuery:
    start = draw(instants)
    end = min(start + timedelta(seconds=draw(st.integers(60, 60 * 3600))), NOW)
    field = draw(st.sampled_from(FIELDS))
    allowed = ALLOWED[partials.role(INTERFACES, INTERFACES.column(field))]
    aggregate = draw(st.sampled_from(allowed))
    by: tuple[str, ...] = draw(st.permutations(["device", "interface", "model", "site", "tag"]).map(tuple))
    by = by[: draw(st.integers(0, 3))]
    if aggregate is Aggregate.LAST:
        by = ("device", "interface")
    labels = draw(st.sampled_from([{}, {"interface": "wlan1"}]))
    sites, tags = draw(st.sampled_from([None, ["Oslo"]])), draw(st.sampled_from([None, ["edge"], ["core", "edge"]]))
    return MetricQuery("interfaces", field, Range(start, end), aggregate, by, sites=sites, tags=tags,
                       points=draw(st.sampled_from([1, 2, 7, 60, 300, 2000])), labels=labels)  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(questions())
def test_an_answer_is_what_a_plain_computation_finds(store: Store, query: MetricQuery) -> None:
    answer = store.ask(query)
    assert answer.read.start <= query.range.start
    assert answer.read.end >= query.range.end
    expected = dict(_plain(store, query, answer))
    found = {(tuple(line.group.values()), p.time): p for line in answer.lines for p in line.points}
    assert list(found) == sorted(found)
    assert found.keys() == expected.keys()
    exact = answer.read.resolution is Resolution.RAW or partials.role(INTERFACES, _shown(query, answer)) in MEASURED
    for key, point in found.items():
        value, low, mean, high, count = expected[key]
        assert point.value == _near(value) or (answer.aggregate is Aggregate.COUNT and not exact), key
        assert point.min in (None, _near(low)) or not exact, key
        assert (point.avg, point.max, point.count) == (_near(mean), _near(high), count) or not exact, key


def _shown(query: MetricQuery, answer: Answer) -> Column:
    return aggregates.columns(INTERFACES, INTERFACES.column(query.field), answer.aggregate)[0]


def _near(value: float) -> Any:
    """As near as the ``real`` of a roll-up is."""
    return pytest.approx(value, rel=2e-6)


def _plain(store: Store, query: MetricQuery, answer: Answer) -> Iterator[tuple[Any, tuple[float, ...]]]:
    """Compute an answer from all raw rows with pandas."""
    column = INTERFACES.column(query.field)
    shown, increase = aggregates.columns(INTERFACES, column, answer.aggregate)
    rows = store.rows[(store.rows["time"] >= answer.read.start) & (store.rows["time"] < answer.read.end)]
    rows = rows.assign(
        shown=pd.to_numeric(rows[shown.name]),
        amount=pd.to_numeric(rows[(increase or shown).name]),
        model=_of_devices(store, rows, MODELS),
        site=_of_devices(store, rows, SITES),
        tags=_of_devices(store, rows, TAGS),
        device=rows["device_id"].map(str),
    )
    rows = rows[rows["site"].isin(query.sites or set(SITES))]
    if query.tags is not None:
        rows = rows[[bool(set(tags) & set(query.tags)) for tags in rows["tags"]]]
    rows = rows.explode("tags").rename(columns={"tags": "tag"}) if "tag" in query.by else rows
    rows = rows[rows["shown"].notna()]
    for name, word in query.labels.items():
        rows = rows[rows[name] == word]
    origin = min((p.time for line in answer.lines for p in line.points), default=NOW)
    rows = rows.assign(step=(rows["time"] - origin) // answer.step)
    for key, group in rows.groupby([*query.by, "step"]):
        at = origin + key[-1] * answer.step
        value = _reduced(group, answer, at)
        low, mean, high = group["shown"].min(), group["shown"].mean(), group["shown"].max()
        yield (tuple(key[:-1]), at), (value, low, mean, high, len(group))


def _of_devices(store: Store, rows: pd.DataFrame, facts: Sequence[Any]) -> Any:
    return rows["device_id"].map({d.id: fact for d, fact in zip(store.tenant.devices, facts, strict=True)})


def _reduced(group: pd.DataFrame, answer: Answer, at: datetime) -> float:
    aggregate, bucket = answer.aggregate, answer.read.resolution.span
    if aggregate in QUANTILES or aggregate is Aggregate.LAST:
        single = group.set_index("time")["shown"]
        if answer.read.basis != "samples":
            floored = group["time"].dt.floor(bucket)
            single = group.groupby(["device", "interface", floored])["shown"].mean()
        return float(single.quantile(QUANTILES[aggregate]) if aggregate in QUANTILES else single.iloc[-1])
    if aggregate is Aggregate.SUM:
        growing = answer.unit == "bytes"
        each = group.groupby(["device", "interface"])
        return float(group["amount"].sum() if growing else each["shown"].mean().sum())
    if aggregate is Aggregate.RATE:
        span = min(at + answer.step, answer.read.end) - max(at, answer.read.start)
        return float(group["amount"].sum() / span.total_seconds())
    return float({"avg": group["shown"].mean, "min": group["shown"].min, "max": group["shown"].max,
                  "count": group["shown"].count}[aggregate]())  # fmt: skip


def question(**changes: Any) -> MetricQuery:
    base = MetricQuery("interfaces", "rx_bytes_rate", Range(ALL_KEPT, ALL_KEPT + timedelta(hours=2)))
    return replace(base, **changes)


def test_what_was_read_is_told(store: Store) -> None:
    def read(start: datetime, **more: Any) -> tuple[str, str]:
        answer = store.ask(question(range=Range(start, start + timedelta(hours=2)), **more))
        return str(answer.read.resolution), answer.read.basis

    assert read(ALL_KEPT, aggregate="p95") == ("raw", "samples")
    assert read(BOTH_KEPT, aggregate="p95") == ("5m", "5m averages")
    assert read(HOURS_KEPT, aggregate="last") == ("1h", "1h averages")
    assert read(BOTH_KEPT, aggregate="max") == ("5m", "samples")
    assert read(BOTH_KEPT, field="link", aggregate="last") == ("5m", "samples")


def test_the_top_is_the_greatest_over_the_whole_range(store: Store) -> None:
    everyone = store.ask(question(by=("device", "interface"), points=1))
    ranked = sorted(everyone.lines, key=lambda line: -(line.points[0].value or 0))
    for points in (1, 20):
        top = store.ask(question(by=("device", "interface"), points=points, top=2))
        assert [line.group for line in top.lines] == [line.group for line in ranked[:2]]
        words = top.lines[0].group
        assert top.lines[0].title == f"{_name(store, words['device'])} · {words['interface']}"
    every = store.ask(question(by=("device", "interface"), points=20))
    same = next(line for line in every.lines if line.group == top.lines[0].group)
    assert [(p.time, p.count, p.value) for p in top.lines[0].points] == [
        (p.time, p.count, pytest.approx(p.value)) for p in same.points
    ]


def _name(store: Store, device_id: str) -> str:
    return next(device.name for device in store.tenant.devices if str(device.id) == device_id)


def test_a_device_with_two_tags_counts_in_both_groups_and_one_without_in_a_group_of_its_own(store: Store) -> None:
    def counts(**changes: Any) -> dict[str, int]:
        answer = store.ask(question(aggregate="count", points=1, **changes))
        assert all(
            line.title == " · ".join(line.group.values()) or "device" in changes["by"] for line in answer.lines
        )
        return {" ".join(line.group.values()): line.points[0].count for line in answer.lines}

    each = counts(by=("device",))
    first, second, third = (each[str(device.id)] for device in store.tenant.devices)
    assert counts(by=("tag",)) == {NO_TAG: third, "core": first + second, "edge": first}
    assert counts(by=("site",)) == {NO_SITE: third, "Oslo": first + second}
    assert counts(by=("site", "tag"), sites=["Oslo"]) == {"Oslo core": first + second, "Oslo edge": first}
    assert counts(by=("tag",), tags=["edge"]) == {"core": first, "edge": first}
    top = store.ask(question(aggregate="count", by=("tag",), top=1, points=4))
    assert [line.title for line in top.lines] == ["core"]


def test_an_earlier_range_lies_under_the_present_one(store: Store) -> None:
    answer = store.ask(question(by=("model",), points=24, compare=timedelta(days=1)))
    before = Range(BOTH_KEPT, BOTH_KEPT + timedelta(hours=2))
    alone = store.ask(question(by=("model",), step=answer.step, range=before))
    assert answer.earlier is not None
    assert (answer.earlier.resolution, answer.step) == (Resolution.FIVE_MINUTES, timedelta(minutes=5))
    for line, expected in zip(answer.lines, alone.lines, strict=True):
        assert line.group == expected.group
        assert [replace(p, time=p.time - timedelta(days=1)) for p in line.earlier] == expected.points
        assert line.points


def test_another_tenant_finds_nothing_of_it(store: Store, shared_database: Database) -> None:
    other = seed(shared_database.stores, "empty", 1)
    foreign = [device.id for device in store.tenant.devices]
    with tenant_session(shared_database.stores, other.principal) as session:
        for devices in (None, foreign):
            for start in (HOURS_KEPT, BOTH_KEPT, ALL_KEPT):
                asked = question(range=Range(start, start + timedelta(hours=2)), devices=devices, by=("device",))
                assert queries.ask(session, asked, FAMILIES, NOW).lines == []


def test_a_device_that_is_silent_leaves_a_gap(store: Store) -> None:
    silent = Range(ALL_KEPT - timedelta(hours=2), ALL_KEPT + timedelta(hours=1))
    answer = store.ask(question(range=silent, step=timedelta(minutes=1)))
    assert answer.lines[0].points[0].time >= ALL_KEPT
    assert len(answer.lines[0].points) <= 60


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"family": "weather"}, "interfaces"),
        ({"field": "mood"}, "rx_bytes_rate"),
        ({"aggregate": "median"}, "avg, min, max, p50, p95, p99, sum, last, count"),
        ({"aggregate": "rate"}, "avg, min"),
        ({"field": "rx_bytes_total", "aggregate": "avg"}, "rate, sum, last, count"),
        ({"field": "link", "aggregate": "p95"}, "last, min, max, count"),
        ({"by": ("mood",)}, "device, site, tag, model, version, interface"),
        ({"by": ("model", "model")}, "once"),
        ({"sites": ["Bergen"]}, "Oslo"),
        ({"tags": ["core", "cor"]}, "core, edge"),
        ({"labels": {"mood": "good"}}, "interface"),
        ({"range": Range(NOW, NOW + timedelta(hours=1))}, "before now"),
        ({"step": timedelta(milliseconds=1)}, "1s to"),
        ({"step": timedelta(seconds=1)}, "4s or longer"),
        ({"points": 2001}, "2 to 2000"),
        ({"top": 0, "by": ("device",)}, "1 to 1000"),
        ({"top": 3}, "group by"),
        ({"compare": timedelta(0)}, "7d"),
        ({"compare": timedelta(days=10_000)}, "400d"),
        (
            {"range": Range(BOTH_KEPT, BOTH_KEPT + timedelta(hours=1)), "step": timedelta(minutes=1)},
            "5m or a multiple",
        ),
    ],
)
def test_bad_questions_are_told_what_would_do(store: Store, change: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput) as error:
        store.ask(question(**change))
    assert said in str(error.value)


def test_the_devices_of_a_tenant_are_found_by_the_index(store: Store) -> None:
    view = metric_tables.view_name(INTERFACES)
    with store.session() as session:
        session.connection().exec_driver_sql("SET LOCAL enable_seqscan = off")
        found = session.connection().exec_driver_sql(
            f"EXPLAIN SELECT max(rx_bytes_rate) FROM {view} WHERE device_id = ANY (ARRAY(SELECT id FROM devices))"
        )
        assert any("Index Cond" in line and "device_id" in line for (line,) in found)
