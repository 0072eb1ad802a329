"""A session keeps its connection, knows what the device lacks, and makes a state and events of every poll."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

from actors.session import Polled, Session
from fleet.breaker import Position
from fleet.clock import FakeClock
from fleet.device import Endpoint, State
from fleet.errors import EgressDenied, Unavailable
from fleet.events import DeviceMetricsEvent, DeviceStatusEvent, Outcome
from fleet.families import Cycle
from routeros.collector import Collector, Reading, Replies
from routeros.errors import LoginFailed, ProtocolError, TimedOut, Unreachable
from routeros.words import Command
from tests.actors.doubles import (
    IDENTITY,
    RADIO,
    RESOURCE,
    SECOND,
    TENANT,
    TRAFFIC,
    FakeRouter,
    device,
    row,
    tools,
    trap,
)

INTERVAL = 10 * SECOND


class Bench:
    """A session with a fake router, and what came of each poll."""

    def __init__(self) -> None:
        self.router = FakeRouter(FakeClock())
        self.session = Session(device(), tools(self.router))

    async def poll(self, times: int = 1) -> Polled:
        """Poll once in every interval; returns the last result."""
        for n in range(times):
            if n:
                self.wait()
            polled = await self.session.poll()
        return polled

    def wait(self, span: timedelta = INTERVAL) -> None:
        self.router.clock.advance(span)


def bench(test: Callable[[Bench], Awaitable[None]]) -> None:
    asyncio.run(test(Bench()))  # type: ignore[arg-type]


def status(polled: Polled) -> DeviceStatusEvent:
    """The one status among what is told of a poll."""
    (event,) = [e for e in polled.events if isinstance(e, DeviceStatusEvent)]
    return event


def outcome(polled: Polled) -> Outcome:
    """How a poll went that has no status of its own."""
    assert len(polled.events) == 1
    found = metrics(polled).outcome
    assert found is not None
    return found


def metrics(polled: Polled) -> DeviceMetricsEvent:
    (event,) = [e for e in polled.events if isinstance(e, DeviceMetricsEvent)]
    return event


def values(polled: Polled, family: str) -> dict[str, object]:
    (rows,) = [rows for rows in metrics(polled).families if rows.family == family]
    return dict(zip(rows.columns, rows.values[0], strict=True))


def test_an_answered_poll_makes_a_status_and_one_event_with_all_families() -> None:
    async def run(b: Bench) -> None:
        polled = await b.poll()
        said, measured = status(polled), metrics(polled)
        assert (said.state, said.error, said.attempt) == (State.UP, None, 1)
        assert (said.identity, said.version) == ("edge", "7.16")
        assert said.uptime_seconds is not None
        assert said.next_attempt == said.at + INTERVAL
        assert (measured.tenant_id, measured.device_id) == (TENANT, b.session.device.id)
        assert measured.cycle is Cycle.FAST
        assert [rows.family for rows in measured.families] == ["resource", "traffic"]

    bench(run)


def test_counters_come_with_increase_and_rate_from_the_second_poll_on() -> None:
    async def run(b: Bench) -> None:
        b.router.rx = 1000
        first = values(await b.poll(), "traffic")
        b.wait()
        b.router.rx = 6000
        second = values(await b.poll(), "traffic")
        assert first == {"rx_bytes_total": 1000, "rx_bytes_increase": None, "rx_bytes_rate": None}
        assert second == {"rx_bytes_total": 6000, "rx_bytes_increase": 5000, "rx_bytes_rate": 500.0}

    bench(run)


def test_a_restart_gives_no_increase_even_where_the_count_is_higher() -> None:
    async def run(b: Bench) -> None:
        b.router.rx = 10
        await b.poll()
        b.wait()
        b.router.boot = b.router.clock.now().timestamp() - 3
        b.router.rx = 5000
        assert values(await b.poll(), "traffic")["rx_bytes_increase"] is None

    bench(run)


def test_a_poll_without_uptime_gives_no_increase_and_the_next_one_counts_from_the_last_sure_reading() -> None:
    async def run(b: Bench) -> None:
        await b.poll()
        b.router.answers[RESOURCE] = trap("not enough permissions")
        b.wait()
        b.router.rx = 500
        assert values(await b.poll(), "traffic")["rx_bytes_increase"] is None
        del b.router.answers[RESOURCE]
        b.wait()
        b.router.rx = 800
        later = values(await b.poll(), "traffic")
        assert later == {"rx_bytes_total": 800, "rx_bytes_increase": 800, "rx_bytes_rate": 40.0}

    bench(run)


def test_the_connection_is_kept_between_polls() -> None:
    async def run(b: Bench) -> None:
        await b.poll(5)
        assert b.router.connects == 1

    bench(run)


def test_a_connection_that_the_router_closed_meanwhile_is_made_again_in_the_same_poll() -> None:
    async def run(b: Bench) -> None:
        await b.poll()
        assert b.router.line is not None
        b.router.line.cut = True
        b.wait()
        polled = await b.poll()
        assert polled.ok
        assert outcome(polled).state is State.UP
        assert b.router.connects == 2

    bench(run)


def test_a_router_that_hangs_up_on_a_fresh_connection_has_failed_the_poll() -> None:
    async def run(b: Bench) -> None:
        b.router.refuses = Unreachable("It closed the connection.")
        polled = await b.poll()
        assert not polled.ok
        assert b.router.connects == 1

    bench(run)


def test_one_failed_poll_is_not_down_two_are_and_one_answer_is_up_again() -> None:
    async def run(b: Bench) -> None:
        await b.poll()
        assert b.router.line is not None
        b.router.line.cut = True
        b.router.refuses = Unreachable("No route.")
        b.wait()
        first = status(await b.poll())
        assert (first.state, first.error_code, first.attempt) == (State.UP, "unreachable", 1)
        b.wait()
        second = status(await b.poll())
        assert (second.state, second.attempt) == (State.DOWN, 2)
        assert second.error == f"No route. {Unreachable.advice}"
        b.router.refuses = None
        b.wait()
        third = status(await b.poll())
        assert (third.state, third.error_code, third.error, third.attempt) == (State.UP, None, None, 3)

    bench(run)


def test_a_device_that_was_never_reached_is_stale_before_it_is_down() -> None:
    async def run(b: Bench) -> None:
        b.router.refuses = Unreachable("No route.")
        assert status(await b.poll()).state is State.STALE
        assert status(await b.poll()).state is State.DOWN

    bench(run)


def test_the_breaker_opens_after_three_failures_and_the_finding_is_restated_meanwhile() -> None:
    async def run(b: Bench) -> None:
        b.router.refuses = LoginFailed("wrong password")
        third = status(await b.poll(3))
        assert third.breaker is Position.OPEN
        assert third.next_attempt == third.at + 2 * INTERVAL
        b.wait()
        restated = await b.poll()
        assert not restated.asked
        assert b.router.connects == 3
        said = status(restated)
        assert (said.state, said.error_code, said.breaker) == (State.DOWN, "login_failed", Position.OPEN)
        assert said.next_attempt == third.next_attempt
        assert said.at > third.at
        b.wait()
        assert (await b.poll()).asked
        assert b.router.connects == 4

    bench(run)


def test_an_answered_probe_closes_the_breaker() -> None:
    async def run(b: Bench) -> None:
        b.router.refuses = Unreachable("No route.")
        await b.poll(3)
        b.router.refuses = None
        b.wait(2 * INTERVAL)
        said = status(await b.poll())
        assert (said.state, said.breaker) == (State.UP, Position.CLOSED)
        b.wait()
        assert (await b.poll()).asked

    bench(run)


def test_a_collector_that_fails_twice_degrades_the_device_and_the_others_go_on() -> None:
    async def run(b: Bench) -> None:
        b.router.answers[TRAFFIC] = trap("interrupted")
        first = await b.poll()
        assert status(first).state is State.UP
        assert [rows.family for rows in metrics(first).families] == ["resource"]
        b.wait()
        second = status(await b.poll())
        assert (second.state, second.error_code) == (State.DEGRADED, "trap")
        assert second.error is not None
        assert "interrupted" in second.error
        del b.router.answers[TRAFFIC]
        b.wait()
        assert status(await b.poll()).state is State.UP

    bench(run)


def test_nonsense_in_an_answer_is_shown_as_the_devices_error() -> None:
    async def run(b: Bench) -> None:
        b.router.answers[RESOURCE] = []
        said = status(await b.poll(2))
        assert (said.state, said.error_code) == (State.DEGRADED, "protocol_error")
        assert said.error is not None
        assert said.error.startswith("resource: it told nothing.")

    bench(run)


def test_a_device_that_refuses_everything_has_failed_the_poll() -> None:
    async def run(b: Bench) -> None:
        for command in (RESOURCE, TRAFFIC, RADIO, IDENTITY):
            b.router.answers[command] = trap("not enough permissions")
        polled = await b.poll(2)
        assert not polled.ok
        assert status(polled).state is State.DOWN

    bench(run)


def test_an_absent_menu_is_not_asked_again_before_the_slow_cycle() -> None:
    async def run(b: Bench) -> None:
        await b.poll(3)
        assert RADIO in b.router.asked[0]
        assert all(RADIO not in asked for asked in b.router.asked[1:])
        b.wait(timedelta(minutes=15))
        await b.poll()
        assert RADIO in b.router.asked[-1]

    bench(run)


def test_slow_collectors_run_at_first_and_then_when_their_time_has_come() -> None:
    async def run(b: Bench) -> None:
        await b.poll(3)
        b.wait(timedelta(minutes=15))
        await b.poll(2)
        assert [IDENTITY in asked for asked in b.router.asked] == [True, False, False, True, False]

    bench(run)


def test_a_slow_collector_that_failed_is_tried_once_more_at_once() -> None:
    async def run(b: Bench) -> None:
        b.router.answers[IDENTITY] = trap("interrupted")
        polled = await b.poll(4)
        assert [IDENTITY in asked for asked in b.router.asked] == [True, True, False, False]
        assert status(polled).state is State.DEGRADED

    bench(run)


def test_a_fault_of_ours_is_not_held_against_the_device() -> None:
    async def run(b: Bench) -> None:
        b.router.refuses = Unavailable("OpenBao cannot be reached.", "Try again.")
        polled = await b.poll(6)
        said = status(polled)
        assert (said.state, said.error_code, said.breaker) == (State.STALE, "unavailable", Position.CLOSED)
        assert b.router.connects == 6
        b.router.refuses = None
        b.wait()
        assert status(await b.poll()).state is State.UP

    bench(run)


def test_a_forbidden_address_is_the_devices_state() -> None:
    async def run(b: Bench) -> None:
        b.router.refuses = EgressDenied("127.0.0.1 port 1 is one of Flotilla's own.", "Give another.")
        said = status(await b.poll(2))
        assert (said.state, said.error_code) == (State.DOWN, "egress_denied")

    bench(run)


def test_a_changed_device_is_connected_to_anew_and_at_once() -> None:
    async def run(b: Bench) -> None:
        b.router.refuses = LoginFailed("wrong password")
        await b.poll(4)
        b.router.refuses = None
        b.session.update(replace(b.session.device, secret="vault:v1:new", endpoint=Endpoint("192.0.2.9")))
        polled = await b.poll()
        assert polled.ok
        assert status(polled).state is State.UP

    bench(run)


def test_a_changed_device_leaves_its_old_connection() -> None:
    async def run(b: Bench) -> None:
        await b.poll()
        old = b.router.line
        assert old is not None
        b.session.update(replace(b.session.device, username="other"))
        await b.poll()
        assert old.closed
        assert b.router.connects == 2

    bench(run)


def test_a_poll_that_never_ends_is_given_up() -> None:
    async def run(b: Bench) -> None:
        b.session = Session(device(), replace(tools(b.router), timeout=timedelta(milliseconds=20)))
        b.router.gate = asyncio.Event()
        polled = await b.poll()
        assert status(polled).error_code == TimedOut.code
        assert b.router.line is not None
        assert b.router.line.closed

    bench(run)


def test_a_fault_in_the_program_is_a_failed_poll_with_its_reason() -> None:
    async def run(b: Bench) -> None:
        said = status(b.session.crashed(ZeroDivisionError("oops")))
        assert said.error is not None
        assert "ZeroDivisionError: oops" in said.error

    bench(run)


def test_facts_outlive_the_poll_that_told_them() -> None:
    async def run(b: Bench) -> None:
        await b.poll(3)
        b.router.answers[RESOURCE] = trap("not enough permissions")
        b.wait()
        assert status(await b.poll(2)).identity == "edge"

    bench(run)


def test_a_usual_poll_that_finds_what_was_told_says_so_along_with_what_it_measured() -> None:
    async def run(b: Bench) -> None:
        first = status(await b.poll())
        b.wait()
        said = outcome(await b.poll())
        assert (said.state, said.attempt, said.error, said.breaker) == (State.UP, 1, None, first.breaker)
        assert said.next_attempt == b.router.clock.now() + INTERVAL
        assert (said.uptime_seconds or 0) > (first.uptime_seconds or 0)

    bench(run)


def test_what_is_news_is_told_by_a_status_of_its_own_once() -> None:
    async def run(b: Bench) -> None:
        b.router.answers[RADIO] = row(name="edge")
        await b.poll(2)
        b.router.answers[RADIO] = row(name="core")
        b.wait()
        assert status(await b.poll()).identity == "core"
        b.wait()
        outcome(await b.poll())
        b.session.epoch = 2
        b.wait()
        assert status(await b.poll()).epoch == 2
        b.wait()
        outcome(await b.poll())

    bench(run)


def test_the_uptime_of_an_answer_is_a_number_of_seconds() -> None:
    async def run(b: Bench) -> None:
        b.router.answers[RESOURCE] = row(uptime="42")
        assert status(await b.poll()).uptime_seconds == 42.0

    bench(run)


def test_a_device_that_answered_late_is_asked_one_at_a_time_and_says_so() -> None:
    async def run(b: Bench) -> None:
        assert status(await b.poll()).error_code is None
        line = b.router.line
        assert line is not None
        line.streams = 1
        b.wait()
        said = status(await b.poll())
        assert (said.state, said.error_code) == (State.UP, "one_at_a_time")
        assert said.error is not None
        assert "answered late" in said.error
        line.cut = True
        b.wait()
        await b.poll()
        assert b.router.line is not line
        assert b.router.line is not None
        assert b.router.line.streams == 1

    bench(run)


def test_a_device_that_sent_nonsense_is_trusted_again_after_a_day() -> None:
    async def run(b: Bench) -> None:
        b.router.breaks = ProtocolError("It sent the reserved control byte 0xF8.")
        await b.poll()
        b.router.breaks = None
        b.wait()
        assert status(await b.poll()).error_code == "one_at_a_time"
        assert b.router.line is not None
        assert b.router.line.streams == 1
        b.wait(timedelta(days=1))
        assert status(await b.poll()).error_code is None
        assert b.router.line.streams == 8

    bench(run)


def test_a_changed_device_is_trusted_again() -> None:
    async def run(b: Bench) -> None:
        b.router.breaks = ProtocolError("It sent the reserved control byte 0xF8.")
        await b.poll()
        b.router.breaks = None
        b.session.update(replace(b.session.device, endpoint=replace(b.session.device.endpoint, streams=2)))
        b.wait()
        assert status(await b.poll()).error_code is None
        assert b.router.line is not None
        assert b.router.line.streams == 2

    bench(run)


def test_a_device_that_changes_while_it_is_asked_has_not_answered_late() -> None:
    async def run(b: Bench) -> None:
        few = replace(b.session.device, endpoint=replace(b.session.device.endpoint, streams=2))
        many = replace(few, endpoint=replace(few.endpoint, streams=8))
        b.session.update(few)
        b.router.gate = asyncio.Event()
        poll = asyncio.create_task(b.poll())
        while not b.router.under_way:
            await asyncio.sleep(0)
        b.session.update(many)
        b.router.gate.set()
        assert status(await poll).error_code is None
        b.wait()
        await b.poll()
        assert b.router.line is not None
        assert b.router.line.streams == 8

    bench(run)


def test_a_connection_that_ended_between_two_polls_costs_neither_of_them() -> None:
    async def run(b: Bench) -> None:
        await b.poll()
        line = b.router.line
        assert line is not None
        line.closed, line.fate = True, TimedOut("The router did not end a command within 2 s of a /cancel.")
        b.wait()
        assert (await b.poll()).ok
        assert b.router.line is not line

    bench(run)


def test_what_follows_from_an_answer_is_asked_on_the_same_connection() -> None:
    ports = Collector("ports", Cycle.FAST, (RADIO,), None, lambda _: Reading(), then=lambda _: (IDENTITY,))
    router = FakeRouter(FakeClock(), answers={RADIO: row(name="wifi1")})
    collectors = (*(c for c in tools(router).collectors if c.name == "resource"), ports)
    session = Session(device(), replace(tools(router), collectors=collectors))

    async def run() -> None:
        assert (await session.poll()).ok
        assert (router.asked, router.connects) == ([(RESOURCE, RADIO), (IDENTITY,)], 1)
        router.clock.advance(INTERVAL)
        assert (await session.poll()).ok
        assert router.asked[2:] == [(RESOURCE, RADIO, IDENTITY)]

    asyncio.run(run())


def test_a_device_that_hangs_up_before_what_follows_has_not_answered() -> None:
    async def run(b: Bench) -> None:
        def then(_: Replies) -> tuple[Command, ...]:
            assert b.router.line is not None
            b.router.line.cut = True
            return (IDENTITY,)

        ports = Collector("ports", Cycle.FAST, (RADIO,), None, lambda _: Reading(), then=then)
        b.session = Session(device(), replace(tools(b.router), collectors=(ports,)))
        polled = await b.poll()
        assert (polled.ok, status(polled).error_code) == (False, "unreachable")

    bench(run)
