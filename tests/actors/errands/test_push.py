"""The errand of a push over the real database, OpenBao and a simulated router: begun, gone on with, told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

import pytest

from actors.access import Access
from actors.credentials import Credentials
from actors.errand import Means, Visit
from actors.errands.push import run
from bus import subjects
from cluster.servers.openbao import OpenBao
from db import errands, pushes
from db.operations import Author
from db.pushes import Pushes
from db.pushjournal import PushBook
from db.tenancy import tenant_session
from db.vault import Vault
from fleet.changes import PushState, Step
from fleet.clock import Clock
from fleet.device import Device, TlsMode
from fleet.errands import ErrandState
from fleet.events import ConfigPushCompletedEvent, ConfigPushEvent, Event, PushRollbackEvent
from fleet.pushes import Override, Source, Wanted
from routeros.plan import commands
from routeros.push.parcel import Parcel, digest
from routeros.simulator.menus.identity import MENU as IDENTITY
from tests.actors.errands.visits import swift
from tests.fixtures.database import Database, Tenant
from tests.fixtures.simulator import Factory, Served

NAME = "/system identity set name=after"
CUT = "/ip service set api disabled=yes"


@dataclass
class Ear:
    """Where events go out, in a test."""

    heard: list[Event] = field(default_factory=list)

    def publish(self, event: Event) -> None:
        self.heard.append(event)


@dataclass
class House:
    """A tenant's device that is a simulated router, and what its owner has."""

    database: Database
    tenant: Tenant
    fleet: Served
    vault: Vault
    clock: Clock
    ear: Ear = field(default_factory=Ear)

    @property
    def device(self) -> Device:
        entry = self.fleet.inventory[0]
        (sealed,) = self.vault.seal(self.tenant.id, [entry.password.encode()])
        known = self.tenant.devices[0]
        endpoint = replace(known.endpoint, address=entry.address, port=entry.api_port, tls=TlsMode.PLAIN)
        return replace(known, endpoint=endpoint, username=entry.username, secret=sealed, networks=("127.64.0.0/10",))

    def ask(self, text: str, override: Override | None = None) -> UUID:
        """Ask for a push to the device."""
        operations = commands.read(text)
        (sealed,) = self.vault.seal(self.tenant.id, [Parcel.of(operations).pack()])
        wish = Wanted(
            device_id=self.device.id,
            source=Source.COMMANDS,
            sealed=sealed,
            digest=digest(operations, b"salt"),
            shown=[one.shown() for one in operations],
            risks=[],
            total=len(operations),
            risky=False,
            override=override,
            expires_at=self.clock.now() + timedelta(hours=1),
        )
        with tenant_session(self.database.stores, self.tenant.principal) as session:
            writer = Pushes(session, Author("ada", self.clock.now()), self.tenant.id, subjects.of)
            return writer.begin(wish)[0]

    def visit(self, push_id: UUID, epoch: int = 1, may: Callable[[], bool] = lambda: True) -> Visit:
        """Let the device's owner take the errand."""
        with tenant_session(self.database.stores, self.tenant.principal) as session:
            errand = errands.one(session, push_id)
        access = Access(Credentials(self.vault), timedelta(minutes=1))
        means = Means(access, self.database.stores, self.vault, cast(Any, self.ear), self.clock)
        return Visit(replace(errand, attempt=epoch), self.device, epoch, means, may)

    def name(self) -> str:
        """Tell the router's name."""
        router = self.fleet.router(0)
        return str(next(iter(router.table(IDENTITY.table, IDENTITY.stored)))["name"])

    def steps(self, push_id: UUID) -> list[Step]:
        with tenant_session(self.database.stores, self.tenant.principal) as session:
            return [line.entry.step for line in pushes.lines(session, push_id) if line.entry.seen is None]

    def state(self, push_id: UUID) -> PushState:
        with tenant_session(self.database.stores, self.tenant.principal) as session:
            return pushes.one(session, push_id).state


@pytest.fixture
def house(database: Database, two_tenants: tuple[Tenant, Tenant], openbao: OpenBao, simulator: Factory) -> House:
    vault = Vault(openbao.url, openbao.role_id, openbao.secret_id)
    vault.ensure(two_tenants[0].id)
    clock = swift(20.0)
    return House(database, two_tenants[0], simulator(1, personas=("hap_ax2",), clock=clock, seed=3), vault, clock)


def test_a_push_is_done_told_and_done_once(house: House) -> None:
    push_id = house.ask(NAME)
    ending = asyncio.run(run(house.visit(push_id)))
    assert (ending.state, house.state(push_id), house.name()) == (ErrandState.DONE, PushState.COMMITTED, "after")
    assert house.steps(push_id)[0] is Step.LOOK
    assert house.steps(push_id)[-1] is Step.END
    *begun, last = house.ear.heard
    assert all(isinstance(event, ConfigPushEvent) for event in begun)
    assert isinstance(last, ConfigPushCompletedEvent)
    assert (last.change_id, last.state, last.error) == (push_id, PushState.COMMITTED, None)
    again = asyncio.run(run(house.visit(push_id, 2)))
    assert again.state is ErrandState.DONE
    assert len(house.ear.heard) == len(begun) + 1


def test_an_owner_that_lost_its_right_does_nothing_more_and_the_next_one_goes_on(house: House) -> None:
    before, push_id = house.name(), house.ask(NAME)
    asked: list[int] = []

    def may() -> bool:
        asked.append(1)
        return len(asked) < 3

    rests = asyncio.run(run(house.visit(push_id, 1, may)))
    # It keeps its device: nobody cancels it, and nothing else begins in between.
    assert rests.state is ErrandState.TAKEN
    ending = asyncio.run(run(house.visit(push_id, 2)))
    assert ending.state in (ErrandState.DONE, ErrandState.FAILED)
    assert (house.state(push_id), house.name()) in (
        (PushState.COMMITTED, "after"),
        (PushState.FAILED, before),
        (PushState.REVERTED, before),
    )
    assert PushBook(house.database.stores).entries(push_id, 1) is None


def test_a_name_that_several_rows_have_is_refused_before_anything_is_done(house: House) -> None:
    before = house.name()
    pools = "/ip pool\nadd name=a ranges=192.0.2.1\nadd name=b ranges=192.0.2.1\n"
    push_id = house.ask(f"{NAME}\n{pools}remove [find ranges=192.0.2.1]")
    ending = asyncio.run(run(house.visit(push_id)))
    assert (ending.state, house.state(push_id), house.name()) == (ErrandState.FAILED, PushState.FAILED, before)
    assert "2 rows of /ip/pool" in str(ending.error)
    assert house.steps(push_id) == [Step.LOOK, Step.END]


def test_a_lock_out_is_refused_and_with_a_persons_word_it_is_caught(house: House) -> None:
    before, push_id = house.name(), house.ask(f"{NAME}\n{CUT}")
    ending = asyncio.run(run(house.visit(push_id)))
    assert (ending.state, house.state(push_id), house.name()) == (ErrandState.FAILED, PushState.FAILED, before)
    assert "may cut the path" in str(ending.error)
    assert house.steps(push_id) == [Step.LOOK, Step.END]
    spoken = house.ask(f"{NAME}\n{CUT}", Override(before, "a test"))
    ending = asyncio.run(run(house.visit(spoken)))
    assert (house.state(spoken), house.name()) == (PushState.REVERTED, before)
    assert isinstance(house.ear.heard[-1], PushRollbackEvent)
