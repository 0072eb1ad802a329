"""``flotilla status`` says first what is wrong and what to do, and shows the rest below."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cluster.__main__ import app
from cluster.servers.state import State
from tests.fixtures import reports

Run = Callable[..., Result]
YEAR_2020, YEAR_2100 = 1_577_836_800.0, 4_102_444_800.0
"""Reports of the future are new, however long a test takes."""

WELL = """\
ALL WELL 2 pollers poll 10,000 devices; all 4,096 partitions have a living owner.

poller    node  process  partitions  devices  lease       epoch  late (p99)  polls
poller-0  head  100      2,048       5,000    4.2 s left  40     3 ms        904 ok, 3 failed
poller-1  head  101      2,048       5,000    4.2 s left  41     3 ms        904 ok, 3 failed

backlog
spool         nothing waits on disk
outbox        nothing waits
dead letters  no new ones

part        process  figures
supervisor  300      version 41
writer-0    200      events 620 · rows 12,400 · rows per second 1,240 · duplicates 0 · dead 0
keeper-0    400      outbox published 9 · chores done 3 · chores failed 0

check
partitions  works  4,096 partitions on 2 pollers
spool       works  nothing waits on disk

 (process PID)
"""

HALF = """\
NOT WELL 2,048 of 4,096 partitions (50 %) have no living owner, of poller-1.
      → Living pollers take them over within 10 s. If this stays, the supervisor's log says why: LOGS
    and poller-1: It does not answer: it is starting again, or it hangs.
      → Ray starts it again within seconds. If this stays, read its log: LOGS
    and poller-0, writer-0: NATS is away
      → Read its log: LOGS

poller    node    process  partitions       devices  lease       epoch  late (p99)  polls
poller-0  head    100      2,048, 12 leave  5,000    4.2 s left  40     3 ms        904 ok, 3 failed
poller-1  edge-1  gone     2,048            –        –           –      –           does not poll

backlog
spool         1,200 events (3.0 MiB) wait on disk for NATS
outbox        7 events wait for the relay
dead letters  3 since the writers began; `flotilla dlq list` shows them

part        process  figures
supervisor  300      version 41
writer-0    200      events 620 · rows 12,400 · rows per second 1,240 · duplicates 0 · dead 3 · NATS is away
keeper-0    400      outbox published 9 · chores done 3 · chores failed 0

check
partitions  does not  2,048 of 4,096 partitions (50 %) have no living owner, of poller-1.
spool       works     1,200 events (3.0 MiB) wait on disk for NATS

 (process PID)
"""


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    """A state directory that this process holds, as a running Flotilla does."""
    with State(tmp_path / "state") as held:
        yield held.path


@pytest.fixture
def run(place: Path) -> Run:
    """Write reports, ask for the status, and give the answer."""

    def ask(*words: str, actors: Mapping[str, Any] | None = None, at: float = YEAR_2100) -> Result:
        if actors is not None:
            reports.write(place, actors, at)
        return CliRunner(env={"COLUMNS": "140"}).invoke(app(), ["status", "--state", str(place), *words])

    return ask


def shown(answer: Result, place: Path) -> str:
    """What is printed, without what differs from run to run."""
    logs = str(place / "run" / "ray" / "session_latest" / "logs" / "worker-*.err")
    text = answer.stdout.replace(logs, "LOGS").replace(str(os.getpid()), "PID")
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines())


def half() -> dict[str, dict[str, Any]]:
    """A system whose poller on another node is gone while NATS is away."""
    return reports.crew(
        reports.supervisor(
            {"name": "poller-0", "node": "head", "alive": True, "partitions": 2048},
            {"name": "poller-1", "node": "edge-1", "alive": False, "partitions": 2048},
        ),
        {"name": "poller-1", "problem": "It does not answer: it is starting again, or it hangs."},
        reports.poller(0, spool_events=1200, spool_bytes=3 * 2**20, bus_problem="NATS is away", partitions_wanted=12),
        reports.writer(dead=3, bus_problem="NATS is away"),
        reports.keeper(outbox_waiting=7),
    )


def test_where_all_is_well_that_is_the_first_word(run: Run, place: Path) -> None:
    answer = run(actors=reports.crew())
    assert shown(answer, place) == WELL
    assert answer.exit_code == 0


def test_what_is_wrong_comes_first_with_the_next_step(run: Run, place: Path) -> None:
    answer = run(actors=half())
    assert shown(answer, place) == HALF
    assert answer.exit_code == 1


def test_old_reports_are_called_old(run: Run) -> None:
    answer = run(actors=reports.crew(), at=YEAR_2020)
    first, step, *rest = answer.stdout.splitlines()
    assert first.startswith("NOT WELL Nobody has looked at the actors for ")
    assert "conductor.log" in step
    assert rest[0] == ""


def test_programs_read_the_same_as_json(run: Run) -> None:
    document = json.loads(run("--json", actors=half()).stdout)
    assert (document["well"], document["ready"], document["pid"]) == (False, False, os.getpid())
    assert [trouble["what"].split(":")[0] for trouble in document["troubles"]] == [
        "2,048 of 4,096 partitions (50 %) have no living owner, of poller-1.",
        "poller-1",
        "poller-0, writer-0",
    ]
    assert all(trouble["step"] for trouble in document["troubles"])
    first, second = document["pollers"]
    assert (first["name"], first["works"], first["partitions"], first["leaving"]) == ("poller-0", True, 2048, 12)
    assert (first["lease_left_seconds"], first["epoch"], first["devices"]) == (4.2, 40, 5000)
    assert (second["name"], second["works"], second["node"], second["epoch"]) == ("poller-1", False, "edge-1", None)
    assert document["spool"] == {"events": 1200, "bytes": 3 * 2**20, "dropped": 0}
    assert (document["outbox"], document["dead"]) == ({"waiting": 7}, 3)
    assert document["actors"]["keeper-0"]["pid"] == 400


def test_before_anybody_has_looked_that_is_said(run: Run) -> None:
    answer = run()
    assert answer.stdout.startswith("NOT WELL Nobody has looked at the actors yet.")
    assert answer.exit_code == 1
