"""The log: who came and went, what was changed, and when, as each version writes it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from fleet.versions import version
from routeros.simulator.menus.log import moment
from routeros.simulator.parts.log import KEPT, Log
from tests.routeros.simulator.desk import Desk


def messages(desk: Desk) -> list[str]:
    return [row["message"] for row in desk.rows("/log/print", "=.proplist=message")]


def test_who_comes_and_goes_is_noted() -> None:
    desk = Desk()
    other = Desk(router=desk.router)
    other.session.lost()
    assert messages(desk) == [
        "user admin logged in from 192.0.2.7 via api",
        "user admin logged in from 192.0.2.7 via api",
        "user admin logged out from 192.0.2.7 via api",
    ]
    assert desk.rows("/log/print")[0]["topics"] == "system,info,account"


@pytest.mark.parametrize("persona", ["hap_ax2", "rb951"])
def test_who_is_refused_is_noted(persona: str) -> None:
    desk = Desk(persona)
    stranger = Desk(router=desk.router, login=False)
    stranger.ask("/login", "=name=root", "=password=x")
    stranger.ask("/login", "=name=root", f"=response=00{'0' * 32}")
    line = desk.rows("/log/print")[-1]
    assert line["message"] == "login failure for user root from 192.0.2.7 via api"
    assert line["topics"] == "system,error,critical"


@pytest.mark.parametrize(("persona", "by"), [("hap_ax2", "api:admin@192.0.2.7"), ("hap_ac_lite", "admin")])
def test_changes_are_noted_with_their_author(persona: str, by: str) -> None:
    desk = Desk(persona)
    desk.ask("/ip/address/add", "=address=192.0.2.9/28", "=interface=bridge")
    desk.rows("/interface/set", "=numbers=ether2", "=comment=x")
    desk.rows("/ip/address/remove", "=numbers=*2")
    assert messages(desk)[-3:] == [f"address added by {by}", f"device changed by {by}", f"address removed by {by}"]


@pytest.mark.parametrize(
    ("running", "at", "written"),
    [
        ("6.49.18", datetime(2026, 1, 5, 9, 8, 7, tzinfo=UTC), "09:08:07"),
        ("6.49.18", datetime(2026, 1, 2, 9, 8, 7, tzinfo=UTC), "jan/02 09:08:07"),
        ("6.49.18", datetime(2025, 12, 31, 9, 8, 7, tzinfo=UTC), "dec/31/2025 09:08:07"),
        ("7.16.2", datetime(2026, 1, 5, 9, 8, 7, tzinfo=UTC), "09:08:07"),
        ("7.16.2", datetime(2026, 1, 2, 9, 8, 7, tzinfo=UTC), "01-02 09:08:07"),
        ("7.16.2", datetime(1970, 1, 2, 0, 0, 9, tzinfo=UTC), "1970-01-02 00:00:09"),
    ],
)
def test_a_line_tells_as_much_of_its_time_as_is_needed(running: str, at: datetime, written: str) -> None:
    assert moment(version(running), at, datetime(2026, 1, 5, 12, tzinfo=UTC)) == written


def test_scripts_say_things() -> None:
    desk = Desk()
    desk.rows("/log/warning", "=message=mind the gap")
    assert desk.rows("/log/print", "?topics=script,warning", "=.proplist=message") == [{"message": "mind the gap"}]
    assert desk.trap("/log/info")["message"] == "missing value for argument message"


def test_it_is_bounded() -> None:
    desk = Desk()
    for n in range(KEPT + 10):
        desk.router.part(Log).add("system,info", str(n))
    assert len(desk.rows("/log/print")) == KEPT
    assert messages(desk)[0] == "10"


def test_who_listens_hears_each_line_once() -> None:
    desk = Desk()
    desk.ask("/log/listen")
    told = desk.ask("/log/info", "=message=hello")
    assert [row["message"] for word, row in told if word == "!re"] == ["hello"]


def test_the_clock_is_set_and_the_log_follows() -> None:
    desk = Desk()
    desk.rows("/system/clock/set", "=date=2030-02-01", "=time=10:00:00")
    assert desk.rows("/system/clock/print", "=.proplist=date,time") == [{"date": "2030-02-01", "time": "10:00:00"}]
    desk.clock.advance(timedelta(seconds=5))
    assert desk.rows("/system/clock/print", "=.proplist=time") == [{"time": "10:00:05"}]
    assert desk.trap("/system/clock/set", "=time=25:00:00")["message"] == "invalid value for argument time"
    assert desk.trap("/system/clock/set", "=date=tomorrow")["message"] == "invalid value for argument date"
    old = Desk("hap_ac_lite")
    old.rows("/system/clock/set", "=date=feb/01/2030")
    assert old.rows("/system/clock/print", "=.proplist=date") == [{"date": "feb/01/2030"}]
