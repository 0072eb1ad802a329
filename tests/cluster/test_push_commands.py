"""Pushes at the command line: planned, begun, listed, shown, cancelled; over many devices in waves, too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from actors.chore import Occasion
from actors.chores import campaigns as chore
from db.pushjournal import Note, PushBook
from fleet import settings
from fleet.changes import Entry, PushState, Step
from fleet.errors import BadInput, Conflict, NotFound
from tests.cluster.administrator import Run, add, done, refused
from tests.fixtures.database import Database

NORTH = ("--tenant", "north")
NAME = "/system identity set name=after"
COMMAND = ("--command", NAME)


@pytest.fixture
def fleet(north: Run) -> Run:
    """Three devices, two of them with a tag."""
    for number in range(3):
        more = ("--tag", "edge") if number else ()
        done(add(north, *more, name=f"gw-{number}", address=f"127.64.0.{number + 1}"))
    return north


def told(run: Run, *words: str) -> Any:
    return json.loads(done(run("push", *words, *NORTH, "--json")))


def turn(place: Path, database: Database) -> None:
    """Let the campaigns go on."""
    asked = settings.load(place)
    chore.run(Occasion(database.stores, asked.clock().now(), settings=asked))


def end(database: Database, push_id: str, state: PushState) -> None:
    book = PushBook(database.stores)
    assert book.entries(push_id, 1) is not None  # type: ignore[arg-type]
    at = settings.Settings().clock().now()
    assert book.write(Note(push_id, 1, 0, at, Entry(Step.END), state))  # type: ignore[arg-type]


def test_a_push_is_planned_begun_listed_shown_and_cancelled(fleet: Run, tmp_path: Path) -> None:
    file = tmp_path / "change.rsc"
    file.write_text(f"{NAME}\n/ip dns set servers=192.0.2.1\n")
    plan = told(fleet, "begin", "gw-0", str(file), "--dry-run")
    assert (len(plan["lines"]), plan["risks"], plan["foreseen"]) == (2, [], False)
    assert told(fleet, "list") == []
    assert "never read" in fleet("push", "begin", "gw-0", *COMMAND, *NORTH, "--dry-run").stderr
    made = told(fleet, "begin", "gw-0", str(file))
    assert (made["state"], made["lines"][0]) == ("pending", NAME)
    assert told(fleet, "begin", "gw-0", str(file))["id"] == made["id"], "the same twice is one"
    (listed,) = told(fleet, "list", "--device", "gw-0")
    assert (listed["id"], listed["total"], "lines" in listed) == (made["id"], 2, False)
    assert told(fleet, "list", "--device", "gw-1") == []
    assert told(fleet, "show", made["id"])["steps"] == []
    done(fleet("push", "cancel", made["id"], *NORTH))
    assert told(fleet, "show", made["id"])["state"] == "cancelled"
    refused(fleet("push", "cancel", made["id"], *NORTH), Conflict)
    refused(fleet("push", "show", "00000000-0000-0000-0000-000000000001", *NORTH), NotFound)


def test_a_push_that_has_ended_may_be_asked_for_again(fleet: Run, database: Database) -> None:
    made = told(fleet, "begin", "gw-0", *COMMAND)
    end(database, made["id"], PushState.REVERTED)
    assert told(fleet, "show", made["id"])["state"] == "reverted"
    again = told(fleet, "begin", "gw-0", *COMMAND)
    assert again["id"] != made["id"]
    end(database, again["id"], PushState.COMMITTED)
    assert "committed" in fleet("push", "list", *NORTH).stdout


@pytest.mark.parametrize(
    "words",
    [
        (),
        (*COMMAND, "--drift"),
        (*COMMAND, "--set", "a=b"),
        (*COMMAND, "--override", "gw-0"),
        ("/nowhere/change.rsc",),
        ("--command", "/system reboot"),
    ],
)
def test_what_is_not_understood_pushes_nothing(fleet: Run, words: tuple[str, ...]) -> None:
    refused(fleet("push", "begin", "gw-0", *words, *NORTH), BadInput)
    assert told(fleet, "list") == []


def test_a_push_over_many_goes_on_in_waves(fleet: Run, place: Path, database: Database) -> None:
    rows = told(fleet, "many", *COMMAND, "--tag", "edge", "--dry-run")
    assert [(row["wave"], row["state"], row["lines"]) for row in rows] == [(n, "waiting", [NAME]) for n in (0, 1)]
    assert [row["foreseen"] for row in rows] == [False, False]
    said = fleet("push", "many", *COMMAND, "--tag", "edge", *NORTH, "--dry-run").stderr
    assert "The configuration of gw-1, gw-2 was never read" in " ".join(said.split())
    assert told(fleet, "waves") == []
    made = told(fleet, "many", *COMMAND, "--all", "--waves", "1, rest", "--canary", "gw-2", "--note", "new names")
    assert (made["state"], made["waves"], made["total"], made["note"]) == ("running", [1, 2], 3, "new names")
    turn(place, database)
    found = told(fleet, "waves", made["id"])
    assert (found["devices"][0]["name"], found["devices"][0]["state"]) == ("gw-2", "asked")
    assert found["lines"] == [NAME]
    for word, state in (("pause", "paused"), ("resume", "running")):
        done(fleet("push", word, made["id"], *NORTH))
        assert told(fleet, "waves")[0]["state"] == state
    end(database, found["devices"][0]["push_id"], PushState.LOST)
    turn(place, database)
    assert "Nobody knows what 1" in told(fleet, "waves")[0]["why"]
    assert "stopped" in fleet("push", "waves", *NORTH).stdout
    assert "lost" in fleet("push", "waves", made["id"], *NORTH).stdout
    done(fleet("push", "retry", made["id"], *NORTH))
    done(fleet("push", "abort", made["id"], *NORTH))
    refused(fleet("push", "abort", made["id"], *NORTH), Conflict)


def test_what_went_well_everywhere_is_done(fleet: Run, place: Path, database: Database) -> None:
    made = told(fleet, "many", *COMMAND, "--device", "gw-0")
    turn(place, database)
    (device,) = told(fleet, "waves", made["id"])["devices"]
    end(database, device["push_id"], PushState.COMMITTED)
    turn(place, database)
    assert told(fleet, "waves", made["id"])["state"] == "done"


@pytest.mark.parametrize(
    "words",
    [
        COMMAND,
        (*COMMAND, "--tag", "edge", "--waves", "half"),
        (*COMMAND, "--tag", "edge", "--template", "x"),
        (*COMMAND, "--tag", "edge", "--override", "gw-1"),
        (*COMMAND, "--tag", "edge", "--override", "gw-1", "--reason", "on site"),
        (*COMMAND, "--tag", "edge", "--canary", "gw-0"),
        (*COMMAND, "--site", "nowhere"),
        ("--tag", "edge"),
    ],
)
def test_what_is_not_understood_begins_nothing(fleet: Run, words: tuple[str, ...]) -> None:
    refused(fleet("push", "many", *words, *NORTH), BadInput)
    assert told(fleet, "waves") == []
