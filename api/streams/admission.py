"""Where the Flask side, which lets a client in, meets the loop, on which its stream lives.

The Flask route of the stream is served like any other: it says who asks, checks, limits and answers. What it answers
is the beginning of a stream; where the loop stands behind it (its slot is in the request) the loop goes on from
there, and where none does the stream ends with its beginning, as any may.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Lock
from typing import Any

from api.streams.seat import Admitted
from fleet.errors import Unavailable
from fleet.identity import TenantId

KEY = "flotilla.stream"
AGAIN = timedelta(seconds=5)


class Full(Unavailable):
    """This process has as many streams as it takes, or as one tenant may have; ``retry_after`` tells when to come."""

    code = "streams_full"

    def __init__(self) -> None:
        self.retry_after = AGAIN
        super().__init__(
            "This server has as many open streams as it takes.", f"Try again in {AGAIN.total_seconds():.0f} s."
        )


@dataclass(slots=True, eq=False)
class Places:
    """How many streams a process may have, and has. Threads may share it.

    A tenant may have three quarters of them: what it does is not to shut all others out.
    """

    most: int
    taken: int = 0
    _of: Counter[TenantId] = field(default_factory=Counter)
    _lock: Lock = field(default_factory=Lock)

    def take(self, tenant_id: TenantId) -> None:
        """Take a place; raises Full without any."""
        with self._lock:
            if self.taken >= self.most or self._of[tenant_id] >= self.most - self.most // 4:
                raise Full
            self.taken += 1
            self._of[tenant_id] += 1

    def give(self, tenant_id: TenantId) -> None:
        """Give a place back."""
        with self._lock:
            self.taken -= 1
            self._of[tenant_id] -= 1
            if not self._of[tenant_id]:
                del self._of[tenant_id]


@dataclass(slots=True)
class Slot:
    """What the loop puts into a request, for the route to say in it whom it let in."""

    places: Places
    admitted: Admitted | None = None

    def release(self) -> None:
        """Give back what was taken for a client, if any was let in."""
        if self.admitted is not None:
            self.places.give(self.admitted.principal.tenant_id)
            self.admitted = None


def admit(environ: MutableMapping[str, Any], admitted: Admitted) -> None:
    """Let a client in; raises Full. Where no loop stands behind the request, nobody stays."""
    slot: Slot | None = environ.get("asgi.scope", {}).get(KEY)
    if slot is not None and slot.admitted is None:
        slot.places.take(admitted.principal.tenant_id)
        slot.admitted = admitted
