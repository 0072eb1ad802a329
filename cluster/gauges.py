"""What Prometheus reads of the whole system: from the actors' reports, the stream and the ledger.

No sample names a device or a tenant; those of an actor bear its name alone. A report that is missing or old gives no
samples: the actor's ``flotilla_actor_up`` is then 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import accumulate
from typing import TypeAlias

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from api.streams.admission import Places
from bus.streams import ALERTER, WRITER
from cluster.health import Pulse
from cluster.lookout import Report, Seen, as_number, number, works
from db import ledger
from db.engine import Stores
from fleet.breaker import Position
from fleet.device import State
from fleet.errors import FleetError

MIB = 2**20
CONDUCTOR = "conductor"

Read: TypeAlias = Callable[[Report], Mapping[str, float]]
"""Finds the values in a report, by the value of the meter's label; without a label there is one at most."""


@dataclass(frozen=True, slots=True)
class Meter:
    """A metric of actors: its name (a counter's ends in ``_total``), what it says, and where a report holds it."""

    name: str
    about: str
    read: Read
    label: str = ""

    def family(self, reports: Mapping[str, Report]) -> Metric:
        """Make the samples of all actors that have any."""
        labels = ["actor", self.label] if self.label else ["actor"]
        kind = CounterMetricFamily if self.name.endswith("_total") else GaugeMetricFamily
        family = kind(self.name, self.about, labels=labels)
        for actor, report in reports.items():
            for value, measured in self.read(report).items():
                family.add_metric([actor, value][: len(labels)], measured)
        return family


@dataclass(frozen=True, slots=True)
class Spread:
    """A histogram of actors, under ``key`` in a report as ``actors.histogram`` lays it out."""

    name: str
    about: str
    key: str

    def family(self, reports: Mapping[str, Report]) -> Metric:
        """Make the histograms of all actors that have one."""
        family = HistogramMetricFamily(self.name, self.about, labels=["actor"])
        for actor, report in reports.items():
            found = report.get(self.key)
            if isinstance(found, Mapping) and (buckets := _buckets(found)):
                family.add_metric([actor], buckets, number(found, "sum"))
        return family


def one(key: str, factor: float = 1.0) -> Read:
    """Read one number of a report."""
    return lambda report: {} if (found := number(report, key)) is None else {"": factor * found}


def keys(**places: str) -> Read:
    """Read a number for each label value from a place of its own."""
    return lambda report: {
        value: found for value, key in places.items() if (found := number(report, key)) is not None
    }


def counted(key: str, *known: str) -> Read:
    """Read the counts under ``key``; known values that are not there are 0, so that their series do not vanish."""

    def read(report: Report) -> Mapping[str, float]:
        found = report.get(key)
        if not isinstance(found, Mapping):
            return {}
        return dict.fromkeys(known, 0.0) | {str(v): n for v, c in found.items() if (n := as_number(c)) is not None}

    return read


def problems(report: Report) -> Mapping[str, float]:
    """Read which problems an actor has: its own, and those that its parts name as ``bus_problem`` and the like."""
    ends = {key: key.removesuffix("problem").rstrip("_") or "actor" for key in report if key.endswith("problem")}
    return {kind: float(bool(report[key])) for key, kind in ends.items()}


POLLS = keys(
    ok="polls_ok", failed="polls_failed", restated="polls_restated", crashed="polls_crashed", missed="polls_missed"
)

