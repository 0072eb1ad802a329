"""Events on disk while NATS is away: one SQLite file of one process, in the order of acceptance, bounded in bytes.

Whatever is committed survives the death of the process. Metrics and all other events stand in two tables, so that
dropping the oldest metrics frees whole pages. Everything here blocks: one thread calls it, which is not the loop's.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bus import room
from bus.buffer import Entry
from bus.room import PAGE
from fleet import logs
from fleet.errors import Unavailable

PARTS = 32
"""A transaction, and the journal before it is folded into the file, each take a part in so many of the bound."""

LARGEST_PART = 2**20
READ_BYTES = 4 * 2**20
DROPPED_AT_ONCE = 32
LEAST_JOURNAL = 8
LITTLE = 64
"""Pages that an empty file may keep."""

COUNT = "user_version"
"""The number in the file's first page that counts what was dropped."""

DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
TABLES = ("others", "metrics")

_TABLE = """
    CREATE TABLE IF NOT EXISTS {} (
        number INTEGER PRIMARY KEY, subject TEXT NOT NULL, data BLOB NOT NULL, message_id TEXT NOT NULL
    )
"""
_INSERT = {name: f"INSERT OR IGNORE INTO {name} VALUES (?, ?, ?, ?)" for name in TABLES}  # noqa: S608
_DELETE = {name: f"DELETE FROM {name} WHERE number = ?" for name in TABLES}  # noqa: S608
_DROP = """
    DELETE FROM metrics WHERE number IN (SELECT number FROM metrics WHERE number > ? ORDER BY number LIMIT ?)
"""
_READ = """
    SELECT number, subject, data, message_id, 0 FROM others WHERE number > ?1
    UNION ALL SELECT number, subject, data, message_id, 1 FROM metrics WHERE number > ?1
    ORDER BY number LIMIT ?2
"""
_CENSUS = """
    SELECT (SELECT count(*) FROM others) + (SELECT count(*) FROM metrics),
        max(coalesce((SELECT max(number) FROM others), 0), coalesce((SELECT max(number) FROM metrics), 0))
"""

log = logs.get(__name__)


@dataclass(frozen=True, slots=True)
class Written:
    """What became of events to be written: ``stored`` are on disk, the others up to ``upto`` had no room."""

    stored: Sequence[Entry]
    upto: int


