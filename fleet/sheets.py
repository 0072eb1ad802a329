"""A table as spreadsheets write and read it: CSV with a byte order mark, semicolons, quotes and formulas."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from fleet.errors import BadInput

DELIMITERS: Final = (",", ";", "\t")
_TOLD: Final = re.compile(r"sep=(.)\r?\n", re.I)
"""The line by which Excel is told, and tells, what stands between cells."""

_FORMULA: Final = re.compile(r"'*[=+\-@\t\r]")
_GUARDED: Final = re.compile(r"'+[=+\-@\t\r]")
"""What a spreadsheet would compute. An apostrophe before it makes it text; it is written, and taken off again."""


class BadSheet(BadInput):
    """A table that cannot be read as a whole; what is wrong with one row is that row's own."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the line where it begins, its cells by column without the empty ones, and what is wrong with it."""

    line: int
    cells: Mapping[str, str]
    fault: str = ""


def read(data: bytes, columns: Collection[str], most: int) -> list[Row]:
    """Read a table whose first line names its columns; rows without anything are left out.

    Raises BadSheet where it is no such table, names a column that is not of ``columns``, or has more than ``most``
    rows.
    """
    text, skipped = _text(data), 0
    delimiter = ""
    if told := _TOLD.match(text):
        text, delimiter, skipped = text[told.end() :], told[1], 1
    first = text.partition("\n")[0]
    delimiter = delimiter or max(DELIMITERS, key=lambda d: len({*_named(first.split(d))} & {*columns}))
    table = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows = list(_rows(table, columns, skipped, most + 1))
    if len(rows) > most:
        raise BadSheet(f"The table has more than {most} rows.", f"Send it in parts of at most {most} rows.")
    return rows


def write(columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> Iterator[str]:
    """Yield the lines of a table that ``read`` takes back and a spreadsheet opens; None is an empty cell."""
    yield line(columns)
    for row in rows:
        yield line(["" if (value := row.get(name)) is None else str(value) for name in columns])


def line(cells: Iterable[str]) -> str:
    """Write a line, with a quote before each cell that a spreadsheet would compute."""
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerow(map(guarded, cells))
    return out.getvalue()


def _text(data: bytes) -> str:
    """Read what a spreadsheet saves: UTF-8 with a mark or without, or UTF-16 with one; raises BadSheet."""
    kind = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return data.decode(kind)
    except UnicodeDecodeError as error:
        raise BadSheet("The table is not UTF-8.", "Save it as “CSV UTF-8”.") from error


def _rows(table: Iterator[list[str]], columns: Collection[str], skipped: int, most: int) -> Iterator[Row]:
    """Read at most so many rows; ``skipped`` lines stood before the table."""
    lines = _numbered(table, skipped)
    _, header = next(lines, (1, []))
    names = _header(_named(header), columns)
    count = 0
    for line, cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        count += 1
        if count > most:
            return
        found = {name: _plain(cell.strip()) for name, cell in zip(names, cells, strict=False) if cell.strip()}
        more = any(cell.strip() for cell in cells[len(names) :])
        yield Row(line, found, f"It has {len(cells)} cells for {len(names)} columns." if more else "")


def _numbered(table: Iterator[list[str]], skipped: int) -> Iterator[tuple[int, list[str]]]:
    """Tell each row with the line where it begins: a quoted cell may go over several. Raises BadSheet."""
    while True:
        line = table.line_num + skipped + 1  # type: ignore[attr-defined]
        try:
            yield line, next(table)
        except StopIteration:
            return
        except csv.Error as error:
            advice = 'A cell with a quote or the delimiter in it is quoted, and a quote in it is doubled: "a ""b""".'
            raise BadSheet(f"The row at line {line} cannot be read: {error}.", advice) from error


def _named(header: Iterable[str]) -> list[str]:
    """Read the names of columns as people write them: ``TLS`` and ``Interval seconds`` are names, too."""
    return [re.sub(r"[\s-]+", "_", name.strip().strip('"').lower()) for name in header]


def _header(names: list[str], columns: Collection[str]) -> list[str]:
    """Return the columns, without empty ones at the end; raises BadSheet for one that is unknown or comes twice."""
    while names and not names[-1]:
        names.pop()
    there = f"The columns are {', '.join(columns)}."
    if not names or not {*names} & {*columns}:
        raise BadSheet("The first line does not name the columns.", there)
    if unknown := [name for name in dict.fromkeys(names) if name not in columns]:
        listed = ", ".join(repr(name[:60]) for name in unknown[:20])
        raise BadSheet(f"There is no column {listed}.", there)
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise BadSheet(f"The column {twice[0]} comes twice.", "Leave one of them out.")
    return names


def guarded(cell: str) -> str:
    """Put an apostrophe before what a spreadsheet would compute."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def _plain(cell: str) -> str:
    return cell[1:] if _GUARDED.match(cell) else cell
