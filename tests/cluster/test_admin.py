"""An administrator makes the first tenant and device of a Flotilla that runs."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cluster.__main__ import app
from cluster.servers.openbao import OpenBao
from db import enrolments, inventory
from fleet.device import TlsMode
from fleet.egress import SIMULATED
from fleet.errors import (
    BadInput,
    Conflict,
    EgressDenied,
    FleetError,
    NotFound,
    StartRefused,
    Unauthenticated,
    Unavailable,
)
from tests.cluster.administrator import PASSWORD, Run, add, done, only, opened, refused, runner_of
from tests.fixtures.database import Database
from tests.fixtures.simulator import Served


def test_the_groups_stand_beside_the_single_commands() -> None:
    said = CliRunner().invoke(app(), ["--help"]).stdout
    assert all(name in said for name in ("tenant", "user", "key", "device", "link", "up", "down"))
    assert "Usage: root user add" in CliRunner().invoke(app(), ["user", "add", "--help"]).stdout


def test_without_a_running_flotilla_nothing_is_done(tmp_path: Path) -> None:
    result = CliRunner().invoke(app(), ["tenant", "list", "--state", str(tmp_path)])
    assert "flotilla up" in refused(result, StartRefused).next_step


def test_what_a_killed_flotilla_left_announced_is_not_believed(
    tmp_path: Path, database: Database, openbao: OpenBao
) -> None:
    refused(runner_of(tmp_path, database, openbao)("tenant", "list"), StartRefused)


def test_a_tenant_is_made_and_listed(run: Run) -> None:
    done(run("tenant", "add", "north", "North & Co [1]", "--network", "10.20.0.0/16", "--network", "2001:db8::/32"))
    done(run("tenant", "add", "south", "South"))
    north, south = json.loads(done(run("tenant", "list", "--json")))
    assert (north["slug"], north["name"]) == ("north", "North & Co [1]")
    assert sorted(north["networks"]) == ["10.20.0.0/16", "2001:db8::/32"]
    assert south["networks"] == []
    assert "North & Co [1]" in done(run("tenant", "list"))


def test_a_tenant_is_renamed(north: Run) -> None:
    assert "North & Co" in done(north("tenant", "rename", "north", "North & Co"))
    (one,) = json.loads(done(north("tenant", "list", "--json")))
    assert (one["slug"], one["name"]) == ("north", "North & Co")
    refused(north("tenant", "rename", "north", ""), BadInput)
    refused(north("tenant", "rename", "south", "South"), NotFound)


def test_a_tenant_may_be_allowed_more_networks(north: Run) -> None:
    done(north("tenant", "allow", "north", "10.20.0.0/16"))
    (one,) = json.loads(done(north("tenant", "list", "--json")))
    assert sorted(one["networks"]) == ["10.20.0.0/16", str(SIMULATED)]


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (("north", "Again"), Conflict),
        (("South", "South"), BadInput),
        (("south", "South", "--network", "10.20.0.1/16"), BadInput),
    ],
)
def test_a_tenant_that_is_refused_leaves_nothing(north: Run, words: tuple[str, ...], kind: type[FleetError]) -> None:
    refused(north("tenant", "add", *words), kind)
    assert len(json.loads(done(north("tenant", "list", "--json")))) == 1


def test_there_is_no_tenant_without_a_key_for_its_secrets(place: Path, database: Database, openbao: OpenBao) -> None:
    run = runner_of(place, database, openbao, openbao_url="http://127.0.0.1:9")
    refused(run("tenant", "add", "north", "North"), Unavailable)
    assert json.loads(done(run("tenant", "list", "--json"))) == []


def test_an_unknown_tenant_is_answered_with_those_there_are(run: Run) -> None:
    words = ("user", "add", "noc@north.example", "--role", "viewer", "--tenant", "nroth")
    assert "flotilla tenant add" in refused(run(*words), NotFound).next_step
    for slug in ("north", "south"):
        done(run("tenant", "add", slug, slug))
    assert "north, south" in refused(run(*words), NotFound).next_step


def test_a_person_is_given_a_link_to_choose_a_password(place: Path, database: Database, openbao: OpenBao) -> None:
    north = runner_of(place, database, openbao, public_url="https://fleet.example")
    done(north("tenant", "add", "north", "North"))
    refused(north("link", "--enrol", "noc@north.example"), NotFound)
    done(north("user", "add", "noc@north.example", "--tenant", "north", "--role", "super_admin"))
    for words in ((), ("--tenant", "north")):
        made = json.loads(done(north("link", "--enrol", "noc@north.example", "--for", "1h", *words, "--json")))
        page, _, token = made["url"].partition("#")
        assert page == "https://fleet.example/enrol"
        found = enrolments.look(database.stores, token, datetime.now(UTC))
        assert (found.email, found.tenant_name) == ("noc@north.example", "North")
    with pytest.raises(Unauthenticated):
        enrolments.look(database.stores, token, datetime.now(UTC) + timedelta(hours=1))


def test_a_device_is_added_with_its_password_sealed(north: Run, database: Database, openbao: OpenBao) -> None:
    done(add(north, "--tls", "plain", "--interval", "30s", "--password-stdin", stdin=f" {PASSWORD} \r\n"))
    device = only(database)
    assert (device.name, str(device.endpoint), device.username) == ("core-1", "127.64.0.9:8728", "flotilla")
    assert (device.endpoint.tls, device.interval) == (TlsMode.PLAIN, timedelta(seconds=30))
    assert opened(openbao, device) == f" {PASSWORD} ".encode()


def test_the_password_is_asked_for_and_not_shown(north: Run, database: Database, openbao: OpenBao) -> None:
    result = add(north)
    assert "Password of flotilla at 127.64.0.9:8729" in result.stderr
    assert PASSWORD not in done(result) + result.stderr
    assert opened(openbao, only(database)) == PASSWORD.encode()
    assert only(database).interval == timedelta(seconds=60)


def test_pinning_shows_the_fingerprint_and_takes_it(north: Run, database: Database, fleet_of_three: Served) -> None:
    entry = fleet_of_three.inventory[0]
    pin = ("--tls", "pin", "--port", str(entry.api_ssl_port))
    before = fleet_of_three.control("stats")
    error = refused(add(north, *pin, address=entry.address), BadInput)
    assert f"--fingerprint {entry.fingerprint}" in error.next_step
    assert fleet_of_three.control("stats")["logins"] == before["logins"]
    assert inventory.polled(database.stores) == []
    done(add(north, *pin, "--fingerprint", entry.fingerprint.upper(), address=entry.address))
    assert only(database).endpoint.fingerprint == entry.fingerprint


def test_a_probe_keeps_to_the_networks_of_its_tenant(north: Run, fleet_of_three: Served) -> None:
    done(north("tenant", "add", "south", "South", "--network", "10.0.0.0/8"))
    entry = fleet_of_three.inventory[1]
    words = ("device", "probe", entry.address, "--port", str(entry.api_ssl_port), "--tls", "pin")
    pinned = (*words, "--fingerprint", entry.fingerprint, "--username", entry.username, "--password-stdin")
    page = done(north(*pinned, "--tenant", "north", stdin=entry.password))
    assert entry.identity in page
    refused(north(*pinned, "--tenant", "south", stdin=entry.password), EgressDenied)
    refused(north(*pinned, "--tenant", "nobody", stdin=entry.password), NotFound)


@pytest.mark.parametrize(
    ("address", "more", "kind"),
    [
        ("10.0.0.1", (), EgressDenied),
        ("10.0.0.1", ("--tls", "pin"), EgressDenied),
        ("127.0.0.1", (), EgressDenied),
        ("127.64.0.9:8729", (), BadInput),
        ("127.64.0.999", (), BadInput),
        ("[2001:db8::1]", (), BadInput),
        ("core 1", (), BadInput),
        ("127.64.0.9", ("--tls", "pin", "--fingerprint", "abc"), BadInput),
        ("127.64.0.9", ("--fingerprint", "0" * 64), BadInput),
        ("127.64.0.9", ("--interval", "2d"), BadInput),
        ("127.64.0.9", ("--interval", "0s"), BadInput),
    ],
)
def test_what_cannot_be_polled_is_refused_before_the_password(
    north: Run, database: Database, address: str, more: tuple[str, ...], kind: type[FleetError]
) -> None:
    result = add(north, *more, address=address)
    refused(result, kind)
    assert "Password" not in result.output
    assert inventory.polled(database.stores) == []


def test_an_empty_password_is_refused(north: Run) -> None:
    refused(add(north, "--password-stdin", stdin="\n"), BadInput)


def test_a_name_is_used_once(north: Run) -> None:
    done(add(north))
    refused(add(north, address="127.64.0.10"), Conflict)


def test_devices_are_listed_for_their_tenant_alone(north: Run) -> None:
    done(north("tenant", "add", "south", "South"))
    done(add(north, address="core-1.north.example"))
    (listed,) = json.loads(done(north("device", "list", "--tenant", "north", "--json")))
    assert (listed["name"], listed["address"], listed["state"]) == ("core-1", "core-1.north.example", "stale")
    assert "core-1" in done(north("device", "list", "--tenant", "north"))
    assert json.loads(done(north("device", "list", "--tenant", "south", "--json"))) == []
