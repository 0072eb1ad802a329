"""The contract of a channel: what a file in ``actors/channels`` declares, and what it is given to send."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from actors.guard import Guard
from fleet import plugins
from fleet.errors import BadInput

CHANNELS: Final = "actors.channels"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a tenant's channel leads, with its secrets opened; what a kind does not take is empty."""

    settings: Mapping[str, Any]
    url: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Note:
    """A message ready to be sent, under the same id at each attempt; ``person`` is empty for the channel's own."""

    id: UUID
    at: datetime
    subject: str
    text: str
    html: str
    facts: Mapping[str, Any]
    person: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """How an attempt ended: ``code`` is the receiver's, ``gone`` says that it wants no more, ever."""

    sent: bool
    code: int | None
    said: str
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Channel:
    """A way to people and programs. Put one at module level of a file in ``actors/channels``.

    ``needs`` and ``may`` name what a tenant gives: ``url``, ``secret``, ``mail``. ``people`` says that a route may
    lead to one person by it. ``fresh`` makes a secret where none is given, ``checked`` refuses one by BadInput.
    ``send`` raises nothing: what went wrong is in the receipt.
    """

    kind: str
    about: str
    send: Callable[[Place, Note, Guard], Awaitable[Receipt]]
    needs: frozenset[str]
    may: frozenset[str] = frozenset()
    people: bool = False
    fresh: Callable[[], str] | None = None
    checked: Callable[[str], None] = lambda _: None


def kinds() -> dict[str, Channel]:
    """Find the channels that there are, by kind."""
    return {channel.kind: channel for channel in plugins.discover(CHANNELS, Channel)}


def known(kind: str) -> Channel:
    """Find a channel by its kind; raises BadInput that names those there are."""
    found = kinds()
    if kind not in found:
        raise BadInput("There is no such kind of channel.", f"Choose of: {', '.join(found)}.")
    return found[kind]


def key(secret: str) -> bytes:
    """Read the key out of a webhook's secret, ``whsec_`` and 24 to 64 bytes in base64; raises BadInput."""
    try:
        made = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        made = b""
    if not secret.startswith("whsec_") or not 24 <= len(made) <= 64:
        raise BadInput(
            "That is no secret of a webhook.",
            "Leave it out, and one is made; or give whsec_ and 24 to 64 random bytes in base64.",
        )
    return made
