"""Packages and upgrades: what is offered, downloaded, uploaded, installed, and what is lost on the way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import librouteros
import pytest

from fleet.clock import SystemClock
from fleet.versions import Version, version
from routeros.depot.packages import head
from routeros.simulator.device import firmware
from routeros.simulator.faults import Fault, Kind
from routeros.simulator.outcome import Row
from routeros.simulator.parts import mishaps
from routeros.simulator.parts.boot import Boot
from routeros.simulator.parts.files import Files
from tests.fixtures.simulator import Factory
from tests.routeros.simulator.desk import Desk, running
from tests.routeros.simulator.parts.test_boot import LONG, later, notes

MINUTE = timedelta(minutes=1)
UPDATE = "/system/package/update"


def status(desk: Desk) -> Row:
    return desk.rows(f"{UPDATE}/print")[0]


def restarted(desk: Desk) -> Desk:
    desk.router.part(Boot).restart()
    desk.hands.turn(LONG)
    return later(desk)


def upload(desk: Desk, name: str, of: str, architecture: str = "") -> None:
    built_for = architecture or desk.router.model.persona.board.architecture
    file = firmware.package(name, version(of), built_for).file
    desk.router.part(Files).write(file, firmware.npk(name, version(of), built_for))


@pytest.mark.parametrize(
    ("name", "of", "architecture", "file"),
    [
        ("routeros", "7.24.4", "arm64", "routeros-7.24.4-arm64.npk"),
        ("routeros", "7.24.4", "x86_64", "routeros-7.24.4.npk"),
        ("wireless", "7.24.4", "mipsbe", "wireless-7.24.4-mipsbe.npk"),
        ("wireless", "7.24.4", "x86", "wireless-7.24.4.npk"),
        ("routeros", "6.49.22", "mipsbe", "routeros-mipsbe-6.49.22.npk"),
        ("routeros", "6.49.22", "x86", "routeros-x86-6.49.22.npk"),
        ("routeros", "6.49.22", "ppc", "routeros-powerpc-6.49.22.npk"),
        ("routeros", "7.12.1", "powerpc", "routeros-7.12.1-ppc.npk"),
    ],
)
def test_files_are_called_as_the_vendor_calls_them(name: str, of: str, architecture: str, file: str) -> None:
    made = firmware.read(firmware.npk(name, version(of), architecture))
    assert made is not None
    assert (made.file, made.name, made.version) == (file, name, version(of))


@pytest.mark.parametrize("data", [b"", b"PK", head(0), head(2) + b"[]", head(3) + b"[]", head(10) + b'{"name":1}'])
def test_what_is_no_package_is_not_read_as_one(data: bytes) -> None:
    assert firmware.read(data) is None


def test_a_check_says_first_that_it_looks_and_then_what_it_found() -> None:
    desk = running("hap_ax2", "7.16.2")
    assert status(desk) == {"channel": "stable", "installed-version": "7.16.2"}
    (row,) = desk.rows(f"{UPDATE}/check-for-updates", "=once=")
    assert row == {"channel": "stable", "installed-version": "7.16.2", "status": "finding out latest version..."}
    desk.hands.turn(timedelta(seconds=10))
    assert status(desk) == {
        "channel": "stable",
        "installed-version": "7.16.2",
        "latest-version": "7.24.4",
        "status": "New version is available",
    }
    desk.rows(f"{UPDATE}/set", "=channel=long-term")
    desk.router.channels.point("long-term", "7.16.2")
    desk.rows(f"{UPDATE}/check-for-updates", "=once=")
    desk.hands.turn(timedelta(seconds=10))
    assert status(desk)["status"] == "System is already up to date"


def test_an_odd_channel_is_refused_and_v6_has_one_more() -> None:
    assert "channel" in running("hap_ax2", "7.16.2").trap(f"{UPDATE}/set", "=channel=upgrade")["message"]
    old = running("hap_ac_lite", "6.49.18")
    old.rows(f"{UPDATE}/set", "=channel=upgrade")
    old.rows(f"{UPDATE}/check-for-updates", "=once=")
    old.hands.turn(timedelta(seconds=10))
    assert status(old)["latest-version"] == "7.12.1"


def test_an_upgrade_takes_two_restarts_until_the_boot_firmware_runs() -> None:
    desk = running("hap_ax2", "7.16.2")
    desk.rows(f"{UPDATE}/install", "=once=")
    desk.hands.turn(timedelta(seconds=3))
    assert status(desk)["status"].startswith("Downloaded ")
    assert "%" in status(desk)["status"]
    desk.hands.turn(LONG)
    assert desk.paper.end == "aborted"
    desk = later(desk)
    assert desk.rows("/system/resource/print")[0]["version"] == "7.24.4 (stable)"
    assert {row["version"] for row in desk.rows("/system/package/print")} == {"7.24.4"}
    assert "installed system-7.24.4" in notes(desk.router)
    board = desk.rows("/system/routerboard/print")[0]
    assert (board["current-firmware"], board["upgrade-firmware"]) == ("7.16.2", "7.24.4")
    desk.rows("/system/routerboard/upgrade")
    board = desk.rows("/system/routerboard/print")[0]
    assert (board["current-firmware"], board[".about"][:8]) == ("7.16.2", "Firmware")
    desk = restarted(desk)
    assert desk.rows("/system/routerboard/print")[0]["current-firmware"] == "7.24.4"
    assert desk.rows("/interface/wifi/print")


def test_auto_upgrade_needs_the_second_restart_too() -> None:
    desk = running("hap_ax2", "7.16.2")
    desk.rows("/system/routerboard/settings/set", "=auto-upgrade=yes")
    upload(desk, "routeros", "7.20.6")
    upload(desk, "wifi-qcom", "7.20.6")
    desk = restarted(desk)
    assert desk.rows("/system/routerboard/print")[0]["current-firmware"] == "7.16.2"
    assert restarted(desk).rows("/system/routerboard/print")[0]["current-firmware"] == "7.20.6"


def test_a_download_waits_for_the_restart_and_can_be_stopped() -> None:
    desk = running("chr", "7.20.6")
    desk.rows(f"{UPDATE}/download", "=once=")
    desk.hands.turn(timedelta(seconds=2))
    desk.rows(f"{UPDATE}/cancel")
    desk.hands.turn(LONG)
    assert "status" not in status(desk)
    desk.rows(f"{UPDATE}/download", "=once=")
    desk.hands.turn(LONG)
    assert status(desk)["status"] == "Downloaded, please reboot router to upgrade it"
    assert desk.router.part(Files).names() == ["routeros-7.24.4.npk", "skins"]
    desk = restarted(desk)
    assert str(desk.router.model.version) == "7.24.4"
    assert desk.router.part(Files).names() == ["skins"]


def test_from_7_24_on_downloads_have_a_folder_of_their_own() -> None:
    desk = running("chr", "7.24.4")
    desk.rows(f"{UPDATE}/set", "=channel=development")
    desk.rows(f"{UPDATE}/download", "=once=")
    desk.hands.turn(LONG)
    assert "downloads/routeros-7.25beta5.npk" in desk.router.part(Files).names()
    assert str(restarted(desk).router.model.version) == "7.25beta5"


def test_a_driver_that_was_not_uploaded_is_lost_with_its_radio() -> None:
    desk = running("hap_ax2", "7.16.2")
    upload(desk, "routeros", "7.20.6")
    desk = restarted(desk)
    assert desk.trap("/interface/wifi/print")["message"] == "no such command prefix"
    assert not [row for row in desk.rows("/interface/print") if row["type"] == "wifi"]
    upload(desk, "wifi-qcom", "7.20.6")
    desk = restarted(desk)
    assert len(desk.rows("/interface/wifi/print")) == 2


def test_the_wireless_driver_comes_along_when_the_router_itself_crosses_7_13() -> None:
    desk = running("wap_ac", "7.12.1")
    desk.router.channels.point("stable", "7.16.2")
    desk.rows(f"{UPDATE}/install", "=once=")
    desk.hands.turn(LONG)
    desk = later(desk)
    assert [row["name"] for row in desk.rows("/system/package/print")] == ["routeros", "wireless"]
    assert desk.rows("/interface/wireless/print")


def test_a_small_flash_takes_7_12_and_no_more() -> None:
    desk = running("hap_ac_lite", "6.49.18")
    for name, of in (("routeros", "7.20.6"), ("wireless", "7.20.6")):
        upload(desk, name, of)
    desk = restarted(desk)
    assert str(desk.router.model.version) == "6.49.18"
    assert "not enough space for upgrade" in notes(desk.router)
    upload(desk, "routeros", "7.12.1")
    desk = restarted(desk)
    assert str(desk.router.model.version) == "7.12.1"
    assert desk.rows("/interface/wireless/print")
    for name, of in (("routeros", "7.20.6"), ("wireless", "7.20.6")):
        upload(desk, name, of)
    assert str(restarted(desk).router.model.version) == "7.12.1"


@pytest.mark.parametrize(
    ("name", "of", "architecture", "note"),
    [
        ("routeros", "7.24.4", "mipsbe", "can not install routeros-7.24.4-mipsbe: it is not made for arm64, but for"),
        ("container", "7.24.4", "", "can not install container-7.24.4: system-7.24.4 is not installed, but is"),
    ],
)
def test_a_package_that_does_not_fit_is_noted_and_gone(name: str, of: str, architecture: str, note: str) -> None:
    desk = running("hap_ax2", "7.16.2")
    upload(desk, name, of, architecture)
    desk.router.part(Files).write("half-7.16.2-arm64.npk", b"\x1e\xf1\xd0\xba{")
    desk = restarted(desk)
    assert str(desk.router.model.version) == "7.16.2"
    assert [said for said in notes(desk.router) if said.startswith(note)]
    assert "broken package half-7.16.2-arm64.npk" in notes(desk.router)
    assert desk.router.part(Files).names() == ["skins"]


def test_a_foreign_package_in_the_root_is_installed_by_surprise() -> None:
    desk = running("hap_ax2", "7.16.2")
    upload(desk, "container", "7.16.2")
    assert "container" in {row["name"] for row in restarted(desk).rows("/system/package/print")}


def test_an_older_version_needs_to_be_asked_for() -> None:
    desk = running("chr", "7.20.6")
    upload(desk, "routeros", "7.16.2")
    desk = restarted(desk)
    assert str(desk.router.model.version) == "7.20.6"
    upload(desk, "routeros", "7.16.2")
    desk.ask("/system/package/downgrade")
    desk.hands.turn(LONG)
    assert str(desk.router.model.version) == "7.16.2"


def test_from_7_18_on_a_plain_restart_forgets_what_is_scheduled() -> None:
    desk = running("hap_ax2", "7.18.2")
    desk.rows(f"{UPDATE}/check-for-updates", "=once=")
    desk.hands.turn(timedelta(seconds=10))
    (offered,) = desk.rows("/system/package/print", "?name=container")
    assert (offered["available"], offered["scheduled"]) == ("true", "")
    desk.rows("/system/package/enable", "=numbers=container")
    assert desk.rows("/system/package/print", "?name=container")[0]["scheduled"] == "scheduled for enable"
    desk = restarted(desk)
    assert desk.rows("/system/package/print", "?name=container") == []
    desk.rows(f"{UPDATE}/check-for-updates", "=once=")
    desk.hands.turn(timedelta(seconds=10))
    desk.rows("/system/package/enable", "=numbers=container")
    desk.ask("/system/package/apply-changes")
    desk.hands.turn(LONG)
    assert later(desk).rows("/system/package/print", "?name=container")[0]["available"] == "false"


def test_before_7_18_a_restart_does_what_is_scheduled() -> None:
    desk = running("hap_ax2", "7.16.2")
    assert desk.trap("/system/package/apply-changes")["message"] == "no such command"
    desk.rows("/system/package/uninstall", "=numbers=wifi-qcom")
    desk.rows("/system/package/unschedule", "=numbers=wifi-qcom")
    desk = restarted(desk)
    assert desk.rows("/interface/wifi/print")
    desk.rows("/system/package/uninstall", "=numbers=wifi-qcom")
    desk = restarted(desk)
    assert desk.trap("/interface/wifi/print")["message"] == "no such command prefix"
    assert desk.trap("/system/package/enable", "=numbers=nothing")["message"] == "no such item"


def test_a_check_is_told_section_by_section_until_it_is_over(simulator: Factory) -> None:
    hasty = SystemClock(datetime.now(UTC), 100)
    served = simulator(1, personas=("chr",), clock=hasty)
    entry = served.inventory[0]
    api = librouteros.connect(entry.address, entry.username, entry.password, port=entry.api_port)
    rows = list(api(f"{UPDATE}/check-for-updates"))
    api.close()
    assert [row[".section"] for row in rows] == list(range(len(rows)))
    assert {row["status"] for row in rows[:-1]} == {"finding out latest version..."}
    assert rows[-1]["status"] == "New version is available"


def test_faults_of_upgrades() -> None:
    desk = running("chr", "7.20.6")
    mishaps.strike(desk.router, Fault(Kind.DISK_FULL))
    desk.rows(f"{UPDATE}/install", "=once=")
    desk.hands.turn(timedelta(seconds=5))
    assert status(desk)["status"] == "ERROR: not enough disk space"
    assert desk.rows("/system/resource/print")[0]["free-hdd-space"] == "0"
    mishaps.lift(desk.router, Kind.DISK_FULL)
    mishaps.strike(desk.router, Fault(Kind.OLD_VERSION))
    desk.rows(f"{UPDATE}/install", "=once=")
    desk.hands.turn(LONG)
    assert later(desk).rows("/system/resource/print")[0]["version"].startswith("7.20.6")
    assert [said for said in notes(desk.router) if said.startswith("upgrade failed")]


def test_a_version_is_a_whole_other_set_of_menus() -> None:
    desk = running("hap_ac_lite", "6.49.18")
    assert len(desk.rows("/system/health/print")) == 1
    assert desk.ask("/ip/address/print", "?address=none")[0][0] == "!done"
    upload(desk, "routeros", "7.12.1")
    desk = restarted(desk)
    assert {row["type"] for row in desk.rows("/system/health/print")} == {"V", "C"}
    assert Version(7, 12, 1) == desk.router.model.version
