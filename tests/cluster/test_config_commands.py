"""An administrator reads versions, compares them, asks for backups and says how often, and prepares a replacement."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from threading import Event, Thread

import psycopg
import pytest

from cluster.servers.openbao import OpenBao
from db import backups, configruns, inventory
from db.access import INGEST
from db.backups import Asking, Text
from db.keyring import Keyring
from db.platform import platform_session
from db.vault import Vault
from fleet.backups import Reason, RunState
from fleet.device import Device
from fleet.errors import BadInput, Conflict, NotFound
from fleet.inventory import Facts
from routeros.export import normalise, parse
from tests.cluster.administrator import Run, add, done, refused
from tests.fixtures.database import Database
from tests.fixtures.metrics import received, stocked, write

NORTH = ("--tenant", "north")
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
TEXT = """\
# 2026-01-05 11:00:00 by RouterOS 7.20.6
# model = RB4011iGS+
/interface ethernet
set [ find default-name=ether1 ] name=wan
set [ find default-name=ether10 ] name=camera
/ppp secret
add name=ann password=rustle
/system identity
set name={name}
"""
PORT: Facts = {"name": "wan", "default_name": "ether1", "type": "ether", "mac_address": "D4:01:C3:00:00:01"}


def devices(database: Database) -> dict[str, Device]:
    return {device.name: device for device in inventory.polled(database.stores)}


def store(database: Database, openbao: OpenBao, *names: str) -> None:
    """Store a version of core-1 for each of the names that it had."""
    device = devices(database)["core-1"]
    ring = Keyring(Vault(openbao.url, openbao.role_id, openbao.secret_id))
    for hours, name in enumerate(names):
        raw = TEXT.format(name=name)
        asking = Asking(device.tenant_id, device.id, NOON + timedelta(hours=hours), Reason.HAND, "a test")
        text = Text(raw.encode(), str(normalise(parse(raw))).encode(), "7.20.6", (), f"{hours}-0", ())
        with backups.writing(database.stores) as session:
            backups.store(session, ring, asking, text)


@pytest.fixture
def kept(north: Run, database: Database, openbao: OpenBao) -> Run:
    """A device with two versions."""
    done(add(north, "--password-stdin"))
    store(database, openbao, "old", "new")
    return north


def test_versions_are_listed_shown_and_compared(kept: Run) -> None:
    listed = json.loads(done(kept("config", "history", "core-1", *NORTH, "--json")))
    assert [one["number"] for one in listed] == [2, 1]
    assert "7.20.6" in done(kept("config", "history", "core-1", *NORTH))
    shown = done(kept("config", "show", "core-1", *NORTH, "--version", "1"))
    assert "set name=old" in shown
    assert "rustle" not in shown
    assert done(kept("config", "show", "core-1", *NORTH, "--secrets")) == TEXT.format(name="new")
    assert "config.revealed" in done(kept("audit", "list", *NORTH, "--json"))
    refused(kept("config", "show", "core-1", *NORTH, "--version", "9"), NotFound)
    differs = kept("config", "diff", "core-1", *NORTH)
    assert (differs.exit_code, "+set name=new" in differs.stdout) == (1, True)
    same = kept("config", "diff", "core-1", *NORTH, "--from", "2", "--to", "2")
    assert (same.exit_code, same.stdout) == (0, "")
    refused(kept("config", "diff", "core-1", *NORTH, "--to", "1"), BadInput)


def test_a_backup_is_asked_for_once(kept: Run) -> None:
    asked = json.loads(done(kept("config", "backup", "core-1", *NORTH, "--wait", "0s", "--json")))
    assert asked["state"] == "waiting"
    assert "under way" in refused(kept("config", "backup", "core-1", *NORTH), Conflict).message


def test_a_run_over_many_is_watched_to_its_end(kept: Run, database: Database) -> None:
    refused(kept("config", "run", *NORTH, "--tag", "nowhere"), BadInput)
    over = Event()

    def end() -> None:
        """Do what the job of the run does in the end, as soon as there is one."""
        while not over.wait(0.02):
            with platform_session(database.stores, "a test") as session:
                for run_id, _ in configruns.live(session):
                    configruns.end(session, configruns.one(session, run_id), RunState.STOPPED, NOON)

    job = Thread(target=end)
    job.start()
    try:
        ended = kept("config", "run", *NORTH, "--json")
    finally:
        over.set()
        job.join()
    told = json.loads(ended.stdout)
    assert (ended.exit_code, told["state"], told["total"], told["done"]) == (1, "stopped", 1, 0)


def test_what_is_not_said_of_backups_stays(kept: Run) -> None:
    done(kept("config", "policy", *NORTH, "--every", "2d", "--keep", "7"))
    done(kept("config", "policy", "core-1", *NORTH, "--not-on-change"))
    told = json.loads(done(kept("config", "policy", "core-1", *NORTH, "--json")))
    assert (told["every"], told["on_change"], told["keep_count"]) == (172800.0, False, 7)
    assert "7 versions" in done(kept("config", "policy", *NORTH))


def test_what_another_device_takes_over_is_a_script(kept: Run, database: Database) -> None:
    done(add(kept, "--password-stdin", name="core-2", address="127.64.0.10"))
    words = ("config", "replacement", "core-1", "--by", "core-2", *NORTH)
    assert "polled" in refused(kept(*words), BadInput).next_step
    refused(kept("config", "replacement", "core-1", "--by", "core-1", *NORTH), BadInput)
    new = devices(database)["core-2"]
    write(database, received([stocked(new, NOON, {"wan": PORT}, "interfaces")]))
    with psycopg.connect(database.url(INGEST)) as connection:
        told = "UPDATE device_state SET version = '7.20.6', model = 'hEX S' WHERE device_id = %s"
        connection.execute(told, (new.id,))
    result = kept(*words)
    script = done(result)
    assert script.startswith("/interface ethernet set [find default-name=ether1] name=wan\n")
    assert "# left out: /interface ethernet set [find default-name=ether10] name=camera" in script
    assert "rustle" not in script
    assert "ether10" in result.stderr
    told = json.loads(done(kept("config", "restore", "core-1", "--replacement", "core-2", *NORTH, "--json")))
    assert (told["number"], told["script"], told["secrets"]) == (2, script, False)
    assert any("ether10" in loss["text"] for loss in told["losses"])
    assert "rustle" in done(kept(*words, "--secrets"))
    assert "config.revealed" in done(kept("audit", "list", *NORTH, "--json"))
