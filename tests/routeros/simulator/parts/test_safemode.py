"""Safe mode: who holds it, and what becomes of the changes however its session ends."""

from __future__ import annotations

from datetime import timedelta

import pytest

from routeros.simulator.faults import Fault, Kind
from routeros.simulator.parts.boot import Boot
from routeros.simulator.parts.journal import KEPT, Journal
from routeros.simulator.parts.safemode import NOTICED, SafeMode
from tests.routeros.simulator.desk import Desk, running

NAME = "/system/identity"


def desk_of(version: str = "7.20.6") -> Desk:
    return running("hap_ax2", version)


def name(desk: Desk) -> str:
    return Desk(router=desk.router).rows(f"{NAME}/print")[0]["name"]


@pytest.fixture
def desk() -> Desk:
    found = desk_of()
    found.rows(f"{NAME}/set", "=name=before")
    return found


def test_it_is_there_from_7_18_on() -> None:
    assert desk_of("7.16.2").trap("/safe-mode/take")["message"] == "no such command prefix"
    assert Desk("hap_ac_lite").trap("/safe-mode/print")["message"] == "no such command prefix"
    assert desk_of("7.18.2").rows("/safe-mode/take") == []
    assert desk_of("7.18.2").trap("/safe-mode/toggle")["message"] == "no such command"
    assert desk_of("7.21.4").rows("/safe-mode/toggle") == []


def test_who_holds_it_is_told(desk: Desk) -> None:
    assert desk.rows("/safe-mode/print") == [{"enabled": "false", "current": "false"}]
    desk.rows("/safe-mode/take")
    (mine,), (other,) = desk.rows("/safe-mode/print"), Desk(router=desk.router).rows("/safe-mode/print")
    assert (mine["enabled"], mine["current"], mine["user"]) == ("true", "true", "admin")
    assert (other["enabled"], other["current"], other["owner"]) == ("true", "false", mine["owner"])
    assert desk.ask("/safe-mode/get", "=value-name=current")[0][1]["ret"] == "true"


def test_released_changes_stay(desk: Desk) -> None:
    desk.rows("/safe-mode/take")
    desk.rows(f"{NAME}/set", "=name=after")
    desk.rows("/safe-mode/release")
    desk.session.lost()
    desk.hands.turn(timedelta(minutes=10))
    assert name(desk) == "after"
    assert not any(action.floating for action in desk.router.part(Journal).actions)


def test_unrolled_changes_are_taken_back_at_once(desk: Desk) -> None:
    desk.rows("/safe-mode/take")
    desk.rows(f"{NAME}/set", "=name=after")
    desk.rows("/interface/disable", "=numbers=ether2")
    desk.rows("/safe-mode/unroll")
    assert name(desk) == "before"
    assert desk.rows("/interface/print", "?disabled=yes") == []
    assert desk.rows("/safe-mode/print") == [{"enabled": "false", "current": "false"}]


def test_changes_carry_a_mark_also_those_of_others(desk: Desk) -> None:
    desk.rows("/safe-mode/take")
    Desk(router=desk.router).rows(f"{NAME}/set", "=name=by another")
    floating = [row["floating-undo"] for row in desk.rows("/system/history/print")]
    assert floating == ["true", "false"]
    desk.rows("/safe-mode/unroll")
    assert name(desk) == "before"


def test_a_session_that_ends_is_noticed_a_little_later(desk: Desk) -> None:
    desk.rows("/safe-mode/take")
    desk.rows(f"{NAME}/set", "=name=after")
    desk.session.lost()
    desk.hands.turn(NOTICED - timedelta(milliseconds=1))
    assert name(desk) == "after"
    desk.hands.turn(timedelta(milliseconds=1))
    assert name(desk) == "before"


def test_quitting_does_not_keep_the_changes(desk: Desk) -> None:
    desk.rows("/safe-mode/take")
    desk.rows(f"{NAME}/set", "=name=after")
    desk.ask("/quit")
    desk.session.lost()
    desk.hands.turn(NOTICED)
    assert name(desk) == "before"


