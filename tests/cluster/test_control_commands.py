"""At the command line a restart is confirmed by the device's name, and a question is held to the list."""

from __future__ import annotations

import json
from typing import Any

import psycopg
import pytest

from cluster.commands.device.tools import Listening, _pairs
from db.access import INGEST
from fleet.errors import BadInput, Conflict, FleetError, Unavailable
from routeros.inquiry import Refused
from routeros.inquiry.allowed import NeedsPush
from tests.cluster.administrator import Run, add, done, only, refused
from tests.fixtures.database import Database

NORTH = ("--tenant", "north")


@pytest.fixture
def core(north: Run, database: Database) -> Run:
    """Run commands where north has a device, core-1, that calls itself router 1."""
    done(add(north, "--password-stdin"))
    with psycopg.connect(database.url(INGEST)) as connection:
        told = ("router 1", only(database).id)
        connection.execute("UPDATE device_state SET identity = %s WHERE device_id = %s", told)
    return north


def operations(run: Run) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(done(run("device", "history", *NORTH, "--json")))
    return [one for one in found if one["kind"].startswith(("device.reboot", "device.identify"))]


def test_a_restart_is_done_once_its_name_is_said(core: Run) -> None:
    words = ("device", "reboot", "core-1", *NORTH, "--no-wait", "--json")
    again = refused(core(*words), BadInput)
    assert "--identity 'router 1'" in again.next_step
    refused(core(*words, "--identity", "core-1"), BadInput)
    assert operations(core) == []
    said = json.loads(done(core(*words, "--identity", "router 1")))
    assert (said["kind"], said["outcome"]) == ("device.reboot", "pending")
    (one,) = operations(core)
    assert (one["id"], one["outcome"], one["detail"]["identity"]) == (said["id"], "pending", "router 1")
    refused(core(*words, "--identity", "router 1"), Conflict)


def test_a_device_is_told_to_make_itself_known(core: Run) -> None:
    said = json.loads(done(core("device", "identify", "core-1", *NORTH, "--seconds", "5", "--no-wait", "--json")))
    (one,) = operations(core)
    assert (one["id"], one["detail"]["seconds"]) == (said["id"], 5)


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (("/ip/address", "add", "address=10.0.0.1/24"), NeedsPush),
        (("/system", "reboot"), Refused),
        (("/tool", "profile"), Refused),
        (("/ip/address", "print", "file=x"), BadInput),
        (("/ip/address", "print"), Unavailable),
    ],
)
def test_what_is_asked_is_on_the_list_and_of_an_owner(
    core: Run, words: tuple[str, ...], kind: type[FleetError]
) -> None:
    refused(core("device", "run", "core-1", *words, *NORTH), kind)


def test_a_log_that_is_followed_is_recorded_once_and_refused_where_nobody_answers(core: Run) -> None:
    assert "--follow" in done(core("device", "log", "--help"))
    refused(core("device", "log", "core-1", *NORTH, "--follow"), Unavailable)
    noted = json.loads(done(core("audit", "list", *NORTH, "--json")))
    assert [one["action"] for one in noted].count("tools.ask") == 1


def test_arguments_are_names_and_values() -> None:
    assert _pairs(["a=b=c", "once"]) == {"a": "b=c", "once": ""}
    with pytest.raises(BadInput):
        _pairs(["=x"])


def test_each_ping_is_printed_once_when_it_comes_back(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{"seq": "0", "host": "192.0.2.1", "time": "12ms"}, {"seq": "1", "host": "192.0.2.1", "status": "timeout"}]
    listening = Listening()
    listening.hear(rows[:1])
    first = capsys.readouterr().out
    listening.hear(rows)
    second = capsys.readouterr().out
    assert ("192.0.2.1  12.0 ms" in first, "timeout" in first) == (True, False)
    assert ("12.0 ms" in second, "192.0.2.1  timeout" in second) == (False, True)
