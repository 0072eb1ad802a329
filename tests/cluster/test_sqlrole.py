"""``flotilla sql-role``: an administrator lets analysts in, and out again."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from cluster.servers.openbao import OpenBao
from fleet.errors import BadInput, BadSetting, Conflict, FleetError, NotFound, StartRefused
from tests.cluster.administrator import Run, done, refused, runner_of
from tests.fixtures.database import Database, Tenant


@pytest.fixture
def head(place: Path, database: Database, openbao: OpenBao, two_tenants: tuple[Tenant, Tenant]) -> Run:
    """The command line on the head, where the administrator's URL is known, with two tenants."""
    return runner_of(place, database, openbao, postgres_url=database.admin_url)


def test_a_login_is_made_used_listed_and_removed(head: Run, two_tenants: tuple[Tenant, Tenant]) -> None:
    made = json.loads(done(head("sql-role", "create", "planning", "--tenant", "north", "--for", "365d", "--json")))
    assert (made["tenant"], made["title"]) == ("north", "planning")
    assert datetime.fromisoformat(made["expires_at"]) > datetime.now(UTC)
    with psycopg.connect(made["url"]) as analyst:
        assert analyst.execute("SELECT DISTINCT tenant_id FROM devices").fetchall() == [(two_tenants[0].id,)]
    (one,) = json.loads(done(head("sql-role", "list", "--json")))
    assert (one["name"], one["expires_at"]) == (made["name"], made["expires_at"])
    assert "url" not in one
    assert "command line" in one["created_by"]
    assert "planning" in done(head("sql-role", "list", "--tenant", "north"))
    assert json.loads(done(head("sql-role", "list", "--tenant", "south", "--json"))) == []
    assert made["name"] in done(head("sql-role", "remove", "planning", "--tenant", "north"))
    assert json.loads(done(head("sql-role", "list", "--json"))) == []
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(made["url"])
    noted = json.loads(done(head("audit", "list", "--tenant", "north", "--json")))
    assert [(one["action"], one["object_id"]) for one in noted] == [
        ("sqlrole.removed", made["name"]),
        ("sqlrole.created", made["name"]),
    ]


def test_the_url_is_alone_on_standard_output(head: Run) -> None:
    said = done(head("sql-role", "create", "planning", "--tenant", "north"))
    with psycopg.connect(said.strip()) as analyst:
        assert analyst.execute("SELECT count(*) FROM tenants").fetchone() == (1,)
    done(head("sql-role", "remove", "planning", "--tenant", "north", "--json"))


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (("planning", "--tenant", "nroth"), NotFound),
        ((" ", "--tenant", "north"), BadInput),
        (("x" * 121, "--tenant", "north"), BadInput),
        (("planning", "--tenant", "north", "--for", "soon"), BadSetting),
        (("planning", "--tenant", "north", "--for", "0s"), BadInput),
    ],
)
def test_what_makes_no_sense_is_refused_and_makes_nothing(
    head: Run, words: tuple[str, ...], kind: type[FleetError]
) -> None:
    refused(head("sql-role", "create", *words), kind)
    assert json.loads(done(head("sql-role", "list", "--json"))) == []


def test_a_title_is_used_once(head: Run) -> None:
    done(head("sql-role", "create", "planning", "--tenant", "north"))
    refused(head("sql-role", "create", "planning", "--tenant", "north"), Conflict)
    done(head("sql-role", "remove", "planning", "--tenant", "north"))


def test_who_is_not_there_cannot_be_removed(head: Run) -> None:
    assert "sql-role list" in refused(head("sql-role", "remove", "planning", "--tenant", "north"), NotFound).next_step


def test_it_is_the_administrators_work(run: Run, two_tenants: tuple[Tenant, Tenant]) -> None:
    refused(run("sql-role", "create", "planning", "--tenant", "north"), StartRefused)
    refused(run("sql-role", "remove", "planning", "--tenant", "north"), StartRefused)
