"""An administrator makes sites, puts devices there, switches collectors off and plans maintenance."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest

from fleet.backups import WATCHING
from fleet.errors import BadInput, Conflict, FleetError, NotFound
from tests.cluster.administrator import Run, add, done, only, refused
from tests.fixtures.database import Database
from tests.fixtures.metrics import stored

NORTH = ("--tenant", "north")


@pytest.fixture
def core(north: Run) -> Run:
    """Run commands where north has the site Oslo, and there a device, core-1, with the tag core."""
    done(north("site", "add", "Oslo", *NORTH))
    done(add(north, "--site", "Oslo", "--tag", "core", "--collector-off", "queues", "--password-stdin"))
    return north


def shown(run: Run) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(done(run("device", "show", "core-1", *NORTH, "--json")))
    return found


def belongs(run: Run) -> tuple[str | None, list[str], list[str]]:
    facts = shown(run)
    return facts["site"], facts["tags"], facts["collectors_off"]


def changed(run: Run, *more: str) -> list[str]:
    found: list[str] = json.loads(done(run("device", "change", "core-1", *NORTH, *more, "--json")))["changed"]
    return found


def test_a_device_is_added_where_it_belongs(core: Run, database: Database) -> None:
    assert belongs(core) == ("Oslo", ["core"], ["queues"])
    assert only(database).collectors_off == {"queues", WATCHING}
    said = " ".join(done(core("device", "show", "core-1", *NORTH)).split())
    assert "site Oslo" in said
    assert "collectors off queues" in said
    (row,) = json.loads(done(core("device", "list", *NORTH, "--site", "Oslo", "--tag", "core", "--json")))
    assert (row["name"], row["site"], row["tags"]) == ("core-1", "Oslo", ["core"])
    assert json.loads(done(core("device", "list", *NORTH, "--tag", "edge", "--json"))) == []


def test_a_device_is_moved_tagged_and_switched(core: Run) -> None:
    done(core("site", "add", "Bergen", *NORTH))
    assert changed(core, "--site", "Bergen", "--tag", "edge", "--tag", "b2b", "--collector-off", "ppp") == [
        "collectors_off",
        "tags",
        "site",
    ]
    assert belongs(core) == ("Bergen", ["b2b", "core", "edge"], ["ppp", "queues"])
    changed(core, "--no-site", "--untag", "core", "--untag", "b2b", "--collector-on", "queues")
    assert belongs(core) == (None, ["edge"], ["ppp"])
    assert changed(core, "--untag", "core", "--collector-on", "queues", "--no-site") == []


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--site", "Olso"), "Oslo"),
        (("--site", ""), "--no-site"),
        (("--site", "Oslo", "--no-site"), "--no-site"),
        (("--tag", "Not A Tag"), "a-z"),
        (("--collector-off", "resource"), "alive"),
        (("--collector-off", "packages"), "inventory.packages"),
        (("--collector-on", "weather"), "queues"),
        (("--collector-on", "ppp", "--collector-off", "ppp"), "once"),
    ],
    ids=str,
)
def test_what_cannot_be_is_answered_with_what_can(core: Run, more: tuple[str, ...], said: str) -> None:
    before = belongs(core)
    assert said in str(refused(core("device", "change", "core-1", *NORTH, "--name", "moved", *more), BadInput))
    assert belongs(core) == before


def test_no_device_is_added_to_a_site_that_is_not_there(core: Run, database: Database) -> None:
    words = (("--site", "Olso"), ("--tag", "A B"), ("--collector-off", "resource"))
    for more in words:
        refused(add(core, *more, "--password-stdin", name="core-2", address="127.64.0.10"), BadInput)
    assert only(database).name == "core-1"


def test_sites_are_listed_renamed_and_removed(core: Run) -> None:
    done(core("site", "add", "Bergen", *NORTH))
    assert [(s["name"], s["devices"]) for s in json.loads(done(core("site", "list", *NORTH, "--json")))] == [
        ("Bergen", 0),
        ("Oslo", 1),
    ]
    assert "Oslo" in done(core("site", "list", *NORTH))
    assert json.loads(done(core("site", "rename", "Oslo", "Oslo 2", *NORTH, "--json")))["name"] == "Oslo 2"
    assert belongs(core)[0] == "Oslo 2"
    error = refused(core("site", "remove", "Oslo 2", *NORTH), BadInput)
    assert ("1 device" in error.message, "--yes" in error.next_step) == (True, True)
    assert "no site of north" in done(core("site", "remove", "Oslo 2", *NORTH, "--yes"))
    assert belongs(core)[0] is None


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (("add", "Oslo"), Conflict),
        (("add", "(no site)"), BadInput),
        (("rename", "Bergen", "Oslo"), BadInput),
        (("rename", "Oslo", ""), BadInput),
        (("remove", "Bergen", "--yes"), BadInput),
    ],
)
def test_a_site_that_cannot_be_is_refused(core: Run, words: tuple[str, ...], kind: type[FleetError]) -> None:
    refused(core("site", *words, *NORTH), kind)
    assert [one["name"] for one in json.loads(done(core("site", "list", *NORTH, "--json")))] == ["Oslo"]


def test_maintenance_is_planned_listed_and_taken_back(core: Run) -> None:
    words = ("maintenance", "add", *NORTH, "--reason", "power work")
    made = json.loads(done(core(*words, "--site", "Oslo", "--for", "2h", "--json")))
    assert (made["site"], made["reason"], made["all"]) == ("Oslo", "power work", False)
    past = ("--from", "2026-01-05T10:00:00Z", "--to", "2026-01-05T12:00:00+01:00")
    assert "from 2026-01-05 10:00 to 2026-01-05 11:00 UTC" in done(core(*words, "--device", "core-1", *past))
    for more in (("--tag", "core"), ("--all",)):
        done(core(*words, *more, "--for", "30m"))

    def listed(*more: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(done(core("maintenance", "list", *NORTH, *more, "--json")))
        return found

    assert [(w["site"], w["tag"], w["all"]) for w in listed()] == [
        ("Oslo", None, False),
        (None, "core", False),
        (None, None, True),
    ]
    assert len(listed("--since", "2026-01-01", "--device", "core-1")) == 4
    said = " ".join(done(core("maintenance", "list", *NORTH)).split())
    assert "site Oslo" in said
    assert "power work" in said
    assert json.loads(done(core("maintenance", "remove", made["id"], *NORTH, "--json")))["removed"] is True
    refused(core("maintenance", "remove", made["id"], *NORTH), NotFound)
    for nothing in ("", "%", "x"):
        refused(core("maintenance", "remove", nothing, *NORTH), NotFound)
    assert listed()[0]["id"][:8] in done(core("maintenance", "list", *NORTH))
    assert "tag core" in done(core("maintenance", "remove", listed()[0]["id"][:8], *NORTH))
    history = json.loads(done(core("device", "history", *NORTH, "--json")))
    assert [one["kind"] for one in history][:3] == [
        "maintenance.deleted",
        "maintenance.deleted",
        "maintenance.created",
    ]


def test_maintenance_recurs(core: Run) -> None:
    rule = ("--every", "FREQ=WEEKLY;BYDAY=SU", "--at", "02:00", "--for", "2h", "--zone", "Europe/Oslo")
    words = ("maintenance", "add", *NORTH, "--reason", "patching", "--all", *rule, "--from", "2026-06-01")
    made = json.loads(done(core(*words, "--json")))
    assert (made["from"], made["to"], made["recurring"]["at"]) == ("2026-06-07T00:00:00+00:00", None, "02:00")
    assert "FREQ=WEEKLY;BYDAY=SU at 02:00 Europe/Oslo" in done(core(*words))
    assert "FREQ=WEEKLY" in done(core("maintenance", "list", *NORTH))
    shown = json.loads(done(core("maintenance", "preview", *rule, "--from", "2096-06-01", "--json")))
    assert shown[0] == {"from": "2096-06-03T00:00:00+00:00", "to": "2096-06-03T02:00:00+00:00"}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ((), "one of --device"),
        (("--all", "--tag", "core", "--for", "1h"), "one of --device"),
        (("--all",), "--to and --for"),
        (("--all", "--for", "1h", "--to", "now"), "--to and --for"),
        (("--all", "--for", "soon"), "30s"),
        (("--all", "--to", "now-1h"), "behind its start"),
        (("--site", "Olso", "--for", "1h"), "Oslo"),
        (("--tag", "A B", "--for", "1h"), "a-z"),
        (("--all", "--for", "1h", "--reason", ""), "in a line"),
        (("--all", "--for", "1h", "--at", "02:00"), "for what recurs"),
        (("--all", "--for", "1h", "--every", "FREQ=DAILY"), "--at and --for"),
        (("--all", "--for", "1h", "--every", "FREQ=DAILY", "--at", "2 am"), "no time of day"),
        (("--all", "--for", "1h", "--every", "FREQ=SECONDLY", "--at", "02:00"), "FREQ is one of"),
    ],
    ids=str,
)
def test_a_window_that_cannot_be_is_refused(core: Run, database: Database, more: tuple[str, ...], said: str) -> None:
    words = ("maintenance", "add", *NORTH, "--reason", "power work")
    assert said in str(refused(core(*words, *more), BadInput))
    assert stored(database, "SELECT count(*) FROM maintenance_windows") == [(0,)]


def test_what_is_another_tenants_is_not_there(core: Run) -> None:
    done(core("tenant", "add", "south", "South"))
    south = ("--tenant", "south")
    assert "make it first" in str(refused(core("site", "remove", "Oslo", *south, "--yes"), BadInput))
    refused(core("device", "show", "core-1", *south), NotFound)
    refused(core("maintenance", "add", *south, "--device", "core-1", "--for", "1h", "--reason", "x"), NotFound)
    refused(core("maintenance", "remove", str(uuid4()), *south), NotFound)
    assert json.loads(done(core("maintenance", "list", *south, "--json"))) == []


@pytest.mark.parametrize(
    "words", [("site", "add"), ("site", "rename"), ("maintenance", "add"), ("maintenance", "list"),
              ("maintenance", "preview"), ("maintenance", "remove"), ("device", "show"), ("device", "change")]
)  # fmt: skip
def test_the_help_has_an_example(run: Run, words: tuple[str, ...]) -> None:
    assert "flotilla" in done(run(*words, "--help"))
