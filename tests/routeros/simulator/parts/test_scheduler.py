"""The scheduler: what runs when, by the router's own clock, in whose name and with which rights."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeros.simulator.console import Printed
from routeros.simulator.faults import Fault, Kind
from routeros.simulator.outcome import Steps
from routeros.simulator.parts.boot import Boot
from routeros.simulator.parts.devicemode import DeviceMode
from routeros.simulator.parts.log import Log
from routeros.simulator.parts.mishaps import lift, strike
from routeros.simulator.parts.scheduler import Plan, Scheduler
from routeros.simulator.parts.scripts import Scripts
from routeros.simulator.router import Active, Router
from tests.routeros.simulator.desk import Desk

MENU = "/system/scheduler"
LONG = timedelta(minutes=30)


class Ears:
    """Hears what a router runs, and when."""

    def __init__(self, desk: Desk) -> None:
        self.heard: list[tuple[float, str]] = []
        self.whose: list[Active | None] = []
        self.failed = False
        self._from = desk.clock.now()
        desk.router.part(Scripts).play = self._hear

    def _hear(self, router: Router, who: Active | None, script: str) -> Steps[Printed]:
        yield from ()
        self.heard.append(((router.clock.now() - self._from).total_seconds(), script))
        self.whose.append(who)
        return Printed("failure: no", failed=True) if self.failed else Printed()


def add(desk: Desk, *words: str) -> str:
    ((_, done),) = desk.ask(f"{MENU}/add", *words)
    return done["ret"]


def only(desk: Desk) -> dict[str, str]:
    (row,) = desk.rows(f"{MENU}/print")
    return row


def test_without_a_start_the_first_run_is_an_interval_away() -> None:
    desk = Desk()
    ears = Ears(desk)
    add(desk, "=name=deadman", "=interval=15s", "=on-event=/import file-name=undo.rsc")
    row = only(desk)
    local = desk.router.local(desk.router.now())
    assert row["next-run"] == f"{local + timedelta(seconds=15):%Y-%m-%d %H:%M:%S}"
    assert (row["start-time"], row["run-count"], row["owner"]) == (f"{local:%H:%M:%S}", "0", "admin")
    desk.hands.turn(timedelta(seconds=14))
    assert ears.heard == []
    desk.hands.turn(timedelta(seconds=31))
    assert ears.heard == [(n, "/import file-name=undo.rsc") for n in (15, 30, 45)]
    assert only(desk)["run-count"] == "3"


def test_runs_are_aligned_to_the_start() -> None:
    desk = Desk()
    ears = Ears(desk)
    desk.clock.advance(timedelta(seconds=7))
    past = desk.router.local(desk.router.now()) - timedelta(days=3, seconds=2)
    add(
        desk,
        "=name=x",
        f"=start-date={past:%Y-%m-%d}",
        f"=start-time={past:%H:%M:%S}",
        "=interval=10s",
        "=on-event=x",
    )
    desk.hands.turn(timedelta(seconds=20))
    assert [at for at, _ in ears.heard] == [7 + 8, 7 + 18]


def test_no_interval_runs_once_at_its_time_or_never() -> None:
    desk = Desk()
    ears = Ears(desk)
    soon = desk.router.local(desk.router.now()) + timedelta(minutes=2)
    add(desk, "=name=once", f"=start-time={soon:%H:%M:%S}", "=on-event=once")
    add(desk, "=name=never", "=on-event=never")
    desk.hands.turn(timedelta(days=2))
    assert ears.heard == [(120, "once")]
    assert ["next-run" in row for row in desk.rows(f"{MENU}/print")] == [False, False]


def test_startup_runs_three_seconds_after_a_start_and_with_an_interval_one_later() -> None:
    desk = Desk()
    ears = Ears(desk)
    add(desk, "=name=a", "=start-time=startup", "=on-event=a")
    add(desk, "=name=b", "=start-time=startup", "=interval=1m", "=on-event=b")
    desk.hands.turn(timedelta(seconds=59))
    assert [said for _, said in ears.heard if said == "a"] == []
    desk.rows(f"{MENU}/disable", "=numbers=b")
    desk.rows(f"{MENU}/enable", "=numbers=b")
    ears.heard.clear()
    boot = desk.router.part(Boot)
    started: list[float] = []
    boot.on_start.append(lambda: started.append((desk.clock.now() - ears._from).total_seconds()))
    boot.restart()
    desk.hands.turn(LONG)
    runs = [(round(at - started[0]), said) for at, said in ears.heard]
    assert runs[:3] == [(3, "a"), (63, "b"), (123, "b")]


def test_entries_of_one_moment_run_in_order_and_may_stop_one_another() -> None:
    desk = Desk()
    heard: list[str] = []

    def run(router: Router, who: Active | None, script: str) -> Steps[Printed]:
        yield from ()
        heard.append(script)
        if script == "first":
            Desk(router=router).rows(f"{MENU}/disable", "=numbers=third")
        return Printed()

    desk.router.part(Scripts).play = run
    for name in ("first", "second", "third"):
        add(desk, f"=name={name}", "=interval=10s", f"=on-event={name}")
    desk.hands.turn(timedelta(seconds=10))
    assert heard == ["first", "second"]


def test_one_that_disables_itself_runs_once() -> None:
    desk = Desk()
    add(desk, "=name=g", "=interval=10s", "=on-event=/system scheduler disable g; /system identity set name=back")
    desk.hands.turn(timedelta(minutes=5))
    row = only(desk)
    assert (row["run-count"], row["disabled"], "next-run" in row) == ("1", "true", False)
    assert desk.rows("/system/identity/print") == [{"name": "back"}]


@pytest.mark.parametrize("verb", ["disable", "remove"])
def test_what_is_disabled_or_removed_does_not_run(verb: str) -> None:
    desk = Desk()
    ears = Ears(desk)
    add(desk, "=name=x", "=interval=10s", "=on-event=x")
    desk.rows(f"{MENU}/{verb}", "=numbers=x")
    desk.hands.turn(timedelta(minutes=1))
    assert ears.heard == []
    desk.rows("/undo")
    desk.hands.turn(timedelta(seconds=10))
    assert [said for _, said in ears.heard] == ["x"]


def test_an_undone_entry_does_not_run() -> None:
    desk = Desk()
    ears = Ears(desk)
    add(desk, "=name=x", "=interval=10s", "=on-event=x")
    desk.rows("/undo")
    desk.hands.turn(timedelta(minutes=1))
    assert ears.heard == []


@pytest.mark.parametrize(
    ("step", "runs"),
    [(4, [56, 116]), (65, [55, 115]), (3600, [60, 120]), (-4, [4, 64]), (-3600, [3600, 3660])],
)
def test_a_step_of_the_clock_moves_what_is_to_come(step: int, runs: list[int]) -> None:
    """A clock that is set back before the start comes to the start itself again: the first run is early."""
    desk = Desk()
    ears = Ears(desk)
    add(desk, "=name=x", "=interval=1m", "=on-event=x")
    desk.router.offset = timedelta(seconds=step)
    desk.hands.turn(timedelta(seconds=runs[-1]))
    assert [round(at) for at, _ in ears.heard] == runs


def test_a_clock_that_lost_its_time_moves_them_too() -> None:
    desk = Desk()
    ears = Ears(desk)
    add(desk, "=name=x", "=interval=1h", "=on-event=x")
    strike(desk.router, Fault(Kind.CLOCK_1970))
    assert only(desk)["next-run"].startswith("2026-")
    desk.hands.turn(timedelta(hours=2))
    assert ears.heard == []
    lift(desk.router, Kind.CLOCK_1970)
    desk.hands.turn(timedelta(hours=1))
    assert [said for _, said in ears.heard] == ["x"]


def test_a_restart_arms_again_and_forgets_the_counts() -> None:
    desk = Desk()
    ears = Ears(desk)
    add(desk, "=name=x", "=interval=20m", "=on-event=x")
    desk.hands.turn(timedelta(minutes=20))
    desk.router.part(Boot).restart()
    desk.hands.turn(timedelta(minutes=19))
    again = Desk(router=desk.router)
    assert only(again)["run-count"] == "0"
    desk.hands.turn(timedelta(minutes=1))
    assert [at for at, _ in ears.heard] == [1200, 2400]


def test_what_falls_due_while_the_router_is_down_is_lost() -> None:
    desk = Desk()
    ears = Ears(desk)
    soon = desk.router.local(desk.router.now()) + timedelta(seconds=5)
    add(desk, "=name=x", f"=start-time={soon:%H:%M:%S}", "=on-event=x")
    strike(desk.router, Fault(Kind.STAYS_DOWN))
    desk.router.part(Boot).restart()
    desk.hands.turn(timedelta(minutes=1))
    lift(desk.router, Kind.STAYS_DOWN)
    desk.hands.turn(LONG)
    assert ears.heard == []


def test_an_entry_may_name_a_script() -> None:
    desk = Desk()
    ears = Ears(desk)
    desk.ask("/system/script/add", "=name=save", "=source=:log info saved", "=policy=read")
    add(desk, "=name=x", "=interval=10s", "=on-event=save")
    desk.hands.turn(timedelta(seconds=10))
    assert [said for _, said in ears.heard] == [":log info saved"]
    assert ears.whose[0] is not None
    assert ears.whose[0].rights == frozenset({"read"})
    assert desk.rows("/system/script/print", "=.proplist=run-count") == [{"run-count": "1"}]


def test_a_failure_is_noted() -> None:
    desk = Desk()
    ears = Ears(desk)
    ears.failed = True
    add(desk, "=name=x", "=interval=10s", "=on-event=x")
    desk.hands.turn(timedelta(seconds=10))
    last = desk.router.part(Log).entries[-1]
    assert (last.topics, "(x) failed" in last.message) == ("script,error", True)


def test_nobody_lets_it_do_more_than_he_may() -> None:
    desk = Desk()
    ears = Ears(desk)
    desk.rows("/user/add", "=name=w", "=group=write", "=password=x")
    writer = Desk(router=desk.router, login=False)
    writer.ask("/login", "=name=w", "=password=x")
    refused = writer.trap(f"{MENU}/add", "=name=x", "=policy=read,write,policy")
    assert refused == {"message": "not enough permissions (9)"}
    add(writer, "=name=x", "=policy=read", "=interval=10s", "=on-event=x")
    assert writer.trap(f"{MENU}/set", "=numbers=x", "=policy=ftp") == {"message": "not enough permissions (9)"}
    writer.ask(f"{MENU}/add", "=name=usual")
    assert "ftp" not in writer.rows(f"{MENU}/print", "?name=usual")[0]["policy"]
    desk.hands.turn(timedelta(seconds=10))
    (whose,) = ears.whose
    assert whose is not None
    assert (whose.name, whose.rights) == ("w", frozenset({"read"}))


def test_a_policy_bounds_what_runs() -> None:
    desk = Desk()
    before = desk.rows("/system/identity/print")
    add(desk, "=name=x", "=policy=read", "=interval=10s", "=on-event=/system identity set name=no")
    desk.hands.turn(timedelta(seconds=10))
    assert desk.rows("/system/identity/print") == before


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["=start-time=soon"], "invalid value for argument start-time"),
        (["=start-date=2026-13-01"], "invalid value for argument start-date"),
        (["=interval=x"], "invalid value for argument interval"),
        (["=policy=fly"], "input does not match any value of policy"),
        (["=name=there"], "failure: item with this name already exists"),
        (["=owner=me"], "unknown parameter owner"),
    ],
)
def test_what_makes_no_sense_is_refused(words: list[str], message: str) -> None:
    desk = Desk()
    add(desk, "=name=there")
    assert desk.trap(f"{MENU}/add", *words)["message"] == message
    assert len(desk.rows(f"{MENU}/print")) == 1


def test_dates_are_those_of_the_version() -> None:
    desk = Desk("hap_ac_lite")
    add(desk, "=interval=10s")
    row = only(desk)
    assert (row["name"], row["start-date"][:3], row["next-run"][:3]) == ("schedule1", "jan", "jan")
    desk.rows(f"{MENU}/set", "=numbers=schedule1", "=start-date=feb/01/2026")
    assert only(desk)["next-run"].startswith("feb/01/2026")


def test_an_untouched_router_waits_for_nothing() -> None:
    desk = Desk()
    desk.rows("/interface/print")
    assert not desk.router.has(Scheduler)
    assert desk.hands.waiting == []
    assert not desk.router.has(DeviceMode)


MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))


@given(MOMENTS, MOMENTS, st.integers(0, 10**6))
def test_the_next_run_is_the_first_of_the_grid(start: datetime, now: datetime, seconds: int) -> None:
    plan = Plan(start, timedelta(seconds=seconds))
    found = plan.after(now)
    if found is None:
        assert start <= now
        assert not seconds
        return
    assert found > now
    assert found >= start
    if seconds:
        assert (found - start) % plan.interval == timedelta()
        assert found - plan.interval <= now or found == start
