"""Our client and the simulator, whatever is asked, spoilt and left: every reply is one's own, and nothing hangs."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from fleet.clock import FakeClock
from fleet.device import Endpoint, Login, TlsMode
from routeros.client import Client, Command, connect
from routeros.errors import Busy, RouterOSError, TimedOut, TooManyRows, Trap
from routeros.queries import Key, where
from routeros.simulator.faults import Kind
from routeros.simulator.simulation import Options, Simulation, serve
from routeros.slots import Service, Slots, key
from routeros.stream import Stream
from routeros.words import Row
from tests.fixtures.leaping import LeapingLoop
from tests.fixtures.simulator import EGRESS

T = TypeVar("T")
DEVICES = ("hap_ax2", "chr")
PATIENCE, SHORT = timedelta(seconds=10), timedelta(seconds=2)
SPOILS: dict[str, dict[str, object]] = {
    "garbage": {},
    "slow": {"seconds": 5.0},
    "down": {},
    "refuse-login": {},
    "delay": {"seconds": 1.0},
    "late": {"seconds": 5.0, "every": 2.0},
    "drop": {"share": 0.4},
    "silent": {},
    "half-open": {"after": 2.0},
    "trickle": {},
    "split": {"size": 3.0},
    "glue": {"seconds": 0.5},
    "trap": {"menu": "/interface"},
}
"""Faults with their options; those of them that the simulator knows are used."""

FAULTS = sorted(SPOILS.keys() & {str(kind) for kind in Kind})


def ask(name: str) -> Command:
    """Ask for one interface, so that every command has a reply of its own."""
    return Command("/interface/print", ("name", "mac-address"), queries=where(Key("name") == name))


@dataclass(eq=False)
class Line:
    """A connection as it is used: ``sound`` while nothing was wrong with its device since it was made."""

    device: int
    client: Client
    sound: bool = True


@dataclass(eq=False)
class Followed:
    """A stream that is being read, with what it is about."""

    line: Line
    stream: Stream
    interface: str = ""
    seen: list[Row] = field(default_factory=list)


def excused(error: Exception, reason: bool) -> None:
    """Let an error pass that has a reason."""
    if not reason:
        raise AssertionError(f"for no reason: {error!r}") from error


class Conversation(RuleBasedStateMachine):
    """Two routers, a few connections, and what is known of both."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = LeapingLoop()
        self.crashes: list[dict[str, Any]] = []
        self.loop.set_exception_handler(lambda _, context: self.crashes.append(context))
        self.stack = AsyncExitStack()
        self.slots = Slots()
        self.lines: list[Line] = []
        self.followed: list[Followed] = []
        self.spoilt: set[int] = set()
        self.macs: list[dict[str, str]] = []
        self.comments: list[set[str]] = [set(), set()]

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        async def bounded() -> T:
            async with asyncio.timeout(600):
                return await work

        return self.loop.run_until_complete(bounded())

    @initialize()
    def begin(self) -> None:
        async def start() -> Simulation:
            options = Options(len(DEVICES), personas=DEVICES, clock=FakeClock())
            return await self.stack.enter_async_context(serve(options))

        self.simulation = self.run(start())
        self.entries = self.simulation.inventory()
        for device in range(len(DEVICES)):
            line = self.enter(device, TlsMode.PLAIN)
            rows = self.run(line.client.call(Command("/interface/print", ("name", "mac-address")), timeout=PATIENCE))
            self.macs.append({row["name"]: row.get("mac-address", "") for row in rows})

    def enter(self, device: int, tls: TlsMode) -> Line:
        endpoint = self.endpoint(device, tls)
        login = Login(self.entries[device].username, self.entries[device].password)
        made = connect(endpoint, login, timeout=PATIENCE, egress=EGRESS, slots=self.slots)
        line = Line(device, self.run(made), sound=device not in self.spoilt)
        self.lines.append(line)
        return line

    def endpoint(self, device: int, tls: TlsMode) -> Endpoint:
        entry = self.entries[device]
        port = entry.api_port if tls is TlsMode.PLAIN else entry.api_ssl_port
        return Endpoint(entry.address, port, tls, entry.fingerprint, streams=4)

    def line(self, data: st.DataObject) -> Line:
        return data.draw(st.sampled_from(self.lines))

    def name(self, device: int, data: st.DataObject) -> str:
        return data.draw(st.sampled_from(sorted(self.macs[device])))

    def names(self, device: int, data: st.DataObject) -> list[str]:
        return data.draw(st.lists(st.sampled_from(sorted(self.macs[device])), min_size=1, max_size=8))

    @rule(device=st.integers(0, 1), tls=st.sampled_from([TlsMode.PLAIN, TlsMode.PIN]))
    def join(self, device: int, tls: TlsMode) -> None:
        held = self.slots.held(Service.API, key(self.endpoint(device, tls)))
        try:
            self.enter(device, tls)
        except TimedOut as error:
            excused(error, held == 3 or device in self.spoilt)
        except RouterOSError as error:
            excused(error, device in self.spoilt)

    @precondition(lambda self: self.lines)
    @rule(data=st.data(), timeout=st.sampled_from([PATIENCE, SHORT]))
    def call(self, data: st.DataObject, timeout: timedelta) -> None:
        line = self.line(data)
        names = self.names(line.device, data)
        self.judge(line, names, self.run(self.replies(line, names, timeout)))

    @precondition(lambda self: self.lines)
    @rule(data=st.data())
    def call_on_all_lines_at_once(self, data: st.DataObject) -> None:
        asked = [(line, self.names(line.device, data)) for line in self.lines]

        async def gather() -> list[list[object]]:
            return await asyncio.gather(*(self.replies(line, names, PATIENCE) for line, names in asked))

        for (line, names), replies in zip(asked, self.run(gather()), strict=True):
            self.judge(line, names, replies)

    @precondition(lambda self: self.lines)
    @rule(data=st.data(), steps=st.integers(0, 6))
    def leave_a_call(self, data: st.DataObject, steps: int) -> None:
        line = self.line(data)
        names = self.names(line.device, data)

        async def leave() -> None:
            task = asyncio.ensure_future(self.replies(line, names, PATIENCE))
            for _ in range(steps):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])

        self.run(leave())

    @precondition(lambda self: self.lines)
    @rule(data=st.data())
    def edit(self, data: st.DataObject) -> None:
        line = self.line(data)
        comment = f"{line.device}-{len(self.comments[line.device])}"
        self.comments[line.device].add(comment)
        numbers = {"numbers": self.name(line.device, data), "comment": comment}
        try:
            self.run(line.client.call(Command("/interface/set", attributes=numbers), timeout=PATIENCE))
        except RouterOSError as error:
            excused(error, not line.sound)

    @precondition(lambda self: self.lines)
    @rule(data=st.data(), listen=st.booleans())
    def follow(self, data: st.DataObject, listen: bool) -> None:
        line = self.line(data)
        name = "" if listen else self.name(line.device, data)
        command = Command("/interface/monitor-traffic", attributes={"interface": name})
        stream = line.client.stream(Command("/interface/listen") if listen else command)
        try:
            self.run(stream.__aenter__())
        except Busy:
            return
        except RouterOSError as error:
            excused(error, not line.sound)
            return
        self.followed.append(Followed(line, stream, name))

    @precondition(lambda self: self.followed)
    @rule(data=st.data(), most=st.integers(1, 5))
    def read(self, data: st.DataObject, most: int) -> None:
        followed = data.draw(st.sampled_from(self.followed))
        before = len(followed.seen)

        async def some() -> None:
            async with asyncio.timeout(3):
                for _ in range(most):
                    followed.seen.append(await anext(followed.stream))

        try:
            self.run(some())
        except TimeoutError as error:
            excused(error, len(followed.seen) > before or not followed.interface or not followed.line.sound)
        except (RouterOSError, StopAsyncIteration) as error:
            excused(error, not followed.line.sound or isinstance(error, TooManyRows))

    @precondition(lambda self: self.followed)
    @rule(data=st.data())
    def unfollow(self, data: st.DataObject) -> None:
        followed = data.draw(st.sampled_from(self.followed))
        self.followed.remove(followed)
        self.run(followed.stream.__aexit__(None, None, None))

    @rule(device=st.integers(0, 1), kind=st.sampled_from(FAULTS))
    def spoil(self, device: int, kind: str) -> None:
        self.fault(device, kind, **SPOILS[kind])
        self.spoilt.add(device)
        for line in self.lines:
            line.sound = line.sound and line.device != device

    @rule(device=st.integers(0, 1))
    def mend(self, device: int) -> None:
        self.fault(device, "none")
        self.spoilt.discard(device)

    @rule(seconds=st.integers(1, 20))
    def wait(self, seconds: int) -> None:
        self.run(asyncio.sleep(seconds))

    @precondition(lambda self: self.lines)
    @rule(data=st.data())
    def close(self, data: st.DataObject) -> None:
        line = self.line(data)
        self.lines.remove(line)
        self.followed = [followed for followed in self.followed if followed.line is not line]
        self.run(line.client.close())

    @invariant()
    def what_was_followed_is_what_is_told(self) -> None:
        for followed in self.followed:
            device = followed.line.device
            if followed.interface:
                assert {row["name"] for row in followed.seen} <= {followed.interface}
                sections = [int(row[".section"]) for row in followed.seen]
                assert sections == sorted(sections)
            else:
                assert {row["comment"] for row in followed.seen if "comment" in row} <= self.comments[device]

    @invariant()
    def nothing_crashes(self) -> None:
        for crash in self.crashes:
            raise AssertionError(crash["message"]) from crash.get("exception")

    @invariant()
    def a_sound_connection_stays(self) -> None:
        for line in self.lines:
            assert not (line.sound and line.client.closed)

    def fault(self, device: int, kind: str, **more: object) -> None:
        async def afflict() -> None:
            self.simulation.control({"command": "fault", "device": device, "kind": kind, **more})

        self.run(afflict())

    async def replies(self, line: Line, names: list[str], timeout: timedelta) -> list[object]:
        try:
            return list(await line.client.calls([ask(name) for name in names], timeout=timeout))
        except RouterOSError as error:
            return [error] * len(names)

    def judge(self, line: Line, names: list[str], replies: list[object]) -> None:
        """Every reply is that of its own command and device, or an error that has a reason."""
        for name, reply in zip(names, replies, strict=True):
            if isinstance(reply, list):
                assert [(row["name"], row.get("mac-address", "")) for row in reply] == [
                    (name, self.macs[line.device][name])
                ]
            else:
                assert isinstance(reply, RouterOSError)
                assert not line.sound, reply
                assert not isinstance(reply, Trap) or "trap" in FAULTS

    def teardown(self) -> None:
        async def end() -> None:
            await asyncio.gather(*(line.client.close() for line in self.lines))
            await self.stack.aclose()
            await asyncio.sleep(5)
            others = asyncio.all_tasks() - {asyncio.current_task()}
            assert not others, others
            assert self.slots._held == {}

        self.run(end())
        self.loop.close()
        self.nothing_crashes()


Conversation.TestCase.settings = settings(max_examples=15, stateful_step_count=25)
test_every_reply_is_ones_own_and_nothing_hangs = Conversation.TestCase
