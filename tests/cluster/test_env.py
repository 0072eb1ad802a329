"""What another machine needs is printed whole, without what is not its business, and only where it can reach it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from cluster.__main__ import run
from fleet import settings

ROLES = {role: f"postgresql://{role}:it's@192.0.2.20/flotilla" for role in ("flotilla_app", "flotilla_ingest")}
GIVEN = {
    "POSTGRES_URL": "postgresql://admin:root@192.0.2.20/flotilla",
    "POSTGRES_ROLES": json.dumps(ROLES),
    "NATS_URL": "nats://192.0.2.21:4222,nats://192.0.2.22:4222",
    "REDIS_URL": "redis://192.0.2.23",
    "OPENBAO_URL": "https://192.0.2.24:8200",
    "RAY_ADDRESS": "192.0.2.10:6379",
    "RAY_JOBS_URL": "http://192.0.2.10:8265",
    "RAY_TOKEN": "ray's own",
    "WEB_PORT": "8080",
    "LEASE_TTL": "3s",
    "SESSION_KEY": "what signs",
}


@pytest.fixture(autouse=True)
def _given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FLOTILLA_STATE", str(tmp_path / "state"))
    for name, value in GIVEN.items():
        monkeypatch.setenv(f"FLOTILLA_{name}", value)


def printed(capsys: pytest.CaptureFixture[str], *more: str) -> str:
    assert run(("env", *more)) == 0
    return capsys.readouterr().out


def test_a_shell_reads_the_lines_and_the_settings_are_the_same(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "flotilla.env"
    file.write_text(printed(capsys))
    shown = subprocess.run(
        ["sh", "-c", f"set -a; . {file}; env -0"], env={"PATH": "/usr/bin:/bin"}, check=True, capture_output=True
    )
    there = dict(line.split("=", 1) for line in shown.stdout.decode().split("\0") if line)
    assert there["RAY_AUTH_TOKEN"] == "ray's own"
    assert there["RAY_AUTH_MODE"] == "token"
    ours = {name: value for name, value in there.items() if name.startswith("FLOTILLA_")}
    asked = settings.load(announced=False)
    for name in ("state", "nats_url", "redis_url", "openbao_url", "ray_address", "ray_token"):
        assert ours[f"FLOTILLA_{name.upper()}"] == str(getattr(asked, name))
    assert settings.span(ours["FLOTILLA_LEASE_TTL"]) == asked.lease_ttl
    assert json.loads(ours["FLOTILLA_POSTGRES_ROLES"]) == {"flotilla_ingest": ROLES["flotilla_ingest"]}


def test_what_only_a_web_server_and_an_administrator_need_stays_here(capsys: pytest.CaptureFixture[str]) -> None:
    said = printed(capsys)
    assert "admin" not in said
    assert "flotilla_app" not in said
    assert "WEB_PORT" not in said
    assert "SESSION_KEY" not in said


def test_another_web_server_gets_the_role_that_it_needs(capsys: pytest.CaptureFixture[str]) -> None:
    said = printed(capsys, "--web")
    assert "flotilla_app" in said
    assert "FLOTILLA_SESSION_KEY='what signs'" in said
    assert "admin" not in said


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("NATS_URL", "nats://192.0.2.21:4222,nats://127.0.0.1:4222"),
        ("RAY_ADDRESS", "127.0.0.1:6379"),
        ("REDIS_URL", "redis://localhost:6379"),
        ("OPENBAO_URL", "https://[::1]:8200"),
        ("OPENBAO_URL", ""),
    ],
)
def test_a_server_that_no_other_machine_reaches_is_named(
    name: str, place: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(f"FLOTILLA_{name}", place)
    assert run(("env",)) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert name.lower() in said.err
    if place:
        assert run(("env", "--here")) == 0
