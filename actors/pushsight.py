"""Which configuration a device holds: the one of before, the one that was intended, or neither."""

from __future__ import annotations

from dataclasses import dataclass, field

from fleet.changes import Goal, Progress, Seen
from routeros.backup.files import Fetch
from routeros.errors import Trap
from routeros.export import Document
from routeros.push import marks, whole
from routeros.push.line import Line
from routeros.push.marks import Expected, Marker, Told


@dataclass(frozen=True, slots=True)
class Sight:
    """Looks at a device for one change. ``key`` is the change's own; ``fetch`` reads what the API does not show."""

    key: bytes = field(repr=False)
    marker: Marker
    fetch: Fetch | None = None

    async def holds(self, line: Line, progress: Progress) -> Seen:
        """Tell what a device holds; where a push changes nothing, what is hoped for. Raises RouterOSError."""
        if not progress.touched:
            return Seen.BEFORE
        hoped = progress.goal is Goal.COMMIT or (progress.goal is Goal.FORWARD and progress.complete)
        after = await self.has_all(line, progress)
        if after and hoped:
            return Seen.AFTER
        if await self.whole(line) == progress.facts.get("before"):
            return Seen.BEFORE
        return Seen.AFTER if after else Seen.BETWEEN

    async def has_all(self, line: Line, progress: Progress) -> bool:
        """Tell whether all that was intended is there. Raises RouterOSError."""
        written = progress.facts.get("expected")
        if not isinstance(written, dict):
            return False
        return self.marker.holds(Expected.read(written), await self._now(line))

    async def whole(self, line: Line) -> str:
        """Tell the fingerprint of the whole configuration. Raises RouterOSError."""
        return self.mark(await self.read(line))

    async def read(self, line: Line) -> Document:
        """Read the whole configuration. Raises RouterOSError."""
        return await whole.read(line, self.fetch)

    def mark(self, document: Document) -> str:
        """Tell the fingerprint of a configuration."""
        return whole.fingerprint(document, self.key)

    async def _now(self, line: Line) -> Told:
        try:
            return await marks.read(line, self.marker.names)
        except Trap:
            return {}
