"""A client's seat at the hub: what it wants, how far it has read, and what it is handed next."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from api.streams.journal import Journal
from api.streams.place import Place
from api.streams.telling import Reason
from api.streams.topics import Topic, Wish
from db.standing import Credential
from fleet.identity import Principal, TenantId


@dataclass(frozen=True, slots=True)
class Admitted:
    """Whom the Flask side let in: who asks, by what, for what, and from where on (``since``, an id)."""

    principal: Principal
    credential: Credential
    wish: Wish
    since: str | None = None


@dataclass(frozen=True, slots=True)
class Shared:
    """What is written once for clients that are alike, and where they are afterwards: ``settled`` as of a Seat."""

    data: bytes
    place: Place
    settled: bool


def worth(principal: Principal) -> str:
    """Write what a principal may: the tenant, the role and the scopes."""
    return f"{principal.tenant_id} {principal.role} {','.join(sorted(principal.scopes))}"


@dataclass(slots=True, eq=False)
class Seat:
    """An open stream, as the hub sees it.

    ``number`` is how far in its tenant's journal it has read, ``place`` how far in NATS; ``late`` for how many ticks
    it has not come back for more. It is served once it is ``live``, after what it had missed was told again, and
    ``settled`` when the hub knows of all that it has. Those with the same ``likes`` may be told the same: that is
    ``shared`` by all of the tenant.
    """

    admitted: Admitted
    place: Place
    journal: Journal = field(default_factory=Journal)
    number: int = 0
    live: bool = False
    settled: bool = False
    late: int = 0
    told_at: float = 0.0
    shared: dict[tuple[str, int, Place | None], Shared] = field(default_factory=dict)
    lost: dict[Reason, frozenset[Topic]] = field(default_factory=dict)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    worth: str = field(init=False)
    likes: str = field(init=False)
    wish: Wish = field(init=False)
    _next: asyncio.Future[bytes] | None = None

    def __post_init__(self) -> None:
        self.worth = worth(self.admitted.principal)
        self.wish = self.admitted.wish
        self.likes = str(self.wish)

    @property
    def tenant_id(self) -> TenantId:
        return self.admitted.principal.tenant_id

    @property
    def behind(self) -> bool:
        """Tell whether there is something in the journal that it was not handed, or told that it cannot be."""
        return self.journal.newest > self.number or bool(self.lost)

    @property
    def waiting(self) -> bool:
        """Tell whether the client has read what it was handed, and waits for more."""
        return self._next is not None and not self._next.done()

    async def next(self) -> bytes:
        """Wait for what is to be written next."""
        self._next = asyncio.get_running_loop().create_future()
        return await self._next

    def hand(self, data: bytes) -> None:
        """Give the client what it waits for."""
        if self._next is not None and not self._next.done():
            self._next.set_result(data)

    def lose(self, reason: Reason, topics: frozenset[Topic]) -> None:
        """Note that events of these topics cannot be told; it is said with what is handed next."""
        if wanted := topics & self.wish.topics:
            self.lost[reason] = self.lost.get(reason, frozenset()) | wanted

    def end(self) -> None:
        """Have the stream ended: what was not told yet is left to its id."""
        self.over.set()
