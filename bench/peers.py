"""The clients that others wrote, as each is meant to be used: a connection for a poll, commands one by one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import librouteros
import routeros_api
import uvloop

from bench.target import LOGIN, Kept, One, Target
from routeros.words import Command


class Peer:
    """What the peers have in common: nothing is kept between polls."""

    def __init__(self, target: Target, commands: Sequence[Command]) -> None:
        self._target = target
        self._asked = [(command.menu, _words(command)) for command in commands]
        self.kept = Kept()

    def open(self, connections: int) -> None:
        """Do nothing: a connection is made for each poll."""

    def sweep(self) -> None:
        """Poll every device once."""
        for index in range(self._target.devices):
            self.kept.take(self.poll(self._target.address(index)))

    def poll(self, address: str) -> One:
        """Poll one device."""
        raise NotImplementedError

    def close(self) -> None:
        """Do nothing."""


class Librouteros(Peer):
    """librouteros, synchronous."""

    def poll(self, address: str) -> list[list[dict[str, Any]]]:
        api = librouteros.connect(address, LOGIN.username, LOGIN.password, port=self._target.plain, encoding="utf-8")
        found = [list(api.rawCmd(menu, *words)) for menu, words in self._asked]
        api.close()
        return found


class LibrouterosAsync(Peer):
    """librouteros, asynchronous, on uvloop, all devices at once."""

    def __init__(self, target: Target, commands: Sequence[Command]) -> None:
        super().__init__(target, commands)
        self._loop = uvloop.new_event_loop()

    def sweep(self) -> None:
        self._loop.run_until_complete(self._sweep())

    async def _sweep(self) -> None:
        await asyncio.gather(*map(self._one, map(self._target.address, range(self._target.devices))))

    async def _one(self, address: str) -> None:
        api = await librouteros.async_connect(
            address, LOGIN.username, LOGIN.password, port=self._target.plain, encoding="utf-8"
        )
        found = [[row async for row in api.rawCmd(menu, *words)] for menu, words in self._asked]
        await api.close()
        self.kept.take(found)

    def close(self) -> None:
        self._loop.close()


class RouterOSApi(Peer):
    """RouterOS-api; it cannot ask for properties by a public way, so it always asks for all."""

    def poll(self, address: str) -> list[list[dict[str, Any]]]:
        pool = routeros_api.RouterOsApiPool(
            address,
            username=LOGIN.username,
            password=LOGIN.password,
            port=self._target.plain,
            plaintext_login=True,
        )
        api = pool.get_api()
        found = [list(api.get_resource(menu.removesuffix("/print")).get()) for menu, _ in self._asked]
        pool.disconnect()
        return found


def _words(command: Command) -> tuple[str, ...]:
    return (f"=.proplist={','.join(command.properties)}",) if command.properties else ()
