"""Buffer and spool together: the order holds, the bounds hold, and no status is lost whatever happens."""

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bus.buffer import Buffer, Entry, Limits
from bus.spool import Spool, Written
from bus.spooling import TICK, Spooling

KIB = 2**10
ROOM = 192 * KIB
ACTIONS = ("status", "metrics", "take", "settle", "requeue", "write", "written", "read", "noted", "clear", "die")


class Line:
    """A buffer and its spool, moved by hand; between the work on the disk and its end anything may happen."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.accepted = list[str]()
        self.sent = list[int]()
        self.delivered = set[str]()
        self.dropped = 0
        self.lost = set[str]()
        self._begin()

    def _begin(self) -> None:
        self.buffer = Buffer(Limits(window=4))
        self.spool = Spool(self.place, ROOM)
        self.buffer.found(self.spool.open())
        self.sent.clear()
        self._forgotten = 0
        self._written: tuple[list[Entry], Written] | None = None
        self._read: list[Entry] | None = None

    def status(self) -> None:
        self._add("status", 2000, expendable=False)

    def metrics(self) -> None:
        for _ in range(3):
            self._add("metrics", 6000, expendable=True)

    def _add(self, kind: str, size: int, *, expendable: bool) -> None:
        name = f"{kind}-{len(self.accepted)}"
        self.accepted.append(name)
        self.buffer.add(kind, b"x" * size, name, expendable=expendable)

    def take(self) -> None:
        while (entry := self.buffer.take(0.0)) is not None:
            assert not self.sent or entry.number > self.sent[-1]
            self.sent.append(entry.number)

    def settle(self, last: int = 2) -> None:
        for number in self.sent[-last:]:
            if (entry := self.buffer.settle(number)) is not None:
                self.delivered.add(entry.message_id)

    def requeue(self) -> None:
        self.buffer.requeue()
        self.sent.clear()

    def write(self) -> None:
        if self._idle() and (entries := self.buffer.unspooled(6)):
            self._written = entries, self.spool.write(entries, self.buffer.position)

    def written(self) -> None:
        if self._written is not None:
            _, written = self._written
            self._written = None
            self.buffer.put_away(written.stored, written.upto)
            self.forget()

    def forget(self) -> None:
        self.buffer.forget(self.spool.dropped - self._forgotten)
        self._forgotten = self.spool.dropped

    def read(self) -> None:
        if self._idle() and self.buffer.hungry:
            self.clear()
            self._read = self.spool.read(self.buffer.position, 3)

    def noted(self) -> None:
        if self._read is not None:
            self.buffer.recall(self._read)
            self._read = None

    def clear(self) -> None:
        if self._idle():
            self.spool.remove(self.buffer.gone)
            self.buffer.gone = []

    def die(self) -> None:
        """Lose what is in memory alone, as a killed process does."""
        kept = {entry.message_id for entry in self.spool.read(-sys.maxsize, 10**6)}
        self.forget()
        self.dropped += self.buffer.dropped.metrics
        self.lost |= {entry.message_id for entry in self.buffer.unspooled(10**6)} - kept
        self.spool.close()
        self._begin()

    def _idle(self) -> bool:
        return self._written is None and self._read is None

    def finish(self) -> None:
        """Deliver all that is left."""
        self.written()
        self.noted()
        while len(self.buffer):
            self.take()
            self.settle(len(self.sent))
            self.read()
            self.noted()
        self.clear()
        self.dropped += self.buffer.dropped.metrics
        assert self.buffer.dropped.others == 0


@settings(max_examples=60)
@given(st.lists(st.sampled_from(ACTIONS), max_size=120))
def test_whatever_happens_order_and_bound_hold_and_no_status_is_lost(actions: list[str]) -> None:
    with tempfile.TemporaryDirectory() as place:
        line = Line(Path(place))
        for action in actions:
            getattr(line, action)()
            assert sum(path.stat().st_size for path in Path(place).iterdir()) <= ROOM
        line.finish()
        assert line.spool.events == 0
        line.spool.close()
    missing = set(line.accepted) - line.delivered - line.lost
    assert {name for name in missing if name.startswith("status")} == set()
    assert len(missing) <= line.dropped


class Desk:
    """A buffer with its spooling as it runs, and NATS as the test wants it to be."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.buffer = Buffer(Limits())
        self.spool = Spool(place, ROOM)
        self.connected = True
        self.spooling = Spooling(self.spool, self.buffer, lambda: self.connected, lambda: None)

    def add(self, count: int) -> None:
        for _ in range(count):
            self.buffer.add("status", b"x" * 10, f"id-{self.buffer.accepted}", expendable=False)

    def send(self) -> list[int]:
        """Send all that may be, and have it acknowledged at once."""
        sent = list[int]()
        while (entry := self.buffer.take(0.0)) is not None:
            self.buffer.settle(entry.number)
            sent.append(entry.number)
        return sent

    async def until(self, right: Callable[[], bool]) -> None:
        async with asyncio.timeout(60):
            while not right():
                await asyncio.sleep(0.005)


