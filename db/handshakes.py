"""Sign-ins that are under way, in Redis: each lasts 60 seconds and is answered once.

Of what the client must show only the hash is kept: who reads Redis can neither sign in nor try passwords.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import msgspec

from db.limits import Limits
from db.tickets import Tickets

LASTING = timedelta(seconds=60)


class Handshake(msgspec.Struct, frozen=True):
    """Who would sign in (None: nobody has that address), the SHA-256 of the right proof, and the server's own."""

    user_id: UUID | None
    expected: bytes
    answer: bytes


class Handshakes:
    """The handshakes of all processes, where the limits are. Each method raises Unavailable while Redis is away."""

    def __init__(self, limits: Limits) -> None:
        self._tickets = Tickets(limits.redis, "handshake", LASTING)

    def keep(self, handshake: Handshake) -> str:
        """Keep one and name it."""
        return self._tickets.issue(msgspec.json.encode(handshake).decode())

    def take(self, name: str) -> Handshake | None:
        """Take one out, so that it is answered once; None where it was, or has run out."""
        found = self._tickets.redeem(name)
        return None if found is None else msgspec.json.decode(found, type=Handshake)
