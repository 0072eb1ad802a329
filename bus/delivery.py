"""What a consumer needs of a stream: batches of deliveries that are settled one by one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import timedelta
from typing import Protocol, TypeAlias

from bus.streams import Durable
from fleet.events import Received


class Delivery(Protocol):
    """One message, delivered for the ``deliveries``-th time, to be settled by ``ack`` or ``nak``."""

    @property
    def stream(self) -> str: ...
    @property
    def sequence(self) -> int: ...
    @property
    def subject(self) -> str: ...
    @property
    def data(self) -> bytes: ...
    @property
    def deliveries(self) -> int: ...

    @property
    def origin(self) -> int | None:
        """The sequence that it had before it was taken back from the dead letters; None for all others."""
        ...

    async def ack(self) -> None:
        """Let the message go; where that does not reach the server it is delivered again."""
        ...

    async def nak(self, delay: timedelta) -> None:
        """Have the message delivered again after ``delay``."""
        ...

    async def working(self) -> None:
        """Ask for more time."""
        ...


class Source(Protocol):
    """Where deliveries come from."""

    @property
    def durable(self) -> Durable: ...

    @property
    def problem(self) -> str:
        """Say why nothing comes; empty while all is well."""
        ...

    async def lag(self) -> int:
        """Count what no consumer of the durable has acknowledged; raises Unavailable where that cannot be known."""
        ...

    async def batch(self) -> Sequence[Delivery]:
        """Wait for the next deliveries, a second at most; an empty batch means that there were none."""
        ...

    async def bury(self, delivery: Delivery, reason: str) -> bool:
        """Put a message among the dead letters; False when that failed."""
        ...

    async def keep(self) -> None:
        """Ask for more time for what has arrived and was not handed out yet."""
        ...

    async def close(self) -> None:
        """Give back what was not handed out."""
        ...


Handler: TypeAlias = Callable[[Sequence[Received]], Awaitable[Collection[int] | None]]
"""What is done with a batch. Returning acknowledges it, all but the sequences that are returned: those are delivered
again a little later. ``Unavailable`` holds it back until the handler can again; any other error is taken as the fault
of an event in it."""
