"""The reference of the API in a browser: drawn by our own script, from this host alone."""

from __future__ import annotations

from playwright.sync_api import Page, Request, expect

from tests.fixtures.web import Web


def test_the_reference_draws_every_operation_and_asks_nobody_else(web: Web, web_url: str, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(_origin(request)))
    document = web.client().get("/api/openapi.json").get_json()
    page.goto(f"{web_url}/api/docs")
    links = page.locator("#list a")
    expect(links).to_have_count(sum(len(item) for item in document["paths"].values()))
    page.get_by_role("link", name="Rename a site, or say where on the earth it is").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Rename a site, or say where on the earth it is")
    expect(page.locator("main")).to_contain_text("Needs the scope devices:write.")
    expect(page.locator("main")).to_contain_text("Idempotency-Key")
    page.get_by_role("link", name="precondition_failed").click()
    expect(page.locator("#precondition_failed")).to_contain_text("412")
    assert set(asked) == {web_url}


def test_operations_are_found_by_what_is_typed(web_url: str, page: Page) -> None:
    page.goto(f"{web_url}/api/docs")
    page.get_by_role("link", name="Rename a site, or say where on the earth it is").wait_for()
    page.keyboard.press("/")
    page.keyboard.type("audit:read")
    expect(page.locator("#list a:visible")).to_have_count(2)
    page.get_by_label("Filter").fill("no such thing")
    expect(page.locator("#list a:visible")).to_have_count(0)


def test_an_address_names_an_operation(web_url: str, page: Page) -> None:
    page.goto(f"{web_url}/api/docs#sites_create")
    expect(page.get_by_role("heading", level=1)).to_have_text("Make a site")
    expect(page.locator("#list a[aria-current]")).to_have_text("POSTMake a site")


def _origin(request: Request) -> str:
    return "/".join(request.url.split("/")[:3])
