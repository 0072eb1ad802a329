"""The simulator as a process: what it says, what it refuses, and what a second start finds."""

from __future__ import annotations

import json
import socket
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.simulator import process


def asked(control: Path, request: dict[str, Any]) -> dict[str, Any]:
    with socket.socket(socket.AF_UNIX) as wire:
        wire.settimeout(60)
        wire.connect(str(control))
        wire.sendall(json.dumps(request).encode() + b"\n")
        answer: dict[str, Any] = json.loads(wire.makefile().readline())
        return answer


def refused(*arguments: str) -> str:
    command = [sys.executable, "-m", "routeros.simulator", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    return done.stderr


def test_it_says_when_it_is_ready_and_stops_when_it_is_told(tmp_path: Path) -> None:
    with process(tmp_path, "--devices", "5", "--tenants", "2") as simulator:
        assert set(simulator.ready) == {"ready", "api_port", "tls_port", "ssh_port", "winbox_port", "devices"}
        assert simulator.ready["devices"] == len(simulator.inventory) == 5
        assert stat.S_IMODE((tmp_path / "inventory.json").stat().st_mode) == 0o600
        first = simulator.inventory[0]
        assert first["address"] == "127.64.0.1"
        assert first["api_ssl_port"] == simulator.ready["tls_port"]
        with socket.create_connection((first["address"], first["api_port"]), 10):
            assert asked(simulator.control, {"command": "stats"})["polls_ok"] == 0
        assert asked(simulator.control, {"command": "fault", "device": 0, "kind": "down"}) == {"ok": True}
        assert "Choose stats, answers, restarts, fault" in asked(simulator.control, {"command": "dance"})["error"]
    assert not simulator.control.exists()


def test_a_second_start_shows_the_same_routers_with_the_same_certificates(tmp_path: Path) -> None:
    arguments = ["--devices", "6", "--seed", "9", "--state", str(tmp_path / "state")]
    with process(tmp_path, *arguments) as first:
        names = ("api_port", "tls_port", "ssh_port", "winbox_port")
        ports = [f"--{name.replace('_', '-')}={first.ready[name]}" for name in names]
    with process(tmp_path, *arguments, *ports) as second:
        assert second.inventory == first.inventory
    with process(tmp_path, *arguments[:2], "--seed", "10", *arguments[4:]) as other:
        assert {entry["fingerprint"] for entry in other.inventory}.isdisjoint(
            entry["fingerprint"] for entry in first.inventory
        )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--devices", "0"], "simulator: 0 devices cannot be served. Choose 1 to 50000.\n"),
        (["--devices", "1", "--personas", "toaster"], "simulator: There is no persona 'toaster'. Choose from: "),
        (["--devices", "1", "--tls-port", "99999"], "simulator: 99999 is no port. "),
        (["--devices", "1", "--inventory", "/proc/no/such"], "simulator: /proc/no/such cannot be written: "),
        (["--devices", "1", "--control", "/proc/no.sock"], "simulator: No socket can be opened at /proc/no.sock: "),
        (["--devices", "1", "--clock-factor", "0"], "simulator: A clock of factor 0.0 "),
    ],
)
def test_bad_input_is_one_line(arguments: list[str], message: str) -> None:
    said = refused(*arguments)
    assert said.startswith(message)
    assert said.count("\n") == 1


def test_a_port_that_is_taken_is_one_line() -> None:
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert refused("--devices", "1", "--api-port", str(port)).startswith(f"simulator: The port {port} is taken.")


@pytest.mark.parametrize("arguments", [[], ["--devices", "many"], ["--devices", "1", "--clock-origin", "noon"]])
def test_an_argument_that_makes_no_sense_is_told_with_the_usage(arguments: list[str]) -> None:
    assert "usage: python -m routeros.simulator" in refused(*arguments)


def test_help_shows_an_example() -> None:
    command = [sys.executable, "-m", "routeros.simulator", "--help"]
    said = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    assert "python -m routeros.simulator --devices 200 --tenants 2" in said
    assert "SIGTERM" in said
