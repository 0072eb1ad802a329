"""A remark on a device: one thing that it can, lacks, or that is to be watched."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """Where a remark belongs."""

    CAN = "can"
    LACKS = "lacks"
    WATCH = "watch"


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing to know: what it is about, what was seen, and what to do. ``wrong`` calls for doing it."""

    kind: Kind
    what: str
    text: str
    next_step: str = ""
    wrong: bool = False


def can(what: str, text: str) -> Remark:
    return Remark(Kind.CAN, what, text)


def lacks(what: str, text: str, next_step: str = "") -> Remark:
    return Remark(Kind.LACKS, what, text, next_step)


def watch(what: str, text: str, next_step: str = "") -> Remark:
    """Remark on how a device is, which is neither good nor bad but matters."""
    return Remark(Kind.WATCH, what, text, next_step)


def wrong(what: str, text: str, next_step: str) -> Remark:
    """Remark on what is to be mended."""
    return Remark(Kind.WATCH, what, text, next_step, wrong=True)
