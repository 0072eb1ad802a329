"""An administrator makes, uses, changes and removes credential profiles."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cluster.servers.openbao import OpenBao
from fleet.errors import BadInput, Conflict, NotFound, Unavailable
from tests.cluster.administrator import PASSWORD, Run, add, done, only, opened, refused, runner_of
from tests.fixtures.database import Database
from tests.fixtures.metrics import stored

NORTH = ("--tenant", "north")
MAKE = ("profile", "add", "edge", *NORTH, "--username", "watcher", "--password-stdin")
DEVICE = ("device", "add", "core-1", "127.64.0.9", *NORTH)


@pytest.fixture
def edge(north: Run) -> Run:
    """Run commands where north has the profile edge."""
    done(north(*MAKE, stdin=f"{PASSWORD}\n"))
    return north


def listed(run: Run, *tenant: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(done(run("profile", "list", *(tenant or NORTH), "--json")))
    return found


def test_a_profile_is_used_changed_and_removed(edge: Run, database: Database, openbao: OpenBao) -> None:
    said = json.loads(done(edge(*DEVICE, "--profile", "edge", "--json")))
    assert said["name"] == "core-1"
    assert (only(database).username, opened(openbao, only(database))) == ("watcher", PASSWORD.encode())
    assert [(one["name"], one["username"], one["devices"]) for one in listed(edge)] == [("edge", "watcher", 1)]
    result = edge("profile", "change", "edge", *NORTH, "--password-stdin", stdin="another one\n")
    assert done(result) == "edge of north, with 1 device: password changed.\n"
    assert opened(openbao, only(database)) == b"another one"
    assert "--yes" in refused(edge("profile", "remove", "edge", *NORTH), BadInput).next_step
    assert "1 device" in refused(edge("profile", "remove", "edge", *NORTH, "--yes"), Conflict).message
    done(edge("device", "change", "core-1", *NORTH, "--username", "own", "--password-stdin", stdin="mine\n"))
    done(edge("profile", "remove", "edge", *NORTH, "--yes"))
    assert listed(edge) == []
    assert (only(database).username, opened(openbao, only(database))) == ("own", b"mine")


def test_a_device_is_moved_to_a_profile(edge: Run, database: Database) -> None:
    done(add(edge, "--password-stdin"))
    done(edge("device", "change", "core-1", *NORTH, "--profile", "edge"))
    assert only(database).username == "watcher"
    (row,) = json.loads(done(edge("device", "list", *NORTH, "--json")))
    assert (row["username"], row["profile"]) == ("watcher", "edge")


def test_a_password_is_shown_by_nothing(edge: Run) -> None:
    done(edge(*DEVICE, "--profile", "edge"))
    for words in (("profile", "list", *NORTH), ("device", "history", *NORTH), ("device", "show", "core-1", *NORTH)):
        assert PASSWORD not in done(edge(*words))


@pytest.mark.parametrize(
    "more", [(), ("--profile", "edge", "--username", "x"), ("--profile", "edge", "--password-stdin")], ids=str
)
def test_a_device_has_one_login(edge: Run, database: Database, more: tuple[str, ...]) -> None:
    assert "--profile" in refused(edge(*DEVICE, *more, stdin="x\n"), BadInput).next_step
    assert stored(database, "SELECT 1 FROM devices") == []


def test_what_is_not_there_is_answered_with_what_is(edge: Run) -> None:
    assert "edge" in refused(edge(*DEVICE, "--profile", "egde"), BadInput).next_step
    assert "--name" in refused(edge("profile", "change", "edge", *NORTH), BadInput).next_step
    refused(edge("profile", "list", "--tenant", "nobody"), NotFound)
    refused(edge(*MAKE, stdin="x\n"), Conflict)


def test_without_openbao_nothing_is_written(edge: Run, place: Path, database: Database, openbao: OpenBao) -> None:
    before = stored(database, "SELECT * FROM credential_profiles")
    alone = runner_of(place, database, openbao, openbao_url="http://127.0.0.1:9")
    words = ("profile", "change", "edge", *NORTH, "--username", "other", "--password-stdin")
    refused(alone(*words, stdin="another one\n"), Unavailable)
    assert stored(database, "SELECT * FROM credential_profiles") == before


def test_another_tenants_profile_is_not_there(edge: Run, database: Database) -> None:
    done(edge("tenant", "add", "south", "South"))
    before = stored(database, "SELECT * FROM credential_profiles")
    south = ("--tenant", "south")
    assert listed(edge, *south) == []
    refused(edge("profile", "change", "edge", *south, "--name", "stolen"), BadInput)
    refused(edge("profile", "remove", "edge", *south, "--yes"), BadInput)
    refused(edge("device", "add", "core-1", "198.51.100.1", *south, "--profile", "edge"), BadInput)
    assert stored(database, "SELECT * FROM credential_profiles") == before