@asynccontextmanager
async def desk(place: Path) -> AsyncIterator[Desk]:
    made = Desk(place)
    async with made.spooling.running():
        yield made


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "spool"


def test_what_is_acknowledged_at_once_never_touches_the_disk(place: Path) -> None:
    async def run() -> tuple[list[bytes], list[bytes]]:
        async with desk(place) as here:
            before = files(place)
            for _ in range(30):
                here.add(5)
                here.send()
                await asyncio.sleep(TICK / 3)
            return before, files(place)

    def files(place: Path) -> list[bytes]:
        return [path.read_bytes() for path in sorted(place.iterdir())]

    before, after = asyncio.run(run())
    assert after == before


def test_all_goes_to_disk_while_nats_is_away_and_what_follows_until_that_is_sent(place: Path) -> None:
    async def run() -> list[int]:
        async with desk(place) as here:
            here.connected = False
            here.add(20)
            await here.until(lambda: here.buffer.away == 20)
            assert here.send() == []
            here.connected = True
            here.add(5)
            await here.until(lambda: here.buffer.waiting > 0 and here.spool.events > 20)
            sent = list[int]()
            while len(here.buffer):
                sent += here.send()
                await asyncio.sleep(0.005)
            await here.until(lambda: here.spool.events == 0)
            return sent

    assert asyncio.run(run()) == list(range(1, 26))


def test_what_is_not_acknowledged_in_time_goes_to_disk_although_nats_is_there(place: Path) -> None:
    async def run() -> tuple[int, dict[str, object]]:
        async with desk(place) as here:
            here.add(3)
            while here.buffer.take(0.0) is not None:
                pass
            await here.until(lambda: here.spool.events == 3)
            outstanding, report = here.buffer.outstanding, here.spooling.report()
            for number in (1, 2, 3):
                here.buffer.settle(number)
            await here.until(lambda: here.spool.events == 0)
            return outstanding, report

    outstanding, report = asyncio.run(run())
    assert outstanding == 3
    assert report["spool_problem"] == ""


def test_a_disk_that_refuses_is_stated_and_tried_again(place: Path) -> None:
    place.write_text("no directory")

    async def run() -> tuple[str, list[int]]:
        async with desk(place) as here:
            here.connected = False
            here.add(3)
            await here.until(lambda: here.spooling.report()["spool_problem"] != "")
            problem = str(here.spooling.report()["spool_problem"])
            place.unlink()
            await here.until(lambda: here.spool.events == 3)
            await here.until(lambda: here.spooling.report()["spool_problem"] == "")
            return problem, here.send()

    problem, sent = asyncio.run(run())
    assert str(place) in problem
    assert sent == []


def test_a_spool_that_another_process_has_is_taken_over_when_that_is_gone(place: Path) -> None:
    async def run() -> list[int]:
        other = Spool(place, ROOM)
        other.write([Entry(1, "old", b"", "old", False)], -sys.maxsize)
        async with desk(place) as here:
            here.add(1)
            assert "locked" in str(here.spooling.report()["spool_problem"])
            other.close()
            await here.until(lambda: here.buffer.waiting == 2)
            await here.until(lambda: not here.buffer.hungry)
            return here.send()

    assert asyncio.run(run()) == [0, 1]


def test_what_nobody_foresaw_ends_whoever_relies_on_it(place: Path) -> None:
    class Broken(Spool):
        def __init__(self) -> None:
            super().__init__(place, ROOM)
            self.whole = False

        def write(self, entries: Sequence[Entry], after: int) -> Written:
            if self.whole:
                return super().write(entries, after)
            self.whole = True
            raise RuntimeError("never seen before")

    async def run() -> int:
        buffer, spool = Buffer(Limits()), Broken()
        spooling = Spooling(spool, buffer, lambda: False, lambda: None)
        buffer.add("status", b"", "id", expendable=False)
        with pytest.raises(RuntimeError, match="never seen"):
            async with spooling.running():
                await asyncio.Event().wait()
        async with spooling.running():
            pass
        return spool.events

    assert asyncio.run(run()) == 1
