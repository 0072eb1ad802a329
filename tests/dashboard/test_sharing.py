"""Who is given an answer that was made for somebody else, and who never is."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import uuid4

import pytest
from flask import Flask, g, jsonify, request
from werkzeug.test import TestResponse

from dashboard import sharing
from dashboard.data import Data
from dashboard.door import CALLBACK, Door, Share
from db.accounts import SignedIn
from fleet.clock import FakeClock
from fleet.errors import NotFound
from fleet.identity import Principal, Role, TenantId

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
NORTH, SOUTH = TenantId(uuid4()), TenantId(uuid4())
FLEET, MOMENT, OWN = "fleet.data", "moment.data", "own.data"


@dataclass
class Fleet:
    """What stands in for the fleet of every tenant: since when it is as it is."""

    since: datetime = NOON

    def fleet(self, _: Principal) -> Fleet:
        return self


@dataclass
class Room:
    """An application whose callbacks count how often they are called; a path "nowhere" is refused."""

    app: Flask = field(default_factory=lambda: Flask("room"))
    fleet: Fleet = field(default_factory=Fleet)
    seconds: float = 0.0
    person: SignedIn | None = None
    made: int = 0

    def __post_init__(self) -> None:
        self.app.before_request(lambda: setattr(g, "signed_in", self.person))
        self.app.add_url_rule(CALLBACK, CALLBACK, self._make, methods=["POST"])
        self.app.register_error_handler(NotFound, lambda error: (str(error), 404))
        door = Door(
            cast(Any, None), cast(Data, self.fleet), FakeClock(NOON), {FLEET: Share.FLEET, MOMENT: Share.MOMENT}
        )
        sharing.install(self.app, door, lambda: self.seconds)

    def _make(self) -> Any:
        self.made += 1
        if request.get_json()["state"][0]["value"] == "nowhere":
            raise NotFound("There is no such page.", "Go back.")
        return jsonify(made=self.made)

    def ask(self, output: str, tenant: TenantId = NORTH, role: Role = Role.VIEWER, **given: Any) -> TestResponse:
        """Ask as somebody new of a tenant."""
        email, tick = f"{uuid4()}@example.com", given.get("tick", 1)
        self.person = SignedIn(Principal.person(tenant, email, role), "north", email, "North", uuid4(), uuid4())
        body = {
            "output": output,
            "inputs": [{"id": "tick", "property": "n_intervals", "value": tick}],
            "state": [{"id": "url", "property": "pathname", "value": given.get("path", "/t/north/")}],
        }
        return self.app.test_client().post(CALLBACK, json=body, headers=given.get("headers", {}))


@pytest.fixture
def room() -> Room:
    return Room()


@pytest.mark.parametrize("output", [FLEET, MOMENT])
def test_many_who_want_the_same_are_given_one_answer_whatever_tick_they_are_at(room: Room, output: str) -> None:
    answers = [room.ask(output, tick=number) for number in range(5)]
    assert [answer.json for answer in answers] == [{"made": 1}] * 5


def test_nobody_is_given_what_was_made_for_another_tenant_or_role(room: Room) -> None:
    asked = [room.ask(MOMENT), room.ask(MOMENT, SOUTH), room.ask(MOMENT, role=Role.SUPER_ADMIN)]
    assert [answer.json for answer in asked] == [{"made": 1}, {"made": 2}, {"made": 3}]


def test_who_asks_for_something_else_is_given_that(room: Room) -> None:
    assert [room.ask(MOMENT, path=path).json for path in ("/t/north/", "/t/north/x")] == [{"made": 1}, {"made": 2}]


def test_an_answer_made_of_the_fleet_holds_until_the_fleet_is_another(room: Room) -> None:
    room.ask(FLEET)
    room.ask(MOMENT)
    room.fleet.since += timedelta(seconds=1)
    assert (room.ask(FLEET).json, room.ask(MOMENT).json) == ({"made": 3}, {"made": 2})


def test_no_answer_is_given_for_longer_than_a_moment(room: Room) -> None:
    room.ask(FLEET)
    room.seconds = 5 * sharing.SECONDS
    assert room.ask(FLEET).json == {"made": 2}


def test_of_many_who_ask_at_once_one_is_answered_anew_and_the_others_with_him(room: Room) -> None:
    threads = [threading.Thread(target=room.ask, args=[MOMENT]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert room.made == 1


def test_a_refusal_is_not_kept_for_the_next(room: Room) -> None:
    assert [room.ask(MOMENT, path="nowhere").status_code for _ in range(2)] == [404, 404]
    assert room.made == 2


def test_what_is_not_shared_is_made_for_each(room: Room) -> None:
    assert [room.ask(OWN).json for _ in range(2)] == [{"made": 1}, {"made": 2}]


def test_an_answer_is_packed_for_those_who_can_unpack_it(room: Room) -> None:
    packed = room.ask(MOMENT, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in room.ask(MOMENT).headers
