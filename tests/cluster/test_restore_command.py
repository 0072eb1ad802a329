"""A restore names its kind: a version is pushed, a binary backup is loaded, and a replacement is a script."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest

from cluster.servers.openbao import OpenBao
from db import backups, binaries
from db.access import INGEST
from db.backups import Asking, Text
from db.binaries import Binary, Origin
from db.keyring import Keyring
from db.vault import Vault
from fleet.backups import Reason
from fleet.device import Device
from fleet.errors import BadInput, Conflict, FleetError, NotFound
from routeros.export import normalise, parse
from routeros.push.danger import LockOut
from routeros.restore import Unfit
from tests.cluster.administrator import Run, add, done, only, refused
from tests.fixtures.database import Database

NORTH = ("--tenant", "north")
RESTORE = ("config", "restore", "core-1", *NORTH)
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
FACTS = ("core 1", "HCX0001", "7.20.6", "RB4011")
TEXT = """\
# 2026-01-05 11:00:00 by RouterOS 7.20.6
/ip service
set api-ssl address={allowed}
/system identity
set name={name}
"""


def store(database: Database, ring: Keyring, device: Device) -> None:
    """Store two versions of a device: by the older one it is reached from nowhere."""
    for hours, (name, allowed) in enumerate((("old", "203.0.113.0/24"), ("new", '""'))):
        raw = TEXT.format(name=name, allowed=allowed)
        asking = Asking(device.tenant_id, device.id, NOON + timedelta(hours=hours), Reason.HAND, "a test")
        text = Text(raw.encode(), str(normalise(parse(raw))).encode(), "7.20.6", (), f"{hours}-0", ())
        with backups.writing(database.stores) as session:
            backups.store(session, ring, asking, text)


def tell(database: Database, **facts: str) -> None:
    """Let the device have told something else of itself."""
    with psycopg.connect(database.url(INGEST)) as connection:
        for name, value in facts.items():
            connection.execute(f"UPDATE device_state SET {name} = %s".encode(), (value,))


@pytest.fixture
def kept(north: Run, database: Database, openbao: OpenBao) -> tuple[Run, UUID]:
    """A device with two versions and a binary backup, which has told what it is."""
    done(add(north, "--password-stdin"))
    device, ring = only(database), Keyring(Vault(openbao.url, openbao.role_id, openbao.secret_id))
    store(database, ring, device)
    tell(database, **dict(zip(("identity", "serial", "version", "model"), FACTS, strict=True)))
    origin, binary = Origin("7.20.6", "RB4011", "HCX0001", ""), Binary(b"\xef\xa8\x91\x73 all", "a word")
    with backups.writing(database.stores) as session:
        made = binaries.store(session, ring, (device.tenant_id, device.id, "ann", NOON), origin, binary)
    return north, made


def loads(run: Run) -> list[dict[str, Any]]:
    found = json.loads(done(run("device", "history", *NORTH, "--json")))
    return [one for one in found if one["kind"] == "config.load"]


def test_without_a_kind_there_is_what_to_choose_from(kept: tuple[Run, UUID]) -> None:
    run, binary = kept
    listed = run(*RESTORE)
    assert "--binary ID" in refused(listed, BadInput).next_step
    assert ("7.20.6" in listed.stdout, "2026-01-05 12:00:00" in listed.stdout) == (True, True)
    told = json.loads(run(*RESTORE, "--json").stdout)
    assert [one["number"] for one in told["versions"]] == [2, 1]
    assert [(one["id"], one["serial"]) for one in told["binaries"]] == [(str(binary), "HCX0001")]


@pytest.mark.parametrize(
    "words",
    [
        ("--version", "1", "--replacement", "core-2"),
        ("--version", "1", "--binary", "00000000-0000-0000-0000-000000000001"),
        ("--version", "1", "--identity", "core 1"),
        ("--version", "1", "--secrets"),
        ("--replacement", "core-2", "--wait"),
        ("--binary", "00000000-0000-0000-0000-000000000001", "--override", "core 1", "--reason", "on site"),
    ],
)
def test_what_does_not_go_together_is_refused(run: Run, words: tuple[str, ...]) -> None:
    refused(run(*RESTORE, *words), BadInput)


def test_a_version_is_a_push_with_its_plan_and_its_risks(kept: tuple[Run, UUID]) -> None:
    run, _ = kept
    wanted = (*RESTORE, "--version", "1")
    plan = json.loads(done(run(*wanted, "--dry-run", "--json")))
    assert ("/system identity set name=old" in plan["lines"], len(plan["risks"])) == (True, 1)
    refused(run(*wanted), LockOut)
    assert json.loads(done(run("push", "list", *NORTH, "--json"))) == []
    pushed = json.loads(done(run(*wanted, "--override", "core 1", "--reason", "on site", "--json")))
    assert (pushed["source"], pushed["state"], pushed["lines"]) == ("version", "pending", plan["lines"])
    refused(run(*RESTORE, "--version", "9"), NotFound)


def test_a_binary_backup_is_loaded_once_its_name_is_said(kept: tuple[Run, UUID]) -> None:
    run, binary = kept
    wanted = (*RESTORE, "--binary", str(binary))
    assert "is lost" in done(run(*wanted, "--dry-run"))
    assert json.loads(done(run(*wanted, "--dry-run", "--json")))["binary"]["id"] == str(binary)
    again = refused(run(*wanted), BadInput)
    assert ("is lost" in again.message, "--identity 'core 1'" in again.next_step) == (True, True)
    refused(run(*wanted, "--identity", "core-1"), BadInput)
    assert loads(run) == []
    said = json.loads(done(run(*wanted, "--identity", "core 1", "--json")))
    (one,) = loads(run)
    assert (one["id"], one["detail"]["binary"], said["outcome"]) == (said["id"], str(binary), "pending")
    refused(run(*wanted, "--identity", "core 1"), Conflict)


@pytest.mark.parametrize(
    ("other", "facts", "kind"),
    [
        (False, {"serial": "HCX0002"}, Unfit),
        (False, {"version": "7.21"}, Unfit),
        (True, {}, NotFound),
    ],
)
def test_only_the_same_device_loads_it(
    kept: tuple[Run, UUID], database: Database, other: bool, facts: dict[str, str], kind: type[FleetError]
) -> None:
    run, binary = kept
    tell(database, **facts)
    wanted = str(UUID(int=1)) if other else str(binary)
    refused(run(*RESTORE, "--binary", wanted, "--identity", "core 1"), kind)
    assert loads(run) == []


def test_a_replacement_is_the_script_of_config_replacement(kept: tuple[Run, UUID]) -> None:
    run, _ = kept
    refused(run(*RESTORE, "--replacement", "core-1"), BadInput)
    refused(run(*RESTORE, "--replacement", "core-2"), NotFound)


def test_config_push_is_push_begin(kept: tuple[Run, UUID]) -> None:
    run, _ = kept
    words = ("core-1", "--command", "/system identity set name=edge", *NORTH, "--json")
    made = json.loads(done(run("config", "push", *words)))
    assert json.loads(done(run("push", "begin", *words)))["id"] == made["id"]
    assert "flotilla config push gw-1" in " ".join(done(run("config", "push", "--help")).split())
