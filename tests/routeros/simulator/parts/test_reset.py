"""A reset: back to the beginning, or to a bare router that a script sets up; and what interrupts it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from routeros.simulator.console import execute
from routeros.simulator.device.model import PERSONAS
from routeros.simulator.doors.ssh.keys import HostKeys
from routeros.simulator.exporting import Style, export
from routeros.simulator.parts.backups import FAREWELL
from routeros.simulator.parts.boot import Boot
from routeros.simulator.parts.files import Files
from routeros.simulator.router import Condition, Router
from routeros.simulator.tree import menus
from tests.routeros.simulator.desk import PASSWORD, Desk

RESET = "/system/reset-configuration"
PORT = {"/port", "set 0 name=serial0"}
"""What even a bare router exports, where it has one."""

LONG = timedelta(minutes=30)
"""Every restart is over after so long."""


def body(router: Router) -> str:
    return re.sub(r"^#.*\n", "", export(router, Style(sensitive=True)), flags=re.MULTILINE)


def pushed(desk: Desk) -> tuple[str, str]:
    """Change a router and export it to a file that outlives a restart: its name, and the export."""
    execute(
        desk.router, None, '/system identity set name="a b"\n/ip address add address=192.0.2.1/24 interface=ether1'
    )
    name = f"{'flash/' if desk.router.part(Files).has_flash else ''}whole.rsc"
    desk.router.part(Files).write(name, export(desk.router, Style(sensitive=True)).encode())
    return name, body(desk.router)


def errors(desk: Desk) -> list[str]:
    return [row["message"] for row in Desk(router=desk.router).rows("/log/print") if "error" in row["topics"]]


@pytest.mark.parametrize("persona", sorted(PERSONAS))
def test_a_push_by_reset_comes_to_the_same_export(persona: str) -> None:
    desk = Desk(persona)
    name, before = pushed(desk)
    desk.rows("/ip/address/add", "=address=198.51.100.1/24", "=interface=bridge")
    desk.rows(RESET, "=no-defaults=yes", "=skip-backup=yes", f"=run-after-reset={name}")
    assert desk.paper.end == ""
    desk.hands.turn(LONG)
    assert desk.paper.end == "aborted"
    assert body(desk.router) == before
    assert errors(desk) == []


@pytest.mark.parametrize("persona", sorted(PERSONAS))
def test_a_bare_router_still_answers_in_every_menu(persona: str) -> None:
    desk = Desk(persona)
    desk.rows(RESET, "=no-defaults=yes")
    desk.hands.turn(LONG)
    again = Desk(router=desk.router)
    assert set(body(desk.router).splitlines()) <= PORT
    assert again.rows("/ip/address/print", "?dynamic=false") == []
    for path, menu in menus(desk.router.model).items():
        if "print" in menu.verbs:
            again.rows(f"{path}/print")


def test_a_reset_with_defaults_brings_back_what_was_delivered() -> None:
    desk = Desk("ccr2004")
    before = body(desk.router)
    key = desk.router.part(HostKeys).present
    pushed(desk)
    desk.rows("/system/scheduler/add", "=name=guard", "=interval=1m", "=on-event=/system identity set name=undone")
    desk.rows("/system/script/add", "=name=x", "=source=:put 1")
    desk.rows("/user/add", "=name=guest", "=group=full", "=password=x")
    desk.rows(RESET)
    desk.hands.turn(LONG)
    again = Desk(router=desk.router)
    assert body(desk.router) == before
    assert (again.rows("/system/scheduler/print"), again.rows("/system/script/print")) == ([], [])
    assert desk.router.users == {"admin": PASSWORD}
    assert desk.router.part(HostKeys).present != key
    assert errors(desk) == []


def test_users_are_kept_where_that_is_asked_for() -> None:
    desk = Desk()
    desk.rows("/user/group/add", "=name=few", "=policy=read,api")
    desk.rows("/user/add", "=name=guest", "=group=few", "=password=x")
    desk.rows(RESET, "=keep-users=yes", "=no-defaults=yes")
    desk.hands.turn(LONG)
    assert desk.router.users == {"admin": PASSWORD, "guest": "x"}
    assert {row["name"] for row in Desk(router=desk.router).rows("/user/group/print")} >= {"full", "few"}


@pytest.mark.parametrize(
    ("persona", "name"), [("ccr2004", "auto-before-reset"), ("hap_ac_lite", "flash/auto-before-reset")]
)
def test_the_backup_made_before_it_brings_everything_back(persona: str, name: str) -> None:
    desk = Desk(persona)
    _, before = pushed(desk)
    desk.rows(RESET)
    desk.hands.turn(LONG)
    assert body(desk.router) != before
    Desk(router=desk.router).rows("/system/backup/load", f"=name={name}", "=password=")
    desk.hands.turn(LONG)
    assert body(desk.router) == before


def test_no_backup_is_made_where_it_is_skipped() -> None:
    desk = Desk("ccr2004")
    desk.rows(RESET, "=skip-backup=yes")
    desk.hands.turn(LONG)
    assert not desk.router.part(Files).has("auto-before-reset.backup")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, "Cannot open import file, file does not exist"),
        (
            "/ip address add address=192.0.2.1/24 interface=ether1\n/ip address add address=x interface=ether1",
            "(/ip/address/add (address); line 2)",
        ),
    ],
)
def test_what_is_wrong_with_the_script_only_the_log_tells(text: str | None, told: str) -> None:
    desk = Desk("ccr2004")
    if text:
        desk.router.part(Files).write("boot.rsc", text.encode())
    assert desk.rows(RESET, "=no-defaults=yes", "=run-after-reset=boot.rsc") == []
    desk.hands.turn(LONG)
    (message,) = errors(desk)
    assert message.startswith("error while running run-after-reset script: ")
    assert told in message
    assert len(Desk(router=desk.router).rows("/ip/address/print", "?dynamic=false")) == (1 if text else 0)


def test_a_loss_of_power_before_it_begins_leaves_all_as_it_was() -> None:
    desk = Desk("ccr2004")
    name, before = pushed(desk)
    desk.rows(RESET, "=no-defaults=yes", f"=run-after-reset={name}")
    desk.router.part(Boot).lose_power(timedelta(seconds=5))
    desk.hands.turn(LONG)
    assert body(desk.router) == before


def test_a_loss_of_power_during_the_restart_only_delays_it() -> None:
    desk = Desk("crs326")
    name, before = pushed(desk)
    desk.hands.turn(timedelta(minutes=1))
    desk.rows(RESET, "=no-defaults=yes", f"=run-after-reset={name}")
    desk.hands.turn(FAREWELL + timedelta(seconds=3))
    desk.router.part(Boot).lose_power(timedelta(seconds=5))
    desk.hands.turn(LONG)
    assert body(desk.router) == before


def test_a_file_that_flash_had_not_written_yet_leaves_a_bare_router() -> None:
    desk = Desk("ccr2004")
    name, _ = pushed(desk)
    desk.rows(RESET, "=no-defaults=yes", f"=run-after-reset={name}")
    desk.hands.turn(FAREWELL + timedelta(seconds=3))
    desk.router.part(Boot).lose_power(timedelta(seconds=5))
    desk.hands.turn(LONG)
    assert set(body(desk.router).splitlines()) <= PORT


def test_it_takes_the_rights_and_the_arguments_that_it_takes() -> None:
    desk = Desk()
    assert desk.trap(RESET, "=no-default=yes")["message"] == "unknown parameter no-default"
    assert "keep-users" in desk.trap(RESET, "=keep-users=maybe")["message"]
    desk.rows("/user/group/add", "=name=most", "=policy=api,read,write,ftp,policy,test")
    desk.rows("/user/add", "=name=guest", "=group=most", f"=password={PASSWORD}")
    guest = Desk(router=desk.router, login=False)
    guest.ask("/login", "=name=guest", f"=password={PASSWORD}")
    assert guest.trap(RESET)["message"] == "not enough permissions (9)"


def test_it_may_end_in_a_shutdown() -> None:
    desk = Desk()
    desk.rows(RESET, "=shutdown=yes")
    desk.hands.turn(LONG)
    assert desk.router.condition is Condition.SILENT
