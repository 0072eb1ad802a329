"""Whether an export is whole enough to be a restore point."""

from __future__ import annotations

import re
from typing import Final

from routeros.export.document import Document

_ERROR: Final = re.compile(r'#\s*error exporting\s+"?(?P<menu>[^"\s]*)"?\s*(?:\((?P<why>.*)\))?', re.IGNORECASE)


def faults(document: Document) -> list[str]:
    """Say why an export is not whole, a sentence for each reason; nothing where it is.

    From 7.11 a device writes ``#error exporting "/menu" (timeout)`` and goes on. An export that was cut ends within
    a quote, at the joint of a continued line, or without an end of its last line.
    """
    found = [
        f"The device could not export {error['menu']} ({error['why'] or 'no reason given'})."
        for comment in document.comments
        if (error := _ERROR.match(comment))
    ]
    if not document.header.version:
        found.append("It has no header that says which RouterOS wrote it.")
    if not any(True for _ in document.commands):
        found.append("It holds no command.")
    broken = [place for place, entry in enumerate(document.entries, 1) if entry.line.broken]
    if broken:
        # Not its text, which may hold a secret.
        found.append(
            f"A line is cut off or a quote in it is not closed: number {broken[0]} of {len(document.entries)}."
        )
    if document.entries and not document.entries[-1].line.raw.endswith("\n"):
        found.append("It ends in the middle of a line.")
    return found
