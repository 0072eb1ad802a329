"""A router goes down and comes up: what a client sees meanwhile, and what is lost."""

from __future__ import annotations

from datetime import timedelta

import pytest

from routeros.simulator.faults import Fault, Kind
from routeros.simulator.parts import mishaps
from routeros.simulator.parts.boot import Boot
from routeros.simulator.parts.log import Log
from routeros.simulator.parts.services import Welcome, welcome
from routeros.simulator.router import Condition, Router
from tests.routeros.simulator.desk import Desk

LONG = timedelta(minutes=15)


def later(desk: Desk) -> Desk:
    """Log in again on the same router, at the time of its desk."""
    again = Desk(router=desk.router, login=False)
    again.clock.at = desk.clock.at
    again.hands = desk.hands
    assert again.ask("/login", "=name=admin", "=password=secret ñ") == [("!done", {})]
    return again


def notes(router: Router) -> list[str]:
    return [entry.message for entry in router.part(Log).entries]


@pytest.mark.parametrize("persona", ["hap_ax2", "ccr2004", "crs326", "chr"])
def test_a_restart_is_silence_then_refusal_then_service(persona: str) -> None:
    desk = Desk(persona)
    span = desk.router.part(Boot).span
    low, high = desk.router.model.persona.restart
    assert timedelta(seconds=low) <= span <= timedelta(seconds=high)
    desk.ask("/system/reboot")
    assert desk.paper.end == "aborted"
    assert desk.paper.said[-1][0] == "!done", "the login was the last that was answered"
    assert welcome(desk.router, "api", "192.0.2.7") is Welcome.UNHEARD
    desk.hands.turn(span * 0.8)
    assert welcome(desk.router, "api", "192.0.2.7") is Welcome.REFUSED
    desk.hands.turn(span * 0.2)
    assert welcome(desk.router, "api", "192.0.2.7") is Welcome.TAKEN
    assert notes(desk.router)[-1] == "router rebooted"


def test_a_restart_counts_anew_and_keeps_what_was_configured() -> None:
    desk = Desk()
    desk.rows("/system/identity/set", "=name=kept")
    before = desk.rows("/interface/print", "=.proplist=rx-byte")
    desk.router.part(Boot).restart()
    desk.hands.turn(timedelta(minutes=2))
    again = later(desk)
    after = again.rows("/interface/print", "=.proplist=rx-byte")
    assert all(int(now["rx-byte"]) <= int(then["rx-byte"]) // 100 for now, then in zip(after, before, strict=True))
    assert again.rows("/system/resource/print", "=.proplist=uptime") == [{"uptime": "2m"}]
    assert again.rows("/system/identity/print") == [{"name": "kept"}]
    desk.hands.turn(timedelta(hours=1))
    assert later(desk).rows("/system/resource/print", "=.proplist=uptime") == [{"uptime": "1h2m"}]


def test_what_starts_with_the_router_is_called_each_time() -> None:
    desk, started = Desk(), []
    desk.router.part(Boot).on_start.append(lambda: started.append(desk.router.condition))
    for _ in range(2):
        desk.router.part(Boot).restart()
        desk.hands.turn(LONG)
    assert started == [Condition.UP, Condition.UP]


def test_a_loss_of_power_says_nothing_and_the_connection_ends_when_the_kernel_is_back() -> None:
    desk = Desk()
    mishaps.strike(desk.router, Fault(Kind.POWER_LOSS))
    assert desk.ask("/system/identity/print") == []
    assert desk.paper.end == ""
    desk.hands.turn(LONG)
    assert desk.paper.end == "aborted"
    assert notes(desk.router)[-1] == "router was rebooted without proper shutdown"


def test_a_shutdown_lasts_until_power_comes_back() -> None:
    desk = Desk()
    desk.ask("/system/shutdown")
    desk.hands.turn(timedelta(days=1))
    assert desk.router.condition is Condition.SILENT
    mishaps.strike(desk.router, Fault(Kind.POWER_LOSS))
    desk.hands.turn(LONG)
    assert desk.router.condition is Condition.UP


def test_it_stays_down_until_that_is_lifted() -> None:
    desk = Desk()
    mishaps.strike(desk.router, Fault(Kind.STAYS_DOWN))
    assert desk.rows("/system/identity/print")
    desk.ask("/system/reboot")
    desk.hands.turn(timedelta(days=1))
    assert desk.router.condition is Condition.SILENT
    mishaps.lift(desk.router, Kind.STAYS_DOWN)
    desk.hands.turn(LONG)
    assert desk.router.condition is Condition.UP


def test_a_loop_of_restarts_goes_on_until_it_is_lifted() -> None:
    desk, started = Desk(), []
    desk.router.part(Boot).on_start.append(lambda: started.append(desk.clock.now()))
    mishaps.strike(desk.router, Fault(Kind.REBOOT_LOOP, {"seconds": 10.0}))
    desk.hands.turn(timedelta(minutes=5))
    assert len(started) >= 3
    mishaps.lift(desk.router, Kind.REBOOT_LOOP)
    desk.hands.turn(LONG)
    before = len(started)
    desk.hands.turn(timedelta(hours=1))
    assert len(started) == before
    assert desk.router.condition is Condition.UP


def test_two_restarts_at_once_are_one() -> None:
    desk, started = Desk(), []
    desk.router.part(Boot).on_start.append(lambda: started.append(1))
    desk.router.part(Boot).restart()
    desk.hands.turn(timedelta(seconds=5))
    desk.router.part(Boot).restart()
    desk.hands.turn(LONG)
    assert started == [1]


def test_each_restart_is_told_with_what_ran_and_what_was_written() -> None:
    desk = Desk("hap_ax2")
    boot, runs = desk.router.part(Boot), str(desk.router.model.version)
    begun = desk.clock.now()
    boot.restart()
    desk.hands.turn(LONG)
    boot.flash()
    boot.restart()
    told = boot.told()
    assert [one[1:] for one in told["restarts"]] == [[runs, ""], [runs, runs]]
    assert told["restarts"][0][0] == begun.timestamp()
    assert (told["runs"], told["boot"], told["files"]) == (runs, runs, [])


def test_a_steady_one_never_restarts_by_itself_whatever_it_is_told() -> None:
    desk = Desk("hap_ax2")
    desk.router.model.steady()
    desk.router.part(Boot).restart()
    now = desk.clock.now().timestamp()
    assert float(desk.router.model.boots.next(now)[0]) > now + timedelta(days=365 * 10).total_seconds()
