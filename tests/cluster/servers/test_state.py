"""A state directory is ours alone, or it is refused in one line and left as it was."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from cluster.servers import state
from cluster.servers.guard import ROOT
from cluster.servers.process import Launch
from cluster.servers.state import LOOPBACK, MARKER, State, holder
from fleet.errors import StartRefused

SLEEPER = ("sleep", "600")
HOLDER = """
import sys
from cluster.servers.process import Launch
from cluster.servers.state import State
state = State(sys.argv[1]).open()
child = state.spawn("sleeper", Launch(("sleep", "600"), state.path))
print(child.pid, state.guard_pid, flush=True)
sys.stdin.read()
"""


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def refusal(path: Path) -> StartRefused:
    with pytest.raises(StartRefused) as refused, State(path):
        pass
    assert "\n" not in str(refused.value)
    assert refused.value.next_step
    return refused.value


def test_a_new_directory_is_marked_and_private(tmp_path: Path) -> None:
    with State(tmp_path / "deep" / "state") as state:
        assert json.loads((state.path / MARKER).read_text())["format"] == 1
        assert mode(state.path) == 0o700
        assert mode(state.path / "secrets") == 0o700


def test_the_name_of_a_directory_lasts(tmp_path: Path) -> None:
    with State(tmp_path) as state:
        first = state.id
    with State(tmp_path) as state:
        assert state.id == first


@pytest.mark.parametrize("left", ["lock", f".{MARKER}.1a2b"])
def test_a_creation_that_was_cut_is_done_again(tmp_path: Path, left: str) -> None:
    (tmp_path / left).touch()
    with State(tmp_path) as state:
        assert state.id


def test_a_foreign_directory_is_refused_untouched(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    assert "photos" in refusal(tmp_path).message
    assert [entry.name for entry in tmp_path.iterdir()] == ["photos"]


def test_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    assert "not a directory" in refusal(tmp_path / "file").message
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize("text", ["", "{", '{"format": 1}', "[]", '"x"', '{"format": {}, "id": "x"}'])
def test_a_half_written_marker_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / MARKER).write_text(text)
    assert "half-written" in refusal(tmp_path).message


def test_a_newer_format_is_refused(tmp_path: Path) -> None:
    (tmp_path / MARKER).write_text('{"format": 99, "id": "x"}')
    assert "format 99" in refusal(tmp_path).message


def test_a_place_that_cannot_be_written_is_refused() -> None:
    assert "cannot be used" in refusal(Path("/proc/flotilla")).message


def test_a_second_holder_is_refused(tmp_path: Path) -> None:
    with State(tmp_path):
        assert f"process {os.getpid()}" in refusal(tmp_path).message
        assert holder(tmp_path) == os.getpid()
    assert holder(tmp_path) is None


def test_too_few_open_files_are_refused(tmp_path: Path) -> None:
    program = "import sys; from cluster.servers.state import State; State(sys.argv[1]).open()"
    command = ["sh", "-c", 'ulimit -n 512; exec "$@"', "sh", sys.executable, "-c", program, str(tmp_path / "new")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert "Only 512 open files" in done.stderr
    assert not (tmp_path / "new").exists()


def test_a_secret_stays_and_is_private(tmp_path: Path) -> None:
    with State(tmp_path) as state:
        first = state.secret("password")
        assert len(first) == 48
        assert state.secret("password") == first
        assert mode(state.secret_path("password")) == 0o600


def test_a_port_is_kept_while_it_is_free(tmp_path: Path) -> None:
    with State(tmp_path) as state:
        first = state.port("nats")
        assert state.port("nats") == first
        with socket.create_server((LOOPBACK, first)):
            second = state.port("nats")
        assert second != first
        assert state.port("nats") == second


def test_no_connection_takes_the_port_of_a_server_that_is_away() -> None:
    lent = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    taken = frozenset(state.assigned() for _ in range(20))
    assert max(taken) < lent or lent <= 16_384
    assert state.assigned(taken) not in taken


def test_damaged_ports_only_mean_new_ones(tmp_path: Path) -> None:
    with State(tmp_path) as state:
        state.run("ports.json").write_text("{")
        assert state.port("nats") > 0


def test_closing_ends_what_still_runs(tmp_path: Path) -> None:
    with State(tmp_path) as state:
        child = state.spawn("sleeper", Launch(SLEEPER, tmp_path))
        assert child.alive()
    assert not child.alive()


def held(path: Path) -> tuple[subprocess.Popen[str], int, int]:
    """Let another process hold the directory; return it, its child and its guard."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    child, guard = map(int, process.stdout.readline().split())
    return process, child, guard


def test_a_killed_holder_takes_its_servers_along(tmp_path: Path) -> None:
    process, child, guard = held(tmp_path)
    process.kill()
    process.communicate()
    psutil.wait_procs([psutil.Process(guard)] if psutil.pid_exists(guard) else [], timeout=10)
    assert gone(child)


def test_the_next_start_ends_what_even_the_guard_could_not(tmp_path: Path) -> None:
    process, child, guard = held(tmp_path)
    os.kill(guard, signal.SIGKILL)
    process.kill()
    process.communicate()
    assert not gone(child)
    with State(tmp_path):
        assert gone(child)


def test_a_killed_guard_is_replaced(tmp_path: Path) -> None:
    with State(tmp_path) as state:
        state.watch()
        first = state.guard_pid
        assert first
        os.kill(first, signal.SIGKILL)
        psutil.Process(first).wait(60)
        state.watch()
        assert state.guard_pid not in (None, first)
