"""Record batches as the bytes of a file, piece by piece: Arrow IPC, Parquet or CSV, in bounded memory."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any, TypeAlias

import pyarrow as pa
from pyarrow import csv, ipc, parquet

Encoder: TypeAlias = Callable[[pa.Schema, Iterable[pa.RecordBatch]], Iterator[bytes]]


@dataclass(frozen=True, slots=True)
class Format:
    """A format of files: its media type, the ending of its names, and what writes it."""

    media: str
    ending: str
    encode: Encoder


class Drain(io.RawIOBase):
    """A file that holds what was written only until it is taken."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._written = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._written

    def write(self, data: Any) -> int:
        part = bytes(data)
        self._parts.append(part)
        self._written += len(part)
        return len(part)

    def take(self) -> bytes:
        """Give what was written since the last time."""
        parts, self._parts = self._parts, []
        return b"".join(parts)


def _arrow(schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> Iterator[bytes]:
    options = ipc.IpcWriteOptions(compression="zstd", emit_dictionary_deltas=True)
    return _written(lambda drain: ipc.new_stream(drain, schema, options=options), batches)


def _parquet(schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> Iterator[bytes]:
    return _written(lambda drain: parquet.ParquetWriter(drain, schema, compression="zstd"), batches)


def _csv(schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> Iterator[bytes]:
    plain = pa.schema([pa.field(f.name, pa.string() if pa.types.is_dictionary(f.type) else f.type) for f in schema])
    spelled = (batch.cast(plain) for batch in batches)
    return _written(lambda drain: csv.CSVWriter(drain, plain), spelled)


def _written(opened: Callable[[Drain], Any], batches: Iterable[pa.RecordBatch]) -> Iterator[bytes]:
    drain = Drain()
    with closing(opened(drain)) as writer:
        for batch in batches:
            writer.write_batch(batch)
            if data := drain.take():
                yield data
    yield drain.take()


FORMATS = {
    "arrow": Format("application/vnd.apache.arrow.stream", "arrows", _arrow),
    "parquet": Format("application/vnd.apache.parquet", "parquet", _parquet),
    "csv": Format("text/csv; charset=utf-8", "csv", _csv),
}
