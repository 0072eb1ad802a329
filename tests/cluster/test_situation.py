"""Of all that is wrong the worst is told first, each thing once, with its next step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from api.context import Check
from cluster import health, situation
from cluster.lookout import Seen
from cluster.situation import STEPS, Found
from db.engine import Stores
from db.limits import Limits
from fleet.settings import Settings
from tests.fixtures import reports

PLACE = Path("/var/lib/flotilla")


def told(seen: Seen, checks: Sequence[Check] = (), processes: Mapping[str, int | None] | None = None) -> list[str]:
    found = Found(PLACE, True, [*checks, *situation.local(seen)], processes or {}, seen)
    return [trouble.what for trouble in situation.troubles(found)]


def failing(*names: str) -> list[Check]:
    return [Check(name, False, "refused") for name in names]


def test_where_nothing_is_wrong_nothing_is_told() -> None:
    assert told(reports.seen(), [Check("nats", True)], {"nats": 7}) == []


def test_what_others_follow_from_is_told_before_them() -> None:
    names = ["outbox", "polls", "nats", "redis", "postgres", "web"]
    assert told(reports.seen(), failing(*names)) == [
        f"{name}: refused" for name in ("web", "postgres", "nats", "polls", "redis", "outbox")
    ]


def test_there_is_a_step_for_every_check_of_the_readiness() -> None:
    checks = health.checks(Settings(), Stores({}), Limits("redis://127.0.0.1:1"), health.Pulse())
    assert checks.keys() <= STEPS.keys()


def test_a_step_names_the_log_of_this_state_directory() -> None:
    [trouble] = situation.troubles(Found(PLACE, False, failing("nats"), {}, reports.seen()))
    assert "/var/lib/flotilla/log/nats.log" in trouble.step


def test_actors_that_say_the_same_are_told_together() -> None:
    away = {"bus_problem": "NATS is away"}
    actors = [reports.poller(n, **away) for n in range(4)]
    assert told(Seen(timedelta(0), reports.crew(*actors))) == [
        "poller-0, poller-1, poller-2 and 1 more: NATS is away"
    ]


@pytest.mark.parametrize(
    ("problem", "check"), [("bus", "nats"), ("store", "postgres"), ("tenure", "redis"), ("spool", "spool")]
)
def test_what_an_actor_says_of_a_failing_check_is_not_told_again(problem: str, check: str) -> None:
    seen = reports.seen(reports.poller(0, **{f"{problem}_problem": "refused"}))
    assert len(told(seen, failing(check) if check != "spool" else ())) == 1


def test_an_actor_that_is_not_at_work_says_why_or_what_it_does() -> None:
    starting = reports.poller(0, phase="starting")
    failed = reports.writer(phase="starting", problem="Unavailable: no database")
    assert told(reports.seen(starting, failed)) == [
        "poller-0: It is starting.",
        "writer-0: Unavailable: no database",
    ]


def test_a_poller_that_is_expected_and_not_there_is_told_though_others_do_its_work() -> None:
    listed = [
        {"name": "poller-0", "node": "head", "alive": True, "partitions": 4096},
        {"name": "poller-edge-0", "node": "edge", "alive": False, "partitions": 0},
    ]
    seen = Seen(timedelta(0), {"supervisor": reports.supervisor(*listed), "poller-0": reports.poller(0)})
    assert told(seen) == ["poller-edge-0: The supervisor expects it, and it neither reports nor has a lease."]
    assert situation.summary(seen).startswith("1 poller polls 5,000 devices")


def test_while_nobody_looks_the_actors_are_not_accused() -> None:
    gone = {"name": "poller-1", "problem": "It does not answer."}
    assert told(reports.seen(gone, age=timedelta(seconds=42))) == ["Nobody has looked at the actors for 42 s."]


def test_an_ended_process_is_told_unless_a_check_says_so_already() -> None:
    processes = {"nats": None, "valkey": None, "conductor": 5, "openbao": None}
    assert told(reports.seen(), failing("nats", "redis"), processes) == [
        "nats: refused",
        "The process openbao has ended.",
        "redis: refused",
    ]


def test_a_poller_that_reports_and_is_not_listed_is_shown_too() -> None:
    seen = Seen(timedelta(0), {"poller-5": reports.poller(5)})
    [row] = situation.pollers(seen)
    assert (row.name, row.node, row.partitions, row.works) == ("poller-5", None, 2048, True)


def test_the_summary_counts_devices_and_what_is_moving() -> None:
    assert situation.summary(reports.seen(reports.supervisor(partitions_moving=1365))) == (
        "2 pollers poll 10,000 devices; all 4,096 partitions have a living owner, 1,365 are on their way to another."
    )
