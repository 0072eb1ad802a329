"""The spool keeps order through the death of a process, keeps its bound, and lets the oldest metrics go first."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from bus import spool as spool_module
from bus.buffer import Entry
from bus.spool import Spool
from fleet.errors import Unavailable

START = -(10**9)
MIB = 2**20


def entry(number: int, *, expendable: bool = False, size: int = 300) -> Entry:
    return Entry(number, f"subject.{number}", bytes([number % 256]) * size, f"id-{number}", expendable)


def store(spool: Spool, entries: Sequence[Entry]) -> tuple[list[int], int]:
    """Write until all are dealt with or one has no room; gives the numbers that were stored and the count dropped."""
    stored, before = list[int](), spool.dropped
    while entries:
        written = spool.write(entries, START)
        stored += [e.number for e in written.stored]
        if not written.stored:
            break
        entries = [e for e in entries if e.number > written.upto]
    return stored, spool.dropped - before


def numbers(spool: Spool, after: int = START) -> list[int]:
    return [e.number for e in spool.read(after, 10**6)]


def on_disk(place: Path) -> int:
    return sum(path.stat().st_size for path in place.iterdir())


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool", MIB)


def test_entries_come_back_as_they_were_and_in_order(spool: Spool) -> None:
    store(spool, [entry(1), entry(2, expendable=True), entry(3)])
    found = spool.read(START, 10)
    assert [(e.number, e.subject, e.message_id, e.expendable) for e in found] == [
        (1, "subject.1", "id-1", False),
        (2, "subject.2", "id-2", True),
        (3, "subject.3", "id-3", False),
    ]
    assert [e.data for e in found] == [entry(n).data for n in (1, 2, 3)]
    assert all(e.spooled for e in found)
    assert spool.events == 3


def test_it_is_read_from_a_number_on_and_in_parts(spool: Spool) -> None:
    store(spool, [entry(n, expendable=n % 2 == 0) for n in range(1, 10)])
    assert [e.number for e in spool.read(4, 3)] == [5, 6, 7]


def test_what_a_process_left_goes_before_what_its_successor_accepts(tmp_path: Path) -> None:
    first = Spool(tmp_path, MIB)
    store(first, [entry(n) for n in (7, 8, 9)])
    first.close()
    second = Spool(tmp_path, MIB)
    assert second.open() == 3
    store(second, [entry(1), entry(2)])
    found = second.read(START, 10)
    assert [e.message_id for e in found] == ["id-7", "id-8", "id-9", "id-1", "id-2"]
    assert [e.number for e in found] == [-2, -1, 0, 1, 2]
    second.remove(found[:4])
    second.close()
    assert Spool(tmp_path, MIB).open() == 1


def test_an_entry_that_is_written_twice_is_there_once(spool: Spool) -> None:
    store(spool, [entry(1), entry(2)])
    store(spool, [entry(1), entry(2), entry(3)])
    assert numbers(spool) == [1, 2, 3]
    assert spool.events == 3


def test_a_full_spool_drops_the_oldest_metrics_and_keeps_all_others_in_order(tmp_path: Path) -> None:
    spool = Spool(tmp_path, MIB)
    entries = [entry(n, expendable=n % 4 != 0, size=1000) for n in range(1, 1601)]
    stored, dropped = store(spool, entries)
    kept = numbers(spool)
    assert stored == [e.number for e in entries]
    assert dropped == len(entries) - len(kept) == len(entries) - spool.events
    assert dropped > 0
    assert [n for n in kept if n % 4 == 0] == [n for n in range(1, 1601) if n % 4 == 0]
    metrics = [n for n in kept if n % 4]
    assert metrics == [n for n in range(1, 1601) if n % 4][-len(metrics) :]
    assert kept == sorted(kept)
    assert on_disk(tmp_path) <= MIB


def test_metrics_that_are_needed_stay(spool: Spool) -> None:
    store(spool, [entry(n, expendable=True, size=1000) for n in range(1, 101)])
    more = [entry(n, expendable=True, size=2000) for n in range(101, 601)]
    while more:
        more = [e for e in more if e.number > spool.write(more, 50).upto]
    kept = numbers(spool)
    assert kept[:50] == list(range(1, 51))
    assert kept[50] > 100


def test_where_nothing_can_be_dropped_the_newest_is_left_to_the_caller(tmp_path: Path) -> None:
    spool = Spool(tmp_path, MIB)
    stored, dropped = store(spool, [entry(n, size=1000) for n in range(1, 1601)])
    assert dropped == 0
    assert stored == numbers(spool) == list(range(1, len(stored) + 1))
    assert len(stored) < 1600
    assert on_disk(tmp_path) <= MIB
    spool.remove(spool.read(START, 100))
    assert store(spool, [entry(1600, size=1000)])[0] == [1600]


def test_metrics_find_no_room_among_others_that_cannot_be_dropped(tmp_path: Path) -> None:
    spool = Spool(tmp_path, MIB)
    stored, _ = store(spool, [entry(n, size=1000) for n in range(1, 1601)])
    written = spool.write([entry(1601, expendable=True), entry(1602, expendable=True)], START)
    assert (written.stored, written.upto) == ([], 1602)
    written = spool.write([entry(1603, expendable=True), entry(1604)], START)
    assert written.stored == []
    assert written.upto <= 1603
    assert numbers(spool) == stored


def test_an_empty_spool_gives_its_pages_back(tmp_path: Path) -> None:
    spool = Spool(tmp_path, MIB)
    store(spool, [entry(n, size=1000) for n in range(1, 501)])
    assert on_disk(tmp_path) > MIB // 4
    assert spool.bytes > MIB // 4
    spool.remove(spool.read(START, 10**6))
    assert on_disk(tmp_path) < MIB // 16
    assert (spool.events, spool.bytes) == (0, 0)


def test_a_spool_belongs_to_one_process_at_a_time(tmp_path: Path) -> None:
    first, second = Spool(tmp_path, MIB), Spool(tmp_path, MIB)
    store(first, [entry(1)])
    with pytest.raises(Unavailable, match="locked"):
        second.open()
    first.close()
    assert second.open() == 1


def test_a_place_that_is_none_is_stated_and_used_once_it_is_one(tmp_path: Path) -> None:
    place = tmp_path / "spool"
    place.write_text("no directory")
    spool = Spool(place, MIB)
    with pytest.raises(Unavailable, match="cannot be used"):
        spool.write([entry(1)], START)
    place.unlink()
    assert store(spool, [entry(1)])[0] == [1]


def test_what_is_dropped_is_counted_although_the_disk_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the transaction was committed and only then something failed."""
    spool, rng, written, refused = Spool(tmp_path, MIB), Random(7), 0, 0
    measure = spool_module._used

    def failing(db: sqlite3.Connection) -> int:
        if rng.random() < 0.2:
            raise sqlite3.OperationalError("disk I/O error")
        return measure(db)

    monkeypatch.setattr(spool_module, "_used", failing)
    while spool.dropped < 2000:
        part = [entry(written + n, expendable=True) for n in range(1, 65)]
        while part:
            try:
                upto = spool.write(part, START).upto
                part = [e for e in part if e.number > upto]
            except Unavailable:
                refused += 1
        written += 64
    monkeypatch.undo()
    assert refused > 10
    assert len(numbers(spool)) == spool.events == written - spool.dropped


def test_a_damaged_spool_is_set_aside(tmp_path: Path) -> None:
    (tmp_path / "events.sqlite").write_bytes(b"no database at all " * 300)
    spool = Spool(tmp_path, MIB)
    with pytest.raises(Unavailable):
        spool.open()
    assert spool.open() == 0
    assert store(spool, [entry(1)])[0] == [1]
    assert "damaged" in spool.damage
    assert (tmp_path / "events.damaged").read_bytes().startswith(b"no database")


def test_it_is_a_database_that_a_person_can_read(tmp_path: Path) -> None:
    spool = Spool(tmp_path, MIB)
    store(spool, [entry(1)])
    spool.close()
    with closing(sqlite3.connect(tmp_path / "events.sqlite")) as db:
        assert db.execute("SELECT message_id FROM others").fetchall() == [("id-1",)]
