"""A resident begins by itself, starts again after whatever went wrong, and answers for its member."""

import asyncio
import os
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

from actors.resident import Member, Phase, Resident, persist

MINUTE = timedelta(minutes=1)


class Worker:
    """A member that works until drained, or fails as it is told."""

    def __init__(self) -> None:
        self.stop = asyncio.Event()
        self.thread = threading.current_thread().name

    async def run(self) -> None:
        await self.stop.wait()

    async def drain(self, patience: timedelta) -> int:
        self.stop.set()
        return 3

    def report(self) -> dict[str, object]:
        return {"thread": self.thread}


def until(reached: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not reached():
        assert time.monotonic() < end
        time.sleep(0.005)


async def nobody() -> None:
    raise ConnectionError("nobody there")


@asynccontextmanager
async def made() -> AsyncIterator[Member]:
    yield Worker()


def test_a_resident_works_on_a_thread_of_its_own_and_reports() -> None:
    resident = Resident("worker-0", made)
    resident.start()
    until(lambda: resident.ping()["phase"] == Phase.RUNNING)
    said = resident.ping(60)
    assert (said["name"], said["pid"], said["thread"]) == ("worker-0", os.getpid(), "worker-0")
    assert float(str(said["rss_mb"])) > 0
    assert resident.drain(MINUTE)["left"] == 3


def test_what_is_away_at_the_start_is_tried_again() -> None:
    tries: list[int] = []

    @asynccontextmanager
    async def late() -> AsyncIterator[Member]:
        tries.append(1)
        if len(tries) < 4:
            raise ConnectionError("nobody there")
        yield Worker()

    resident = Resident("worker-0", late, pauses=(0.01,))
    resident.start()
    until(lambda: resident.ping()["phase"] == Phase.RUNNING)
    said = resident.ping(60)
    assert (said["restarts"], said["problem"]) == (3, "")
    resident.drain(MINUTE)


def test_a_member_that_dies_is_made_anew_and_its_reason_told() -> None:
    made_so_far: list[Worker] = []
    read = threading.Event()

    class Mortal(Worker):
        async def run(self) -> None:
            made_so_far.append(self)
            if len(made_so_far) == 1:
                raise ZeroDivisionError("oops")
            await super().run()

    @asynccontextmanager
    async def mortal() -> AsyncIterator[Member]:
        if made_so_far:
            await asyncio.to_thread(read.wait, 60)
        yield Mortal()

    resident = Resident("worker-0", mortal, pauses=(0.01,))
    resident.start()
    until(lambda: resident.ping()["problem"] == "ZeroDivisionError: oops")
    read.set()
    until(lambda: len(made_so_far) == 2)
    resident.drain(MINUTE)


def test_a_drained_resident_can_go_on() -> None:
    resident = Resident("worker-0", made)
    resident.start()
    until(lambda: resident.ping()["phase"] == Phase.RUNNING)
    assert resident.drain(MINUTE)["phase"] == Phase.DRAINED
    resident.start()
    resident.start()
    until(lambda: resident.ping()["phase"] == Phase.RUNNING)
    resident.drain(MINUTE)


def test_a_resident_that_waits_for_its_next_try_can_be_drained() -> None:
    @asynccontextmanager
    async def never() -> AsyncIterator[Member]:
        await nobody()
        yield Worker()

    resident = Resident("worker-0", never, pauses=(60.0,))
    resident.start()
    until(lambda: resident.ping()["problem"] != "")
    assert resident.drain(MINUTE)["phase"] == Phase.DRAINED


def test_a_loop_that_hangs_is_told_from_one_that_answers() -> None:
    release = threading.Event()

    class Hog(Worker):
        async def run(self) -> None:
            release.wait(60)

    @asynccontextmanager
    async def hog() -> AsyncIterator[Member]:
        yield Hog()

    resident = Resident("worker-0", hog)
    resident.start()
    until(lambda: resident.ping(0.05)["problem"] == "The event loop does not answer.")
    release.set()
    resident.drain(MINUTE)


def test_what_should_never_end_runs_again_after_an_error() -> None:
    runs: list[int] = []

    async def run() -> None:
        runs.append(1)
        if len(runs) < 3:
            raise ZeroDivisionError
        await asyncio.Event().wait()

    async def watch() -> None:
        task = asyncio.create_task(persist(run, pause=0.0))
        async with asyncio.timeout(60):
            while len(runs) < 3:
                await asyncio.sleep(0)
        task.cancel()

    asyncio.run(watch())
    assert len(runs) == 3


def test_what_a_member_holds_open_stays_open_until_its_drain_has_ended() -> None:
    happened: list[str] = []

    class Slow(Worker):
        async def drain(self, patience: timedelta) -> int:
            self.stop.set()
            await asyncio.sleep(0.05)
            happened.append("drained")
            return 0

    @asynccontextmanager
    async def held() -> AsyncIterator[Member]:
        yield Slow()
        happened.append("closed")

    resident = Resident("worker-0", held)
    resident.start()
    until(lambda: resident.ping()["phase"] == Phase.RUNNING)
    assert resident.drain(MINUTE)["phase"] == Phase.DRAINED
    assert happened == ["drained", "closed"]


def test_who_is_told_to_start_while_it_still_drains_goes_on_afterwards() -> None:
    gate, leaving = threading.Event(), threading.Event()

    class Slow(Worker):
        async def drain(self, patience: timedelta) -> int:
            leaving.set()
            await asyncio.to_thread(gate.wait, 60)
            return await super().drain(patience)

    made_so_far: list[Worker] = []

    @asynccontextmanager
    async def slow() -> AsyncIterator[Member]:
        made_so_far.append(Slow())
        yield made_so_far[-1]

    resident = Resident("worker-0", slow)
    resident.start()
    until(lambda: resident.ping()["phase"] == Phase.RUNNING)
    resident.drain(timedelta(0))
    assert leaving.wait(60)
    resident.start()
    gate.set()
    until(lambda: len(made_so_far) == 2 and resident.ping()["phase"] == Phase.RUNNING)
    assert resident.drain(MINUTE)["phase"] == Phase.DRAINED
