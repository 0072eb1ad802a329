"""An administrator plans a rollout, sees who takes part and who does not, starts it, and stops it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
from typer.testing import Result

from fleet.errors import BadInput, Conflict
from tests.cluster.administrator import Run, add, done, refused
from tests.fixtures.database import Database

NORTH = ("--tenant", "north")
KNOWN = """
    UPDATE device_state SET state = 'up', since = now(), heard_at = now(), model = 'hAP ax2', version = '7.16',
        serial = 'SN1';
    INSERT INTO inventory (device_id, kind, key, tenant_id, facts, first_seen)
        SELECT id, 'resource', '', tenant_id, '{"architecture": "arm64"}', now() FROM devices;
    INSERT INTO inventory (device_id, kind, key, tenant_id, facts, first_seen)
        SELECT id, 'packages', 'routeros', tenant_id, '{"name": "routeros"}', now() FROM devices;
    INSERT INTO config_state (device_id, tenant_id, whole_at, failures) SELECT id, tenant_id, now(), 0 FROM devices;
    INSERT INTO firmware_releases VALUES ('7.24.4', 'new', now());
    INSERT INTO firmware_channels VALUES (7, 'stable', '7.24.4', now(), now());
    INSERT INTO firmware_files VALUES ('7.24.4', 'routeros-7.24.4-arm64.npk', 'routeros', 'arm64', 1, repeat('0', 64),
        now());
"""


def said(result: Result) -> str:
    """Tell all that a command said, on standard error, too."""
    done(result)
    return result.output


def test_a_rollout_is_planned_started_and_stopped(
    north: Run, database: Database, place: Path, tmp_path: Path
) -> None:
    done(add(north, "--password-stdin"))
    done(add(north, "--password-stdin", name="core-2", address="127.64.0.10"))
    refused(north("rollout", "plan", "spring", "stable", *NORTH), BadInput)
    with psycopg.connect(database.admin_url) as connection:
        connection.execute(KNOWN)
        connection.execute(
            "UPDATE device_state s SET version = '7.24.4' FROM devices d WHERE d.id = s.device_id"
            " AND d.name = 'core-2'"
        )
    lacking = refused(north("rollout", "plan", "spring", "stable", *NORTH), BadInput)
    assert "mirror does not hold RouterOS 7.24.4 for arm64" in str(lacking)
    assert "flotilla firmware mirror 7.24.4" in str(lacking)
    package = place / "firmware/routeros/7.24.4/routeros-7.24.4-arm64.npk"
    package.parent.mkdir(parents=True)
    package.write_bytes(b"x")
    shown = said(north("rollout", "plan", "spring", "stable", *NORTH, "--dry-run"))
    assert "1 devices in 1 waves, 1 left out." in shown
    assert "already" in shown
    assert "It takes 9 min" in shown
    assert json.loads(done(north("rollout", "list", *NORTH, "--json"))) == []
    told = json.loads(done(north("rollout", "plan", "spring", "stable", *NORTH, "--json")))
    assert [one["hops"] for one in told["members"]] == [["7.24.4"]]
    assert [one["devices"] for one in told["forecast"]["waves"]] == [1]
    refused(north("rollout", "approve", told["id"], "0" * 64, *NORTH), Conflict)
    soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    assert "is scheduled" in said(north("rollout", "start", told["id"], *NORTH, "--at", soon))
    assert "is running" in said(north("rollout", "start", told["id"], *NORTH))
    assert "has stopped all rollouts: a storm" in said(north("rollout", "stop", *NORTH, "--reason", "a storm"))
    assert "all rollouts: a storm" in said(north("rollout", "show", told["id"], *NORTH))
    assert "of all tenants." in said(north("rollout", "stop", "--all"))
    assert "go on" in said(north("rollout", "lift", "--all"))
    rules = json.loads(done(north("rollout", "rules", *NORTH, "--second-person", "--json")))
    assert (rules["second_person"], rules["stopped"]["reason"], rules["house"]) == (True, "a storm", None)
    assert "go on" in said(north("rollout", "lift", *NORTH))
    refused(north("rollout", "lift"), BadInput)
    assert "is paused" in said(north("rollout", "pause", told["id"], *NORTH))
    assert "is running" in said(north("rollout", "resume", told["id"], *NORTH))
    assert "is aborting" in said(north("rollout", "abort", told["id"], *NORTH))
    found = json.loads(done(north("rollout", "show", told["id"], *NORTH, "--json")))
    assert [(one["name"], one["stage"]) for one in found["items"]] == [("core-1", "pending")]
    assert found["forecast"] == told["forecast"]
    refused(north("rollout", "retry", told["id"], *NORTH), Conflict)
    table, page = tmp_path / "spring.csv", tmp_path / "spring.html"
    done(north("rollout", "report", told["id"], *NORTH, "--csv", str(table), "--html", str(page)))
    assert "core-1" in table.read_text()
    assert "<h1>spring</h1>" in page.read_text()
    refused(north("rollout", "report", told["id"], *NORTH), BadInput)
    refused(north("rollout", "report", told["id"], *NORTH, "--csv", str(tmp_path)), BadInput)