EVERY = (
    Meter("flotilla_actor_problem", "1 while an actor says that something is wrong, by what", problems, "kind"),
    Meter("flotilla_actor_restarts_total", "Times that an actor began anew after an error", one("restarts")),
    Meter("flotilla_actor_cpu_seconds_total", "CPU time, user and system, of an actor's process", one("cpu_seconds")),
    Meter("flotilla_actor_resident_memory_bytes", "Memory of an actor's process", one("rss_mb", MIB)),
    Meter("flotilla_polls_total", "Polls that were due, by what became of them", POLLS, "outcome"),
    Meter("flotilla_polls_in_flight", "Polls under way", one("in_flight")),
    Meter("flotilla_inventory_kinds_total", "Kinds of a device's inventory that were read, by what became of them",
          keys(told="inventory_told", same="inventory_same"), "outcome"),
    Spread("flotilla_poll_duration_seconds", "Time of a poll that was answered", "poll_seconds"),
    Spread("flotilla_poll_lateness_seconds", "How long after its time a poll began", "lateness_seconds"),
    Meter("flotilla_devices", "Devices of a poller, by state", counted("states", *State, "unknown"), "state"),
    Meter("flotilla_breakers", "Breakers, by position: one that is not closed holds polls back",
          counted("breakers", *Position), "position"),
    Meter("flotilla_partitions_held", "Partitions that a poller says it polls", one("partitions")),
    Meter("flotilla_partitions_wanted", "Partitions that a poller is to give to another", one("partitions_wanted")),
    Meter("flotilla_lease_left_seconds", "Time until a poller's lease runs out unless it is renewed",
          one("lease_left_seconds")),
    Meter("flotilla_publish_events_total", "Events of a poller that the stream took", one("events_published")),
    Meter("flotilla_publish_refused_events_total", "Events that NATS refused for good", one("events_refused")),
    Meter("flotilla_publish_waiting_events", "Events that wait for room in the window", one("events_waiting")),
    Meter("flotilla_publish_under_way_events", "Events sent and not acknowledged: the window",
          one("events_under_way")),
    Meter("flotilla_publish_dropped_events_total", "Events given up for lack of room, the oldest metrics first",
          keys(metrics="metrics_dropped", others="others_dropped"), "kind"),
    Meter("flotilla_spool_events", "Events on disk until NATS takes them", one("spool_events")),
    Meter("flotilla_spool_bytes", "What the spool takes on disk", one("spool_bytes")),
    Spread("flotilla_batch_events", "Events in a batch that was stored", "batch_events"),
    Spread("flotilla_batch_duration_seconds", "Time until a batch was committed", "batch_seconds"),
    Meter("flotilla_writer_events_total", "Events that a writer stored and acknowledged", one("events")),
    Meter("flotilla_rows_stored_total", "Rows of metrics that a writer stored", one("rows")),
    Meter("flotilla_rows_duplicate_total", "Rows that were there already and stayed as they were", one("duplicates")),
    Meter("flotilla_refused_total", "Events, rows and values that were not stored, by reason", counted("refused"),
          "reason"),
    Meter("flotilla_events_redelivered_total", "Events that came to a writer once more", one("redelivered")),
    Meter("flotilla_events_dead_total", "Events that a writer put among the dead letters", one("dead")),
    Meter("flotilla_partitions_unowned", "Partitions without an owner that lives", one("partitions_unowned")),
    Meter("flotilla_partitions_moving", "Partitions on their way from one poller to another",
          one("partitions_moving")),
    Meter("flotilla_assignment_version", "Version of the assignment: it grows with every change", one("version")),
    Meter("flotilla_assignment_takes_total", "Times that the supervisor gave partitions to a poller", one("takes")),
    Meter("flotilla_assignment_wants_total", "Times that it asked an owner for partitions", one("wants")),
    Meter("flotilla_outbox_waiting_events", "Committed events that are not published yet", one("outbox_waiting")),
    Meter("flotilla_outbox_published_events_total", "Events published from the outbox", one("outbox_published")),
    Meter("flotilla_chores_total", "Chores of the timekeeper, by outcome",
          keys(done="chores_done", failed="chores_failed"), "outcome"),
    Meter("flotilla_notifications_total", "Attempts to tell of alerts, by outcome",
          keys(sent="notifications_sent", failed="notifications_failed"), "outcome"),
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Actors(Collector):
    """The metrics of all actors. ``look`` reads their reports when Prometheus asks."""

    look: Callable[[], Seen]

    def describe(self) -> Iterator[Metric]:
        return iter(())

    def collect(self) -> Iterator[Metric]:
        seen = self.look()
        yield _up(seen)
        reports = seen.actors if seen.fresh else {}
        yield _assigned(seen)
        for meter in EVERY:
            yield meter.family(reports)


LAGS = (
    (WRITER, "flotilla_consumer_lag_events", "writer has acknowledged"),
    (ALERTER, "flotilla_alerter_lag_events", "alerter has judged"),
)


@dataclass(frozen=True, slots=True, eq=False)
class Stream(Collector):
    """The metrics of the stream and of what is stored of it; what cannot be read is left out."""

    pulse: Pulse
    stores: Stores

    def describe(self) -> Iterator[Metric]:
        return iter(())

    def collect(self) -> Iterator[Metric]:
        if self.pulse.fresh():
            published, dead = self.pulse.published, self.pulse.dead
            for durable, name, about in LAGS:
                yield GaugeMetricFamily(name, f"Events no {about}", self.pulse.lags.get(durable.name, 0))
            yield CounterMetricFamily("flotilla_events_published_total", "Events the stream ever took", published)
            yield CounterMetricFamily("flotilla_dead_letters_total", "Events ever put among the dead letters", dead)
        with suppress(FleetError):
            stored = sum(ledger.counts(self.stores).values())
            yield CounterMetricFamily("flotilla_events_stored_total", "Events whose storing is committed", stored)


@dataclass(frozen=True, slots=True)
class Open(Collector):
    """How many streams of events are open in this process."""

    places: Places

    def describe(self) -> Iterator[Metric]:
        return iter(())

    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily("flotilla_web_streams", "Streams of events that are open", self.places.taken)


def _up(seen: Seen) -> Metric:
    about = "1 while an actor does its work; 0 too where nobody has seen it for 10 s"
    family = GaugeMetricFamily("flotilla_actor_up", about, labels=["actor"])
    family.add_metric([CONDUCTOR], float(seen.fresh))
    for actor, report in seen.actors.items():
        family.add_metric([actor], float(seen.fresh and works(report)))
    return family


def _assigned(seen: Seen) -> Metric:
    """Lay out the supervisor's view, in which a poller that died still has what nobody has taken over."""
    about = "Partitions that the assignment gives to a poller, whether it lives or not"
    family = GaugeMetricFamily("flotilla_partitions_assigned", about, labels=["actor"])
    for name, poller in (seen.assigned() if seen.fresh else {}).items():
        if (partitions := number(poller, "partitions")) is not None:
            family.add_metric([name], partitions)
    return family


def _buckets(found: Report) -> list[tuple[str, float]]:
    """Cumulate the counts as Prometheus wants them; empty where the report is none of a histogram."""
    bounds, counts = found.get("bounds"), found.get("counts")
    if not isinstance(bounds, list) or not isinstance(counts, list) or len(counts) != len(bounds) + 1:
        return []
    numbers = [n for value in (*bounds, *counts) if (n := as_number(value)) is not None]
    if len(numbers) != len(bounds) + len(counts):
        return []
    ends = [*map(floatToGoString, numbers[: len(bounds)]), "+Inf"]
    return list(zip(ends, accumulate(numbers[len(bounds) :]), strict=True))
