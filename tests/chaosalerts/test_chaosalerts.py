"""An alerter that is killed after any batch, without servers; `make chaos-alerts` kills real ones."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from fleet.alerts.deeds import Act, Deed
from fleet.events import AlertEvent, AlertFiredEvent, AlertResolvedEvent
from tests.chaosalerts import paper, runs
from tests.chaosalerts.arena import OFTEN, STEP, Blow, drawn
from tests.chaosalerts.fleet import fleet
from tests.chaosalerts.living import alone, lived

SHORT = replace(runs.HOURS, devices=12, span=timedelta(minutes=90))


def event(deed: Deed) -> AlertEvent:
    """Make the event that tells of a deed."""
    kind = AlertFiredEvent if deed.act is Act.FIRE else AlertResolvedEvent
    return kind(
        tenant_id=deed.rule.tenant_id,
        device_id=deed.device_id,
        at=deed.at,
        event_id=deed.event_id,
        alert_id=deed.alert_id,
        rule=deed.rule.name,
        severity=deed.rule.severity,
        summary=deed.summary,
        value=deed.value,
    )


def test_a_run_finds_what_is_lost_and_what_is_told_twice() -> None:
    made = fleet(SHORT)
    deeds = list(lived(made, alone(made), STEP))
    events = [event(deed) for deed in runs.must(deeds)]
    assert runs.compared(made, deeds, events).wrong == []
    steady = [one for one in events if one.rule == "CPU busy"]
    rest = [one for one in events if one.rule != "CPU busy"]
    found = runs.compared(made, deeds, [*rest, *steady[1:], steady[-1]])
    assert (len(found.lost), len(found.doubled)) == (1, 1)
    assert found.disordered


@pytest.mark.parametrize("seed", range(1, 5))
def test_an_alerter_that_is_killed_after_any_batch_tells_the_same(seed: int) -> None:
    made = fleet(replace(SHORT, seed=seed, order=seed))
    owned = alone(made)
    wanted = runs.counted(runs.must(list(lived(made, owned, STEP))))
    life = paper.killed(made, owned, seed, 0.1)
    assert life.kills > 5
    assert runs.differing(made, wanted, runs.counted(life.paper.told)) == ([], [])


def test_every_blow_is_drawn() -> None:
    assert (
        {strike.blow for number in range(20) for strike in drawn(number, 48, runs.STRIKES)} == set(OFTEN) == set(Blow)
    )
