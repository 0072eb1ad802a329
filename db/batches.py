"""Slices as Arrow record batches: UTC times, dictionaries for device, labels and states, nulls where nothing is."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa

from db import binary
from db.binary import Array
from db.columnar import Extract, Slice, Words
from fleet.families import Column, Storage

WORD = pa.dictionary(pa.int32(), pa.string())

_TYPES = {Storage.DOUBLE: pa.float64(), Storage.BIGINT: pa.int64(), Storage.SMALLINT: WORD}


def schema(extract: Extract) -> pa.Schema:
    """Tell the columns of an extract's batches; the metadata ``flotilla`` says in JSON what they were read from."""
    names = ("device", *extract.family.labels)
    fields = [
        pa.field("time", pa.timestamp("us", tz="UTC"), nullable=False),
        *(pa.field(name, WORD, nullable=False) for name in names),
        *(pa.field(column.name, _TYPES[column.storage]) for column in extract.columns),
    ]
    plan = extract.plan
    told = {
        "family": extract.family.name,
        "from": plan.start.isoformat(),
        "to": plan.end.isoformat(),
        "step_seconds": plan.step.total_seconds() if extract.stepped else None,
        "resolution": str(plan.resolution),
        "units": {column.name: column.unit for column in extract.columns},
    }
    return pa.schema(fields, metadata={"flotilla": json.dumps(told)})


def batches(extract: Extract, slices: Iterable[Slice]) -> Iterator[pa.RecordBatch]:
    """Turn slices into batches, one for each that is not empty; dictionaries only grow from one to the next."""
    form = schema(extract)
    words = [Words() for _ in range(1 + len(extract.family.labels))]
    for found in slices:
        if len(found.times):
            yield pa.RecordBatch.from_arrays(list(_arrays(extract, found, words)), schema=form)


def _arrays(extract: Extract, found: Slice, words: Iterable[Words]) -> Iterator[pa.Array]:
    yield pa.array(found.times, pa.timestamp("us")).cast(pa.timestamp("us", tz="UTC"))
    for place, column_words in enumerate(words):
        codes = column_words.codes(found, place)
        yield pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(column_words.known, pa.string()))
    for column, values in zip(extract.columns, found.columns, strict=True):
        yield _values(extract, column, values)


def _values(extract: Extract, column: Column, values: Array) -> pa.Array:
    nulls = binary.is_null(values)
    mask = nulls if nulls.any() else None
    if column.storage is not Storage.SMALLINT:
        return pa.array(values, _TYPES[column.storage], mask=mask)
    codes = pa.array(values.astype(np.int32), pa.int32(), mask=mask)
    states = extract.family.field_of(column.name).states
    return pa.DictionaryArray.from_arrays(codes, pa.array(states, pa.string()))
