"""What a probe comes to: each thing that a device can, lacks, or that is to be watched."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fleet.device import TlsMode
from routeros.errors import TimedOut, Trap
from routeros.exchange import Reply
from routeros.probe.certificate import Certificate
from routeros.probe.findings import Probe
from routeros.probe.remark import Kind, Remark
from routeros.probe.verdict import judge, judge_line
from tests.routeros.replies import ABSENT, FORBIDDEN, HEALTHY, NOW, probed


def of(probe: Probe, kind: Kind) -> dict[str, str]:
    return {remark.what: remark.text for remark in judge(probe) if remark.kind is kind}


def wrongs(probe: Probe) -> set[str]:
    return {remark.what for remark in judge(probe) if remark.wrong}


def test_a_healthy_device_can_much_and_lacks_nothing() -> None:
    found = judge(probed())
    assert {r.what for r in found if r.kind is Kind.CAN} >= {
        "safe mode", "scheduler", "rights", "radios", "sensors", "/file/read", "services", "clock",
    }  # fmt: skip
    assert [r for r in found if r.kind is not Kind.CAN] == []


def test_what_is_wrong_says_what_to_do() -> None:
    worst = probed(
        system_clock=[{"date": "jan/02/1970", "time": "00:00:10"}],
        interface_wifi=ABSENT,
        system_health=TimedOut("late"),
        system_resource=FORBIDDEN,
    )
    found = [remark for remark in judge(worst) if remark.wrong]
    assert {r.what for r in found} == {"clock", "radios", "/system/health", "rights"}
    assert all(remark.next_step for remark in found)


@pytest.mark.parametrize(
    ("mode", "where"),
    [
        ([{"mode": "advanced", "scheduler": "true"}], Kind.CAN),
        ([{"mode": "home", "scheduler": "false"}], Kind.LACKS),
        ([{"mode": "home", "scheduler": "no"}], Kind.LACKS),
        (ABSENT, Kind.CAN),
    ],
)
def test_the_device_mode_says_whether_the_scheduler_is_allowed(mode: Reply, where: Kind) -> None:
    assert "scheduler" in of(probed(system_device_mode=mode), where)


def test_a_menu_that_is_not_there_is_lacking_and_one_that_was_not_told_is_neither() -> None:
    assert {"safe mode", "scheduler"} <= of(probed(safe_mode=ABSENT, system_scheduler=ABSENT), Kind.LACKS).keys()
    late = judge(probed(safe_mode=TimedOut("late")))
    assert "safe mode" not in {remark.what for remark in late}
    assert "/safe-mode" in {remark.what for remark in late if remark.wrong}


def test_a_flagged_device_is_wrong() -> None:
    assert "flagged" in wrongs(probed(system_device_mode=[{"mode": "basic", "flagged": "true"}]))


def test_each_policy_that_is_missing_says_what_is_lost() -> None:
    lacks = of(probed(user_group=[{"name": "ours", "policy": "read,api,!write"}]), Kind.LACKS)
    assert set(lacks) == {"write", "policy", "reboot", "ftp", "ssh", "test", "sensitive"}
    assert "pushed" in lacks["write"]


def test_a_user_that_may_not_read_is_wrong() -> None:
    forbidden: dict[str, Reply] = dict.fromkeys(("user", "user_active", "user_group", "system_resource"), FORBIDDEN)
    assert "rights" in wrongs(probed(**forbidden))
    assert "/user/group" in of(probed(**forbidden), Kind.LACKS)["menus"]


@pytest.mark.parametrize("model", ["C52iG-5HaxD2HaxD", "RB951Ui-2HnD", "RBwAPG-5HacT2HnD", "RB941-2nD"])
def test_radios_without_a_driver_are_missed(model: str) -> None:
    assert "radios" in wrongs(probed(system_routerboard=[{"model": model}], interface_wifi=[{"ret": "0"}]))


@pytest.mark.parametrize("model", ["CRS326-24G-2S+", "CCR2004-16G-2S+", "RB5009UG+S+", "CRS312-4C+8XG", ""])
def test_a_board_without_radios_misses_none(model: str) -> None:
    assert "radios" not in wrongs(probed(system_routerboard=[{"model": model}], interface_wifi=ABSENT))


def test_a_virtual_machine_has_no_board() -> None:
    assert "RouterBOARD" in of(probed(system_routerboard=ABSENT), Kind.LACKS)


def test_open_and_narrow_services_are_told() -> None:
    services: Reply = [
        {"name": "telnet", "port": "23", "disabled": "false"},
        {"name": "www", "port": "80", "disabled": "false", "address": "10.0.0.0/8"},
        {"name": "ftp", "port": "21", "disabled": "false", "available-from": "10.0.0.0/8"},
        {"name": "api-ssl", "port": "8729", "disabled": "false", "certificate": "none", "max-sessions": "2"},
    ]
    found = probed(ip_service=services)
    assert wrongs(found) == {"api-ssl"}
    assert of(found, Kind.WATCH)["services"] == "In clear text and for any address: telnet."
    assert any("anonymous" in remark.text for remark in judge(found))
    assert "ssh" in of(found, Kind.LACKS)


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"free-hdd-space": "1200000"}, "disk"),
        ({"bad-blocks": "7.5"}, "disk"),
    ],
)
def test_a_full_or_worn_disk_is_wrong(changed: dict[str, str], what: str) -> None:
    (row,) = HEALTHY["/system/resource/print"]  # type: ignore[misc]
    assert wrongs(probed(system_resource=[{**row, **changed}])) == {what}


def test_the_layout_of_the_flash_is_to_be_known_but_not_wrong() -> None:
    found = probed(file=[{"name": "flash", "type": "directory"}])
    assert "flash" in of(found, Kind.WATCH)
    assert wrongs(found) == set()


def test_a_boot_loader_that_waits_for_its_upgrade_is_told() -> None:
    board: Reply = [{"model": "RB5009", "current-firmware": "7.5", "upgrade-firmware": "7.20.6"}]
    assert "7.20.6" in of(probed(system_routerboard=board), Kind.WATCH)["RouterBOOT"]


def test_packages_that_wait_are_off_or_of_another_version_are_told() -> None:
    packages: Reply = [
        {"name": "routeros", "version": "7.20.6"},
        {"name": "wireless", "version": "7.19", "disabled": "false"},
        {"name": "dude", "version": "7.20.6", "disabled": "true", "scheduled": "scheduled for enable"},
    ]
    found = probed(system_package=packages)
    assert wrongs(found) == {"packages"}
    assert any("dude (scheduled for enable)" in remark.text for remark in judge(found))
    assert of(found, Kind.LACKS)["packages"].endswith("dude.")


@pytest.mark.parametrize(
    ("date", "text"),
    [("jan/02/1970", "does not know"), ("2026-10-09", "1 day, 0:00:00 ahead"), ("2026-10-07", "behind")],
)
def test_a_wrong_clock_is_wrong(date: str, text: str) -> None:
    found = probed(system_clock=[{"date": date, "time": "11:14:27", "gmt-offset": "+03:00"}])
    assert wrongs(found) == {"clock"}
    assert text in of(found, Kind.WATCH)["clock"]


def line(mode: TlsMode = TlsMode.PIN, **certificate: object) -> tuple[Remark, ...]:
    days = {name: NOW + timedelta(days=value) for name, value in certificate.items() if isinstance(value, int)}
    return judge_line(mode, Certificate("ab", **{**certificate, **days}) if certificate else None, NOW)  # type: ignore[arg-type]


def test_the_line_is_judged() -> None:
    assert [r.what for r in line(TlsMode.PLAIN)] == ["plain"]
    assert [r.what for r in line(TlsMode.ANONYMOUS)] == ["anonymous TLS"]
    assert line(not_before=-1, not_after=400) == ()
    assert "in 20 days" in line(not_after=20)[0].text
    assert "ended" in line(not_after=-1)[0].text
    assert "begins only" in line(not_before=2, not_after=400)[0].text
    assert "RSA 1024" in judge_line(TlsMode.PIN, Certificate("ab", key="RSA 1024", weak=True), NOW)[0].text


@pytest.mark.parametrize("reply", [TimedOut("late"), Trap(None, "action timed out")], ids=lambda e: type(e).__name__)
def test_a_device_that_does_not_answer_says_nothing_about_rights(reply: Reply) -> None:
    probe = probed(system_resource=reply, user_group=TimedOut("late"))
    assert probe.rights.reads is None
    assert "rights" not in wrongs(probe)
    assert "not known" in of(probe, Kind.LACKS)["rights"]
