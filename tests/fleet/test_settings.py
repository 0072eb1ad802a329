"""Where a setting comes from, and what is said of a wrong one."""

import stat
from datetime import timedelta
from pathlib import Path

import pytest

from fleet import settings
from fleet.errors import BadSetting


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FLOTILLA_STATE", raising=False)


def config(text: str) -> Path:
    path = Path("ray_config.yaml")
    path.write_text(
        "cluster_name: x\nmetadata:\n  flotilla:\n" + "".join(f"    {line}\n" for line in text.split(";"))
    )
    return path


def test_the_environment_goes_before_the_file_before_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    config("interval: 30s; pollers: 3".replace("; ", ";"))
    monkeypatch.setenv("FLOTILLA_POLLERS", "5")
    found = settings.load()
    assert (found.pollers, found.interval, found.writers) == (5, timedelta(seconds=30), 1)


def test_the_command_line_goes_before_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLOTILLA_INTERVAL", "5m")
    assert settings.load(interval="10s").interval == timedelta(seconds=10)


def test_what_runs_is_found_by_the_state_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config("interval: 30s")
    running = settings.load(tmp_path / "state", nats_url="nats://127.0.0.1:4222", interval="10s")
    path = settings.announce(running)
    monkeypatch.setenv("FLOTILLA_STATE", str(tmp_path / "state"))
    assert settings.load() == running
    assert settings.load(announced=False).nats_url == ""
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_child_finds_its_settings_by_the_state_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLOTILLA_WEB_PORT", "8080")
    child = settings.environment(Path("/var/lib/flotilla"))
    assert {n for n in child if n.startswith("FLOTILLA_")} == {"FLOTILLA_STATE"}


def test_a_damaged_announcement_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / settings.SERVICES).write_text("{")
    with pytest.raises(BadSetting, match="Remove that file"):
        settings.load(tmp_path)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("FLOTILLA_PORT", "80", "FLOTILLA_PORT is an unknown setting"),
        ("FLOTILLA_WEB_PORT", "eighty", "The setting web_port is wrong"),
        ("FLOTILLA_WEB_PORT", "70000", "The setting web_port is wrong"),
        ("FLOTILLA_INTERVAL", "soon", "10s, 5m"),
        ("FLOTILLA_CLOCK_FACTOR", "0", "The setting clock_factor is wrong"),
    ],
)
def test_a_wrong_setting_is_one_clear_line(name: str, value: str, says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(BadSetting) as caught:
        settings.load()
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_unknown_setting_in_the_file_is_named() -> None:
    config("poller: 3")
    with pytest.raises(BadSetting, match=r"metadata\.flotilla\.poller"):
        settings.load()


@pytest.mark.parametrize(
    ("text", "seconds"), [("250ms", 0.25), ("10s", 10), ("5m", 300), ("1.5h", 5400), ("7d", 604800)]
)
def test_a_span_is_read(text: str, seconds: float) -> None:
    assert settings.span(text).total_seconds() == seconds


def test_the_secrets_of_the_settings_are_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLOTILLA_POSTGRES_URL", "postgresql://u:hunter2@h/d")
    assert "hunter2" not in repr(settings.load())
