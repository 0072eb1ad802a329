"""The client's events: it comes back by itself, goes on where it was, and says what it was not told."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
import pytest

import flotilla
from cluster.servers.nats import Nats
from fleet.identity import Scope
from tests.api.streams.test_streams import push, status
from tests.fixtures.streams import Live, publish
from tests.fixtures.web import Web

STATUS = 'id: {n}\nevent: device_status\ndata: {{"n": {n}}}\n\n'


@dataclass
class Server:
    """Answers each request for a stream as it is told, and notes what was asked."""

    answers: list[Callable[[], httpx.Response]]
    asked: list[httpx.Request] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return self.answers.pop(0)()

    @property
    def ids(self) -> list[str | None]:
        return [request.headers.get("Last-Event-ID") for request in self.asked]

    def events(self, *topics: str, **more: str) -> Iterator[flotilla.Event]:
        client = flotilla.Client("http://flotilla.test", "flt_key", transport=httpx.MockTransport(self))
        return client.events(topics or None, sleep=self.slept.append, **more)


def said(*parts: str, broken: bool = False) -> Callable[[], httpx.Response]:
    def pieces() -> Iterator[bytes]:
        yield from (part.encode() for part in parts)
        if broken:
            raise httpx.ReadError("the connection was reset")

    return lambda: httpx.Response(200, content=pieces())


def refused(status: int, **headers: str) -> Callable[[], httpx.Response]:
    problem = {"code": "unauthenticated", "detail": "No.", "next_step": "Ask.", "request_id": "r"}
    return lambda: httpx.Response(status, json=problem, headers=headers)


def unreachable() -> httpx.Response:
    raise httpx.ConnectError("connection refused")


def taken(events: Iterator[flotilla.Event], count: int) -> list[tuple[str, object, str]]:
    return [(event.topic, event.data["n"], event.id) for event in itertools.islice(events, count)]


def test_events_are_given_with_topic_data_and_id() -> None:
    server = Server([said("retry: 5\n\n", ": hello\nid: 0\n\n", STATUS.format(n=1), STATUS.format(n=2))])
    found = taken(server.events("device_status", "alert_fired"), 2)
    assert found == [("device_status", 1, "1"), ("device_status", 2, "2")]
    assert server.asked[0].url.params["topics"] == "device_status,alert_fired"


@pytest.mark.parametrize("broken", [True, False])
def test_after_a_break_it_goes_on_behind_the_last_event(broken: bool) -> None:
    cut = STATUS.format(n=2)[:-1]
    server = Server([said(STATUS.format(n=1), cut, broken=broken), said(STATUS.format(n=2))])
    assert [n for _, n, _ in taken(server.events(), 2)] == [1, 2]
    assert server.ids == [None, "1"]


def test_a_sign_of_life_moves_the_place_too() -> None:
    server = Server([said(": still here\nid: 9\n\n", broken=True), said(STATUS.format(n=10))])
    taken(server.events(), 1)
    assert server.ids == [None, "9"]


def test_a_program_can_go_on_where_another_ended() -> None:
    server = Server([said(STATUS.format(n=8))])
    taken(server.events(last_event_id="7"), 1)
    assert server.ids == ["7"]


def test_it_waits_ever_longer_up_to_half_a_minute_and_begins_again_once_it_hears() -> None:
    failing = [unreachable] * 7
    server = Server([said(STATUS.format(n=1)), *failing, said(STATUS.format(n=2)), said(STATUS.format(n=3))])
    taken(server.events(), 3)
    expected = [1, 2, 4, 8, 16, 30, 30, 30, 1]
    for slept, span in zip(server.slept, expected, strict=True):
        assert 0.75 * span <= slept <= 1.25 * span


def test_a_full_server_is_asked_again_when_it_says() -> None:
    server = Server([refused(503, **{"Retry-After": "20"}), said(STATUS.format(n=1))])
    taken(server.events(), 1)
    assert server.slept == [20.0]


@pytest.mark.parametrize("status", [401, 403, 422])
def test_a_refusal_is_raised(status: int) -> None:
    server = Server([said(STATUS.format(n=1)), refused(status)])
    with pytest.raises(flotilla.FlotillaError, match="No") as caught:
        taken(server.events(), 2)
    assert caught.value.code == "unauthenticated"


def test_an_address_where_nobody_ever_answered_is_an_error() -> None:
    with pytest.raises(flotilla.FlotillaError, match="does not answer"):
        taken(Server([unreachable]).events(), 1)


def test_a_resync_is_given_as_an_event() -> None:
    text = 'id: 4\nevent: resync\ndata: {"reason": "slow", "topics": ["metric_update"]}\n\n'
    event = next(Server([said(text)]).events())
    assert (event.topic, event.data["topics"], event.id) == ("resync", ["metric_update"], "4")


def test_nothing_is_lost_or_given_twice_while_the_server_stops_and_comes_back(web: Web, nats: Nats) -> None:
    key, north = web.key(web.north, Scope.EVENTS_READ, Scope.DEVICES_READ), web.north
    with ExitStack() as stack:
        first = stack.enter_context(Live(web, nats))
        with first.listen(key) as listener:
            begun = listener.last_id
        publish(nats, push(north, 1), status(north, version="2"))

        def away(_: float) -> None:
            """Let more happen while the client waits, and come back at the same address."""
            publish(nats, push(north, 3), status(north, version="4"))
            stack.enter_context(Live(web, nats, port=first.port))

        client = stack.enter_context(flotilla.Client(first.url, key))
        narrow: dict[str, Any] = {"devices": "router-000", "last_event_id": begun, "sleep": away}
        events = client.events(["device_status", "config_push"], **narrow)
        told = [told_of(event) for event in itertools.islice(events, 2)]
        first.close()
        told += [told_of(event) for event in itertools.islice(events, 2)]
    assert told == [2, 1, 4, 3]


def told_of(event: flotilla.Event) -> int:
    return int(event.data["version"]) if event.topic == "device_status" else UUID(event.data["change_id"]).int
