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

Sent: TypeAlias = bytes | memoryview

Gap: TypeAlias = tuple[str, Array]
"""A field, and which of its bytes are not sent: a row each, with a column for each byte or one for all."""

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


def encode(family: Family, block: Block) -> Sent:
    """Lay a block out as a whole binary COPY, with its header and trailer."""
    return _encode(family, block, HEADER, TRAILER)


def encode_rows(family: Family, block: Block) -> Sent:
    """Lay a block out as rows of a binary COPY, without header and trailer."""
    return _encode(family, block, b"", b"")


def _encode(family: Family, block: Block, head: bytes, tail: bytes) -> Sent:
    """Lay rows out where they are sent from: another megabyte of memory costs as much as all that is done here.

    The memory is numpy's for that reason: Python's own is new from the kernel each time.
    """
    layout = _layout(family, block)
    end = len(head) + len(block.times) * layout.itemsize
    sent = np.empty(end + len(tail), "u1")
    sent[: len(head)], sent[end:] = list(head), list(tail)
    rows = sent[len(head) : end].view(layout)
    _raw(rows)[:] = _raw(_blank(layout, 3 + len(block.labels) + len(block.columns)))
    rows["time"], rows["tenant"], rows["device"] = block.times - EPOCH, block.tenants, block.devices
    left_out = [
        *(_fill_text(rows, f"label{number}", label) for number, label in enumerate(block.labels)),
        *(_fill_value(rows, f"value{number}", column) for number, column in enumerate(block.columns)),
    ]
    gaps = [gap for gap in left_out if gap is not None]
    return head + _without(rows, gaps) + tail if gaps else sent.data


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
        # A rate keeps the seven digits of a real: what ends in zeros takes half the bytes in a columnstore.
        counter = field.kind is Kind.COUNTER
        least = 0.0 if counter else -np.inf
        with np.errstate(invalid="ignore", over="ignore"):
            values = (raw.astype("f4") if counter else raw).astype("f8")
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


def _blank(layout: np.dtype[np.void], fields: int) -> Array:
    """Make a row that has the lengths of all its fields and no values."""
    row = np.zeros(1, layout)
    row["fields"] = fields
    for name in layout.names or ():
        if name.endswith(" length"):
            row[name] = layout[name.removesuffix(" length")].itemsize
    return row


def _raw(rows: Array) -> Array:
    """View rows as their bytes: numpy copies these at once, and the fields of a row one by one."""
    return rows.view("u1").reshape(len(rows), rows.dtype.itemsize)


def _fill_text(rows: Array, name: str, words: Array) -> Gap | None:
    rows[name] = words
    lengths, width = np.strings.str_len(words), rows.dtype[name].itemsize
    if (lengths == width).all():
        return None
    lengths = np.broadcast_to(lengths, len(rows))
    rows[f"{name} length"] = lengths
    return name, np.arange(width) >= lengths[:, None]


def _fill_value(rows: Array, name: str, column: Array) -> Gap | None:
    rows[name] = column
    nulls = is_null(column)
    if not nulls.any():
        return None
    rows[f"{name} length"][nulls] = -1
    return name, nulls[:, None]


def _without(rows: Array, gaps: Sequence[Gap]) -> bytes:
    """Take the rows' bytes without those that are not sent: the ends of short labels, and NULLs."""
    raw = _raw(rows)
    keep = np.ones(raw.shape, dtype=bool)
    assert rows.dtype.fields is not None
    for name, gone in gaps:
        kind, start = rows.dtype.fields[name][:2]
        keep[:, start : start + kind.itemsize] &= ~gone
    return bytes(raw[keep].tobytes())


def _elements(data: bytes, wire: str) -> Array:
    """Take the elements out: 20 bytes of dimensions, type and bounds go before, and its length before each."""
    if len(data) <= 12:
        return np.empty(0, wire)
    return np.frombuffer(data, np.dtype([("length", ">i4"), ("value", wire)]), offset=20)["value"]
