"""An administrator has a script written that prepares routers, and its login kept as a profile."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from cluster.servers.openbao import OpenBao
from fleet.errors import BadInput, Conflict, Unavailable
from tests.cluster.administrator import Run, done, only, opened, refused, runner_of
from tests.fixtures.database import Database
from tests.fixtures.metrics import stored

NORTH = ("--tenant", "north")
WORDS = ("device", "prepare", *NORTH, "--profile", "edge", "--username", "watch")


def test_the_login_of_the_script_is_that_of_the_profile(north: Run, database: Database, openbao: OpenBao) -> None:
    told = json.loads(done(north(*WORDS, "--source", "198.51.100.7", "--json")))
    assert (told["profile"], told["sources"]) == ("edge", ["198.51.100.7/32"])
    done(north("device", "add", "core-1", "127.64.0.9", *NORTH, "--profile", "edge"))
    (password,) = set(re.findall(r'password="(\w+)"', told["script"]))
    assert (only(database).username, opened(openbao, only(database))) == ("watch", password.encode())
    assert 'address="198.51.100.7/32"' in told["script"]
    refused(north(*WORDS), Conflict)


def test_the_script_alone_is_on_standard_output(north: Run) -> None:
    result = north(*WORDS)
    assert done(result).startswith("#")
    assert result.stdout.endswith("}\n")
    assert "anywhere" in result.stderr


@pytest.mark.parametrize("source", ["nowhere", "10.0.0.1/8"])
def test_what_is_no_network_makes_nothing(north: Run, database: Database, source: str) -> None:
    refused(north(*WORDS, "--source", source), BadInput)
    assert stored(database, "SELECT 1 FROM credential_profiles") == []


def test_without_openbao_nothing_is_written(north: Run, place: Path, database: Database, openbao: OpenBao) -> None:
    alone = runner_of(place, database, openbao, openbao_url="http://127.0.0.1:9")
    refused(alone(*WORDS), Unavailable)
    assert stored(database, "SELECT 1 FROM credential_profiles") == []
