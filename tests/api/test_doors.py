"""Choosing a password, signing in with it and changing it, as a person does in a browser."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, Request, Route, expect

from db.signintables import Purpose
from tests.fixtures.browser import fits
from tests.fixtures.people import HOUR, PASSWORD, SECRET_KEY, enrolled, member, offered
from tests.fixtures.web import Web

EMAILS = (f"noc{number}@north.example" for number in itertools.count())
CHOSEN = "four random words make it"
FORM = re.compile(r"F1(-[0-9A-HJKMNP-TV-Z]{5}){6}")
FLEET = "**/t/north/"


@dataclass(frozen=True, slots=True)
class Door:
    """A browser before the door, and all that it says to the server."""

    page: Page
    web: Web
    url: str
    said: list[str]
    email: str

    def open(self, path: str) -> None:
        self.page.goto(f"{self.url}{path}")

    def link(self, purpose: Purpose = Purpose.INVITATION) -> str:
        """Let the person in and make a link to choose a password by."""
        member(self.web.context.stores, self.web.north, self.email)
        return offered(self.web.context.stores, self.web.north, self.email, self.web.clock.now(), purpose)

    def person(self) -> None:
        """Let the person in with the password of the vector."""
        enrolled(self.web.context.stores, self.web.north, self.email, self.web.clock.now())

    def choose(self, password: str = CHOSEN) -> str:
        """Fill in the first step of an enrolment, and tell the Secret Key of the second."""
        self.page.get_by_label("New password").fill(password)
        self.page.get_by_label("The same again").fill(password)
        self.page.get_by_role("button", name="Go on").click()
        self.heading("Save your Emergency Kit")
        found = FORM.search(self.page.get_by_label("Emergency Kit", exact=True).inner_text())
        assert found is not None
        return found[0]

    def sign_in(self, password: str, key: str | None = None, email: str | None = None) -> None:
        if email is not None:
            self.page.get_by_label("E-mail address").fill(email)
        self.page.get_by_label("Password", exact=True).fill(password)
        if key is not None:
            self.page.get_by_label("Secret Key", exact=True).fill(key)
        self.page.get_by_role("button", name="Sign in").click()

    def heading(self, text: str) -> None:
        expect(self.page.get_by_role("heading", name=text)).to_be_visible()

    def remembered(self) -> str:
        return str(self.page.evaluate("localStorage.getItem('flotilla.signin')"))


@pytest.fixture
def door(shared_web: Web, shared_web_url: str, page: Page) -> Iterator[Door]:
    """A browser that must never tell the server a password or a Secret Key."""
    said: list[str] = []

    def hear(asked: Request) -> None:
        said.append(f"{asked.url} {asked.all_headers()} {asked.post_data}")

    page.on("request", hear)
    yield Door(page, shared_web, shared_web_url, said, next(EMAILS))
    for secret in (CHOSEN, PASSWORD, SECRET_KEY):
        assert not [line for line in said if secret in line]
    assert not [line for line in said if FORM.search(line)]


def test_a_person_chooses_a_password_saves_the_kit_and_signs_in_again(door: Door) -> None:
    page, token = door.page, door.link()
    door.open(f"/enrol#{token}")
    door.heading("Welcome to North")
    assert page.url == f"{door.url}/enrol"
    key = door.choose()
    page.get_by_role("button", name="Finish and sign in").click()
    assert page.url == f"{door.url}/enrol", "without a saved kit there is no going on"
    page.get_by_label("I have printed or saved").check()
    page.get_by_label("Remember the Secret Key").check()
    page.get_by_role("button", name="Finish and sign in").click()
    page.wait_for_url(FLEET)
    assert not [line.split()[0] for line in door.said if token in line.split()[0]]
    assert key in door.remembered()
    page.context.clear_cookies()
    door.open("/login")
    expect(page.get_by_label("E-mail address")).to_have_value(door.email)
    expect(page.get_by_text(f"{key[:8]}-•••••")).to_be_visible()
    door.sign_in(CHOSEN)
    page.wait_for_url(FLEET)


def test_on_paper_there_is_the_kit_and_nothing_else(door: Door) -> None:
    door.open(f"/enrol#{door.link()}")
    key = door.choose()
    kit = door.page.get_by_label("Emergency Kit", exact=True)
    for text in (door.url, door.email, key):
        expect(kit).to_contain_text(text)
    door.page.emulate_media(media="print")
    expect(kit).to_be_visible()
    for other in (door.page.get_by_role("heading", name="Save your Emergency Kit"), door.page.get_by_role("button")):
        expect(other).to_have_count(0)


def test_a_weak_or_mistyped_password_is_told_before_anything_is_sent(door: Door) -> None:
    door.open(f"/enrol#{door.link()}")
    field, again = door.page.get_by_label("New password"), door.page.get_by_label("The same again")
    hint = door.page.locator("[data-strength]")
    for password, says in (("short", "Too short"), ("flotilla2026", "Easy to guess"), (CHOSEN, "Strong")):
        field.fill(password)
        expect(hint).to_contain_text(says)
    again.fill("something else altogether")
    door.page.get_by_role("button", name="Go on").click()
    assert again.evaluate("field => field.validationMessage") == "Both fields must be the same."
    assert door.page.locator("[data-state=kit]").is_hidden()


def test_a_recovery_makes_a_new_key_and_forgets_the_old_one(door: Door) -> None:
    door.person()
    door.open(f"/enrol#{door.link(Purpose.RECOVERY)}")
    door.heading("A new password for North")
    door.page.evaluate(
        f'localStorage.setItem(\'flotilla.signin\', \'{{"email":"{door.email}","key":"{SECRET_KEY}"}}\')'
    )
    assert door.choose() != SECRET_KEY
    door.page.get_by_label("I have printed or saved").check()
    door.page.get_by_role("button", name="Finish and sign in").click()
    door.page.wait_for_url(FLEET)
    assert door.remembered() == "None"


def test_the_secret_key_may_be_typed_in_any_way_and_is_kept_by_consent_alone(door: Door) -> None:
    door.person()
    door.open("/login")
    door.sign_in(PASSWORD, SECRET_KEY.lower().replace("-", " "), door.email)
    door.page.wait_for_url(FLEET)
    assert door.remembered() == "None"
    door.open("/login")
    door.page.get_by_label("Remember the Secret Key").check()
    door.sign_in(PASSWORD, SECRET_KEY, door.email)
    door.page.wait_for_url(FLEET)
    door.open("/login")
    door.page.get_by_role("button", name="Forget it").click()
    expect(door.page.get_by_label("Secret Key", exact=True)).to_be_focused()
    assert door.remembered() == "None"


def test_a_wrong_secret_key_is_seen_before_anything_is_asked(door: Door) -> None:
    door.open("/login")
    door.sign_in(PASSWORD, f"{SECRET_KEY[:-1]}7", door.email)
    expect(door.page.get_by_role("alert")).to_contain_text("a sign of it is wrong")
    assert not [line for line in door.said if "/srp/" in line]


def test_a_wrong_password_and_a_stranger_are_told_the_same(door: Door) -> None:
    door.person()
    door.open("/login")
    said = []
    for email in (door.email, "stranger@north.example"):
        with door.page.expect_response("**/api/auth/srp/finish") as sent:
            door.sign_in("not the password", SECRET_KEY, email)
        alert = door.page.get_by_role("alert")
        expect(alert).to_contain_text(sent.value.headers["x-request-id"])
        expect(alert).to_contain_text("is wrong")
        said.append(re.sub(r"Request \S+", "", alert.inner_text()))
        expect(door.page.get_by_label("E-mail address")).to_have_value(email)
    assert said[0] == said[1]


def test_a_server_that_cannot_prove_itself_is_not_believed(door: Door) -> None:
    door.person()

    def lie(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json={**answer.json(), "M2": "0" * 64})

    door.page.route("**/api/auth/srp/finish", lie)
    door.open("/login")
    door.sign_in(PASSWORD, SECRET_KEY, door.email)
    expect(door.page.get_by_role("alert")).to_contain_text("could not prove")
    assert door.page.url == f"{door.url}/login"


def test_a_server_that_is_away_costs_nothing_that_was_typed(door: Door) -> None:
    door.person()
    door.page.route("**/api/auth/srp/begin", lambda route: route.abort())
    door.open("/login")
    door.sign_in(PASSWORD, SECRET_KEY, door.email)
    expect(door.page.get_by_role("alert")).to_contain_text("The server does not answer.")
    door.page.unroute("**/api/auth/srp/begin")
    door.page.get_by_role("button", name="Sign in").click()
    door.page.wait_for_url(FLEET)


def test_a_used_an_old_and_a_missing_link_say_so(door: Door) -> None:
    door.open("/enrol")
    door.heading("Open your enrolment link")
    token = door.link()
    door.web.clock.advance(HOUR)
    door.open(f"/enrol#{token}")
    door.heading("This link no longer works")


def test_a_password_is_changed(door: Door) -> None:
    door.person()
    door.open("/login")
    door.sign_in(PASSWORD, SECRET_KEY, door.email)
    door.page.wait_for_url(FLEET)
    door.open("/password")
    fields = {"E-mail address": door.email, "Present password": PASSWORD, "Secret Key": SECRET_KEY}
    for label, text in {**fields, "New password": CHOSEN, "The same again": CHOSEN}.items():
        door.page.get_by_label(label, exact=True).fill(text)
    door.page.get_by_role("button", name="Change the password").click()
    door.heading("Your password is changed")
    door.page.get_by_role("link", name="Go to your fleet").click()
    door.page.wait_for_url(FLEET)
    door.page.context.clear_cookies()
    door.open("/login")
    door.sign_in(CHOSEN, SECRET_KEY, door.email)
    door.page.wait_for_url(FLEET)


@pytest.mark.parametrize("path", ["/login", "/enrol#token", "/password"])
def test_by_plain_http_from_elsewhere_the_page_asks_for_tls(door: Door, path: str) -> None:
    strange = "http://fleet.example"

    def lend(route: Route) -> None:
        route.fulfill(response=route.fetch(url=route.request.url.replace(strange, door.url)))

    door.page.route(f"{strange}/**", lend)
    door.page.goto(f"{strange}{path}")
    door.heading("This page needs TLS")
    expect(door.page.locator("form:visible")).to_have_count(0)


@pytest.mark.parametrize("path", ["/login", "/enrol", "/password"])
def test_no_door_is_wider_than_a_small_screen(door: Door, path: str) -> None:
    door.page.set_viewport_size({"width": 360, "height": 640})
    door.open(f"/enrol#{door.link()}" if path == "/enrol" else path)
    if path == "/enrol":
        door.choose()
    fits(door.page, 360)
