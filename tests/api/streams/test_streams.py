"""Streams over real servers: who may open one, what comes, what comes again, and when it ends."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from hashlib import sha256
from http.client import HTTPResponse
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import update

from api import auth
from api.streams import hub, tokens
from db.platform import platform_session
from db.tables import api_keys, memberships
from fleet.changes import PushState
from fleet.events import ConfigPushEvent, DeviceMetricsEvent, DeviceStatusEvent, FamilyRows
from fleet.families import Cycle
from fleet.identity import Role, Scope
from tests.api.streams.samples import AT
from tests.bus.brokers import Broker, running
from tests.fixtures.database import Tenant
from tests.fixtures.streams import PATIENCE, Listener, Live, Message, publish
from tests.fixtures.web import Web, guard


def status(tenant: Tenant, number: int = 0, version: str = "7.20") -> DeviceStatusEvent:
    device = tenant.devices[number].id
    return DeviceStatusEvent(tenant_id=tenant.id, device_id=device, at=AT, state="up", version=version)


def push(tenant: Tenant, number: int) -> ConfigPushEvent:
    device = tenant.devices[0].id
    return ConfigPushEvent(
        tenant_id=tenant.id, device_id=device, at=AT, change_id=UUID(int=number), state=PushState.APPLYING
    )


def key(live: Live, *scopes: Scope) -> str:
    return live.web.key(live.web.north, *scopes)


def versions(listener: Listener, count: int) -> list[str]:
    return [message.data["version"] for message in listener.hears(count)]


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with running(tmp_path / "broker") as server:
        yield server


def test_an_event_is_heard_as_it_is_published(shared_live: Live) -> None:
    with shared_live.listen(key(shared_live)) as listener:
        event = status(shared_live.web.north)
        shared_live.publish(event)
        (message,) = listener.hears(1)
    assert (message.topic, message.data["event_id"]) == ("device_status", str(event.event_id))
    assert listener.response is not None
    headers = listener.response.headers
    assert headers["content-type"].startswith("text/event-stream")
    assert (headers["cache-control"], headers["x-accel-buffering"]) == ("no-store", "no")
    assert "content-length" not in headers
    assert "x-request-id" in headers


def test_another_tenant_hears_nothing_of_it(shared_live: Live) -> None:
    web = shared_live.web
    foreign = f"?devices={web.north.devices[0].id},{web.south.devices[0].id}"
    with (
        shared_live.listen(web.key(web.south)) as all_of_south,
        shared_live.listen(web.key(web.south), foreign) as asked,
        shared_live.listen(key(shared_live)) as north,
    ):
        shared_live.publish(status(web.north), push(web.north, 1), status(web.south, 0))
        north.hears(2)
        for listener in (all_of_south, asked):
            (message,) = listener.hears(1)
            assert message.data["tenant_id"] == str(web.south.id)


def test_a_foreign_id_of_an_event_and_unknown_devices_tell_nothing(shared_live: Live) -> None:
    web = shared_live.web
    with shared_live.listen(key(shared_live)) as north:
        before = north.last_id
        shared_live.publish(status(web.north), push(web.north, 2))
        north.hears(2)
    shapes = []
    for device in (web.north.devices[0].id, uuid4()):
        query = f"?last_event_id={before}&topics=device_status,config_push&devices={device}"
        with shared_live.listen(web.key(web.south), query) as listener:
            shared_live.publish(status(web.south))
            shapes.append((listener.status, listener.messages))
    assert shapes == [(200, []), (200, [])]


def test_topics_and_devices_narrow_the_stream(shared_live: Live) -> None:
    web = shared_live.web
    query = f"?topics=device_status&devices={web.north.devices[1].id}"
    with shared_live.listen(key(shared_live), query) as listener:
        shared_live.publish(push(web.north, 1), status(web.north, 0), status(web.north, 1))
        (message,) = listener.hears(1)
    assert message.data["device_id"] == str(web.north.devices[1].id)


@pytest.mark.parametrize("by", ["header", "query"])
def test_after_a_cut_all_is_told_again_and_nothing_twice(shared_live: Live, by: str) -> None:
    web, topics = shared_live.web, "topics=device_status,config_push"
    with shared_live.listen(key(shared_live), f"?{topics}") as listener:
        shared_live.publish(status(web.north, version="1"), push(web.north, 1))
        heard = listener.hears(2)
    shared_live.publish(push(web.north, 2), status(web.north, version="2"), status(web.south), push(web.north, 3))
    again = heard[-1].id
    more = {"Last-Event-ID": again} if by == "header" else {}
    query = f"?{topics}" if by == "header" else f"?{topics}&last_event_id={again}"
    with shared_live.listen(key(shared_live), query, **more) as listener:
        shared_live.publish(status(web.north, version="3"))
        heard = listener.hears(4)
    assert [m.data["version"] for m in heard if m.topic == "device_status"] == ["2", "3"]
    assert [UUID(m.data["change_id"]).int for m in heard if m.topic == "config_push"] == [2, 3]


def test_every_id_of_a_stream_is_one_to_go_on_from(shared_live: Live) -> None:
    web = shared_live.web
    with shared_live.listen(key(shared_live), "?topics=device_status,config_push") as listener:
        events = [event for n in range(4) for event in (status(web.north, version=str(n)), push(web.north, n))]
        shared_live.publish(*events)
        heard = listener.hears(8)
    told = [message.data["event_id"] for message in heard]
    assert sorted(told) == sorted(str(event.event_id) for event in events)
    for number, message in enumerate(heard):
        rest = set(told[number + 1 :])
        with shared_live.listen(
            key(shared_live), f"?topics=device_status,config_push&last_event_id={message.id}"
        ) as again:
            assert {m.data["event_id"] for m in again.hears(len(rest))} == rest


def test_an_id_that_is_none_of_ours_begins_anew_and_says_so(shared_live: Live) -> None:
    query = "?topics=device_status,alert_fired"
    with shared_live.listen(key(shared_live), query, **{"Last-Event-ID": "nonsense"}) as listener:
        heard = listener.hears(2)
    assert [(m.topic, m.data) for m in heard] == [
        ("resync", {"reason": "unknown", "topics": ["device_status"]}),
        ("resync", {"reason": "unknown", "topics": ["alert_fired"]}),
    ]


def test_metric_ticks_are_not_told_again_and_that_is_said(shared_live: Live) -> None:
    web = shared_live.web
    with shared_live.listen(key(shared_live)) as listener:
        begun = listener.last_id
    shared_live.publish(status(web.north))
    with shared_live.listen(key(shared_live), f"?last_event_id={begun}") as listener:
        heard = listener.hears(2)
    assert [(m.topic, m.data.get("reason")) for m in heard] == [("resync", "resumed"), ("device_status", None)]


def test_nobody_opens_a_stream_without_a_credential_or_the_scope(shared_live: Live) -> None:
    with shared_live.listen() as nobody, shared_live.listen(key(shared_live, Scope.DEVICES_READ)) as another:
        assert (nobody.status, nobody.answer["code"]) == (401, "unauthenticated")
        assert (another.status, another.answer["code"]) == (403, "forbidden")


@pytest.mark.parametrize(
    "query", ["?topics=", "?topics=device_status,passwords", "?devices=7", "?last_event_id=7", "?more=1"]
)
def test_what_cannot_be_asked_for_is_refused(shared_live: Live, query: str) -> None:
    with shared_live.listen(key(shared_live), query) as listener:
        assert (listener.status, listener.answer["code"]) == (422, "bad_input")


def test_a_cookie_opens_a_stream(shared_live: Live) -> None:
    cookie = shared_live.web.browser(shared_live.web.north).get_cookie(auth.COOKIE)
    assert cookie is not None
    with shared_live.listen(Cookie=f"{auth.COOKIE}={cookie.value}") as listener:
        shared_live.publish(status(shared_live.web.north))
        listener.hears(1)


def test_a_token_opens_one_stream_of_its_tenant(shared_live: Live) -> None:
    web = shared_live.web
    answer = web.client(key(shared_live)).post("/api/auth/sse-token").get_json()
    assert answer["expires_in"] == 25
    with shared_live.listen(query=f"?token={answer['token']}") as listener:
        shared_live.publish(status(web.south), status(web.north))
        (message,) = listener.hears(1)
        assert message.data["tenant_id"] == str(web.north.id)
    with shared_live.listen(query=f"?token={answer['token']}") as again:
        assert (again.status, again.answer["code"]) == (401, "unauthenticated")


def test_a_token_is_worth_nothing_once_its_key_is_revoked(shared_live: Live) -> None:
    web = shared_live.web
    made = key(shared_live)
    token = web.client(made).post("/api/auth/sse-token").get_json()["token"]
    revoke(web, made)
    with shared_live.listen(query=f"?token={token}") as listener:
        assert listener.status == 401


def test_a_token_goes_before_a_credential_and_is_for_streams_alone(shared_live: Live) -> None:
    with shared_live.listen(key(shared_live), "?token=nonsense") as listener:
        assert listener.status == 401
    assert shared_live.web.client().get("/api/tenants?token=nonsense").status_code == 401


def test_a_token_is_made_for_people_with_the_csrf_token(shared_live: Live) -> None:
    browser = shared_live.web.browser(shared_live.web.north)
    assert browser.post("/api/auth/sse-token").get_json()["code"] == "cross_site"
    assert browser.post("/api/auth/sse-token", headers=guard(browser)).status_code == 200


def test_a_token_does_not_last(shared_live: Live) -> None:
    web = shared_live.web
    token = web.client(key(shared_live)).post("/api/auth/sse-token").get_json()["token"]
    kept = f"ticket:sse:{sha256(token.encode()).hexdigest()}"
    assert 0 < web.context.limits.redis.pttl(kept) <= tokens.LASTS / timedelta(milliseconds=1)


def test_a_revoked_key_ends_its_stream_and_no_other(live: Live) -> None:
    made = key(live)
    with live.listen(made) as listener, live.listen(key(live)) as other:
        revoke(live.web, made)
        listener.ends()
        assert listener.whole
        live.publish(status(live.web.north))
        other.hears(1)
        assert not other.ended


def test_an_expired_key_ends_its_stream(live: Live) -> None:
    made = live.web.key(live.web.north, Scope.EVENTS_READ, expires=live.web.clock.now() + timedelta(hours=1))
    with live.listen(made) as listener:
        live.web.clock.advance(timedelta(hours=2))
        listener.ends()


def test_signing_out_and_another_role_end_a_stream(live: Live) -> None:
    browsers = [live.web.browser(live.web.north, Role.OPERATOR) for _ in range(2)]
    cookies = [browser.get_cookie(auth.COOKIE) for browser in browsers]
    first, second = (f"{auth.COOKIE}={cookie.value}" for cookie in cookies if cookie is not None)
    with live.listen(Cookie=first) as signed_out, live.listen(Cookie=second) as demoted:
        assert browsers[0].post("/api/auth/sign-out", headers=guard(browsers[0])).status_code == 204
        signed_out.ends()
        assert not demoted.ended
        with platform_session(live.web.context.stores, "a change of role in a test") as session:
            session.execute(update(memberships).values(role=Role.VIEWER.value))
        demoted.ends()


def test_a_stop_of_the_server_ends_streams_whole(web: Web, broker: Broker) -> None:
    with Live(web, broker) as live, live.listen(key(live)) as listener:
        live.close()
        listener.ends()
    assert listener.whole


def test_a_stream_goes_on_after_nats_was_away(web: Web, broker: Broker) -> None:
    with Live(web, broker) as live, live.listen(key(live), "?topics=device_status") as listener:
        live.publish(status(web.north, version="1"))
        listener.hears(1)
        broker.kill()
        broker.restart()
        publish(broker, status(web.north, version="2"), status(web.north, version="3"))
        assert versions(listener, 3) == ["1", "2", "3"]


def test_beyond_its_limit_a_server_takes_no_more_streams(web: Web, broker: Broker) -> None:
    with Live(web, broker, most=1) as live:
        with live.listen(key(live)) as listener, live.listen(key(live)) as refused:
            assert (refused.status, refused.answer["code"]) == (503, "streams_full")
            assert refused.response is not None
            assert refused.response.headers["retry-after"] == "5"
            listener.cut()
        live.until_left()
        with live.listen(key(live)) as again:
            assert again.status == 200


def revoke(web: Web, made: str) -> None:
    prefix = "_".join(made.split("_")[:2])
    with platform_session(web.context.stores, "a key of a test") as session:
        session.execute(update(api_keys).where(api_keys.c.prefix == prefix).values(revoked_at=web.clock.now()))


def test_a_client_that_does_not_read_loses_ticks_and_is_told_all_else_in_order(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "GIVEN_UP", 100 * hub.GIVEN_UP)
    tenant = live.web.north
    with slow_reader(live) as answer, live.listen(key(live), "?topics=config_push") as quick:
        count = 0
        while not any(seat.late > hub.LATE for seat in live.streams.hub.seats()):
            live.publish(*(push(tenant, n) for n in range(count, count + 1000)), tick(tenant))
            count += 1000
        live.publish(tick(tenant), tick(tenant))
        assert numbers(quick.hears(count)) == list(range(count))
        told = [message(answer)]
        while told[-1].data.get("change_id") != str(UUID(int=count - 1)):
            told.append(message(answer))
    assert numbers(told) == list(range(count))
    assert ("resync", "slow") in [(message.topic, message.data.get("reason")) for message in told]


@contextmanager
def slow_reader(live: Live) -> Iterator[HTTPResponse]:
    """Open a stream with little room for what is not read yet, and read its first lines alone."""
    with socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        line.connect(("127.0.0.1", live.port))
        line.settimeout(PATIENCE)
        asked = f"GET /api/sse HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key(live)}\r\n\r\n"
        line.sendall(asked.encode())
        answer = HTTPResponse(line)
        answer.begin()
        while not answer.readline().startswith(b"id: "):
            pass
        yield answer


def message(answer: HTTPResponse) -> Message:
    """Read on to the next message that says something."""
    said: dict[str, str] = {}
    while "data" not in said:
        said = {}
        while line := _line(answer):
            name, _, value = line.partition(": ")
            said[name] = value
    return Message(said["event"], json.loads(said["data"]), said["id"])


def _line(answer: HTTPResponse) -> str:
    line = answer.readline()
    assert line, "the server has ended the stream"
    return line.decode().strip()


def numbers(told: Sequence[Message]) -> list[int]:
    return [UUID(one.data["change_id"]).int for one in told if one.topic == "config_push"]


def tick(tenant: Tenant) -> DeviceMetricsEvent:
    rows = FamilyRows("resource", ("cpu_load_ratio",), ((),), ((0.5,),))
    device = tenant.devices[0].id
    return DeviceMetricsEvent(tenant_id=tenant.id, device_id=device, at=AT, cycle=Cycle.FAST, families=(rows,))
