"""A tenant's devices, kept at hand and read again only where something changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from uuid import UUID

from sqlalchemy.orm import Session

from dashboard.roster import Roster
from db import renewal
from db.inventory import DeviceRow
from db.renewal import Act
from fleet.identity import DeviceId

WHOLE = timedelta(minutes=1)
"""After so long all is read anew, whatever was missed: an operation that was noted late, behind others."""


@dataclass(slots=True)
class Muster:
    """What was last read of one tenant's devices; whoever renews it holds its ``lock``.

    Ten thousand devices take half a second to read, and the hundreds that were polled since a tenth of that.
    """

    rows: dict[DeviceId, DeviceRow] = field(default_factory=dict)
    stamps: Mapping[DeviceId, str] = field(default_factory=dict)
    known: frozenset[UUID] = frozenset()
    whole_at: datetime | None = None
    roster: Roster | None = None
    lock: Lock = field(default_factory=Lock)

    def renew(self, session: Session, now: datetime) -> Collection[DeviceRow]:
        """Read what is another since the last time, and give all.

        What is read first is older than what is read by it: a change in between is found the next time.
        """
        acts, stamps = renewal.acts(session), renewal.stamps(session)
        changed = self._changed(acts, stamps, now)
        if changed is None:
            self.rows = {row.id: row for row in renewal.every(session)}
            self.whole_at = now
        elif changed:
            found = {row.id: row for row in renewal.some(session, changed)}
            for gone in changed - found.keys():
                self.rows.pop(gone, None)
            self.rows.update(found)
        self.stamps, self.known = stamps, frozenset(act.id for act in acts)
        return self.rows.values()

    def _changed(self, acts: Sequence[Act], stamps: Mapping[DeviceId, str], now: datetime) -> set[DeviceId] | None:
        """Name the devices to read; None for all of them."""
        fresh = [act for act in acts if act.id not in self.known]
        missed = len(fresh) == renewal.LATEST
        if self.whole_at is None or now - self.whole_at >= WHOLE or missed or any(act.wide for act in fresh):
            return None
        written = {known for known, _ in stamps.items() ^ self.stamps.items()}
        return written | {act.device_id for act in fresh if act.device_id is not None}
