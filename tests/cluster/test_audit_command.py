"""An administrator reads the audit log and sees whether it is as it was written."""

from __future__ import annotations

import json
from typing import Any

import psycopg

from fleet.errors import BadInput
from tests.cluster.administrator import Run, done, refused
from tests.fixtures.database import Database

NORTH = ("--tenant", "north")


def verdict(run: Run, *more: str) -> dict[str, Any]:
    """Verify; tells the exit status and what is said of north."""
    result = run("audit", "verify", "--json", *more)
    (found,) = [one for one in json.loads(result.stdout) if one["tenant"] == "north"]
    return {"status": result.exit_code, **found}


def test_what_is_done_by_commands_is_in_the_log(north: Run) -> None:
    done(north("site", "add", "Oslo", *NORTH))
    done(north("user", "add", "noc@north.example", *NORTH, "--role", "operator"))
    found = json.loads(done(north("audit", "list", *NORTH, "--json")))
    assert [one["action"] for one in found] == ["user.added", "site.created", "tenant.created"]
    assert all(one["who"].endswith("(command line)") for one in found)
    assert (found[1]["object_type"], found[1]["address"]) == ("site", None)
    said = done(north("audit", "list", *NORTH, "--action", "site."))
    assert (found[1]["object_id"][:8] in said, "user.added" in said) == (True, False)
    assert json.loads(done(north("audit", "list", "--who", "nobody", "--json"))) == []


def test_a_command_that_fails_leaves_nothing(north: Run) -> None:
    done(north("site", "add", "Oslo", *NORTH))
    assert north("site", "add", "Oslo", *NORTH).exception
    assert len(json.loads(done(north("audit", "list", *NORTH, "--json")))) == 2


def test_a_log_as_it_was_written_fits_and_one_that_was_touched_is_named(north: Run, database: Database) -> None:
    for name in ("Oslo", "Bergen", "Bodø"):
        done(north("site", "add", name, *NORTH))
    before = verdict(north)
    assert (before["fits"], before["entries"], before["misfit"]) == (True, 4, None)
    assert "4 entries fit" in north("audit", "verify", *NORTH).stdout
    assert verdict(north, *NORTH, "--head", before["head"])["fits"]
    with psycopg.connect(database.admin_url) as admin:
        admin.execute("ALTER TABLE audit DISABLE TRIGGER ALL")
        admin.execute("UPDATE audit SET who = 'somebody else' WHERE number = 3")
    after = verdict(north)
    assert (after["status"], after["fits"], after["misfit"]["number"], after["entries"]) == (1, False, 3, 2)
    assert "entry 3 does not fit" in north("audit", "verify").stdout


def test_a_head_is_one_tenants_and_looks_like_one(north: Run) -> None:
    refused(north("audit", "verify", "--head", "1:00"), BadInput)
    refused(north("audit", "verify", *NORTH, "--head", "nonsense"), BadInput)
