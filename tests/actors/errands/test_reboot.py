"""A restart is done when the device was seen to have gone and come back, and is done once, whoever takes it over."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from actors.errands import reboot
from fleet import control
from fleet.clock import Clock
from fleet.device import Device
from fleet.errands import Ending, Errand, ErrandState
from fleet.errors import Unavailable
from routeros.simulator.parts.log import Log
from routeros.simulator.router import Condition
from tests.actors.errands.visits import leaping, simulated, visit
from tests.fixtures.simulator import Served


def asked(of: Device, served: Served, clock: Clock, identity: str | None = None) -> Errand:
    name = served.router(0).model.identity if identity is None else identity
    return control.reboot((of.tenant_id, of.id), name, "anna", clock.now())


def restarts(served: Served) -> int:
    """Count what the router wrote of its restarts; its log begins anew with each."""
    return sum("rebooted" in entry.message for entry in served.router(0).part(Log).entries)


def test_a_restart_is_done_when_the_device_is_back() -> None:
    with leaping() as (runner, served, clock):
        of = simulated(served)
        before = clock.now()
        ending = runner.run(reboot.run(visit(of, asked(of, served, clock), clock)))
        assert ending == Ending.done()
        assert clock.now() - before > timedelta(seconds=10)
        assert restarts(served) == 1


def test_who_takes_it_over_does_not_restart_it_again() -> None:
    with leaping() as (runner, served, clock):
        of = simulated(served)
        # Asked for a while ago, as it is where an owner was lost meanwhile.
        errand = replace(asked(of, served, clock), at=clock.now() - timedelta(minutes=1))
        assert runner.run(reboot.run(visit(of, errand, clock))) == Ending.done()
        assert runner.run(reboot.run(visit(of, errand, clock, attempt=2))) == Ending.done()
        assert restarts(served) == 1
        assert served.router(0).condition is Condition.UP


def test_another_name_than_was_typed_stops_it() -> None:
    with leaping() as (runner, served, clock):
        of = simulated(served)
        ending = runner.run(reboot.run(visit(of, asked(of, served, clock, "another"), clock)))
        assert ending.state is ErrandState.FAILED
        assert "calls itself" in str(ending.error)
        assert restarts(served) == 0


def test_without_the_right_nothing_is_said_to_the_device() -> None:
    with leaping() as (runner, served, clock):
        of = simulated(served)
        with pytest.raises(Unavailable):
            runner.run(reboot.run(visit(of, asked(of, served, clock), clock, may=lambda: False)))
        assert restarts(served) == 0


def test_a_device_that_stays_down_is_no_success() -> None:
    with leaping() as (runner, served, clock):
        of = simulated(served)
        served.fault(0, "stays-down")
        ending = runner.run(reboot.run(visit(of, asked(of, served, clock), clock)))
        assert ending.state is ErrandState.FAILED
        assert "was not seen to have done so" in str(ending.error)
