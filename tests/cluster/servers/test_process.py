"""Processes are known by what they are, not by a number, and are ended with all that came from them."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psutil
import pytest

from cluster.servers.process import LOG_LIMIT, Child, Files, Launch, Record, end, records, spawn, trim

SOON = timedelta(seconds=5)
AT_ONCE = timedelta(0)
STUBBORN = (
    "import signal,sys; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); signal.pause()"
)
FAMILY = """
import subprocess, sys
child = subprocess.Popen(["sleep", "600"], start_new_session=True)
print(child.pid, flush=True)
sys.stdin.close()
child.wait()
"""


@pytest.fixture
def start(tmp_path: Path) -> Callable[..., Child]:
    def run(*command: str) -> Child:
        return spawn(Launch(command, tmp_path), Files(tmp_path / "it.log", tmp_path / "it.pid"), "me")

    return run


def word(child: Child) -> str:
    """Wait for the first line that a child says."""
    while "\n" not in (said := child.said()):
        assert child.alive()
        time.sleep(0.01)
    return said.strip()


def runs(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def test_a_child_stops_and_its_pid_file_goes(start: Callable[..., Child], tmp_path: Path) -> None:
    child = start("sleep", "600")
    assert [record.pid for record in records(tmp_path).values()] == [child.pid]
    child.stop(SOON)
    assert not child.alive()
    assert records(tmp_path) == {}


def test_a_child_that_does_not_listen_is_killed(start: Callable[..., Child]) -> None:
    child = start(sys.executable, "-c", STUBBORN)
    assert word(child) == "ready"
    child.stop(AT_ONCE)
    assert not child.alive()


def test_a_grandchild_in_a_session_of_its_own_is_ended_too(start: Callable[..., Child]) -> None:
    child = start(sys.executable, "-c", FAMILY)
    grandchild = int(word(child))
    child.stop(SOON)
    assert not runs(grandchild)


def test_an_orphan_is_found_by_its_mark(start: Callable[..., Child], tmp_path: Path) -> None:
    child = start(sys.executable, "-c", FAMILY)
    orphan = int(word(child))
    psutil.Process(child.pid).kill()
    end(records(tmp_path).values(), SOON)
    assert not runs(orphan)
    child.stop(SOON)


def test_a_number_that_was_used_again_is_left_alone(start: Callable[..., Child], tmp_path: Path) -> None:
    child = start("sleep", "600")
    record = next(iter(records(tmp_path).values()))
    end([replace(record, started=record.started - 60, mark="another")], SOON)
    assert child.alive()
    child.stop(SOON)


def test_one_that_was_cut_before_its_number_was_known_is_found(start: Callable[..., Child], tmp_path: Path) -> None:
    child = start("sleep", "600")
    record = next(iter(records(tmp_path).values()))
    end([replace(record, pid=0, started=0.0)], SOON)
    assert not child.alive()
    child.stop(SOON)


def test_a_damaged_pid_file_is_nobody(tmp_path: Path) -> None:
    (tmp_path / "it.pid").write_text('{"pid": 1')
    (tmp_path / "other.pid").write_text("[]")
    assert records(tmp_path) == {}


def test_a_record_without_a_process_is_nobody() -> None:
    assert Record(2**22 + 1, 0.0, "me", "/", "mark").process() is None


def test_a_long_log_makes_room(tmp_path: Path) -> None:
    log = tmp_path / "it.log"
    with log.open("wb") as out:
        out.truncate(LOG_LIMIT + 1)
    trim(log)
    assert not log.exists()
    assert (tmp_path / "it.log.1").exists()
