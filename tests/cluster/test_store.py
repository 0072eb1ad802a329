"""``flotilla store``: what an administrator sees of the store and may set."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cluster import holdings
from cluster.servers.openbao import OpenBao
from db.dirty import Backlog
from db.storage import Status
from fleet.errors import BadInput, BadSetting, StartRefused
from fleet.resolutions import Resolution
from fleet.retention import Mode, rules
from fleet.settings import Settings
from routeros import collectors
from tests.cluster.administrator import Run, done, refused, runner_of
from tests.fixtures.database import Database, Tenant
from tests.fixtures.metrics import cpu, received, write

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
POLLED = datetime(2026, 1, 5, 12, tzinfo=UTC)


def test_the_status_is_a_document(run: Run, database: Database, two_tenants: tuple[Tenant, Tenant]) -> None:
    write(
        database,
        received([cpu(device, datetime(2026, 1, 5, 12, tzinfo=UTC), 0.5) for device in two_tenants[0].devices]),
    )
    result = run("store", "status", "--json")
    found = json.loads(result.stdout)
    assert found["mode"] == "native"
    assert {one["family"] for one in found["tables"]} == set(collectors.families())
    assert set(found["resolutions"]) == {"raw", "5m", "1h"}
    assert found["retention"]["raw"] == {"days": 7, "source": "default"}
    assert [(one["family"], one["resolution"], one["buckets"]) for one in found["backlog"]] == [("resource", "5m", 1)]
    assert result.exit_code == 1
    assert "since the store was made" in found["troubles"][0]


def test_the_status_is_a_page(run: Run) -> None:
    said = done(run("store", "status"))
    assert "mode" in said
    assert "nothing waits" in said
    assert "7 days" in said


def test_how_long_rows_are_kept_is_shown_and_set(run: Run) -> None:
    assert "by default" in done(run("store", "retention"))
    said = json.loads(done(run("store", "retention", "--raw", "3d", "--1h", "730d", "--json")))
    assert said == {
        "raw": {"days": 3, "source": "command"},
        "5m": {"days": 30, "source": "default"},
        "1h": {"days": 730, "source": "command"},
    }
    said = json.loads(done(run("store", "retention", "--raw", "settings", "--json")))
    assert said["raw"] == {"days": 7, "source": "default"}


@pytest.mark.parametrize(
    ("words", "kind"), [(("--raw", "60d"), BadInput), (("--5m", "soon"), BadSetting), (("--1h", "1h"), BadInput)]
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(run: Run, words: tuple[str, str], kind: type) -> None:
    refused(run("store", "retention", *words), kind)
    assert json.loads(done(run("store", "retention", "--json")))["raw"]["source"] == "default"


def test_compacting_needs_the_administrators_url(run: Run) -> None:
    refused(run("store", "compact"), StartRefused)


def test_days_that_are_over_are_compacted(
    place: Path, database: Database, openbao: OpenBao, two_tenants: tuple[Tenant, Tenant]
) -> None:
    write(database, received([cpu(two_tenants[0].devices[0], POLLED, 0.5)]))
    run = runner_of(place, database, openbao, postgres_url=database.admin_url)
    said = json.loads(done(run("store", "compact", "--json")))
    assert (said["compacted"], said["busy"]) == (1, [])
    assert "1 partition written anew" in done(run("store", "compact"))


def test_what_is_wrong_is_told_with_what_to_do() -> None:
    late = Backlog("resource", Resolution.FIVE_MINUTES, NOW - timedelta(hours=1), 12)
    assert [*holdings.troubles(_status(), NOW)] == []
    assert [*holdings.troubles(_status(late), NOW)] == []
    (behind,) = holdings.troubles(_status(late), NOW + timedelta(minutes=16))
    assert "since 2026-03-20 12:00" in behind
    (soon,) = holdings.troubles(_status(room=10, days=2.5), NOW)
    assert "full in 2.5 days" in soon
    (over,) = holdings.troubles(_status(room=-(2**20), days=0), NOW)
    assert "1 MiB over" in over


def _status(*late: Backlog, room: int | None = None, days: float | None = None) -> Status:
    return Status(Mode.NATIVE, rules(Mode.NATIVE, Settings(), {}), (), late, NOW, 0, room, days)