def test_a_dead_path_is_noticed_nine_minutes_later(desk: Desk) -> None:
    desk.rows("/safe-mode/take")
    desk.rows(f"{NAME}/set", "=name=after")
    desk.router.faults[Kind.HALF_OPEN] = Fault(Kind.HALF_OPEN)
    desk.session.lost()
    desk.router.faults.clear()
    desk.hands.turn(timedelta(minutes=8, seconds=59))
    assert len(desk.router.active) == 1
    desk.hands.turn(timedelta(seconds=1))
    assert not desk.router.active
    assert name(desk) == "after"
    desk.hands.turn(NOTICED)
    assert name(desk) == "before"


def test_one_session_holds_it(desk: Desk) -> None:
    other = Desk(router=desk.router)
    desk.rows("/safe-mode/take")
    desk.rows("/safe-mode/take")
    assert other.trap("/safe-mode/take")["message"] == "failure: safe mode is already taken by another session"
    for verb in ("release", "unroll"):
        assert other.trap(f"/safe-mode/{verb}")["message"] == "failure: safe mode is not taken by this session"
    desk.rows(f"{NAME}/set", "=name=after")
    other.session.lost()
    desk.hands.turn(timedelta(minutes=10))
    assert name(desk) == "after"
    desk.rows("/safe-mode/release")
    Desk(router=desk.router).rows("/safe-mode/take")


@pytest.mark.parametrize(("how", "left"), [("unroll", "before"), ("release", "after")])
def test_another_may_take_it_by_force(desk: Desk, how: str, left: str) -> None:
    other = Desk(router=desk.router)
    desk.rows("/safe-mode/take")
    desk.rows(f"{NAME}/set", "=name=after")
    other.rows("/safe-mode/take", f"=on-error={how}")
    assert name(desk) == left
    assert other.rows("/safe-mode/print")[0]["current"] == "true"
    other.rows(f"{NAME}/set", "=name=later")
    desk.session.lost()
    desk.hands.turn(timedelta(minutes=10))
    assert name(desk) == "later"
    other.rows("/safe-mode/unroll")
    assert name(desk) == left


@pytest.mark.parametrize(("actions", "left"), [(KEPT, "before"), (KEPT + 1, f"n{KEPT}")])
def test_more_than_the_history_holds_ends_it_without_a_word(desk: Desk, actions: int, left: str) -> None:
    desk.rows("/safe-mode/take")
    for n in range(actions):
        assert desk.rows(f"{NAME}/set", f"=name=n{n}") == []
    held = actions <= KEPT
    assert desk.rows("/safe-mode/print")[0]["enabled"] == ("true" if held else "false")
    desk.session.lost()
    desk.hands.turn(timedelta(minutes=10))
    assert name(desk) == left


def test_it_can_be_taken_again_after_it_ended_by_itself(desk: Desk) -> None:
    desk.rows("/safe-mode/take")
    for n in range(KEPT + 1):
        desk.rows(f"{NAME}/set", f"=name=n{n}")
    assert desk.trap("/safe-mode/release")["message"] == "failure: safe mode is not taken by this session"
    desk.rows("/safe-mode/take")
    desk.rows(f"{NAME}/set", "=name=last")
    desk.rows("/safe-mode/unroll")
    assert name(desk) == f"n{KEPT}"


@pytest.mark.parametrize("lost", [True, False])
def test_a_restart_while_it_is_held_forgets_it(desk: Desk, lost: bool) -> None:
    desk.rows("/safe-mode/take")
    desk.rows(f"{NAME}/set", "=name=after")
    if lost:
        desk.session.lost()
    desk.router.part(Boot).restart()
    desk.session.lost()
    desk.hands.turn(timedelta(minutes=30))
    assert name(desk) == "after"
    assert desk.router.part(SafeMode).holder is None


def test_undo_within_safe_mode_goes_one_step_back(desk: Desk) -> None:
    desk.rows("/safe-mode/take")
    desk.rows(f"{NAME}/set", "=name=one")
    desk.rows(f"{NAME}/set", "=name=two")
    desk.rows("/undo")
    assert name(desk) == "one"
    desk.rows("/undo")
    desk.rows("/undo")
    desk.rows("/redo")
    desk.rows("/safe-mode/unroll")
    assert name(desk) == desk.router.model.identity


def test_a_reader_may_not_take_it(desk: Desk) -> None:
    desk.rows("/user/add", "=name=reader", "=group=read", "=password=x")
    reader = Desk(router=desk.router, login=False)
    reader.ask("/login", "=name=reader", "=password=x")
    assert reader.trap("/safe-mode/take")["message"] == "not enough permissions (9)"
