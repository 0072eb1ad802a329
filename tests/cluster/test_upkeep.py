"""Whether every partition has a living owner, the spools hold and the outbox empties."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from cluster import upkeep
from cluster.lookout import Seen
from db.notifysend import Backlog as Notices
from db.outbox import Backlog
from fleet.clock import FakeClock
from fleet.errors import Unavailable
from tests.fixtures import reports


def listed(name: str, partitions: int, *, alive: bool = True) -> dict[str, Any]:
    return {"name": name, "node": "head", "alive": alive, "partitions": partitions}


def refusal(check: Callable[[], str]) -> str:
    with pytest.raises(Unavailable) as refused:
        check()
    return refused.value.message


def test_every_partition_has_a_living_owner() -> None:
    assert upkeep.partitions(reports.seen()) == "4,096 partitions on 2 pollers"


def test_partitions_on_their_way_are_stated() -> None:
    moving = reports.seen(reports.supervisor(partitions_moving=1365))
    assert upkeep.partitions(moving) == "4,096 partitions on 2 pollers, 1,365 on their way"


def test_the_share_of_a_dead_poller_is_named() -> None:
    half = reports.supervisor(listed("poller-0", 2048), listed("poller-1", 2048, alive=False))
    said = refusal(lambda: upkeep.partitions(reports.seen(half)))
    assert said == "2,048 of 4,096 partitions (50 %) have no living owner, of poller-1."


def test_partitions_that_nobody_has_are_missed() -> None:
    some = reports.supervisor(listed("poller-0", 2048), listed("poller-1", 2047))
    said = refusal(lambda: upkeep.partitions(reports.seen(some)))
    assert said == "1 of 4,096 partitions (under 1 %) have no living owner."


def test_without_a_supervisor_nobody_can_say() -> None:
    dead = {"name": "supervisor", "problem": "It does not answer."}
    assert "supervisor" in refusal(lambda: upkeep.partitions(reports.seen(dead)))


@pytest.mark.parametrize("check", [upkeep.partitions, upkeep.spool])
def test_old_reports_prove_nothing(check: Callable[[Seen], str]) -> None:
    assert "for 42 s" in refusal(lambda: check(reports.seen(age=timedelta(seconds=42))))
    assert "yet" in refusal(lambda: check(Seen()))


def test_an_empty_spool_is_well() -> None:
    assert upkeep.spool(reports.seen()) == "nothing waits on disk"


def test_spooling_while_nats_is_away_is_stated_and_is_what_a_spool_is_for() -> None:
    away = [reports.poller(n, spool_events=6000, spool_bytes=3 * 2**20, bus_problem="away") for n in range(2)]
    assert upkeep.spool(reports.seen(*away)) == "12,000 events (6.0 MiB) wait on disk for NATS"


def test_a_full_spool_that_loses_events_is_not_well() -> None:
    full = reports.poller(0, spool_events=6000, spool_bytes=2**28, metrics_dropped=70, others_dropped=1)
    assert refusal(lambda: upkeep.spool(reports.seen(full))).startswith("71 events were dropped")


def test_what_was_lost_in_the_past_is_stated_and_does_not_alarm_for_ever() -> None:
    past = reports.poller(0, metrics_dropped=70)
    assert upkeep.spool(reports.seen(past)).endswith("70 events were dropped since the pollers began")


def test_a_broken_spool_is_not_well() -> None:
    broken = reports.poller(1, spool_problem="No space left on device")
    assert refusal(lambda: upkeep.spool(reports.seen(broken))) == "poller-1: No space left on device"


def test_an_empty_outbox_is_well() -> None:
    assert upkeep.outbox(Backlog(0, None), FakeClock()) == "nothing waits"


def test_the_outbox_may_keep_events_for_half_a_minute() -> None:
    clock = FakeClock()
    backlog = Backlog(3, clock.now())
    clock.advance(timedelta(seconds=30))
    assert upkeep.outbox(backlog, clock) == "3 events wait, the oldest for 30 s"
    clock.advance(timedelta(seconds=1))
    assert refusal(lambda: upkeep.outbox(backlog, clock)) == "3 events wait, the oldest for 31 s."


def test_a_wait_is_measured_on_the_wall() -> None:
    class Fast(FakeClock):
        """Stands still, and counts as one that runs sixty times as fast."""

        def real(self, span: timedelta) -> float:
            return span.total_seconds() / 60

    fast = Fast()
    assert "for 20 s" in upkeep.outbox(Backlog(1, fast.now() - timedelta(minutes=20)), fast)


@pytest.mark.parametrize(
    ("count", "said"), [(0, "0 %"), (1, "under 1 %"), (2048, "50 %"), (4095, "99 %"), (4096, "100 %")]
)
def test_a_share_is_never_rounded_to_none_or_all(count: int, said: str) -> None:
    assert upkeep.share(count) == said


def test_a_notification_may_wait_two_minutes_for_its_first_attempt() -> None:
    clock = FakeClock()
    assert upkeep.notifications(Notices(0, None, 0), clock) == "nothing is due"
    notices = Notices(3, clock.now(), 2)
    clock.advance(timedelta(minutes=2))
    assert upkeep.notifications(notices, clock) == "3 notifications are due; 2 were given up in the last day"
    clock.advance(timedelta(seconds=1))
    assert "one for 121 s without an attempt" in refusal(lambda: upkeep.notifications(notices, clock))
