"""PostgreSQL's binary formats and numpy: columns of arrays to the rows of a COPY, and arrays of a query back.

A row by Python's own means costs microseconds a value; here a whole column is checked, marked and laid out at once.
Times are microseconds since 1970. What is NULL is said by the value: NaN in a double, a negative number in an integer
(counts and states have none).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from fleet.families import Family, Field, Kind, Storage

Array: TypeAlias = NDArray[Any]

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"

EPOCH = 946_684_800_000_000
"""PostgreSQL counts its microseconds from 2000; this is that day in microseconds since 1970."""

MOST = 2**63 - 1

_WIRE: Mapping[Storage, str] = {Storage.DOUBLE: ">f8", Storage.BIGINT: ">i8", Storage.SMALLINT: ">i2"}
_HELD: Mapping[Storage, str] = {Storage.DOUBLE: "f8", Storage.BIGINT: "i8", Storage.SMALLINT: "i2"}


@dataclass(frozen=True, slots=True)
class Block:
    """Rows of one family, by column; ``tenants`` and ``devices`` are ids as 16 bytes, one a row or one for all.

    ``labels`` and ``columns`` follow the family; labels are UTF-8 without NUL bytes.
    """

    times: Array
    tenants: Array
    devices: Array
    labels: tuple[Array, ...]
    columns: tuple[Array, ...]


def ids(raw: bytes) -> Array:
    """Make an array of ids from their bytes, laid end to end."""
    return np.frombuffer(raw, "V16")


def texts(words: Sequence[bytes]) -> Array:
    """Make an array of labels from their bytes."""
    return np.array(words, dtype=np.bytes_)


def cleaned(family: Family, columns: Sequence[Array]) -> tuple[Array, ...]:
    """Bring raw columns into the types of the family; what its columns cannot hold becomes NULL."""
    kinds = [(field, place) for field in family.fields for place in range(len(field.columns))]
    return tuple(_clean(field, place, raw) for (field, place), raw in zip(kinds, columns, strict=True))


def encode(family: Family, block: Block) -> bytes:
    """Lay a block out as the rows of a binary COPY, without header and trailer."""
    rows = np.zeros(len(block.times), _layout(family, block))
    keep = np.ones((len(rows), rows.dtype.itemsize), dtype=bool)
    rows["fields"] = 3 + len(block.labels) + len(block.columns)
    _fill(rows, "time", block.times - EPOCH)
    _fill(rows, "tenant", block.tenants)
    _fill(rows, "device", block.devices)
    for number, label in enumerate(block.labels):
        _fill_text(rows, keep, f"label{number}", label)
    for number, column in enumerate(block.columns):
        _fill(rows, f"value{number}", column)
        _drop_nulls(rows, keep, f"value{number}", column)
    return _kept(rows, keep)


def decode(data: bytes, storage: Storage) -> Array:
    """Read a one-dimensional SQL array of numbers, without NULLs in it, from its binary form."""
    return _elements(data, _WIRE[storage]).astype(_HELD[storage])


def decode_times(data: bytes) -> Array:
    """Read a ``timestamptz[]`` without NULLs from its binary form, as ``datetime64[us]``."""
    return (_elements(data, ">i8") + EPOCH).astype("datetime64[us]")


def is_null(column: Array) -> Array:
    """Tell which values of a column are NULL."""
    marks: Array = np.isnan(column) if column.dtype.kind == "f" else column < 0
    return marks


def whole(raw: Array, most: int) -> Array:
    """Bring numbers of any kind to whole ones from 0 to ``most``; others become -1."""
    if raw.dtype.kind in "iu":
        return np.where((raw >= 0) & (raw <= most), raw.astype("i8"), -1)
    values = raw.astype("f8")
    with np.errstate(invalid="ignore"):
        fits = (values >= 0) & (values <= most) & (values < 2.0**63)
    return np.where(fits, values, -1).astype("i8")


def _clean(field: Field, place: int, raw: Array) -> Array:
    storage = field.columns[place].storage
    if storage is Storage.DOUBLE:
        values = raw.astype("f8")
        least = 0.0 if field.kind is Kind.COUNTER else -np.inf
        with np.errstate(invalid="ignore"):
            return np.where(np.isfinite(values) & (values >= least), values, np.nan)
    most = MOST if storage is Storage.BIGINT else len(field.states) - 1
    return whole(raw, most).astype(_HELD[storage])


def _layout(family: Family, block: Block) -> np.dtype[np.void]:
    parts: list[tuple[str, str]] = [("time", ">i8"), ("tenant", "V16"), ("device", "V16")]
    parts += [(f"label{n}", f"S{max(1, label.dtype.itemsize)}") for n, label in enumerate(block.labels)]
    parts += [(f"value{n}", _WIRE[column.storage]) for n, column in enumerate(family.columns)]
    return np.dtype([("fields", ">i2"), *_with_lengths(parts)])


def _with_lengths(parts: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for name, kind in parts:
        yield f"{name} length", ">i4"
        yield name, kind


def _fill(rows: Array, name: str, values: Array) -> None:
    rows[f"{name} length"] = rows.dtype[name].itemsize
    rows[name] = values


def _fill_text(rows: Array, keep: Array, name: str, words: Array) -> None:
    lengths = np.broadcast_to(np.strings.str_len(words), len(rows))
    rows[f"{name} length"] = lengths
    rows[name] = words
    start, width = _place(rows, name)
    keep[:, start : start + width] = np.arange(width) < lengths[:, None]


def _drop_nulls(rows: Array, keep: Array, name: str, column: Array) -> None:
    nulls = is_null(column)
    if nulls.any():
        rows[f"{name} length"][nulls] = -1
        start, width = _place(rows, name)
        keep[nulls, start : start + width] = False


def _place(rows: Array, name: str) -> tuple[int, int]:
    assert rows.dtype.fields is not None
    kind, start = rows.dtype.fields[name][:2]
    return start, kind.itemsize


def _kept(rows: Array, keep: Array) -> bytes:
    if keep.all():
        return rows.tobytes()
    width = rows.dtype.itemsize
    return bytes(rows.view("u1").reshape(len(rows), width)[keep].tobytes())


def _elements(data: bytes, wire: str) -> Array:
    """Take the elements out: 20 bytes of dimensions, type and bounds go before, and its length before each."""
    if len(data) <= 12:
        return np.empty(0, wire)
    return np.frombuffer(data, np.dtype([("length", ">i4"), ("value", wire)]), offset=20)["value"]
