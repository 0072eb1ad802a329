"""``flotilla simulate`` as a person or a program starts it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cluster.__main__ import run

COMMAND = [sys.executable, "-m", "cluster", "simulate"]


def test_a_program_reads_where_the_routers_are_and_ends_it(tmp_path: Path) -> None:
    listed = tmp_path / "fleet.json"
    words = [*COMMAND, "--devices", "3", "--seed", "5", "--fault", "1:no-certificate", "--inventory", str(listed)]
    with subprocess.Popen([*words, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        ready = json.loads(child.stdout.readline())
        entries = json.loads(listed.read_text())
        child.send_signal(signal.SIGINT)
        _, told = child.communicate(timeout=120)
    assert child.returncode == 0
    assert ready["devices"] == len(entries) == 3
    assert {entry["api_ssl_port"] for entry in entries} == {ready["tls_port"]}
    assert [bool(entry["fingerprint"]) for entry in entries] == [True, False, True]
    assert "certificates: 0 of 3" in told


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--devices", "many"], "flotilla: Argument --devices: invalid int value: 'many'."),
        (["--devices", "0"], "flotilla: 0 devices cannot be served."),
        (["--devices", "1", "--fault", "0:sad"], "flotilla: 'sad' is not a valid Kind."),
        (["--devices", "1", "--channel", "nightly=7.1"], "flotilla: There is no channel 'nightly'."),
        ([], "flotilla: The following arguments are required: --devices."),
    ],
)
def test_what_makes_no_sense_is_one_line_and_a_next_step(
    capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    assert run(["simulate", *words]) == 2
    told = capsys.readouterr()
    line, step = told.err.splitlines()
    assert (told.out, line) == ("", said)
    assert step.startswith("→ ")


def test_help_shows_an_example_and_every_fault(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["simulate", "--help"]) == 0
    told = capsys.readouterr().out
    assert "flotilla simulate --devices 200" in told
    assert "reboot-loop:seconds=30" in told
    assert "exit statuses" in told
