"""Who stands before a device sees its lights blink and hears it beep, and nothing of it is another afterwards."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from actors.errands import identify
from fleet import control
from fleet.clock import SystemClock
from fleet.errands import Ending
from fleet.errors import Unavailable
from fleet.identity import DeviceId, TenantId
from routeros.simulator.menus.tracing import Senses
from tests.actors.errands.visits import leaping, simulated, visit


def test_lights_blink_and_it_beeps() -> None:
    with leaping() as (runner, served, clock):
        of = simulated(served)
        errand = control.identify((of.tenant_id, of.id), 2, "anna", clock.now())
        assert runner.run(identify.run(visit(of, errand, clock))) == Ending.done()
        senses = served.router(0).part(Senses)
        assert (senses.beeps, "ether1" in senses.blinked) == (1, True)


def test_nothing_happens_without_the_right() -> None:
    with leaping() as (runner, served, clock):
        of = simulated(served)
        errand = control.identify((of.tenant_id, of.id), 2, "anna", clock.now())
        with pytest.raises(Unavailable):
            runner.run(identify.run(visit(of, errand, clock, may=lambda: False)))
        assert served.router(0).part(Senses).blinked == []


@pytest.mark.parametrize(("wanted", "seconds"), [(10, 10), (0, 2), (3600, 60), ("x", 10)])
def test_it_lasts_within_bounds(wanted: object, seconds: int) -> None:
    errand = control.identify((TenantId(UUID(int=1)), DeviceId(UUID(int=2))), 5, "anna", SystemClock().now())
    assert control.seconds(replace(errand, detail={"seconds": wanted})) == seconds
