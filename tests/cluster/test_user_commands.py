"""``flotilla user``: made, invited, listed, given a role, removed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cluster.servers.openbao import OpenBao
from db import enrolments
from db.enrolments import Enrolment
from db.members import LastAdmin
from db.signintables import Purpose
from fleet.errors import BadInput, Conflict, NotFound, StartRefused
from tests.cluster.administrator import Run, done, refused, runner_of
from tests.fixtures.database import Database

EMAIL = "noc@north.example"
URL = "https://fleet.example"
AT = ("--tenant", "north")


@pytest.fixture
def run(place: Path, database: Database, openbao: OpenBao) -> Run:
    return runner_of(place, database, openbao, public_url=URL)


def people(run: Run) -> dict[str, str]:
    listed = json.loads(done(run("user", "list", *AT, "--json")))
    return {one["email"]: one["role"] for one in listed}


def leads_to(database: Database, url: str) -> Enrolment:
    place, token = url.strip().split("#")
    assert place == f"{URL}/enrol"
    return enrolments.look(database.stores, token, datetime.now(UTC))


def test_the_last_role_that_is_given_counts(north: Run) -> None:
    for role in ("viewer", "operator"):
        done(north("user", "add", EMAIL.upper(), *AT, "--role", role))
    assert people(north) == {EMAIL: "operator"}
    assert EMAIL in done(north("user", "list", *AT))


def test_the_last_tenant_admin_is_not_added_as_something_else(north: Run) -> None:
    done(north("user", "add", EMAIL, *AT, "--role", "tenant_admin"))
    refused(north("user", "add", EMAIL, *AT, "--role", "viewer"), LastAdmin)
    assert people(north) == {EMAIL: "tenant_admin"}


def test_nobody_is_invited_to_a_server_that_is_nowhere(place: Path, database: Database, openbao: OpenBao) -> None:
    nowhere = runner_of(place, database, openbao)
    done(nowhere("tenant", "add", "north", "North"))
    refused(nowhere("user", "invite", EMAIL, *AT), StartRefused)
    assert people(nowhere) == {}


def test_a_person_is_invited_by_a_link(north: Run, database: Database) -> None:
    url = done(north("user", "invite", EMAIL, *AT, "--role", "operator", "--for", "1d"))
    assert (leads_to(database, url).email, leads_to(database, url).purpose) == (EMAIL, Purpose.INVITATION)
    assert people(north) == {EMAIL: "operator"}
    refused(north("user", "invite", EMAIL, *AT), Conflict)
    refused(north("user", "invite", "nobody", *AT), BadInput)
    refused(north("user", "invite", "x@north.example", *AT, "--for", "0s"), BadInput)
    assert people(north) == {EMAIL: "operator"}


def test_the_first_super_admin_is_made_by_the_command_line(north: Run, database: Database) -> None:
    made = json.loads(done(north("user", "create", EMAIL, *AT, "--role", "super_admin", "--json")))
    assert leads_to(database, made["url"]).purpose is Purpose.SETUP
    assert people(north) == {EMAIL: "super_admin"}


def test_who_belongs_to_another_tenant_needs_no_link(north: Run) -> None:
    done(north("tenant", "add", "south", "South"))
    done(north("user", "add", EMAIL, "--tenant", "south", "--role", "viewer"))
    assert json.loads(done(north("user", "invite", EMAIL, *AT, "--json")))["url"] is None
    assert people(north) == {EMAIL: "viewer"}


def test_a_person_is_given_a_role_and_removed(north: Run) -> None:
    done(north("user", "add", EMAIL, *AT, "--role", "viewer"))
    done(north("user", "role", EMAIL, "operator", *AT))
    assert people(north) == {EMAIL: "operator"}
    refused(north("user", "remove", EMAIL, *AT), BadInput)
    done(north("user", "remove", EMAIL, *AT, "--yes"))
    assert people(north) == {}
    for words in (("remove", EMAIL, *AT, "--yes"), ("role", EMAIL, "viewer", *AT)):
        refused(north("user", *words), NotFound)


@pytest.mark.parametrize("words", [("role", EMAIL, "viewer", *AT), ("remove", EMAIL, *AT, "--yes")])
def test_the_last_tenant_admin_stays(north: Run, words: tuple[str, ...]) -> None:
    done(north("user", "add", EMAIL, *AT, "--role", "tenant_admin"))
    refused(north("user", *words), LastAdmin)
    assert people(north) == {EMAIL: "tenant_admin"}
