"""Whoever owns a device answers what is asked of it, in parts; where nobody does, that is said at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

import pytest

from bus import asking
from bus.answering import answer
from bus.connection import Bus
from fleet.errors import Conflict, FleetError, NotFound, Unavailable
from fleet.questions import Fault, Part, Question
from tests.bus.brokers import Broker

ASKED = Question(tenant_id=UUID(int=1), device_id=UUID(int=2), command="/interface/print", seconds=60)
LONG = 60.0
"""Seconds that an owner who is there may take to say that it is at it."""


@dataclass
class Owner:
    """Owns one partition, or none, and answers with what it is given."""

    partitions: set[int] = field(default_factory=lambda: {ASKED.partition})
    rows: int = 3
    raises: FleetError | None = None
    asked: list[Question] = field(default_factory=list)

    def holds(self, partition: int) -> bool:
        return partition in self.partitions

    async def answer(self, question: Question) -> AsyncIterator[Part]:
        self.asked.append(question)
        for n in range(self.rows):
            yield Part(rows=[{"n": str(n)}])
        if self.raises is not None:
            raise self.raises
        yield Part(last=True, more=True, epoch=7)


@asynccontextmanager
async def owned(broker: Broker, *owners: Owner) -> AsyncIterator[Bus]:
    """Let owners answer, and give a connection to ask by."""
    async with (
        Bus(broker.url, name="owners", token=broker.token) as near,
        Bus(broker.url, name="asker", token=broker.token) as far,
    ):
        tasks = [asyncio.create_task(answer(near, owner)) for owner in owners]
        await (await near.client()).flush()
        await asyncio.sleep(0)
        await (await near.client()).flush()
        yield far
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def test_the_owner_answers_in_parts_and_nobody_else(broker: Broker) -> None:
    async def run() -> None:
        owner, other = Owner(), Owner(partitions={ASKED.partition ^ 1})
        async with owned(broker, other, owner) as bus:
            parts = [part async for part in asking.ask(bus, ASKED, LONG)]
            assert [part.rows for part in parts] == [[], [{"n": "0"}], [{"n": "1"}], [{"n": "2"}], []]
            assert (parts[-1].last, parts[-1].epoch) == (True, 7)
            found = await asking.whole(bus, ASKED, prompt=LONG)
            assert ([row["n"] for row in found.rows], found.more) == (["0", "1", "2"], True)
            assert (len(owner.asked), other.asked) == (2, [])

    asyncio.run(run())


def test_what_the_owner_met_is_raised_as_what_it_is(broker: Broker) -> None:
    async def run() -> None:
        async with owned(broker, Owner(raises=Conflict("It is busy.", "Wait."))) as bus:
            with pytest.raises(Conflict) as found:
                await asking.whole(bus, ASKED, prompt=LONG)
            assert (found.value.message, found.value.next_step, found.value.status) == ("It is busy.", "Wait.", 409)

    asyncio.run(run())


@pytest.mark.parametrize(
    "owners", [(), (Owner(partitions=set()),)], ids=["no process at all", "another's partitions"]
)
def test_where_nobody_owns_the_device_that_is_said(broker: Broker, owners: tuple[Owner, ...]) -> None:
    async def run() -> None:
        async with owned(broker, *owners) as bus:
            with pytest.raises(Unavailable) as found:
                await asking.whole(bus, ASKED)
            assert "Nobody looks after" in found.value.message

    asyncio.run(run())


def test_without_nats_that_is_said(broker: Broker) -> None:
    async def run() -> None:
        broker.kill()
        async with Bus(broker.url, name="asker", token=broker.token) as bus:
            with pytest.raises(Unavailable) as found:
                await asking.whole(bus, ASKED)
            assert "NATS" in found.value.message

    asyncio.run(run())


def test_an_error_of_an_unknown_code_is_an_error_still() -> None:
    error = Fault("never_heard", "It is odd.", "Look.").error()
    assert (type(error), str(error)) == (FleetError, "It is odd. Look.")
    assert isinstance(Fault.of(NotFound("Gone.", "List.")).error(), NotFound)


def test_an_answer_is_heard_as_it_comes(broker: Broker) -> None:
    async def body() -> list[int]:
        heard: list[int] = []
        async with owned(broker, Owner()) as bus:
            await asking.whole(bus, ASKED, lambda rows: heard.append(len(rows)), LONG)
        return heard

    assert asyncio.run(body()) == [1, 2, 3]
