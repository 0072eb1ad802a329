"""How a router meets connections that it does not serve: with a reset, or with nothing at all."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass

from routeros.simulator.doors.listeners import end_by_reset
from routeros.simulator.router import Router


@dataclass(eq=False, slots=True)
class Muted:
    """A guest that is not heard until it is cut off."""

    task: asyncio.Task[None] | None
    service: str = ""

    def cut(self) -> None:
        if self.task:
            self.task.cancel()


async def unheard(router: Router, taken: socket.socket) -> None:
    """Keep a connection open without a word until the client leaves or the router cuts it off."""
    muted = Muted(asyncio.current_task())
    router.guests.add(muted)
    try:
        while await asyncio.get_running_loop().sock_recv(taken, 65536):
            pass
    except ConnectionError:
        pass
    finally:
        router.guests.discard(muted)
        refuse(taken)


def refuse(taken: socket.socket) -> None:
    """Answer with a reset, as a port does on which nobody listens."""
    end_by_reset(taken)
    taken.close()
