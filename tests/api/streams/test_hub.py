"""Each client is handed what it asked for, once, with an id from which it can go on; nobody waits for a slow one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from api.streams import place
from api.streams.hub import GIVEN_UP, HEARTBEAT, LATE, Hub
from api.streams.seat import Admitted, Seat
from api.streams.topics import SOURCES, Topic, Wish
from db.standing import Credential, Kind
from fleet.changes import PushState
from fleet.device import State
from fleet.events import Event
from fleet.identity import DeviceId, Principal, Role, TenantId
from routeros import collectors
from tests.api.streams.samples import AT, NORTH, SOUTH, alert, device, heard, metrics, push, status

STARTS = (100, 10, 1)
DEVICE, OPERATION, ALERT = range(3)
EVERYTHING = Wish()


@dataclass
class Room:
    """A hub with a clock of its own, and the clients of a test."""

    hub: Hub
    now: list[float]
    sequences: list[int] = field(default_factory=lambda: list(STARTS))
    seats: list[Seat] = field(default_factory=list)

    async def seat(self, wish: Wish = EVERYTHING, tenant: TenantId = NORTH) -> Seat:
        """Seat a client that reads at once whatever it is handed."""
        admitted = Admitted(Principal.person(tenant, "p", Role.VIEWER), Credential(Kind.KEY, bytes(32)), wish)
        seat = Seat(admitted, self.hub.here)
        self.hub.join(seat)
        seat.live = True
        self.seats.append(seat)
        return seat

    def hear(self, *events: Event, source: int = DEVICE) -> None:
        for event in events:
            self.sequences[source] += 1
            self.hub.hear(source, heard(self.sequences[source], event))

    async def turn(self, *reading: Seat) -> list[str]:
        """Let these clients read while the hub has its turn with all; returns what each of them was handed."""
        tasks = [asyncio.create_task(seat.next()) for seat in reading]
        await asyncio.sleep(0)
        self.hub.turn(self.seats)
        await asyncio.sleep(0)
        handed = [task.result().decode() if task.done() else "" for task in tasks]
        for task in tasks:
            task.cancel()
        return handed


def told(text: str) -> list[tuple[str, dict[str, Any]]]:
    """Read the messages that say something."""
    found = []
    for message in filter(None, text.split("\n\n")):
        fields = dict(line.split(": ", 1) for line in message.splitlines() if not line.startswith(":"))
        if "data" in fields:
            found.append((fields["event"], json.loads(fields["data"])))
    return found


def ids(text: str) -> list[tuple[int, ...]]:
    read = [place.read(line[4:]) for line in text.splitlines() if line.startswith("id: ")]
    return [found.sequences for found in read if found is not None]


def run(test: Callable[[Room], Coroutine[Any, Any, None]]) -> None:
    async def body() -> None:
        now = [0.0]
        room = Room(Hub(collectors.families(), lambda: now[0]), now)
        for source, sequence in enumerate(STARTS):
            room.hub.begin(source, AT, sequence)
        assert room.hub.ready.is_set()
        await test(room)

    asyncio.run(body())


def test_a_client_is_handed_what_is_new_once() -> None:
    async def body(room: Room) -> None:
        seat = await room.seat()
        room.hear(status(1), metrics(1))
        room.hear(push(1), source=OPERATION)
        (first,) = await room.turn(seat)
        assert [topic for topic, _ in told(first)] == ["device_status", "metric_update", "config_push"]
        assert ids(first) == [(101, 10, 1), (102, 10, 1), (102, 11, 1)]
        assert await room.turn(seat) == [""]

    run(body)


def test_a_client_hears_its_tenant_alone() -> None:
    async def body(room: Room) -> None:
        north, south = await room.seat(), await room.seat(tenant=SOUTH)
        room.hear(status(1), status(2, SOUTH), metrics(2, SOUTH))
        mine, theirs = await room.turn(north, south)
        assert [event["tenant_id"] for _, event in told(mine)] == [str(NORTH)]
        assert [event["tenant_id"] for _, event in told(theirs)] == [str(SOUTH)] * 2

    run(body)


def test_what_a_subject_and_its_event_disagree_about_is_told_to_nobody() -> None:
    async def body(room: Room) -> None:
        north, south = await room.seat(), await room.seat(tenant=SOUTH)
        forged = heard(101, status(1))
        room.hub.hear(DEVICE, type(forged)(101, forged.subject.replace(str(NORTH), str(SOUTH)), forged.data))
        assert await room.turn(north, south) == ["", ""]

    run(body)


def test_topics_and_devices_narrow_what_is_told() -> None:
    async def body(room: Room) -> None:
        pushes = await room.seat(Wish(frozenset({Topic.CONFIG_PUSH})))
        second = await room.seat(Wish(devices=frozenset({DeviceId(device(2))})))
        room.hear(status(1), status(2))
        room.hear(push(1), push(2), source=OPERATION)
        first, other = await room.turn(pushes, second)
        assert [topic for topic, _ in told(first)] == ["config_push"] * 2
        assert [(topic, UUID(event["device_id"])) for topic, event in told(other)] == [
            ("device_status", device(2)),
            ("config_push", device(2)),
        ]

    run(body)


def test_ticks_of_a_device_are_coalesced_and_nothing_else() -> None:
    async def body(room: Room) -> None:
        seat = await room.seat()
        room.hear(*(metrics(1, value=n) for n in range(10)), status(1), status(1, state=State.DOWN))
        (text,) = await room.turn(seat)
        assert [topic for topic, _ in told(text)] == ["metric_update", "device_status", "device_status"]
        assert told(text)[0][1]["families"]["resource"][0]["values"] == {"cpu_load_ratio": 9}

    run(body)


def test_clients_alike_share_what_is_written() -> None:
    async def body(room: Room) -> None:
        seats = [await room.seat() for _ in range(5)]
        room.hear(status(1))
        tasks = [asyncio.create_task(seat.next()) for seat in seats]
        await asyncio.sleep(0)
        room.hub.turn(seats)
        assert len({id(await task) for task in tasks}) == 1

    run(body)


def test_a_silent_stream_gives_a_sign_of_life_with_an_id() -> None:
    async def body(room: Room) -> None:
        seat = await room.seat()
        room.hear(status(1, SOUTH))
        assert await room.turn(seat) == [""]
        room.now[0] += HEARTBEAT
        (text,) = await room.turn(seat)
        assert (told(text), ids(text)) == ([], [(101, 10, 1)])

    run(body)


def test_a_slow_client_loses_ticks_is_told_so_and_loses_nothing_else() -> None:
    async def body(room: Room) -> None:
        seat = await room.seat()
        states = list(PushState)
        for n, state in enumerate(states):
            room.hear(metrics(1, value=n))
            room.hear(push(1, state=state), source=OPERATION)
            room.hear(alert(n), source=ALERT)
            await room.turn()
        assert len(states) > LATE
        (text,) = await room.turn(seat)
        assert told(text)[0] == ("resync", {"reason": "slow", "topics": ["metric_update"]})
        topics = [topic for topic, _ in told(text)]
        assert topics.count("metric_update") == 1
        assert [event["state"] for topic, event in told(text) if topic == "config_push"] == states
        assert topics.count("alert_fired") == len(states)

    run(body)


def test_a_client_that_missed_no_tick_is_not_told_of_any() -> None:
    async def body(room: Room) -> None:
        seat, other = await room.seat(), await room.seat(Wish(frozenset({Topic.ALERT_FIRED})))
        room.hear(metrics(1))
        for _ in range(LATE * 2):
            await room.turn()
        text, nothing = await room.turn(seat, other)
        assert ([topic for topic, _ in told(text)], nothing) == (["metric_update"], "")

    run(body)


def test_a_client_too_slow_for_what_lasts_is_ended() -> None:
    async def body(room: Room) -> None:
        seat, quick = await room.seat(), await room.seat()
        room.hub._rooms[str(NORTH)].journal.most = 3
        for n in range(5):
            room.hear(push(n), source=OPERATION)
            await room.turn(quick)
        assert (seat.over.is_set(), quick.over.is_set()) == (True, False)
        assert seat.place.sequences == STARTS

    run(body)


def test_a_client_that_reads_nothing_at_all_is_given_up() -> None:
    async def body(room: Room) -> None:
        seat = await room.seat()
        for _ in range(GIVEN_UP + 2):
            await room.turn()
        assert seat.over.is_set()

    run(body)


def test_where_a_stream_was_made_anew_clients_are_told_and_go_on_there() -> None:
    async def body(room: Room) -> None:
        seat = await room.seat()
        behind = await room.seat()
        room.hear(status(1))
        await room.turn(seat)
        room.hub.begin(DEVICE, AT + timedelta(days=1), 0)
        assert behind.over.is_set()
        room.hub.hear(DEVICE, heard(1, status(7)))
        (text,) = await room.turn(seat)
        assert told(text)[0] == ("resync", {"reason": "expired", "topics": ["device_status"]})
        assert told(text)[1][1]["device_id"] == str(device(7))
        assert ids(text)[-1] == (1, 10, 1)

    run(body)


def test_nothing_is_kept_for_a_tenant_to_whom_nobody_listens() -> None:
    async def body(room: Room) -> None:
        seat = await room.seat()
        room.hub.leave(seat)
        room.hear(status(1))
        assert (room.hub._rooms, room.hub.seats()) == ({}, [])
        assert room.hub.here.sequences == (101, 10, 1)

    run(body)


@pytest.mark.parametrize("count", [1, 200])
def test_clients_are_spread_over_the_groups(count: int) -> None:
    async def body(room: Room) -> None:
        for _ in range(count):
            await room.seat()
        sizes = [len(group) for group in room.hub._groups]
        assert max(sizes) - min(sizes) <= 1
        assert len(SOURCES) == 3

    run(body)
