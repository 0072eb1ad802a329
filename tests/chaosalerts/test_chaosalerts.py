"""A slice of the runs in which whoever judges and tells alerts is killed: nothing is lost, and nothing told twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import make_url

from fleet.alerts.deeds import Act, Deed
from fleet.events import AlertEvent, AlertFiredEvent, AlertResolvedEvent
from tests.bus import brokers
from tests.chaosalerts import paper, runs
from tests.chaosalerts.arena import OFTEN, STEP, Blow, Strike, drawn
from tests.chaosalerts.fleet import fleet
from tests.chaosalerts.living import alone, lived
from tests.chaosalerts.shelf import Base
from tests.fixtures.database import Template, copy

SHORT = replace(runs.HOURS, devices=12, span=timedelta(minutes=90))
STRUCK = [
    Strike(3, Blow.ALERTER, 0.02),
    Strike(4, Blow.NATS, 0.01),
    Strike(5, Blow.EVERYBODY, 0.05),
    Strike(7, Blow.CUT, 0.02),
    Strike(12, Blow.NOTIFIER, 0.0),
    Strike(13, Blow.ALERTER, 0.04),
]


@pytest.fixture
def base(native: Template, tmp_path: Path) -> Iterator[Base]:
    """A database on the server of all tests, where connections are cut in place of a restart, and a NATS to kill."""
    with copy(native) as database, brokers.running(tmp_path / "nats") as nats:
        name = make_url(database.admin_url).database or ""
        yield Base(name, database.admin_url, dict(database.urls), nats)


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


def test_whoever_is_killed_people_are_told_the_same(base: Base) -> None:
    found = runs.run(base, SHORT, STRUCK)
    assert found.wrong == []
    assert (found.told > 4, found.refused > 0, found.notified) == (True, True, found.told)
    assert found.struck.total() == len(STRUCK)


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
