"""Pages and callbacks go on when access runs out, and stop when the session ends."""

from __future__ import annotations

import re

import pytest

from api import auth
from tests.dashboard.seats import Seat


@pytest.fixture
def returned(north: Seat) -> Seat:
    """Someone who comes back when the browser has dropped the access token."""
    north.client.delete_cookie(auth.COOKIE)
    return north


def test_a_page_is_opened_and_signed_in_anew_without_a_detour(returned: Seat) -> None:
    answer = returned.get("/t/north/", Accept="text/html")
    assert answer.status_code == 200
    assert returned.client.get_cookie(auth.COOKIE) is not None


def test_a_callback_is_answered_and_brings_the_new_tokens(returned: Seat) -> None:
    assert returned.call("pulse.data").status_code == 200
    assert returned.client.get_cookie(auth.COOKIE) is not None


def test_a_callback_of_another_site_is_not_let_in_by_the_refresh_token(returned: Seat) -> None:
    assert returned.client.get("/t/_dash-dependencies").status_code == 200
    returned.client.delete_cookie(auth.COOKIE)
    answer = returned.call("pulse.data", token=False)
    assert answer.status_code == 403


def test_a_file_renews_nothing(returned: Seat) -> None:
    returned.get("/t/assets/shell.js")
    assert returned.client.get_cookie(auth.COOKIE) is None


def test_after_signing_out_a_page_leads_to_the_way_in(returned: Seat) -> None:
    cookie = returned.client.get_cookie("flotilla_csrf")
    assert cookie is not None
    returned.client.post("/api/auth/sign-out", headers={"X-CSRF-Token": cookie.value})
    assert returned.get("/t/north/", Accept="text/html").headers["Location"].startswith("/login?to=")


@pytest.mark.parametrize("path", ["plotly/nothing.js", "nobody/plotly.min.js", "plotly", "dash/../../secret", ""])
def test_a_script_that_there_is_not_is_a_plain_answer(nobody: Seat, path: str) -> None:
    answer = nobody.get(f"/t/_dash-component-suites/{path}", Accept="application/json")
    assert (answer.status_code, answer.json and answer.json["detail"]) == (404, "There is no such file.")


def test_every_script_that_dash_knows_is_there(north: Seat) -> None:
    north.get("/t/north/")
    for address in re.findall(r'(?:src|href)="(/t/_dash-component-suites/[^"]+)"', north.get("/t/north/fleet").text):
        assert north.get(address).status_code == 200, address
