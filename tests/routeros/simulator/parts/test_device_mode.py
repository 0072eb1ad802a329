"""Device-mode: what a device refuses whoever asks, and the hand that it takes to change it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from fleet.errors import BadInput
from fleet.versions import version
from routeros.simulator.device.model import Model
from routeros.simulator.parts.devicemode import NOT_ALLOWED, PATIENCE, DeviceMode, delivered
from tests.fixtures.simulator import Factory
from tests.routeros.simulator.desk import Desk, running

MENU = "/system/device-mode"
LONG = timedelta(minutes=30)


@pytest.mark.parametrize(
    ("persona", "factory", "running", "mode"),
    [
        ("hap_ax2", "7.17", "7.20.6", "home"),
        ("ccr2004", "7.17", "7.20.6", "advanced"),
        ("crs326", "7.18", "7.20.6", "basic"),
        ("hap_ax2", "7.5", "7.20.6", "advanced"),
        ("chr", "", "7.20.6", "advanced"),
        ("hap_ax2", "7.5", "7.16.2", "enterprise"),
    ],
)
def test_the_mode_in_which_it_comes(persona: str, factory: str, running: str, mode: str) -> None:
    model = Model(1, 0, (persona,))
    model.persona, model.version = replace(model.persona, factory=factory), version(running)
    assert delivered(model) == mode


def test_it_is_a_menu_of_version_7() -> None:
    assert Desk("hap_ac_lite").trap(f"{MENU}/print")["message"] == "no such command prefix"
    (row,) = running("hap_ax2", "7.20.6").rows(f"{MENU}/print")
    assert (row["mode"], row["scheduler"], row["container"], row["flagged"]) == ("advanced", "true", "false", "false")


@pytest.mark.parametrize("how", [{"mode": "home"}, {"mode": "advanced", "flagged": True}])
def test_the_scheduler_is_refused(how: dict[str, object]) -> None:
    desk = running("hap_ax2", "7.20.6")
    desk.ask("/system/scheduler/add", "=name=before", "=interval=10s", "=on-event=x")
    desk.ask("/system/scheduler/add", "=name=off", "=disabled=yes")
    desk.router.part(DeviceMode).set(**how)  # type: ignore[arg-type]
    assert desk.trap("/system/scheduler/add", "=name=x") == {"message": NOT_ALLOWED}
    assert desk.trap("/system/scheduler/enable", "=numbers=off") == {"message": NOT_ALLOWED}
    assert desk.trap("/system/scheduler/set", "=numbers=off", "=disabled=no") == {"message": NOT_ALLOWED}
    assert not [row for row in desk.rows("/system/scheduler/print") if "next-run" in row]
    desk.rows("/system/scheduler/disable", "=numbers=before")
    desk.rows("/system/scheduler/remove", "=numbers=before,off")


def updating(mode: str = "home") -> tuple[Desk, DeviceMode]:
    desk = running("hap_ax2", "7.20.6")
    (row,) = desk.rows(f"{MENU}/update", f"=mode={mode}", "=once=")
    assert row["update"].endswith("pressing reset or mode button in 5m")
    return desk, desk.router.part(DeviceMode)


def test_an_update_waits_for_the_button_and_restarts() -> None:
    desk, state = updating()
    assert state.mode == "advanced"
    assert state.press()
    assert desk.paper.end == "aborted"
    desk.hands.turn(LONG)
    again = Desk(router=desk.router)
    assert again.rows(f"{MENU}/print", "=.proplist=mode,scheduler") == [{"mode": "home", "scheduler": "false"}]
    assert not state.press()


def test_nobody_presses_in_time() -> None:
    desk, state = updating()
    desk.hands.turn(PATIENCE)
    assert not state.press()
    assert (state.mode, state.attempts, desk.paper.end) == ("advanced", 1, "")


def test_one_feature_may_be_turned_on() -> None:
    desk = running("hap_ax2", "7.20.6")
    state = desk.router.part(DeviceMode)
    state.set("home")
    desk.rows(f"{MENU}/update", "=scheduler=yes", "=once=")
    state.press()
    desk.hands.turn(LONG)
    again = Desk(router=desk.router)
    again.ask("/system/scheduler/add", "=name=x", "=interval=10s")
    assert len(again.rows("/system/scheduler/print")) == 1


def test_a_second_update_cancels_both() -> None:
    desk, state = updating()
    assert "cancelled" in desk.trap(f"{MENU}/update", "=mode=basic", "=once=")["message"]
    assert not state.press()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["=mode=enterprise"], "input does not match any value of mode"),
        (["=scheduler=perhaps"], "input does not match any value of scheduler"),
        (["=colour=red"], "unknown parameter colour"),
        (["=mode=home", "=activation-timeout=1s"], "value of activation-timeout out of range (10s..1d)"),
        (["=mode=home", "=activation-timeout=x"], "invalid value for argument activation-timeout"),
    ],
)
def test_what_makes_no_sense_is_refused(words: list[str], message: str) -> None:
    desk = running("hap_ax2", "7.20.6")
    assert desk.trap(f"{MENU}/update", *words, "=once=")["message"] == message
    assert desk.router.part(DeviceMode).waiting is None


def test_whoever_steers_the_simulator_sets_the_mode_and_presses_the_button(simulator: Factory) -> None:
    served = simulator(1, personas=("chr",))
    assert served.control("press", device=0) == {"ok": False}
    router = served.simulation.router(0)
    assert router is not None
    state = router.part(DeviceMode)
    assert served.control("mode", device=0, mode="home") == {"ok": True}
    assert not state.allows("scheduler")
    assert served.control("mode", device=0, mode="flagged") == {"ok": True}
    assert (state.mode, state.flagged) == ("home", True)
    with pytest.raises(BadInput, match="There is no mode 'fast'"):
        served.control("mode", device=0, mode="fast")
