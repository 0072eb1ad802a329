"""What may befall a router before its restart in a rollout and after, and what is said of it then."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from db.rolloutjournal import Note
from fleet.rollouts import Result, Stage, Step
from routeros.simulator.faults import Fault, Kind
from routeros.simulator.parts.boot import Boot
from tests.actors.restarts import TARGET, Bench, opened


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with opened(tmp_path) as made:
        yield made


def late(bench: Bench, away: timedelta) -> None:
    """Let each start of the router take so much longer."""
    boot, usual = bench.router.part(Boot), bench.router.part(Boot)._come_up
    boot._come_up = lambda span: usual(span + away)


@pytest.mark.parametrize(("minutes", "result"), [(12, Result.DONE), (20, Result.LOST)])
def test_one_that_comes_back_slowly_is_waited_for_as_long_as_the_terms_say(
    bench: Bench, minutes: int, result: Result
) -> None:
    late(bench, timedelta(minutes=minutes))
    told = bench.install()
    assert (told.result, bench.restarts()) == (result, 1), told.reason
    assert result is Result.DONE or "within 15 minutes" in str(told.reason)


def test_one_whose_password_is_another_after_its_restart_is_lost_and_says_why(bench: Bench) -> None:
    bench.ledger.hooks[Stage.REBOOTING] = lambda: bench.router.down.append(lambda: bench.fault("wrong-password"))
    told = bench.install()
    assert (told.result, bench.restarts(), bench.runs()) == (Result.LOST, 1, TARGET)
    assert "invalid user name or password" in str(told.reason)


def test_boot_firmware_that_does_not_run_after_its_restart_has_failed(bench: Bench) -> None:
    bench.install()
    bench.router.part(Boot).flash = lambda: None
    told = bench.boot()
    assert (told.result, bench.restarts()) == (Result.FAILED, 2)
    assert "Its boot firmware is" in str(told.reason)


def test_boot_firmware_that_cannot_be_written_is_said_to_be_so(bench: Bench) -> None:
    bench.install()
    bench.router.faults[Kind.TRAP] = Fault(
        Kind.TRAP, {"menu": "/system/routerboard/upgrade", "message": "not allowed by device-mode"}
    )
    told = bench.boot()
    assert (told.result, bench.restarts()) == (Result.FAILED, 1)
    assert "not allowed by device-mode" in str(told.reason)


def test_one_that_was_away_for_hours_before_it_heard_is_as_it_was_and_is_taken_up_later(bench: Bench) -> None:
    bench.ledger.hooks[Stage.INSTALLING] = lambda: bench.fault("down")
    told = bench.install()
    assert (told.result, bench.restarts(), bench.ledger.stages[-1]) == (Result.AWAY, 0, Stage.STAGING)
    bench.runner.run(asyncio.sleep(5 * 3600))
    bench.fault("none")
    bench.ledger.notes.append(Note(bench.clock.now(), Step.STAGE, replace(bench.unit, stage=Stage.STAGED, step=None)))
    assert bench.install().result is Result.DONE
    assert (bench.runs(), bench.restarts()) == (TARGET, 1)


def test_what_is_built_otherwise_is_not_touched(bench: Bench) -> None:
    bench.member = replace(bench.member, architecture="mipsbe")
    told = bench.stage()
    assert (told.result, told.reason) == (Result.REFUSED, "Its architecture is arm64, and mipsbe was planned.")
    assert bench.ledger.stages == []


def test_what_would_lose_a_package_is_not_touched(bench: Bench) -> None:
    bench.lacks = frozenset({"wifi-qcom"})
    told = bench.stage()
    assert told.result is Result.REFUSED
    assert str(told.reason).startswith(f"Packages that it has are not there for {TARGET}: wifi-qcom.")


def test_what_would_lose_its_radio_is_not_touched(tmp_path: Path) -> None:
    with opened(tmp_path, "wap_ac", "7.12.1") as bench:
        bench.lacks = frozenset({"wireless"})
        told = bench.stage()
        assert told.result is Result.REFUSED
        assert "Without wireless it would have no radio" in str(told.reason)


def test_what_its_device_mode_refuses_is_not_touched(tmp_path: Path) -> None:
    with opened(tmp_path, "hap_ax2", "7.20.6") as bench:
        told = bench.stage("7.12.1")
        assert told.result is Result.REFUSED
        assert "Its device-mode refuses it: install-any-version is off" in str(told.reason)


def test_what_has_no_room_is_not_touched(bench: Bench) -> None:
    bench.fault("disk-full")
    told = bench.stage()
    assert told.result is Result.REFUSED
    assert "are free" in str(told.reason)
