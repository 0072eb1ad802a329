"""What is asked wrongly is one line with what to do, exit status 2, and nothing is started."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cluster import running
from cluster.__main__ import run
from cluster.servers.state import LOOPBACK, MARKER, State
from fleet import settings

ROOT = Path(__file__).resolve().parents[2]


Refused = Callable[..., str]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FLOTILLA_STATE", str(tmp_path / "state"))


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str]) -> Refused:
    """Run a command that is refused; gives the one line that says why, beside the one that says what to do."""

    def ask(*words: str) -> str:
        assert run(words) == 2
        said = capsys.readouterr()
        why, step = said.err.splitlines()
        assert said.out == ""
        assert why.startswith("flotilla: ")
        assert step.startswith("→ ")
        return why

    return ask


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("nonsense",), "nonsense"),
        (("demo", "--nonsense"), "--nonsense"),
        (("demo", "--devices", "0"), "--devices"),
        (("demo", "--interval", "soon"), "interval"),
        (("demo", "--interval", "0s"), "interval"),
        (("demo", "--history", "30d"), "30d"),
        (("demo", "--for", "x"), "'x'"),
        (("demo", "--report", "/nowhere/report.json"), "/nowhere/report.json"),
        (("up", "--port", "99999"), "--port"),
        (("link", "nobody@nowhere.example"), "Nothing runs"),
    ],
)
def test_a_malformed_value_is_refused(tmp_path: Path, refused: Refused, words: tuple[str, ...], named: str) -> None:
    assert named in refused(*words)
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize(("name", "value"), [("FLOTILLA_XYZ", "1"), ("FLOTILLA_WEB_PORT", "abc")])
def test_a_wrong_setting_of_the_environment_is_refused(
    refused: Refused, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    assert name.removeprefix("FLOTILLA_").lower() in refused("up").lower()


@pytest.mark.parametrize(
    "text",
    ["metadata: {flotilla: {colour: blue}}", "metadata: {flotilla: 5}", "- 1", "metadata: [", "\xff", "metadata: 1"],
)
def test_a_wrong_file_of_settings_is_refused(tmp_path: Path, refused: Refused, text: str) -> None:
    (tmp_path / settings.CONFIG).write_text(text, encoding="latin-1")
    assert str(settings.CONFIG) in refused("up")


def test_a_directory_of_others_is_left_alone(tmp_path: Path, refused: Refused) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "photo.jpg").touch()
    assert "photo.jpg" in refused("up")
    assert [path.name for path in (tmp_path / "state").iterdir()] == ["photo.jpg"]


def test_a_half_written_directory_is_left_alone(tmp_path: Path, refused: Refused) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / MARKER).write_text('{"form')
    assert "half-written" in refused("demo")
    assert (tmp_path / "state" / MARKER).read_text() == '{"form'


def test_a_second_start_is_refused(tmp_path: Path, refused: Refused) -> None:
    with State(tmp_path / "state"):
        for words in (("up",), ("up", "--detach"), ("demo",)):
            assert str(os.getpid()) in refused(*words)


def test_a_port_that_is_taken_is_refused(tmp_path: Path, refused: Refused) -> None:
    with socket.create_server((LOOPBACK, 0)) as taken:
        port = str(taken.getsockname()[1])
        assert port in refused("demo", "--port", port)
        assert port in refused("up", "--detach", "--port", port)


def test_too_few_open_files_are_refused(tmp_path: Path) -> None:
    command = f"ulimit -n 64; exec {sys.executable} -m cluster up"
    environment = settings.environment(tmp_path / "state", PYTHONPATH=str(ROOT))
    done = subprocess.run(["sh", "-c", command], env=environment, capture_output=True, text=True, timeout=300)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 2)
    assert "ulimit -Hn" in done.stderr
    assert not (tmp_path / "state").exists()


def test_where_nothing_runs_that_is_said() -> None:
    assert run(["status"]) == 1
    assert run(["down"]) == 0


def test_what_a_killed_one_announced_is_not_believed(tmp_path: Path) -> None:
    path = tmp_path / settings.SERVICES
    with State(tmp_path):
        path.write_text(json.dumps({"public_url": "http://127.0.0.1:1"}))
        assert running.load(tmp_path).public_url
    assert not running.load(tmp_path).public_url
