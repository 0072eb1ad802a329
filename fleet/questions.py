"""A question to a device, which its owner answers at once, and the answer in its parts."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

import msgspec

from fleet import partition
from fleet.errors import FleetError, made
from fleet.identity import DeviceId

MOST_ROWS = 1000
"""Rows of an answer at the most."""

LONGEST = 20.0
"""Seconds that an answer may take, the way into the device included."""


class Keep(StrEnum):
    """Which rows of a device's reply make the answer, where it says more than is asked for.

    A monitor tells everything anew in each of its sections: only the newest counts.
    """

    FIRST = "first"
    NEWEST = "newest"
    SECTION = "section"


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """One command that changes nothing, and what its answer may cost.

    ``command`` is the menu with its verb (``/ip/address/print``), ``properties`` are those to tell, all if there are
    none, ``queries`` the words that pick rows. Secrets are masked by the owner unless it is ``unmasked``.
    """

    tenant_id: UUID
    device_id: UUID
    command: str
    attributes: dict[str, str] = {}
    properties: tuple[str, ...] = ()
    queries: tuple[str, ...] = ()
    rows: int = 200
    seconds: float = 10.0
    keep: Keep = Keep.FIRST
    unmasked: bool = False

    @property
    def partition(self) -> int:
        """The hash class whose owner is asked."""
        return partition.of(DeviceId(self.device_id))


class Fault(msgspec.Struct, frozen=True):
    """Why there is no answer."""

    code: str
    message: str
    next_step: str

    @classmethod
    def of(cls, error: FleetError) -> Fault:
        """Take an error apart, to be told elsewhere."""
        return cls(error.code, error.message, error.next_step)

    def error(self) -> FleetError:
        """Make the error of its code again."""
        return made(self.code, self.message, self.next_step)


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A part of an answer. The first has no rows and says that the owner is at it; the last one is ``last``.

    ``more`` says that the device had more to tell than was asked for, ``epoch`` under which right the owner asked.
    """

    rows: list[dict[str, str]] = []
    last: bool = False
    more: bool = False
    epoch: int = 0
    fault: Fault | None = None


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """A whole answer: the rows in the device's order, and whether there were more."""

    rows: list[dict[str, str]]
    more: bool = False


_QUESTIONS = msgspec.msgpack.Decoder(Question)
_PARTS = msgspec.msgpack.Decoder(Part)


def encode(said: Question | Part) -> bytes:
    """Write a question or a part for the bus."""
    return msgspec.msgpack.encode(said)


def question(data: bytes) -> Question:
    """Read a question; raises msgspec.DecodeError."""
    return _QUESTIONS.decode(data)


def part(data: bytes) -> Part:
    """Read a part of an answer; raises msgspec.DecodeError."""
    return _PARTS.decode(data)
