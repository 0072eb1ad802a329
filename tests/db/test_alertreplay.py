"""A rule tried on what the store has of the last days, and of nobody else's."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from db import alertreplay
from db.alertreplay import Budget, Trial
from db.alertrules import Rules
from db.maintenance import Maintenance
from db.maintenance import Scope as Whom
from db.operations import Author
from db.ranges import Range
from db.tenancy import tenant_session
from fleet.alerts.rule import Condition, Operator, Reach, Rule, Scope, Test
from fleet.device import Device, State
from fleet.errors import BadInput
from fleet.events import DeviceMetricsEvent, FamilyRows, Severity
from fleet.resolutions import Resolution
from tests.fixtures import rolled
from tests.fixtures.database import Database, Tenant
from tests.fixtures.metrics import FAMILIES, NOW, cpu, measured, received, seconds, status, write

TwoTenants = tuple[Tenant, Tenant]
HOUR = timedelta(hours=1)
BUSY = Condition(test=Test.VALUE, family="resource", field="cpu_load_ratio", threshold=0.9, clear=0.8)
AUTHOR = Author("admin@north.example", NOW, None)


def rule(tenant: Tenant, condition: Condition = BUSY, **given: Any) -> Rule:
    usual: dict[str, Any] = {"id": uuid4(), "name": "tried", "severity": Severity.WARNING}
    return Rule(tenant_id=tenant.id, condition=condition, **(usual | given))


def tried(
    database: Database, tenant: Tenant, judged: Rule, back: timedelta = HOUR, budget: Budget | None = None
) -> Trial:
    with tenant_session(database.stores, tenant.principal) as session:
        return alertreplay.run(session, FAMILIES, judged, Range(NOW - back, NOW + HOUR), budget)


def polled(device: Device, loads: Iterable[float], first: float = 0) -> list[DeviceMetricsEvent]:
    return [cpu(device, seconds(first + 60 * n), load) for n, load in enumerate(loads)]


def told(tested: Trial) -> list[tuple[str, str, float, float | None]]:
    """The device, the instance, and from when to when, in seconds behind NOW."""
    return [
        (one.device, one.key, (one.firing.at - NOW).total_seconds(),
         None if one.firing.until is None else (one.firing.until - NOW).total_seconds())
        for one in tested.firings
    ]  # fmt: skip


def test_a_value_would_have_fired_where_it_held(database: Database, two_tenants: TwoTenants) -> None:
    north, south = two_tenants
    one, two, three = north.devices
    events = [
        *polled(one, [0.95, 0.95, 0.95, 0.1]),
        *polled(two, [0.95, 0.1, 0.95, 0.95]),
        *polled(three, [0.1, 0.2]),
        *polled(south.devices[0], [0.99] * 10),
    ]
    write(database, received(events))
    judged = rule(north, hold=timedelta(minutes=1))
    tested = tried(database, north, judged)
    assert told(tested) == [(two.name, "", 180, None), (one.name, "", 60, 180)]
    assert (tested.devices, tested.fired, tested.coarse, tested.cut) == (3, 2, False, False)
    assert tested.firings[1].firing.value == 0.95
    assert told(tried(database, north, rule(north, scope=Scope(Reach.DEVICE, str(two.id))))) == [
        (two.name, "", 120, None),
        (two.name, "", 0, 60),
    ]


def test_an_instance_that_is_gone_ends_what_it_raised(database: Database, two_tenants: TwoTenants) -> None:
    device = two_tenants[0].devices[0]

    def ports(at: float, **rates: float) -> DeviceMetricsEvent:
        labels = tuple((name,) for name in rates)
        return measured(
            device,
            seconds(at),
            FamilyRows("interfaces", ("rx_errors_rate",), labels, tuple((r,) for r in rates.values())),
        )

    write(database, received([ports(0, a=20, b=1), ports(60, b=1), ports(120, a=1, b=20)]))
    condition = Condition(test=Test.VALUE, family="interfaces", field="rx_errors_rate", threshold=10)
    tested = tried(database, two_tenants[0], rule(two_tenants[0], condition))
    assert told(tested) == [(device.name, "b", 120, None), (device.name, "a", 0, 60)]


def test_rates_and_changes_are_looked_for_where_values_lie_far_enough_apart(
    database: Database, two_tenants: TwoTenants
) -> None:
    north = two_tenants[0]
    one, two, _ = north.devices
    write(database, received([*polled(one, [0.1, 0.1, 0.7, 0.7]), *polled(two, [0.3, 0.3, 0.3, 0.3])]))
    what: dict[str, Any] = {"family": "resource", "field": "cpu_load_ratio", "over_seconds": 60.0}
    rising = rule(north, Condition(test=Test.RATE, threshold=0.005, **what))
    assert told(tried(database, north, rising)) == [(one.name, "", 120, 180)]
    falling = rule(north, Condition(test=Test.RATE, operator=Operator.BELOW, threshold=-0.001, **what))
    assert told(tried(database, north, falling)) == []
    still = rule(north, Condition(test=Test.RATE, operator=Operator.BELOW, threshold=0.001, **what))
    assert {device for device, *_ in told(tried(database, north, still))} == {one.name, two.name}
    changes = rule(north, Condition(test=Test.CHANGES, threshold=0, **what))
    assert told(tried(database, north, changes)) == [(one.name, "", 120, 180)]


def test_a_narrower_rule_of_its_name_keeps_its_devices(database: Database, two_tenants: TwoTenants) -> None:
    north = two_tenants[0]
    one, two, _ = north.devices
    write(database, received([*polled(one, [0.95]), *polled(two, [0.95])]))
    with tenant_session(database.stores, north.principal) as session:
        Rules(session, AUTHOR, north.id).add(rule(north, scope=Scope(Reach.DEVICE, str(one.id)), enabled=False))
    tested = tried(database, north, rule(north, enabled=False))
    assert (tested.devices, told(tested)) == (2, [(two.name, "", 0, None)])


def test_states_and_silences_are_tried_but_for_maintenance(database: Database, two_tenants: TwoTenants) -> None:
    north = two_tenants[0]
    one, two, three = north.devices
    down = {"error_code": "unreachable", "error": "It does not answer."}
    first = [status(device, NOW) for device in north.devices]
    fallen = [status(device, seconds(60), State.DOWN, **down) for device in (one, two)]
    write(database, received([*first, *fallen]), received([status(one, seconds(600)), status(two, seconds(600))], 6))
    with tenant_session(database.stores, north.principal) as session:
        Maintenance(session, AUTHOR, north.id).plan(Whom(device_id=two.id), (NOW, seconds(700)), "works")
    state = rule(north, Condition(test=Test.STATE, states=(State.DOWN,)), hold=timedelta(minutes=2))
    assert told(tried(database, north, state)) == [(one.name, "", 180, 1200)]
    write(database, received(polled(one, [0.1] * 40, 660), 9), received(polled(three, [0.1], 1800), 99))
    # What nobody answered in the first eleven minutes may be our own fault.
    silent = rule(north, Condition(test=Test.ABSENT), hold=timedelta(minutes=5))
    assert told(tried(database, north, silent)) == [
        (three.name, "", 2100, None),
        (two.name, "", 900, None),
        (three.name, "", 660, 1800),
    ]


def test_what_is_kept_only_as_means_is_coarser(database: Database, two_tenants: TwoTenants) -> None:
    north = two_tenants[0]
    day = timedelta(days=1)
    old = [cpu(north.devices[0], NOW - 2 * day + timedelta(minutes=n), 0.95 if n < 60 else 0.1) for n in range(90)]
    write(database, received([*old, *polled(north.devices[0], [0.95, 0.1])]))
    rolled.roll(database, FAMILIES["resource"])
    rolled.forget(database, FAMILIES["resource"], Resolution.RAW, NOW - 2 * day)
    tested = tried(database, north, rule(north, hold=timedelta(minutes=10)), 3 * day)
    begun = -2 * 86_400.0
    assert (tested.coarse, told(tested)) == (True, [(north.devices[0].name, "", begun + 600, begun + 3600)])


def test_a_test_ends_where_its_budget_does(database: Database, two_tenants: TwoTenants) -> None:
    north = two_tenants[0]
    write(database, received([event for device in north.devices for event in polled(device, [0.95])]))
    for spent in (Budget(rows=1, first=1), Budget(timer=iter([0.0, 30.0]).__next__, first=1)):
        tested = tried(database, north, rule(north), budget=spent)
        assert (tested.devices, tested.fired, tested.cut) == (1, 1, True)


def test_what_is_not_kept_cannot_be_tried(database: Database, two_tenants: TwoTenants) -> None:
    fact = Condition(test=Test.FACT, field="backup_failures", threshold=2)
    with pytest.raises(BadInput):
        tried(database, two_tenants[0], rule(two_tenants[0], fact))
    with pytest.raises(BadInput):
        tried(database, two_tenants[0], rule(two_tenants[0]), timedelta(days=31))
