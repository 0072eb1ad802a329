"""The notifier over the real store and a real receiver: what alerts did is told, once, to whom it is for."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from actors.channel import Receipt
from actors.channels import webhook
from actors.notifier import Notifier, Office
from bus import subjects
from db import alertchannels, alertdeliveries, alerts, alertwork, notifysend
from db.alertchannels import Channels, ChannelWish
from db.alertdeliveries import Deliveries, DeliveryRow, Narrow
from db.alertroutes import Routes
from db.alertsilences import Silences
from db.maintenance import Scope
from db.operations import Author
from db.platform import platform_session
from db.tenancy import tenant_session
from fleet.alerts.deeds import Act, Deed
from fleet.alerts.rule import Condition, Rule, Test
from fleet.alerts.telling import Escalation, Recipient, State, Way, What
from fleet.clock import FakeClock
from fleet.events import Severity
from tests.actors.receivers import HERE, Receiver, receiver
from tests.fixtures.database import Database, Tenant
from tests.fixtures.metrics import NOW

MINUTE = timedelta(minutes=1)
SECRET = webhook.fresh()
Tenants = tuple[Tenant, Tenant]


@dataclass
class House:
    """Alerts of a tenant, and a notifier that works when it is told to; its secrets lie open."""

    database: Database
    tenant: Tenant
    web: Receiver
    clock: FakeClock = field(default_factory=lambda: FakeClock(NOW))

    def __post_init__(self) -> None:
        self.office = Office(
            self.database.stores, lambda _, sealed: [one.encode() for one in sealed], HERE, "https://f"
        )

    @property
    def author(self) -> Author:
        return Author("ada@north.example", self.clock.now())

    def channel(self, path: str = "ok", tenant: Tenant | None = None) -> UUID:
        """Make a webhook to the receiver."""
        whose = tenant or self.tenant
        wish = ChannelWish(name=f"to {path}", settings={}, url=self.web.url(path), secret=SECRET)
        with tenant_session(self.database.stores, whose.principal) as session:
            return Channels(session, self.author, whose.id).add("webhook", wish)

    def route(self, to: UUID, tenant: Tenant | None = None, person: str = "", **more: Any) -> None:
        whose = tenant or self.tenant
        way = replace(Way(id=uuid4(), name=str(uuid4()), to=Recipient(to, person)), **more)
        with tenant_session(self.database.stores, whose.principal) as session:
            Routes(session, self.author, whose.id).add(way, enabled=True)

    def turn(self, number: int, *acts: Act) -> UUID:
        """Let an alert of a device do something, now; returns its id."""
        rule = Rule(id=UUID(int=9), tenant_id=self.tenant.id, name="device down", severity=Severity.CRITICAL,
                    condition=Condition(test=Test.ABSENT))  # fmt: skip
        device, now = self.tenant.devices[number], self.clock.now()
        deed = Deed(
            act=Act.BEGIN, rule=rule, device_id=device.id, device=device.name, key="", since=NOW, at=now, seen=now
        )
        with platform_session(self.database.stores, "an alert of a test") as session:
            alertwork.do(session, [replace(deed, act=act) for act in acts], subjects.of, now)
        return deed.alert_id

    def fire(self, number: int = 0) -> UUID:
        return self.turn(number, Act.BEGIN, Act.FIRE)

    def work(self, later: timedelta = timedelta(0)) -> None:
        """Let time pass, and a new notifier look twice: what the first look decides the second may send."""
        self.clock.advance(later)
        asyncio.run(self._work())

    async def _work(self) -> None:
        notifier = Notifier(self.office, self.clock)
        for _ in range(2):
            await notifier.turn()
            await notifier.settled()

    def told(self) -> list[tuple[str, list[str]]]:
        """Tell what the receiver got: the type of each message, and what it says of which devices."""
        bodies = [json.loads(body) for _, _, body in self.web.taken]
        return [(body["type"], [f"{a['what']} {a['device']}" for a in body["data"]["alerts"]]) for body in bodies]

    def log(self, tenant: Tenant | None = None, **narrow: Any) -> list[DeliveryRow]:
        with tenant_session(self.database.stores, (tenant or self.tenant).principal) as session:
            return alertdeliveries.page(session, None, 100, Narrow(**narrow))


@pytest.fixture
def house(database: Database, two_tenants: Tenants) -> Iterator[House]:
    with receiver() as web:
        yield House(database, two_tenants[0], web)


def test_what_fires_and_is_over_is_told_once_to_its_tenant_alone(house: House, two_tenants: Tenants) -> None:
    south = two_tenants[1]
    house.route(house.channel("other", south), south)
    house.route(house.channel(), group=MINUTE)
    first, second = house.fire(0), house.fire(1)
    house.work()
    assert (house.told(), [row.state for row in house.log()]) == ([], [State.WAITING])
    house.work(MINUTE)
    house.work(MINUTE)
    assert house.told() == [("alert.fired", ["fired router-000", "fired router-001"])]
    house.turn(0, Act.RESOLVE)
    house.work(MINUTE)
    house.work(60 * MINUTE)
    assert house.told()[1:] == [("alert.resolved", ["resolved router-000"])]
    assert [(row.state, set(row.alert_ids)) for row in house.log()] == [
        (State.SENT, {first}), (State.SENT, {first, second}),
    ]  # fmt: skip
    assert (house.log(south), set(house.web.paths)) == ([], {"/ok"})


def test_who_is_killed_between_the_answer_and_its_note_tells_it_again_under_the_same_id(house: House) -> None:
    class Killed(Notifier):
        def _settle(self, claim: Any, receipt: Receipt) -> None:
            """Note nothing."""

    async def killed() -> None:
        notifier = Killed(house.office, house.clock)
        await notifier.turn()
        await notifier.settled()

    house.route(house.channel())
    house.fire()
    asyncio.run(killed())
    house.work()
    assert len(house.web.taken) == 1
    house.work(2 * MINUTE)
    assert len({headers["webhook-id"] for _, headers, _ in house.web.taken}) == 1
    (row,) = house.log()
    assert [(one["sent"], one["code"]) for one in row.attempts] == [(False, None), (True, 204)]


def test_what_is_not_taken_is_tried_later_and_later_and_given_up_after_a_day(house: House) -> None:
    house.web.codes = [500, 503]
    house.route(house.channel())
    house.fire()
    house.work()
    house.turn(0, Act.RESOLVE)
    house.work(timedelta(seconds=4))
    assert (len(house.web.taken), house.log(what=What.FIRED)[0].attempts[0]["code"]) == (1, 500)
    house.work(timedelta(seconds=1))
    house.work(timedelta(seconds=10))
    house.work()
    assert [kind for kind, _ in house.told()] == ["alert.fired"] * 3 + ["alert.resolved"]
    house.web.codes = [500] * 100
    house.fire(1)
    house.work()
    house.work(timedelta(days=1))
    (row,) = house.log(state=State.DEAD)
    assert row.why == "It was not taken within a day."
    house.turn(1, Act.RESOLVE)
    house.work()
    assert [row.what for row in house.log(state=State.WITHDRAWN)] == [What.RESOLVED]
    house.web.codes = []
    with tenant_session(house.database.stores, house.tenant.principal) as session:
        Deliveries(session, house.author, house.tenant.id).retry(row.id)
    house.work()
    assert [one.state for one in house.log(what=What.FIRED)] == [State.SENT, State.SENT]


def test_a_receiver_that_is_gone_has_its_channel_switched_off(house: House) -> None:
    channel = house.channel("gone")
    house.route(channel)
    house.fire()
    house.work()
    with tenant_session(house.database.stores, house.tenant.principal) as session:
        row = alertchannels.one(session, channel)
    assert (row.enabled, "410" in str(row.off_because)) == (False, True)
    house.fire(1)
    house.work()
    assert {one.why for one in house.log(state=State.DEAD)} == {
        "Its receiver wants no more.",
        "The channel is switched off.",
    }
    assert len(house.web.taken) == 1


def test_what_nobody_acknowledges_is_escalated_and_nothing_else(house: House) -> None:
    house.route(house.channel(), escalation=Escalation(10 * MINUTE, Recipient(house.channel("boss"))))
    cared, _ = house.fire(0), house.fire(1)
    house.work()
    with tenant_session(house.database.stores, house.tenant.principal) as session:
        alerts.acknowledge(session, house.author, house.tenant.id, cared, None)
    house.work(10 * MINUTE)
    assert house.told()[1:] == [("alert.escalated", ["escalated router-001"])]
    assert house.web.paths[1:] == ["/boss"]


def test_the_silenced_are_told_when_they_are_not_any_more_and_strangers_never(house: House) -> None:
    house.route(house.channel(), goes_on=True)
    stranger = Recipient(house.channel("post"), "eve@elsewhere.example")
    house.route(stranger.channel_id, person=stranger.person, place=1)
    with tenant_session(house.database.stores, house.tenant.principal) as session:
        until = NOW + 10 * MINUTE
        Silences(session, house.author, house.tenant.id).keep(None, Scope(house.tenant.devices[0].id), until, "known")
    house.fire(0)
    house.work(MINUTE)
    assert house.log() == []
    house.work(10 * MINUTE)
    assert house.told() == [("alert.fired", ["fired router-000"])]
    (dead,) = house.log(state=State.DEAD)
    assert (dead.person, "nobody who may read" in str(dead.why)) == ("eve@elsewhere.example", True)


def test_a_test_of_a_channel_says_that_it_is_one(house: House) -> None:
    channel = house.channel()
    with tenant_session(house.database.stores, house.tenant.principal) as session:
        Deliveries(session, house.author, house.tenant.id).test(alertchannels.one(session, channel))
    house.work()
    assert house.told() == [("alert.test", [])]
    assert [row.state for row in house.log()] == [State.SENT]


def test_a_channel_that_hangs_keeps_no_other_tenant_waiting(house: House, two_tenants: Tenants) -> None:
    south = two_tenants[1]
    for whose, count in ((house.tenant, 9), (south, 1)):
        channel = house.channel("ok", whose)
        with tenant_session(house.database.stores, whose.principal) as session:
            row = alertchannels.one(session, channel)
            for _ in range(count):
                Deliveries(session, house.author, whose.id).test(row)
    with platform_session(house.database.stores, "a test") as session:
        first = notifysend.claim(session, NOW, NOW + MINUTE, 4)
        second = notifysend.claim(session, NOW, NOW + MINUTE, 4)
    assert sorted(one.tenant_id for one in first) == sorted([house.tenant.id] * notifysend.CHANNEL + [south.id])
    assert second == []
