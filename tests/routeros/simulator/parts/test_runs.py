"""What takes a router time: long imports, delays in scripts, and what ends them early."""

from __future__ import annotations

from datetime import timedelta

import pytest

from routeros.simulator.console import execute
from routeros.simulator.parts.boot import Boot
from routeros.simulator.parts.files import Files
from routeros.simulator.parts.runs import LINES, PACE
from routeros.words import TAG
from tests.routeros.simulator.desk import Desk

LONG = "".join(f"/ip/dns/static add name=h{n}.test address=192.0.2.1\n" for n in range(950))
SECOND = timedelta(seconds=1)


@pytest.fixture
def desk() -> Desk:
    desk = Desk("ccr2004")
    desk.router.part(Files).write("long.rsc", LONG.encode())
    return desk


def applied(desk: Desk) -> int:
    return int(Desk(router=desk.router).ask("/ip/dns/static/print", "=count-only=")[-1][1]["ret"])


def name(desk: Desk) -> str:
    return Desk(router=desk.router).rows("/system/identity/print")[0]["name"]


def test_a_long_import_takes_its_time_and_others_are_answered_meanwhile(desk: Desk) -> None:
    before = applied(desk)
    assert desk.ask("/import", "=file-name=long.rsc", ".tag=i") == []
    assert applied(desk) - before == LINES
    assert desk.rows("/system/identity/print")
    desk.hands.turn(PACE)
    assert applied(desk) - before == 2 * LINES
    desk.hands.turn(950 // LINES * PACE)
    assert desk.paper.said[-1] == ("!done", {"ret": "true", TAG: "i"})
    assert applied(desk) - before == 950


def test_a_client_that_leaves_ends_its_import(desk: Desk) -> None:
    before = applied(desk)
    desk.ask("/import", "=file-name=long.rsc")
    desk.session.lost()
    desk.hands.turn(10 * SECOND)
    assert applied(desk) - before == LINES


def test_an_import_that_is_cancelled_ends_there(desk: Desk) -> None:
    before = applied(desk)
    desk.ask("/import", "=file-name=long.rsc", ".tag=i")
    words = [word for word, _ in desk.ask("/cancel", "=tag=i", ".tag=c")]
    desk.hands.turn(10 * SECOND)
    assert words == ["!trap", "!done", "!done"]
    assert applied(desk) - before == LINES


@pytest.mark.parametrize("lines", [LINES, 2 * LINES, 500])
def test_a_loss_of_power_leaves_an_import_half_done(desk: Desk, lines: int) -> None:
    before = applied(desk)
    desk.ask("/import", "=file-name=long.rsc")
    desk.hands.turn((lines // LINES - 1) * PACE)
    desk.router.part(Boot).lose_power(SECOND)
    desk.hands.turn(timedelta(minutes=30))
    assert applied(desk) - before == lines


def test_a_loss_of_power_leaves_what_a_reset_imports_half_done(desk: Desk) -> None:
    desk.hands.turn(timedelta(minutes=1))
    desk.rows("/system/reset-configuration", "=no-defaults=yes", "=run-after-reset=long.rsc")
    started: list[int] = []
    desk.router.part(Boot).on_start.append(lambda: started.append(1))
    while not started:
        desk.hands.turn(PACE / 2)
    desk.router.part(Boot).lose_power(SECOND)
    desk.hands.turn(timedelta(minutes=30))
    assert 0 < applied(desk) < 950


def test_a_delay_in_what_the_scheduler_runs_takes_the_router_s_time(desk: Desk) -> None:
    script = "/system identity set name=a; :delay 5s; /system identity set name=b; :if (true) do={:delay 2}; :error x"
    desk.rows("/system/scheduler/add", "=name=s", "=interval=1m", f"=on-event={script}")
    seen = []
    for _ in range(68):
        desk.hands.turn(SECOND)
        seen.append(name(desk))
    assert (seen.index("a"), seen.index("b")) == (59, 64)
    errors = [row for row in desk.rows("/log/print") if "failed, please check" in row["message"]]
    assert len(errors) == 1


def test_a_restart_ends_what_waits(desk: Desk) -> None:
    desk.ask("/execute", "=script=:delay 40m; /system identity set name=late")
    desk.router.part(Boot).restart()
    desk.hands.turn(timedelta(hours=1))
    assert name(desk) != "late"


def test_a_script_that_restarts_its_router_ends_there(desk: Desk) -> None:
    desk.ask("/execute", "=script=/system reboot; /system identity set name=late")
    desk.hands.turn(timedelta(hours=1))
    assert name(desk) != "late"


def test_a_job_goes_on_when_its_client_has_left_and_as_string_waits_for_it(desk: Desk) -> None:
    ((_, job),) = desk.ask("/execute", "=script=:delay 3s; /system identity set name=late")
    assert job["ret"].startswith("*")
    assert desk.ask("/execute", "=script=:delay 2s; :put done", "=as-string=") == []
    desk.hands.turn(2 * SECOND)
    assert desk.paper.said[-1] == ("!done", {"ret": "done"})
    desk.session.lost()
    desk.hands.turn(SECOND)
    assert name(desk) == "late"


def test_a_script_is_answered_when_it_is_at_an_end(desk: Desk) -> None:
    desk.rows("/system/script/add", "=name=slow", "=source=:delay 1500ms; :error late")
    assert desk.ask("/system/script/run", "=numbers=slow") == []
    desk.hands.turn(2 * SECOND)
    assert desk.paper.said[-2:] == [("!trap", {"message": "late"}), ("!done", {})]


def test_at_a_prompt_and_for_nonsense_nothing_waits(desk: Desk) -> None:
    assert execute(desk.router, None, ":delay 1h; :put done").text == "done\n"
    assert execute(desk.router, None, ":delay soon").text == "invalid value for argument delay-time\n"
