"""What is told of a limit, and who shares one."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from werkzeug.test import TestResponse

from api import rates
from api.app import create_app
from fleet.settings import Settings
from tests.fixtures.web import Web, home

SLOW = 0.001
"""A rate at which no request comes back within a test."""


def left(answer: TestResponse) -> tuple[str, int]:
    """Read the class of a limit and what is left of it."""
    found = re.fullmatch(r'"([a-z-]+)";r=(\d+);t=(\d+)', answer.headers["RateLimit"])
    assert found is not None
    return found[1], int(found[2])


def test_every_answer_tells_its_limit_and_what_is_left(shared_web: Web) -> None:
    client = shared_web.client(shared_web.key(shared_web.north))
    path = f"{home(shared_web.north)}/sites"
    answer = client.get(path)
    assert answer.headers["RateLimit-Policy"] == '"read";q=300;w=3'
    assert left(answer) == ("read", rates.READ.burst - 1)
    assert left(client.post(path, json={"name": ""})) == ("write", rates.WRITE.burst - 1)
    export = client.get(f"{home(shared_web.north)}/audit/csv")
    assert left(export) == ("export", rates.EXPORT.burst - 1)
    assert left(shared_web.client().post("/api/auth/link", json={})) == ("sign-in", rates.SIGN_IN.burst - 1)
    assert "RateLimit" not in client.get("/api/health").headers


def test_who_has_used_a_limit_up_is_told_when_to_come_again(shared_web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "EXPORT", replace(rates.EXPORT, second=SLOW))
    client = shared_web.client(shared_web.key(shared_web.north))
    path = f"{home(shared_web.north)}/audit/csv"
    statuses = [client.get(path).status_code for _ in range(rates.EXPORT.burst)]
    refused = client.get(path)
    assert (set(statuses), refused.status_code, refused.get_json()["code"]) == ({200}, 429, "too_many")
    assert int(refused.headers["Retry-After"]) >= 1
    assert left(refused) == ("export", 0)
    assert client.get(f"{home(shared_web.north)}/sites").status_code == 200
    assert shared_web.client(shared_web.key(shared_web.north)).get(path).status_code == 200


@pytest.mark.parametrize("factor", [0.01, 10.0])
def test_all_limits_are_wider_or_narrower_by_a_setting(shared_web: Web, factor: float) -> None:
    settings = Settings(rate_factor=factor)
    app = create_app(replace(shared_web.context, settings=settings))
    shown = {"Authorization": f"Bearer {shared_web.key(shared_web.north)}"}
    answer = app.test_client().get(f"{home(shared_web.north)}/sites", headers=shown)
    assert answer.headers["RateLimit-Policy"] == f'"read";q={round(300 * factor)};w=3'
