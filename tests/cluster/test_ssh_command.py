"""An administrator allows SSH for devices, one or many, and no longer; host keys that were learnt stay."""

from __future__ import annotations

import json

import psycopg

from fleet.errors import BadInput
from tests.cluster.administrator import Run, add, done, refused
from tests.fixtures.database import Database

NORTH = ("--tenant", "north")
LEARN = "UPDATE ssh_access SET fingerprint = 'SHA256:abc', learnt_at = now()"
OLD = (
    "UPDATE device_state s SET version = '6.49.18 (stable)' FROM devices d WHERE d.id = s.device_id"
    " AND d.name = 'core-2'"
)


def listed(north: Run) -> dict[str, dict[str, object]]:
    told = json.loads(done(north("device", "ssh", "list", "--all", *NORTH, "--json")))
    return {one["device"]: one for one in told}


def test_ssh_is_allowed_for_many_at_once_and_no_longer(north: Run, database: Database) -> None:
    done(add(north, "--password-stdin", "--tag", "edge"))
    done(add(north, "--password-stdin", name="core-2", address="127.64.0.10"))
    refused(north("device", "ssh", "allow", *NORTH), BadInput)
    refused(north("device", "ssh", "allow", "core-1", "--all", *NORTH), BadInput)
    refused(north("device", "ssh", "allow", "--all", "--fingerprint", "SHA256:abc", *NORTH), BadInput)
    with psycopg.connect(database.admin_url, autocommit=True) as connection:
        connection.execute(OLD)
        told = json.loads(done(north("device", "ssh", "allow", "--all", "--port", "2222", *NORTH, "--json")))
        assert told == {"allowed": ["core-1", "core-2"], "need_legacy": ["core-2"]}
        connection.execute(LEARN)
    assert (
        "for 2 devices, at port 2222"
        in north("device", "ssh", "allow", "--all", "--legacy", "--port", "2222", *NORTH).output
    )
    found = listed(north)
    assert {name: one["fingerprint"] for name, one in found.items()} == {
        "core-1": "SHA256:abc",
        "core-2": "SHA256:abc",
    }
    assert found["core-2"]["legacy"] is True, "it runs RouterOS 6"
    done(north("device", "ssh", "allow", "core-2", "--relearn", "--port", "2222", *NORTH))
    assert listed(north)["core-2"]["fingerprint"] is None
    done(north("device", "ssh", "deny", "--tag", "edge", *NORTH))
    assert [one["allowed"] for one in listed(north).values()] == [False, True]
