"""An administrator looks at what a device has, and at what became of it."""

from __future__ import annotations

import json

import pytest

from fleet.errors import BadInput, NotFound
from tests.cluster.administrator import Run, add, done, only, refused
from tests.fixtures.database import Database
from tests.fixtures.metrics import NOW, received, seconds, stocked, write

SHOW = ("device", "inventory", "core-1", "--tenant", "north")


@pytest.fixture
def core(north: Run, database: Database) -> Run:
    """Run commands where north's core-1 has two packages, of which one was renewed, and more users than are kept."""
    done(add(north, "--password-stdin"))
    device = only(database)
    old, new, iot = ({"name": "routeros", "version": v, "disabled": False} for v in ("7.15", "7.16", "1"))
    events = [
        stocked(device, NOW, {"routeros": old, "iot": iot}),
        stocked(device, seconds(60), {"routeros": new, "iot": iot}),
        stocked(device, NOW, {"ann": {"name": "ann"}}, "users", told=9),
        stocked(device, NOW, {"": {"name": "core", "license_level": "6"}}, "identity"),
    ]
    write(database, received(events))
    return north


def test_a_person_reads_tables(core: Run) -> None:
    shown = done(core(*SHOW))
    assert "Packages (2026-01-05 12:01 UTC)" in shown
    assert "Users (2026-01-05 12:00 UTC, the first 1 of 9)" in shown
    assert "7.16" in shown
    assert "7.15" not in shown


def test_a_person_reads_what_changed(core: Run) -> None:
    shown = done(core(*SHOW, "--changes"))
    assert "version=7.15" in shown
    assert "version=7.16" in shown
    assert "iot" not in shown


def test_a_program_reads_json(core: Run) -> None:
    (packages,) = json.loads(done(core(*SHOW, "--kind", "packages", "--json")))
    assert [(item["key"], item["facts"]["version"]) for item in packages["items"]] == [
        ("iot", "1"),
        ("routeros", "7.16"),
    ]
    (change,) = json.loads(done(core(*SHOW, "--changes", "--json")))
    assert (change["what"], change["before"], change["after"]) == (
        "changed",
        {"version": "7.15"},
        {"version": "7.16"},
    )


def test_of_a_device_that_was_never_heard_nothing_is_known(north: Run) -> None:
    done(add(north, "--password-stdin"))
    result = north(*SHOW)
    assert done(result) == ""
    assert "Nothing is known of core-1 yet" in result.output
    assert json.loads(done(north(*SHOW, "--json"))) == []


def test_an_unknown_kind_or_device_is_refused(core: Run) -> None:
    assert "packages" in refused(core(*SHOW, "--kind", "weather"), BadInput).next_step
    refused(core("device", "inventory", "core-9", "--tenant", "north"), NotFound)
