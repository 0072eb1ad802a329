"""The way in, and the sign-in page, in a browser."""

from __future__ import annotations

from playwright.sync_api import Page, Request, expect

from tests.fixtures.web import Web


def heading(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", name=text)).to_be_visible()


def test_the_way_in_leads_to_the_sign_in_page(shared_web: Web) -> None:
    answer = shared_web.client().get("/")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/login")


def test_a_link_signs_in_and_its_token_is_in_no_request_line(web: Web, web_url: str, page: Page) -> None:
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request))
    token = web.link(web.north)
    page.goto(f"{web_url}/login#{token}")
    page.wait_for_url("**/t/north/")
    assert not [request.url for request in asked if token in request.url]
    assert not [request for request in asked if token in str(request.all_headers())]
    names = {cookie["name"]: cookie["httpOnly"] for cookie in page.context.cookies()}
    assert names == {"flotilla_session": True, "flotilla_refresh": True, "flotilla_csrf": False}
    page.goto(f"{web_url}/")
    page.wait_for_url("**/t/north/")


def test_a_used_link_says_so_and_what_to_do(web: Web, web_url: str, page: Page) -> None:
    token = web.link(web.north)
    web.client().post("/api/auth/link", json={"token": token})
    page.goto(f"{web_url}/login#{token}")
    heading(page, "This link no longer works")
    expect(page.get_by_text("flotilla link you@example.org makes a new one")).to_be_visible()
    assert page.url == f"{web_url}/login"


def test_without_a_link_the_page_asks_for_a_password_and_says_where_to_get_one(web_url: str, page: Page) -> None:
    page.goto(f"{web_url}/login")
    heading(page, "Sign in")
    page.get_by_text("No password, or it is lost?").click()
    expect(page.get_by_text("flotilla link --enrol")).to_be_visible()


def test_a_link_pasted_into_the_open_page_is_taken(web: Web, web_url: str, page: Page) -> None:
    page.goto(f"{web_url}/login")
    heading(page, "Sign in")
    page.goto(f"{web_url}/login#{web.link(web.south)}")
    page.wait_for_url("**/t/south/")


def test_a_server_that_is_away_costs_no_link(web: Web, web_url: str, page: Page) -> None:
    page.route("**/api/auth/link", lambda route: route.abort())
    page.goto(f"{web_url}/login#{web.link(web.north)}")
    heading(page, "That did not work yet")
    page.unroute("**/api/auth/link")
    page.get_by_role("button", name="Try again").click()
    page.wait_for_url("**/t/north/")
