"""The small files beside the packages, as text: what a channel points to, and checksums."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

from fleet.firmware import Pointer
from fleet.versions import Channel, known
from routeros.depot import layout

_SUM: Final = re.compile(r"([0-9a-fA-F]{64})(?:[ \t].*)?\s*\Z", re.DOTALL)
_LATEST: Final = datetime(2100, 1, 1, tzinfo=UTC).timestamp()


def pointer(text: str, major: int, channel: Channel) -> Pointer:
    """Read ``7.24.4 1758870000``; raises ValueError, also where it leads to another major version than it should."""
    name, _, epoch = text.strip().partition(" ")
    found, wanted = known(name), layout.leads_to(major, channel)
    if found is None or not epoch.isdecimal() or len(epoch) > 12:
        raise ValueError(f"{text.strip()[:60]!r} names no version with its time")
    if found.major != wanted:
        raise ValueError(f"it leads to {found}, where a version {wanted} belongs")
    return Pointer(major, channel, found, datetime.fromtimestamp(min(int(epoch), _LATEST), UTC))


def written(one: Pointer) -> str:
    """Write what ``pointer`` reads."""
    return f"{one.version} {int(one.at.timestamp())}\n"


def checksum(text: str) -> str:
    """Read a SHA-256 in hexadecimal, with or without a file's name behind it; raises ValueError."""
    found = _SUM.match(text.strip())
    if found is None:
        raise ValueError(f"{text.strip()[:60]!r} is no SHA-256")
    return found[1].lower()
