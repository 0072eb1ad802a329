"""What taking a backup needs of a connection, and commands that are asked one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final, Protocol

from routeros.exchange import Reply
from routeros.words import Command

ANSWER: Final = timedelta(seconds=15)
"""How long a command may take that only reads a little or removes a file."""

EXPORT: Final = timedelta(minutes=3)
"""How long the export itself may take: a board with a slow processor and thousands of rows needs minutes."""


class Talk(Protocol):
    """What is needed of ``routeros.client.Client``."""

    async def calls(self, commands: Sequence[Command], *, timeout: timedelta) -> list[Reply]: ...


async def ask(talk: Talk, command: Command, timeout: timedelta = ANSWER) -> Reply:
    """Ask one command; a refusal is a value, the loss of the connection is raised."""
    (reply,) = await talk.calls((command,), timeout=timeout)
    return reply