class Spool:
    """The spool in a directory. What an earlier process left there has numbers up to 0, so it goes before ours.

    The file is locked for as long as it is open. Every method raises Unavailable where the disk is full or refuses,
    and the next call begins anew: nothing is lost but what was not committed. ``damage`` says what was lost, and
    ``dropped`` counts the metrics that had to go for newer events: the count is committed with their going, for the
    disk may refuse right after a commit, and then nobody knows that there was one until the file is open again.
    """

    def __init__(self, place: Path, size: int) -> None:
        self._path = place / "events.sqlite"
        self._pages = size // PAGE
        self._part = min(size // PARTS, LARGEST_PART)
        self._db: sqlite3.Connection | None = None
        self._base: int | None = None
        self._used = 0
        self._counted_before: int | None = None
        self.events = 0
        self.dropped = 0
        self.damage = ""

    @property
    def bytes(self) -> int:
        """The room that the events take on disk."""
        return self._used * PAGE if self.events else 0

    def open(self) -> int:
        """Open the file; tells how many events an earlier process left in it."""
        with self._file():
            return self.events

    def write(self, entries: Sequence[Entry], after: int) -> Written:
        """Store the oldest of some entries, as many as one transaction takes. The oldest metrics make room for them.

        Those on disk up to the number ``after`` are needed and stay. When no others are left, the metrics among the
        entries themselves find no room; what is not expendable and does not fit is left to the caller.
        """
        part = self._first_part(entries)
        with self._transaction() as db:
            dropped = self._make_room(db, room.pages(part), self._row(after))
            fitting = room.fitting(part, self._room(db))
            added = 0
            for name, mine in _by_table(fitting):
                rows = [(self._row(e.number), e.subject, e.data, e.message_id) for e in mine]
                added += db.executemany(_INSERT[name], rows).rowcount
            if dropped:
                db.execute(f"PRAGMA {COUNT}={(self._counted_before or 0) + self.dropped + dropped}")
        self.events += added - dropped
        self.dropped += dropped
        return Written(fitting, room.dealt_with(part, fitting))

    def read(self, after: int, most: int) -> list[Entry]:
        """Read the oldest entries above a number."""
        entries, size = [], 0
        with self._file() as db:
            for row, subject, data, message_id, expendable in db.execute(_READ, (self._row(after), most)):
                number = row - (self._base or 0)
                entries.append(Entry(number, subject, data, message_id, bool(expendable), spooled=True))
                size += len(data)
                if size > READ_BYTES:
                    break
        return entries

    def remove(self, entries: Sequence[Entry]) -> None:
        """Remove entries; an empty file gives its pages back."""
        with self._transaction() as db:
            removed = 0
            for name, mine in _by_table(entries):
                removed += db.executemany(_DELETE[name], [(self._row(e.number),) for e in mine]).rowcount
        self.events -= removed
        if not self.events:
            self._give_back()

    def close(self) -> None:
        """Close the file and let another process have it."""
        db, self._db = self._db, None
        if db is not None:
            with suppress(sqlite3.Error):
                db.close()

    @contextmanager
    def _file(self) -> Iterator[sqlite3.Connection]:
        try:
            if self._db is None:
                self._db = self._opened()
            yield self._db
            self._used = _used(self._db)
        except (sqlite3.Error, OSError) as error:
            self._recover(error)
            raise Unavailable(f"The spool {self._path} cannot be used: {error}.", _advice(error)) from error

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._file() as db:
            db.execute("BEGIN IMMEDIATE")
            yield db
            db.execute("COMMIT")

    def _opened(self) -> sqlite3.Connection:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        db = sqlite3.connect(self._path, timeout=0, isolation_level=None, check_same_thread=False)
        try:
            journal = max(self._part // PAGE, LEAST_JOURNAL)
            for pragma in (
                f"page_size={PAGE}",
                "auto_vacuum=INCREMENTAL",
                "locking_mode=EXCLUSIVE",
                "journal_mode=WAL",
                # The journal is synced before it is folded into the file: enough for a process that dies.
                "synchronous=NORMAL",
                f"wal_autocheckpoint={journal}",
                f"journal_size_limit={journal * PAGE}",
                f"max_page_count={self._pages}",
                # Some builds overwrite what is deleted: the dropped would cost as much as the kept.
                "secure_delete=OFF",
            ):
                db.execute(f"PRAGMA {pragma}").fetchall()
            for name in TABLES:
                db.execute(_TABLE.format(name))
            self.events, last = db.execute(_CENSUS).fetchone()
            self._base = last if self._base is None else self._base
            counted = _count(db, COUNT)
            self._counted_before = counted if self._counted_before is None else self._counted_before
            self.dropped = counted - self._counted_before
        except sqlite3.Error:
            db.close()
            raise
        return db

    def _recover(self, error: Exception) -> None:
        """Take back what was begun; after anything but a full disk begin with the file anew."""
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code == sqlite3.SQLITE_FULL and self._db is not None:
            with suppress(sqlite3.Error):
                self._db.rollback()
            return
        self.close()
        if code in DAMAGED:
            self._set_aside(error)

    def _set_aside(self, error: Exception) -> None:
        """Keep a damaged file for a person to look at, and begin with an empty one."""
        aside = self._path.with_suffix(".damaged")
        with suppress(OSError):
            self._path.replace(aside)
            self._path.with_name(f"{self._path.name}-wal").unlink(missing_ok=True)
        self.damage = f"The spool was damaged ({error}); what is left of it is in {aside}."
        log.error("the spool is damaged and set aside", path=str(aside), error=str(error), events=self.events)
        self.events, self._counted_before = 0, -self.dropped

    def _give_back(self) -> None:
        with self._file() as db:
            if _count(db, "page_count") > LITTLE:
                # As a script: a statement without columns is stepped once, and each step frees one page.
                db.executescript("PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE)")

    def _row(self, number: int) -> int:
        """Tell under which number an entry stands in the file, where those of earlier processes come first."""
        return max(number + (self._base or 0), 0)

    def _first_part(self, entries: Sequence[Entry]) -> Sequence[Entry]:
        size = 0
        for count, entry in enumerate(entries):
            size += len(entry.data)
            if count and size > self._part:
                return entries[:count]
        return entries

    def _make_room(self, db: sqlite3.Connection, wanted: int, after: int) -> int:
        """Drop the oldest metrics until there is room for so many pages, or none are left; tells how many."""
        dropped = 0
        while self._room(db) < wanted and (count := db.execute(_DROP, (after, DROPPED_AT_ONCE)).rowcount):
            dropped += count
        return dropped

    def _room(self, db: sqlite3.Connection) -> int:
        """Count the pages that are left, the journal's and a transaction's share set aside."""
        return self._pages - max(self._pages // 8, 3 * LEAST_JOURNAL) - _used(db)


def _by_table(entries: Sequence[Entry]) -> Iterator[tuple[str, list[Entry]]]:
    for expendable, name in enumerate(TABLES):
        if mine := [entry for entry in entries if entry.expendable == expendable]:
            yield name, mine


def _used(db: sqlite3.Connection) -> int:
    return _count(db, "page_count") - _count(db, "freelist_count")


def _count(db: sqlite3.Connection, pragma: str) -> int:
    return int(db.execute(f"PRAGMA {pragma}").fetchone()[0])


def _advice(error: Exception) -> str:
    if "locked" in str(error):
        return "Another process of this name still has it; it is tried again."
    return "Make room on the disk or mend its rights; until then events wait in memory. It is tried again."
