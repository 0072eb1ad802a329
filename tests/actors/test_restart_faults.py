"""What may befall a router around its restart in a rollout, and what is said of it then."""

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
