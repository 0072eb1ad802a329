"""The configuration as a whole, by its fingerprint: whether a device is as it was before."""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

from routeros.backup import taking
from routeros.backup.files import Fetch
from routeros.errors import ProtocolError
from routeros.export import Document, faults, normalise, parse
from routeros.push.line import Line
from routeros.push.point import PREFIX

_SECTION: Final = "/system scheduler"


async def read(line: Line, fetch: Fetch | None = None) -> Document:
    """Read the whole configuration of a device. Raises RouterOSError."""
    taken = await taking.take(line.client, fetch)
    document = parse(taken.text)
    if wrong := faults(document):
        raise ProtocolError(f"The device's export is not whole. {wrong[0]}", menu="/export", next_step=_AGAIN)
    return document


def fingerprint(document: Document, key: bytes) -> str:
    """Tell the fingerprint of a configuration under a key: what changes by itself is left out, and our own timer."""
    text = without_timers(str(normalise(document)))
    return hmac.new(key, text.encode("utf-8", "surrogateescape"), hashlib.sha256).hexdigest()


_AGAIN: Final = "Look at the device's log and load; an export that is not whole is no ground for a change."


def without_timers(text: str) -> str:
    """Leave the timers of pushes out of a normalised export, and the section if it holds nothing else."""
    kept: list[str] = []
    section = ""
    for line in text.splitlines():
        if line.startswith("/"):
            section = line
        elif section == _SECTION and line.startswith("add ") and f"name={PREFIX}" in line:
            continue
        kept.append(line)
    empty = [
        place
        for place, line in enumerate(kept)
        if line == _SECTION and (place + 1 == len(kept) or kept[place + 1].startswith("/"))
    ]
    return "\n".join(line for place, line in enumerate(kept) if place not in empty)
