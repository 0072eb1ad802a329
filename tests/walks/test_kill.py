"""Whatever is killed, the demo notices, says so, goes on by itself, and nothing is lost or double."""

from __future__ import annotations

import os
import signal

import pytest

from cluster import report
from fleet.errors import FleetError
from tests.fixtures.demo import Running, until

SERVERS = ("postgres", "nats", "valkey", "openbao", "web", "conductor", "ray", "simulator")
ACTORS = ("poller-0", "writer-0", "supervisor", "keeper")
WITHIN = 300.0
"""A comeback takes ten seconds, but for a machine that has much else to do; `make chaos` measures it."""

pytestmark = pytest.mark.timeout(600)


def pid_of(running: Running, name: str) -> int | None:
    if name in ACTORS:
        pid = running.demo.assembly.conductor.actors().get(name, {}).get("pid")
        return int(pid) if pid else None
    return next(s.pid for s in running.demo.assembly.servers if s.name == name)


def stored(running: Running) -> int:
    try:
        return report.stored(running.demo.stores)
    except FleetError:
        return -1


def flowing(running: Running, more_than: int) -> int | None:
    """Tell how many events are stored, once they are more than before."""
    now = stored(running)
    return now if now > more_than else None


@pytest.mark.parametrize("name", [*SERVERS, *ACTORS])
def test_a_killed_part_is_noticed_and_comes_back(mortal: Running, name: str) -> None:
    until(lambda: flowing(mortal, 0), "events flow before the kill")
    victim = until(lambda: pid_of(mortal, name), f"{name} runs")
    said_before = len(mortal.said)
    os.kill(victim, signal.SIGKILL)

    def back() -> bool | None:
        said = mortal.said[said_before:]
        return any(line.startswith(f"{name} is back") for line in said) or None

    until(back, f"{name} is back", WITHIN)
    assert any(line.startswith(f"{name} died") for line in mortal.said[said_before:])
    after = max(0, stored(mortal))
    until(lambda: flowing(mortal, after + 20), "events flow again", WITHIN)


def test_the_counts_agree_after_all_that(mortal: Running) -> None:
    mortal.stop.set()
    done = mortal.demo.finish()
    assert done.events_stored == done.events_published > 0
    assert done.duplicate_rows == 0
    assert done.flowed
