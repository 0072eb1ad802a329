"""The other vantage: whether a device is reached from another node than its owner's, too."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

import msgspec


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """Log in to a device and out again, and tell whether that went well."""

    tenant_id: UUID
    device_id: UUID


class Sight(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a device let somebody in; ``error`` says why not."""

    seen: bool
    error: str | None = None


@dataclass(frozen=True, slots=True)
class View:
    """What was seen from another node: by which poller, whether it got in (None: nobody knows), and why not."""

    poller: str | None = None
    seen: bool | None = None
    why: str | None = None


ALONE = View(why="There is one node with pollers: nobody looks from elsewhere.")

_WISHES = msgspec.msgpack.Decoder(Wish)
_SIGHTS = msgspec.msgpack.Decoder(Sight)


def node(poller: str) -> str:
    """Tell the node of a poller by its name: those of one node differ in their number alone."""
    return poller.rpartition("-")[0]


def elsewhere(pollers: Iterable[str], mine: str) -> str | None:
    """Choose a poller of another node than that of ``mine``; None where there is none."""
    return min((one for one in pollers if node(one) != node(mine)), default=None)


def encode(said: Wish | Sight) -> bytes:
    """Write what is said for the bus."""
    return msgspec.msgpack.encode(said)


def wish(data: bytes) -> Wish:
    """Read a wish; raises msgspec.DecodeError."""
    return _WISHES.decode(data)


def sight(data: bytes) -> Sight:
    """Read what was seen; raises msgspec.DecodeError."""
    return _SIGHTS.decode(data)
