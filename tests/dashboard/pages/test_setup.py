"""The first device in a real browser: a look at its address, its login, and its first words."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, Page, expect

from dashboard.app import mount
from db import inventory
from db.platform import platform_session
from db.tenancy import tenant_session
from fleet.egress import SIMULATED
from fleet.identity import Role
from tests.dashboard.seats import Screen, ago
from tests.fixtures.database import Database, Tenant, seed
from tests.fixtures.simulator import Served
from tests.fixtures.web import Web


@dataclass(frozen=True, slots=True)
class Ground:
    """A tenant without devices, which may reach the simulator's routers."""

    web: Web
    database: Database
    tenant: Tenant
    url: str

    def enter(self, page: Page, role: Role) -> None:
        page.goto(f"{self.url}/login#{self.web.link(self.tenant, role)}")
        expect(page.locator("#tenant")).to_have_text("West")


@pytest.fixture(scope="module")
def ground(shared_database: Database, shared_web: Web, shared_web_url: str) -> Ground:
    mount(shared_web.app, shared_web.context)
    tenant = seed(shared_database.stores, "west", 0)
    shared_web.context.vault.ensure(tenant.id)
    with platform_session(shared_web.context.stores, "test") as session:
        inventory.allow(session, tenant.id, [str(SIMULATED)])
    return Ground(shared_web, shared_database, tenant, shared_web_url)


def test_a_viewer_is_told_who_can_add_a_device(ground: Ground, page: Page) -> None:
    ground.enter(page, Role.VIEWER)
    expect(page.get_by_text("An operator or a tenant_admin adds the first one")).to_be_visible()
    expect(page.get_by_role("button", name="Look")).to_have_count(0)


def test_an_operator_looks_adds_and_sees_the_first_device(ground: Ground, page: Page, fleet_of_three: Served) -> None:
    router = fleet_of_three.inventory[0]
    ground.enter(page, Role.OPERATOR)
    where, who, words = (page.locator(".setup-step").nth(place) for place in range(3))
    where.get_by_role("button", name="Look").click()
    expect(wrong(where, "address")).to_have_text("Needed.")
    where.get_by_label("Address").fill(router.address)
    where.get_by_label("Port").fill("1")
    where.get_by_role("button", name="Look").click()
    expect(where.locator("[data-tone=bad]")).to_be_visible()
    expect(who).to_have_attribute("data-step", "later")
    where.get_by_label("Port").fill(str(router.api_ssl_port))
    where.get_by_role("button", name="Look").click()
    expect(where).to_contain_text("It answers")
    expect(where).to_contain_text(router.fingerprint)
    who.get_by_label("Its name here").fill("core 1")
    who.get_by_label("User").fill(router.username)
    who.get_by_role("button", name="Add and watch it").click()
    expect(who.locator("[data-tone=bad], .wrong:not(:empty)")).to_be_visible()
    who.get_by_label("Password").fill(router.password)
    who.get_by_role("button", name="Add and watch it").click()
    expect(words).to_contain_text("It is asked for the first time.")
    with tenant_session(ground.web.context.stores, ground.tenant.principal) as session:
        (row,) = inventory.page(session, None, 10)
    assert (row.name, row.endpoint.fingerprint) == ("core 1", router.fingerprint)
    polled = {"state": "up", "since": ago(), "heard_at": ago(), "identity": "core", "version": "7.16.1"}
    Screen(ground.web, ground.database).tell(row, **polled)
    expect(words).to_contain_text("core is up.")
    expect(page.locator("#setup-arrived")).to_contain_text("West has 1 device.")
    words.get_by_role("link", name="Open its page").click()
    expect(page.get_by_test_id("device-name")).to_have_text("core 1")


def wrong(step: Locator, name: str) -> Locator:
    return step.locator(f"#setup-{name}-wrong")
