"""An administrator at the command line of a Flotilla that runs, and what the commands leave."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from structlog.testing import capture_logs
from typer.testing import CliRunner, Result

from cluster.__main__ import app
from cluster.servers.openbao import OpenBao
from db import inventory
from db.vault import Vault
from fleet import settings
from fleet.device import Device
from fleet.errors import FleetError
from tests.fixtures.database import Database

Run = Callable[..., Result]
PASSWORD = "correct horse"


def runner_of(place: Path, database: Database, openbao: OpenBao, **more: Any) -> Run:
    """Announce the servers in a state directory, and give what runs a command against it."""
    bao = {"openbao_url": openbao.url, "openbao_role_id": openbao.role_id, "openbao_secret_id": openbao.secret_id}
    given = {"postgres_roles": dict(database.urls), **bao, **more}
    settings.announce(settings.load(place, announced=False, **given))

    def run(*words: str, stdin: str | None = None) -> Result:
        with capture_logs():
            return CliRunner().invoke(app(), [*words, "--state", str(place)], input=stdin)

    return run


def done(result: Result) -> str:
    assert result.exit_code == 0, (result.output, result.exception)
    return result.stdout


def refused(result: Result, kind: type[FleetError]) -> FleetError:
    assert isinstance(result.exception, kind), (result.output, result.exception)
    assert result.exception.next_step
    return result.exception


def add(
    run: Run, *more: str, name: str = "core-1", address: str = "127.64.0.9", stdin: str = f"{PASSWORD}\n"
) -> Result:
    words = ("device", "add", name, address, "--tenant", "north", "--username", "flotilla", *more)
    return run(*words, stdin=stdin)


def only(database: Database) -> Device:
    (device,) = inventory.polled(database.stores)
    return device


def opened(openbao: OpenBao, device: Device) -> object:
    (secret,) = Vault(openbao.url, openbao.role_id, openbao.secret_id).open(device.tenant_id, [device.secret])
    return secret
