"""The head of a package file: its magic number, and how much follows."""

from __future__ import annotations

from struct import Struct
from typing import Final

MAGIC: Final = b"\x1e\xf1\xd0\xba"
_HEAD: Final = Struct("<4sI")
HEAD_BYTES: Final = _HEAD.size


def head(content_bytes: int) -> bytes:
    """Make the head of a package with so much behind it."""
    return _HEAD.pack(MAGIC, content_bytes)


def fault(start: bytes, size: int) -> str:
    """Say what is wrong with a file of ``size`` bytes that begins so; empty where it may be a package."""
    if len(start) < HEAD_BYTES or not start.startswith(MAGIC):
        return "it does not begin as a package does"
    declared = int(_HEAD.unpack_from(start)[1]) + HEAD_BYTES
    return "" if declared == size else f"it says that it has {declared} bytes, and has {size}"
