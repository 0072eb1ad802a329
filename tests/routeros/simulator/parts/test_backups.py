"""Backups: what is saved comes back exactly, or not at all."""

from __future__ import annotations

from datetime import timedelta

import pytest

from routeros.simulator.faults import Fault, Kind
from routeros.simulator.outcome import Refused
from routeros.simulator.parts.backups import FAREWELL, opened, sealed, snapshot
from routeros.simulator.parts.boot import Boot
from routeros.simulator.parts.files import FULL, Files
from tests.routeros.simulator.desk import Desk

NAME = "/system/identity"
LONG = timedelta(minutes=30)
"""Every restart is over after so long."""


def name(desk: Desk) -> str:
    return Desk(router=desk.router).rows(f"{NAME}/print")[0]["name"]


def changed(desk: Desk) -> None:
    """Change, remove and add."""
    desk.rows(f"{NAME}/set", "=name=other")
    desk.rows("/interface/disable", "=numbers=ether2")
    desk.rows("/ip/address/remove", "=numbers=*1")
    desk.rows("/ip/address/add", "=address=192.0.2.1/24", "=interface=bridge")
    desk.rows("/user/set", "=numbers=admin", "=password=changed")


@pytest.mark.parametrize("password", ["", "pass word"])
def test_a_load_brings_everything_back_with_a_restart(password: str) -> None:
    desk = Desk()
    desk.rows(f"{NAME}/set", "=name=before")
    desk.rows("/interface/disable", "=numbers=ether3")
    before = desk.rows("/ip/address/print"), desk.rows("/interface/print", "=.proplist=name,disabled")
    desk.rows("/system/backup/save", "=name=point", f"=password={password}")
    saved = snapshot(desk.router)["tables"]
    changed(desk)
    assert desk.rows("/system/backup/load", "=name=point.backup", f"=password={password}") == []
    assert desk.paper.end == ""
    desk.hands.turn(FAREWELL)
    assert desk.paper.end == "aborted"
    desk.hands.turn(LONG)
    again = Desk(router=desk.router)
    assert name(again) == "before"
    assert (again.rows("/ip/address/print"), again.rows("/interface/print", "=.proplist=name,disabled")) == before
    assert {kind: table for kind, table in snapshot(desk.router)["tables"].items() if kind in saved} == saved
    assert again.rows("/system/history/print") == []


def test_an_id_that_was_given_is_not_given_again() -> None:
    desk = Desk()
    desk.rows("/ip/address/add", "=address=192.0.2.1/24", "=interface=bridge")
    desk.rows("/ip/address/remove", "=numbers=*2")
    desk.rows("/system/backup/save", "=name=x")
    desk.rows("/system/backup/load", "=name=x", "=password=")
    desk.hands.turn(LONG)
    again = Desk(router=desk.router)
    ((_, done),) = again.ask("/ip/address/add", "=address=192.0.2.1/24", "=interface=bridge")
    assert done["ret"] == "*3"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["=name=x"], "missing value for argument password"),
        (["=password="], "missing value for argument name"),
        (["=name=x", "=password="], "failure: wrong password"),
        (["=name=x", "=password=wrong"], "failure: wrong password"),
        (["=name=nope", "=password="], "failure: backup file not found"),
        (["=name=note.txt", "=password="], "failure: backup file is corrupt"),
        (["=name=cut", "=password="], "failure: backup file is corrupt"),
        (["=name=x", "=password=right", "=colour=red"], "unknown parameter colour"),
    ],
)
def test_what_cannot_be_loaded_is_refused_and_restarts_nothing(words: list[str], message: str) -> None:
    desk = Desk()
    desk.rows("/system/backup/save", "=name=x", "=password=right")
    files = desk.router.part(Files)
    files.write("note.txt", b"hello")
    files.write("cut.backup", b"")
    desk.rows(f"{NAME}/set", "=name=other")
    assert desk.trap("/system/backup/load", *words)["message"] == message
    desk.hands.turn(timedelta(minutes=1))
    assert (desk.paper.end, name(desk)) == ("", "other")


def test_another_version_or_device_is_refused() -> None:
    desk = Desk()
    desk.rows("/system/backup/save", "=name=x")
    files = desk.router.part(Files)
    data = files.read("x.backup")
    files.write("old.backup", data.replace(str(desk.router.model.version).encode(), b"7.1"))
    files.write("other.backup", data.replace(b'"device":"1/0"', b'"device":"1/7"'))
    for kind, message in (("old", "by another version of RouterOS"), ("other", "on another device")):
        refused = desk.trap("/system/backup/load", f"=name={kind}", "=password=")
        assert refused["message"] == f"failure: backup was made {message}"


def test_a_full_disk_takes_no_backup_and_leaves_no_part_of_one() -> None:
    desk = Desk()
    desk.router.faults[Kind.DISK_FULL] = Fault(Kind.DISK_FULL)
    assert desk.trap("/system/backup/save", "=name=x") == {"message": FULL}
    assert not desk.router.part(Files).has("x.backup")
    assert desk.trap("/system/backup/load", "=name=x", "=password=")["message"] == "failure: backup file not found"


def test_a_restart_before_the_load_took_effect_keeps_what_was() -> None:
    desk = Desk()
    desk.rows("/system/backup/save", "=name=x")
    desk.rows(f"{NAME}/set", "=name=other")
    desk.rows("/system/backup/load", "=name=x", "=password=")
    desk.router.part(Boot).restart()
    desk.hands.turn(LONG)
    assert name(desk) == "other"


def test_a_backup_in_ram_is_gone_after_a_restart() -> None:
    desk = Desk("wap_ac")
    for place in ("x", "flash/x"):
        desk.rows("/system/backup/save", f"=name={place}")
    desk.router.part(Boot).restart()
    desk.hands.turn(LONG)
    again = Desk(router=desk.router)
    assert again.trap("/system/backup/load", "=name=x", "=password=")["message"] == "failure: backup file not found"
    assert again.rows("/system/backup/load", "=name=flash/x", "=password=") == []


def test_a_password_seals() -> None:
    data = b'{"secret": "hunter2"}' * 20
    shut = sealed(data, "p")
    assert b"hunter2" not in shut
    assert opened(shut, "p") == data
    with pytest.raises(Refused):
        opened(shut, "q")
    assert opened(sealed(data, ""), "anything") == data


def test_backups_need_policies() -> None:
    desk = Desk()
    desk.rows("/user/group/add", "=name=g", "=policy=api,read,write,test,ftp")
    desk.rows("/user/add", "=name=w", "=group=g", "=password=x")
    writer = Desk(router=desk.router, login=False)
    writer.ask("/login", "=name=w", "=password=x")
    assert writer.trap("/system/backup/save", "=name=x") == {"message": "not enough permissions (9)"}
