"""What Prometheus reads of the actors: well-formed, no label for a device or tenant, and nothing from the past."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.openmetrics import exposition as openmetrics
from prometheus_client.openmetrics.parser import text_string_to_metric_families as strict
from prometheus_client.parser import text_string_to_metric_families as families
from prometheus_client.registry import Collector
from prometheus_client.samples import Sample

from cluster import gauges
from cluster.gauges import Actors, Stream
from cluster.health import Pulse
from cluster.lookout import Seen
from db.engine import Stores
from tests.fixtures import reports

LABELS = {"actor", "le", "outcome", "state", "position", "kind", "reason"}
UNITS = re.compile(r"flotilla_[a-z]+(_[a-z]+)*\Z")


def registry(collector: Collector) -> CollectorRegistry:
    made = CollectorRegistry()
    made.register(collector)
    return made


def samples(found: Seen) -> dict[tuple[str, ...], float]:
    """Read what is exposed back with Prometheus's own parser: values by name and labels."""
    text = generate_latest(registry(Actors(lambda: found))).decode()
    every = [sample for family in families(text) for sample in family.samples]
    by_key = {key(sample): sample.value for sample in every}
    assert len(by_key) == len(every), "a sample is there twice"
    return by_key


def key(sample: Sample) -> tuple[str, ...]:
    return (sample.name, *(value for _, value in sorted(sample.labels.items())))


def test_the_figures_of_all_actors_are_exposed() -> None:
    found = samples(reports.seen())
    assert found["flotilla_actor_up", "poller-0"] == found["flotilla_actor_up", "conductor"] == 1
    assert found["flotilla_polls_total", "poller-1", "ok"] == 904
    assert found["flotilla_polls_total", "poller-1", "restated"] == 2
    assert found["flotilla_devices", "poller-0", "down"] == 2
    assert found["flotilla_devices", "poller-0", "stale"] == 0
    assert found["flotilla_breakers", "poller-0", "open"] == 2
    assert found["flotilla_partitions_held", "poller-0"] == 2048
    assert found["flotilla_partitions_assigned", "poller-1"] == 2048
    assert found["flotilla_partitions_unowned", "supervisor"] == 0
    assert found["flotilla_refused_total", "writer-0", "fenced"] == 4
    assert found["flotilla_outbox_waiting_events", "keeper-0"] == 0
    assert found["flotilla_chores_total", "keeper-0", "done"] == 3
    assert found["flotilla_notifications_total", "keeper-0", "failed"] == 1
    assert found["flotilla_actor_resident_memory_bytes", "writer-0"] == 100 * 2**20
    assert found["flotilla_actor_cpu_seconds_total", "writer-0"] == 12.5


def test_histograms_are_cumulated() -> None:
    found = samples(reports.seen())
    durations = [v for k, v in found.items() if k[:2] == ("flotilla_poll_duration_seconds_bucket", "poller-0")]
    assert durations == sorted(durations)
    assert found["flotilla_poll_duration_seconds_bucket", "poller-0", "0.01"] == 0
    assert found["flotilla_poll_duration_seconds_bucket", "poller-0", "0.025"] == 4
    assert found["flotilla_poll_duration_seconds_count", "poller-0"] == 4
    assert found["flotilla_poll_duration_seconds_sum", "poller-0"] == pytest.approx(0.08)
    assert found["flotilla_batch_events_bucket", "writer-0", "499.0"] == 1
    assert found["flotilla_batch_events_bucket", "writer-0", "+Inf"] == 2


def test_the_strict_parser_takes_it_as_well() -> None:
    text = openmetrics.generate_latest(registry(Actors(reports.seen))).decode()
    assert [family.name for family in strict(text)]


def test_no_label_names_a_device_or_a_tenant() -> None:
    every = [s for family in registry(Actors(reports.seen)).collect() for s in family.samples]
    assert {label for sample in every for label in sample.labels} == LABELS


def test_names_and_explanations_are_as_prometheus_wants_them() -> None:
    for family in registry(Actors(reports.seen)).collect():
        assert UNITS.match(family.name)
        assert len(family.documentation) > 10
        assert not re.search(r"_(ms|mb|percent)(_|\Z)", family.name)
        ends = {sample.name.endswith("_total") for sample in family.samples}
        assert ends == {family.type == "counter"}, family.name


def test_old_reports_give_no_samples_but_that_everyone_is_down() -> None:
    found = samples(reports.seen(age=timedelta(seconds=11)))
    assert {name for name, *_ in found} == {"flotilla_actor_up"}
    assert set(found.values()) == {0.0}
    assert len(found) == 1 + len(reports.crew())


def test_where_nobody_looked_yet_the_conductor_is_down() -> None:
    assert samples(Seen()) == {("flotilla_actor_up", "conductor"): 0.0}


def test_an_actor_that_does_not_answer_is_down_and_the_others_are_not() -> None:
    gone = {"name": "poller-1", "problem": "It does not answer."}
    found = samples(reports.seen(gone))
    assert found["flotilla_actor_up", "poller-1"] == 0
    assert found["flotilla_actor_up", "poller-0"] == 1
    assert ("flotilla_polls_total", "poller-1", "ok") not in found
    assert found["flotilla_partitions_assigned", "poller-1"] == 2048
    assert found["flotilla_actor_problem", "poller-1", "actor"] == 1


def test_a_problem_is_told_by_its_kind() -> None:
    found = samples(reports.seen(reports.poller(0, bus_problem="NATS is away", spool_problem="")))
    assert found["flotilla_actor_problem", "poller-0", "bus"] == 1
    assert found["flotilla_actor_problem", "poller-0", "spool"] == 0


@pytest.mark.parametrize(
    "broken",
    [
        {"poll_seconds": None},
        {"poll_seconds": {"bounds": [1], "counts": [1], "sum": 1}},
        {"poll_seconds": {"bounds": ["x"], "counts": [1, 1], "sum": 1}},
        {"states": 5, "breakers": {"open": "many"}, "in_flight": "none", "spool_bytes": None},
    ],
    ids=str,
)
def test_what_is_no_number_gives_no_sample_and_spoils_no_other(broken: dict[str, Any]) -> None:
    found = samples(reports.seen(reports.poller(0, **broken)))
    assert found["flotilla_polls_total", "poller-0", "ok"] == 904
    assert found["flotilla_poll_lateness_seconds_count", "poller-0"] == 4
    assert found["flotilla_poll_duration_seconds_count", "poller-1"] == 4


def test_of_the_stream_only_what_is_known_is_told() -> None:
    away = Stores({})
    assert list(registry(Stream(Pulse(), away)).collect()) == []


def test_every_metric_is_explained_in_the_documentation() -> None:
    text = (Path(__file__).parents[2] / "docs" / "metrics.md").read_text()
    families = registry(Actors(reports.seen)).collect()
    exposed = {f"{family.name}_total" if family.type == "counter" else family.name for family in families}
    assert exposed >= {meter.name for meter in gauges.EVERY}
    assert {name for name in exposed if f"`{name}`" not in text} == set()
