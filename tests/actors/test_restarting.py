"""Restarts of a rollout on simulated routers: told once, waited for, judged truly, gone on with by who comes next."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from actors import restarting
from actors.upgrading import Work, clean
from fleet.rollouts import Result, Stage, Step, Told, Verdict
from routeros.errors import GONE, ProtocolError
from routeros.push.line import Line, NotOurs
from routeros.simulator.faults import Fault, Kind
from routeros.simulator.parts.boot import Boot
from routeros.simulator.parts.files import Files
from routeros.words import Row
from tests.actors.restarts import TARGET, Bench, opened


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with opened(tmp_path) as made:
        yield made


def test_it_is_restarted_once_and_found_as_it_was(bench: Bench) -> None:
    told = bench.install()
    assert told == Told(Result.DONE, verdict=Verdict.PASS, boot=True), told.reason
    assert (bench.runs(), bench.restarts()) == (TARGET, 1)
    assert bench.ledger.stages == [Stage.INSTALLING, Stage.REBOOTING, Stage.VERIFYING, Stage.ROUTERBOOT]
    assert bench.boot() == Told(Result.DONE, verdict=Verdict.PASS)
    assert bench.router.part(Boot).firmware == TARGET
    assert bench.ledger.stages[4:] == [Stage.ROUTERBOOT, Stage.REBOOTING, Stage.VERIFYING, Stage.DONE]


async def lost(bench: Bench, work: Work, after: Stage) -> None:
    """Let the owner be lost a moment after a stage was written."""
    task = asyncio.ensure_future(restarting.install(work))
    while after not in bench.ledger.stages:
        await asyncio.sleep(0.02)
    await asyncio.sleep(0.2)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize("after", [Stage.INSTALLING, Stage.REBOOTING, Stage.VERIFYING])
def test_who_takes_it_over_at_any_moment_restarts_it_no_second_time(bench: Bench, after: Stage) -> None:
    bench.runner.run(lost(bench, bench.work(Step.INSTALL), after))
    assert bench.install().result is Result.DONE
    assert (bench.runs(), bench.restarts()) == (TARGET, 1)


def test_one_that_restarted_again_while_nobody_looked_has_failed(bench: Bench) -> None:
    async def alone() -> None:
        bench.router.part(Boot).restart()
        await asyncio.sleep(300)

    bench.runner.run(lost(bench, bench.work(Step.INSTALL), Stage.VERIFYING))
    bench.runner.run(alone())
    told = bench.install()
    assert (told.result, bench.runs(), bench.restarts()) == (Result.FAILED, TARGET, 2)
    assert "restarted again by itself" in str(told.reason)


def test_one_that_never_heard_is_told_again(bench: Bench) -> None:
    with pytest.raises(NotOurs):
        bench.install(may=lambda: False)
    assert (bench.ledger.stages[-1], bench.restarts()) == (Stage.REBOOTING, 0)
    assert bench.install().result is Result.DONE
    assert bench.restarts() == 1


@pytest.mark.parametrize(
    ("fault", "result", "why"),
    [
        ("old-version", Result.FAILED, "could not be verified"),
        ("wrong-password", Result.AWAY, "invalid user name or password"),
        ("disk-full", Result.FAILED, "not enough space for upgrade"),
        ("clock-1970", Result.DONE, ""),
    ],
)
def test_what_goes_wrong_has_a_true_reason(bench: Bench, fault: str, result: Result, why: str) -> None:
    bench.fault(fault)
    told = bench.install()
    assert told.result is result, told.reason
    assert why in str(told.reason)


def test_one_that_restarts_again_and_again_has_failed(bench: Bench) -> None:
    loop = Fault(Kind.REBOOT_LOOP, {"seconds": 12.0})
    bench.ledger.hooks[Stage.REBOOTING] = lambda: bench.router.faults.update({Kind.REBOOT_LOOP: loop})
    told = bench.install()
    assert (told.result, told.verdict) == (Result.FAILED, Verdict.FAIL), told.reason
    assert "restarted again by itself" in str(told.reason)


def test_one_whose_answer_was_nonsense_has_heard_all_the_same(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = Line.do

    async def garbled(line: Line, command: str, attributes: Mapping[str, str] | None = None) -> list[Row]:
        with suppress(*GONE):
            return await usual(line, command, attributes)
        raise ProtocolError("The connection ended within a word.")

    monkeypatch.setattr(Line, "do", garbled)
    told = bench.install()
    assert (told.result, bench.restarts(), bench.runs()) == (Result.DONE, 1, TARGET), told.reason


def test_one_that_stays_down_is_lost(bench: Bench) -> None:
    bench.fault("stays-down")
    told = bench.install()
    assert told.result is Result.LOST
    assert "not seen to be back within" in str(told.reason)


def test_nothing_begins_while_the_gate_is_shut(bench: Bench) -> None:
    bench.ledger.shut = True
    assert bench.install().result is Result.AWAY
    assert (bench.restarts(), bench.ledger.stages) == (0, [Stage.STAGING])


def test_packages_that_are_gone_are_brought_anew(bench: Bench) -> None:
    files = bench.router.part(Files)
    for name in [name for name in files.names() if name.endswith(".npk")]:
        files.remove(name)
    assert bench.install().result is Result.AWAY
    assert bench.restarts() == 0


def test_another_device_at_its_place_is_left_alone(bench: Bench) -> None:
    bench.member = replace(bench.member, serial="ANOTHER")
    told = bench.install()
    assert (told.result, bench.restarts()) == (Result.REFUSED, 0)
    assert not [name for name in bench.router.part(Files).names() if name.endswith(".npk")]


def test_packages_are_taken_away_again(bench: Bench) -> None:
    assert bench.runner.run(clean(bench.work(Step.CLEAN))).result is Result.DONE
    assert not [name for name in bench.router.part(Files).names() if name.endswith(".npk")]
