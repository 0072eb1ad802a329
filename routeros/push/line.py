"""A connection by which a device is changed: it reads freely, and writes only while its owner may."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from fleet.errors import Conflict
from routeros.client import Client
from routeros.errors import RouterOSError
from routeros.words import Command, Row

ANSWER: Final = timedelta(seconds=10)
"""How long a device may take for one command; within it a timer that has less left may fire."""


class NotOurs(Conflict):
    """The right to act on the device has run out: whoever has it now goes on."""

    code = "not_ours"


@dataclass(frozen=True, slots=True)
class Line:
    """A logged-in session. ``may`` is asked in the same step of the loop in which a command is written."""

    client: Client
    may: Callable[[], bool]
    timeout: timedelta = field(default=ANSWER)

    async def rows(self, menu: str, properties: Sequence[str] = (), queries: Sequence[str] = ()) -> list[Row]:
        """Print a menu. Raises RouterOSError."""
        return await self.client.call(
            Command(f"{menu}/print", tuple(properties), queries=tuple(queries)), timeout=self.timeout
        )

    async def ask(self, command: str, attributes: Mapping[str, str] | None = None) -> list[Row]:
        """Run a command that changes nothing. Raises RouterOSError."""
        return await self.client.call(Command(command, attributes=attributes or {}), timeout=self.timeout)

    async def do(self, command: str, attributes: Mapping[str, str] | None = None) -> list[Row]:
        """Run a command that changes something; raises NotOurs without sending it, or RouterOSError."""
        sentence = Command(command, attributes=attributes or {})
        if not self.may():
            raise NotOurs("This process may not change the device any more.", "The new owner goes on by itself.")
        # Up to its first wait, which is behind the write, this runs in the step that has just asked.
        return await self.client.call(sentence, timeout=self.timeout)

    async def several(self, *commands: Command) -> list[list[Row] | RouterOSError]:
        """Print several menus at once; what one of them refuses is a value. Raises RouterOSError for a lost line."""
        return await self.client.calls(commands, timeout=self.timeout)
