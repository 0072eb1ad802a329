"""An administrator changes and removes devices, and reads what was done to them."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psutil
import pytest

from cluster.servers.openbao import OpenBao
from db import inventory
from fleet.device import TlsMode
from fleet.errors import BadInput, Conflict, EgressDenied, FleetError, NotFound, Unavailable
from fleet.events import Change, DeviceChangedEvent, decode
from tests.cluster.administrator import PASSWORD, Run, add, done, only, opened, refused, runner_of
from tests.fixtures.database import Database
from tests.fixtures.metrics import stored
from tests.fixtures.simulator import Served

PIN = "ab" * 32
ME = f"{psutil.Process().username()} (command line)"
NORTH = ("--tenant", "north")


@pytest.fixture
def core(north: Run, database: Database) -> Run:
    """Run commands where north has a device, core-1 at 127.64.0.9."""
    done(add(north, "--password-stdin"))
    return north


def change(run: Run, *more: str, device: str = "core-1", stdin: str | None = None) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(done(run("device", "change", device, *NORTH, *more, "--json", stdin=stdin)))
    return found


def history(run: Run, *more: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(done(run("device", "history", *NORTH, *more, "--json")))
    return found


def events(database: Database) -> list[DeviceChangedEvent]:
    found = [decode(data) for (data,) in stored(database, "SELECT event FROM outbox ORDER BY created_at")]
    return [event for event in found if isinstance(event, DeviceChangedEvent)]


def test_adding_a_device_is_recorded_and_told(core: Run, database: Database) -> None:
    (event,) = events(database)
    assert (event.change, event.device_id) == (Change.CREATED, only(database).id)
    one, first = history(core)
    assert (one["kind"], one["by"], one["outcome"]) == ("device.created", ME, "done")
    assert (one["device_id"], one["detail"]["name"]) == (str(only(database).id), "core-1")
    assert (first["kind"], first["device_id"]) == ("tenant.created", None)


def test_a_device_is_changed_field_by_field(core: Run, database: Database) -> None:
    place = ("--address", "127.64.0.10", "--port", "8730", "--tls", "pin", "--fingerprint", PIN.upper())
    said = change(core, *place, "--name", "core-2", "--interval", "5s", "--username", "other", "--streams", "2")
    assert (said["name"], said["tenant"], said["id"]) == ("core-2", "north", str(only(database).id))
    fields = {"name", "address", "port", "tls", "fingerprint", "streams", "interval_seconds", "username"}
    assert set(said["changed"]) == fields
    device = only(database)
    assert (device.name, str(device.endpoint), device.username) == ("core-2", "127.64.0.10:8730", "other")
    assert (device.endpoint.tls, device.endpoint.fingerprint) == (TlsMode.PIN, PIN)
    assert (device.interval, device.endpoint.streams) == (timedelta(seconds=5), 2)
    assert [set(event.fields) for event in events(database)] == [set(), fields]


def test_a_device_is_found_by_its_id_as_well(core: Run, database: Database) -> None:
    assert change(core, "--port", "1", device=str(only(database).id))["changed"] == ["port"]


def test_a_password_is_changed_and_not_shown(core: Run, database: Database, openbao: OpenBao) -> None:
    result = core("device", "change", "core-1", *NORTH, "--password-stdin", stdin="another one\n")
    assert done(result) == "core-1 of north: password changed.\n"
    assert "another" not in result.output
    assert opened(openbao, only(database)) == b"another one"


def test_what_is_as_it_was_is_no_change(core: Run, database: Database) -> None:
    before = events(database), history(core)
    assert change(core, "--port", "8729", "--name", "core-1")["changed"] == []
    assert (events(database), history(core)) == before
    assert "as it was" in done(core("device", "change", "core-1", *NORTH, "--port", "8729"))


def test_a_pin_is_shown_before_it_is_taken(core: Run, database: Database, fleet_of_three: Served) -> None:
    entry = fleet_of_three.inventory[0]
    place = ("--address", entry.address, "--port", str(entry.api_ssl_port), "--tls", "pin")
    error = refused(core("device", "change", "core-1", *NORTH, *place), BadInput)
    assert f"--fingerprint {entry.fingerprint}" in error.next_step
    assert only(database).endpoint.tls is TlsMode.VERIFY
    assert set(change(core, *place, "--fingerprint", entry.fingerprint)["changed"]) >= {"tls", "fingerprint"}
    assert change(core, "--tls", "anonymous")["changed"] == ["tls", "fingerprint"]


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        ((), BadInput),
        (("--address", "10.0.0.1"), EgressDenied),
        (("--address", "127.0.0.1"), EgressDenied),
        (("--address", "core 1"), BadInput),
        (("--interval", "2d"), BadInput),
        (("--interval", "0s"), BadInput),
        (("--fingerprint", PIN), BadInput),
        (("--tls", "pin", "--fingerprint", "abc"), BadInput),
        (("--tls", "plain", "--fingerprint", PIN), BadInput),
        (("--name", ""), BadInput),
        (("--name", "core-9"), Conflict),
        (("--address", "127.64.0.19"), Conflict),
        (("--password-stdin",), BadInput),
    ],
)
def test_a_change_that_is_refused_leaves_nothing(
    core: Run, database: Database, more: tuple[str, ...], kind: type[FleetError]
) -> None:
    words = ("device", "add", "core-9", "127.64.0.19", *NORTH, "--username", "u", "--password-stdin")
    done(core(*words, stdin=PASSWORD))
    before = stored(database, "SELECT * FROM devices ORDER BY name")
    refused(core("device", "change", "core-1", *NORTH, *more, stdin="\n"), kind)
    assert stored(database, "SELECT * FROM devices ORDER BY name") == before
    assert len(events(database)) == 2


def test_without_openbao_no_password_is_changed(core: Run, place: Path, database: Database, openbao: OpenBao) -> None:
    before = only(database)
    alone = runner_of(place, database, openbao, openbao_url="http://127.0.0.1:9")
    words = ("device", "change", "core-1", *NORTH, "--username", "other", "--password-stdin")
    refused(alone(*words, stdin="another one\n"), Unavailable)
    assert only(database) == before


def test_a_device_is_removed_when_it_is_meant(core: Run, database: Database) -> None:
    device = only(database)
    error = refused(core("device", "remove", "core-1", *NORTH), BadInput)
    assert "core-1 at 127.64.0.9:8729" in error.message
    assert "--yes" in error.next_step
    assert only(database) == device
    said = json.loads(done(core("device", "remove", "core-1", *NORTH, "--yes", "--json")))
    assert said == {"id": str(device.id), "name": "core-1", "tenant": "north", "removed": True}
    assert inventory.polled(database.stores) == []
    refused(core("device", "remove", "core-1", *NORTH, "--yes"), NotFound)
    assert [event.change for event in events(database)] == [Change.CREATED, Change.DELETED]


def test_another_tenants_device_is_not_there(core: Run, database: Database) -> None:
    done(core("tenant", "add", "south", "South"))
    before = only(database)
    for device in ("core-1", str(before.id), str(uuid4())):
        south = ("--tenant", "south")
        refused(core("device", "change", device, *south, "--name", "stolen"), NotFound)
        refused(core("device", "remove", device, *south, "--yes"), NotFound)
    assert only(database) == before
    theirs = json.loads(done(core("device", "history", "--tenant", "south", "--json")))
    assert [one["kind"] for one in theirs] == ["tenant.created"]
    assert json.loads(done(core("device", "history", str(before.id), "--tenant", "south", "--json"))) == []
    refused(core("device", "history", "core-1", "--tenant", "south"), NotFound)


def test_the_history_is_told_from_the_newest_on(core: Run, database: Database) -> None:
    device = only(database)
    change(core, "--port", "1")
    done(add(core, "--password-stdin", name="core-2", address="127.64.0.10"))
    done(core("device", "remove", "core-1", *NORTH, "--yes"))
    kinds = [one["kind"] for one in history(core)]
    assert kinds == ["device.deleted", "device.created", "device.updated", "device.created", "tenant.created"]
    assert [one["kind"] for one in history(core, "--last", "2")] == kinds[:2]
    assert [one["detail"]["name"] for one in history(core, "core-2")] == ["core-2"]
    mine = history(core, str(device.id))
    assert [one["kind"] for one in mine] == ["device.deleted", "device.updated", "device.created"]
    assert mine[1]["detail"]["fields"] == ["port"]
    assert all(UUID(one["id"]) and one["at"].endswith("+00:00") for one in mine)
    error = refused(core("device", "history", "core-1", *NORTH), NotFound)
    assert "by its id" in error.next_step


def test_the_history_is_shown_to_people(core: Run) -> None:
    change(core, "--port", "1")
    said = " ".join(done(core("device", "history", *NORTH)).split())
    assert "device.updated core-1 port" in said
    assert ME.split()[0] in said
