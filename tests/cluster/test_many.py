"""An administrator brings devices in by a table, and takes them out as one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cluster.servers.openbao import OpenBao
from db import inventory
from fleet.device import Device, TlsMode
from fleet.errors import BadInput, NotFound, Unavailable
from tests.cluster.administrator import Run, done, opened, refused, runner_of
from tests.fixtures.database import Database
from tests.fixtures.simulator import Served

NORTH = ("--tenant", "north")
TABLE = """name;address;username;password;tls;tags;trust
core-1;127.64.0.9;flotilla;"one;two";plain;core edge;
core-2;127.64.0.10;flotilla;three;plain;;
core-3;10.0.0.1;flotilla;four;plain;;
"""


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "fleet.csv"
    path.write_text(TABLE, encoding="utf-8-sig")
    return path


def devices(database: Database) -> dict[str, Device]:
    return {one.name: one for one in inventory.polled(database.stores)}


def take(run: Run, table: Path, *more: str, status: int = 0) -> dict[str, Any]:
    result = run("device", "import", str(table), *NORTH, *more, "--json")
    assert result.exit_code == status, (result.output, result.exception)
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_a_table_is_taken_row_by_row(north: Run, table: Path, database: Database, openbao: OpenBao) -> None:
    found = take(north, table, status=1)
    assert found["counts"] == {"created": 2, "updated": 0, "unchanged": 0, "deleted": 0, "failed": 1}
    assert [(row["line"], row["status"], row["code"]) for row in found["items"]] == [
        (2, "created", None),
        (3, "created", None),
        (4, "failed", "egress_denied"),
    ]
    made = devices(database)
    assert set(made) == {"core-1", "core-2"}
    assert opened(openbao, made["core-1"]) == b"one;two"
    assert (made["core-1"].endpoint.port, made["core-1"].endpoint.tls) == (8728, TlsMode.PLAIN)


def test_a_trial_keeps_nothing(north: Run, table: Path, database: Database) -> None:
    before = done(north("audit", "list", *NORTH, "--json"))
    assert take(north, table, "--dry-run", status=1)["counts"]["created"] == 2
    assert devices(database) == {}
    assert done(north("audit", "list", *NORTH, "--json")) == before


def test_people_are_told_what_is_wrong_and_what_to_do(north: Run, table: Path) -> None:
    result = north("device", "import", str(table), *NORTH)
    assert result.exit_code == 1
    said = " ".join(result.stdout.split())
    assert "2 created, 1 failed." in said
    assert "core-3" in said
    assert "four" not in result.output


def test_what_was_exported_is_taken_back(north: Run, table: Path, database: Database, tmp_path: Path) -> None:
    take(north, table, status=1)
    before = devices(database)
    out = tmp_path / "out.csv"
    done(north("device", "export", *NORTH, "--output", str(out)))
    assert done(north("device", "export", *NORTH)).replace("\r\n", "\n") == out.read_text()
    assert "vault:" not in out.read_text()
    assert take(north, out)["counts"]["unchanged"] == 2
    assert devices(database) == before
    assert take(north, out, "--action", "delete")["counts"]["deleted"] == 2
    assert devices(database) == {}


def test_a_profile_is_in_the_table_in_the_place_of_a_user(north: Run, database: Database, tmp_path: Path) -> None:
    done(north("profile", "add", "edge", *NORTH, "--username", "watcher", "--password-stdin", stdin="secret\n"))
    table, out = tmp_path / "in.csv", tmp_path / "out.csv"
    table.write_text("name,address,tls,profile\ncore-1,127.64.0.9,plain,edge\n")
    assert take(north, table)["counts"]["created"] == 1
    assert devices(database)["core-1"].username == "watcher"
    done(north("device", "export", *NORTH, "--output", str(out)))
    assert "watcher" not in out.read_text()
    assert take(north, out)["counts"]["unchanged"] == 1


def test_the_first_certificate_is_taken_by_consent(
    north: Run, fleet_of_three: Served, database: Database, tmp_path: Path
) -> None:
    entries = fleet_of_three.inventory
    lines = [f"r{n},{one.address},{one.api_ssl_port},{one.username},x,yes" for n, one in enumerate(entries)]
    path = tmp_path / "trust.csv"
    path.write_text("\n".join(["name,address,port,username,password,trust", *lines]))
    assert take(north, path)["counts"]["created"] == 3
    assert [one.endpoint.fingerprint for _, one in sorted(devices(database).items())] == [
        one.fingerprint for one in entries
    ]


def test_another_tenant_has_none_of_these(north: Run, table: Path, database: Database, tmp_path: Path) -> None:
    take(north, table, status=1)
    done(north("tenant", "add", "south", "South"))
    path = tmp_path / "theirs.csv"
    path.write_text(f"id,port\n{devices(database)['core-1'].id},1\n")
    result = north("device", "import", str(path), "--tenant", "south", "--json")
    assert json.loads(result.stdout)["items"][0]["code"] == "not_found"
    assert len(done(north("device", "export", "--tenant", "south")).splitlines()) == 1


def test_what_cannot_be_begun_is_refused(
    north: Run, table: Path, place: Path, database: Database, openbao: OpenBao
) -> None:
    refused(north("device", "import", str(table) + "x", *NORTH), BadInput)
    refused(north("device", "import", str(table), "--tenant", "nobody"), NotFound)
    alone = runner_of(place, database, openbao, openbao_url="http://127.0.0.1:9")
    refused(alone("device", "import", str(table), *NORTH), Unavailable)
    assert devices(database) == {}
