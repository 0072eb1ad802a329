"""What gives something away, and what does not."""

from __future__ import annotations

import base64
import json
from typing import Any
from uuid import uuid4

from bench.attack import verdict, words
from bench.attack.wire import Reply

OURS, THEIRS, NOWHERE = (str(uuid4()) for _ in range(3))
MARKS = frozenset({THEIRS})


def reply(status: int, body: Any, **headers: str) -> Reply:
    told = (("content-type", "application/json"), *headers.items())
    return Reply(status, told, json.dumps(body).encode(), 0.0)


def problem(id: str, detail: str = "There is no {}.") -> Reply:
    return reply(404, {"code": "not_found", "detail": detail.format(id), "request_id": words.token()})


def test_a_mark_is_a_leak_in_body_header_and_cursor() -> None:
    assert verdict.leaks(reply(200, {"items": [{"id": THEIRS}]}), MARKS) == {THEIRS}
    assert verdict.leaks(reply(200, {}, location=f"/api/x/{THEIRS}"), MARKS) == {THEIRS}
    cursor = base64.urlsafe_b64encode(f"after:{THEIRS}".encode()).decode()
    assert verdict.leaks(reply(200, {"next": cursor}), MARKS) == {THEIRS}


def test_what_is_ones_own_is_no_leak() -> None:
    assert verdict.leaks(reply(200, {"items": [{"id": OURS}]}), MARKS) == set()


def test_two_refusals_that_name_what_was_asked_are_alike() -> None:
    assert verdict.shape(problem(THEIRS), [THEIRS]) == verdict.shape(problem(NOWHERE), [NOWHERE])


def test_status_detail_and_headers_tell_two_refusals_apart() -> None:
    one = verdict.shape(problem(THEIRS), [THEIRS])
    assert one != verdict.shape(problem(NOWHERE, "{} is not yours."), [NOWHERE])
    assert one != verdict.shape(reply(403, problem(NOWHERE).json), [NOWHERE])
    more = Reply(404, (*problem(NOWHERE).headers, ("x-owner", "somebody")), problem(NOWHERE).body, 0.0)
    assert one != verdict.shape(more, [NOWHERE])


def test_ids_and_instants_of_two_successes_are_passed_over() -> None:
    made = [reply(201, {"id": str(uuid4()), "at": f"2026-01-05T12:00:0{n}Z"}, etag=f'"{n}"') for n in range(2)]
    assert verdict.shape(made[0], []) == verdict.shape(made[1], [])


def test_how_many_there_are_is_not() -> None:
    assert verdict.shape(reply(200, {"items": [1]}), []) != verdict.shape(reply(200, {"items": []}), [])
