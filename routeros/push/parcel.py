"""What a push is to do, packed for sealing: its operations and its own key. Nothing of it is ever logged."""

from __future__ import annotations

import hashlib
import json
import secrets
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from fleet.errors import BadInput
from routeros.plan.operation import Operation, Row, Verb

LARGEST: Final = 4 * 1024 * 1024
"""Bytes of a packed push at most, before it is compressed."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """The operations of a push, in their order, and the key of its marks."""

    operations: tuple[Operation, ...] = field(repr=False)
    key: bytes = field(repr=False)

    @classmethod
    def of(cls, operations: Sequence[Operation]) -> Parcel:
        """Make a parcel with a key of its own."""
        return cls(tuple(operations), secrets.token_bytes(32))

    def pack(self) -> bytes:
        """Write it as bytes; raises BadInput where it is too much."""
        body = {"key": self.key.hex(), "operations": [_written(one) for one in self.operations]}
        data = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogateescape")
        if len(data) > LARGEST:
            raise BadInput(f"The change is too long: {len(data)} bytes.", "Push it in parts.")
        return zlib.compress(data)

    @classmethod
    def unpack(cls, packed: bytes) -> Parcel:
        """Read what ``pack`` wrote."""
        body = json.loads(zlib.decompress(packed).decode("utf-8", "surrogateescape"))
        return cls(tuple(map(_read, body["operations"])), bytes.fromhex(body["key"]))


def digest(operations: Sequence[Operation], salt: bytes) -> str:
    """Tell a change from others to the same device, slowly: what is in it may be a password that is easy to guess."""
    text = json.dumps([_written(one) for one in operations], ensure_ascii=False, separators=(",", ":"))
    data = text.encode("utf-8", "surrogateescape")
    return hashlib.scrypt(data, salt=salt, n=2**14, r=8, p=1, dklen=16).hex()


def _written(one: Operation) -> dict[str, Any]:
    return {
        "verb": one.verb.value,
        "menu": one.menu,
        "row": _row(one.row),
        "values": dict(one.values),
        "names": list(one.names),
        "before": _row(one.before),
    }


def _row(row: Row | None) -> dict[str, Any] | None:
    return None if row is None else {"by": dict(row.by), "nth": row.nth, "only": row.only}


def _read(told: Mapping[str, Any]) -> Operation:
    return Operation(
        Verb(told["verb"]),
        told["menu"],
        _row_of(told["row"]),
        told["values"],
        tuple(told["names"]),
        _row_of(told["before"]),
    )


def _row_of(told: Mapping[str, Any] | None) -> Row | None:
    return None if told is None else Row(told["by"], told["nth"], told.get("only", False))
