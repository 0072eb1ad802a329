"""Connections to simulated routers over SSH, with the host key that the inventory tells."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import asyncssh

from tests.fixtures.simulator import Served

T = TypeVar("T")


def over_ssh(
    served: Served, device: int, act: Callable[[asyncssh.SSHClientConnection], Awaitable[T]], **options: Any
) -> T:
    """Connect to a router as its user, do something, and leave."""
    entry = served.inventory[device]
    host_key = asyncssh.import_public_key(entry.host_public_key)

    async def run() -> T:
        settings = {
            "username": entry.username,
            "password": entry.password,
            "known_hosts": ([host_key], [], []),
            "server_host_key_algs": "+ssh-rsa",
            "client_keys": None,
            "config": None,
            **options,
        }
        async with asyncio.timeout(60), asyncssh.connect(entry.address, entry.ssh_port, **settings) as connection:
            return await act(connection)

    return asyncio.run(run())


async def nothing(_: asyncssh.SSHClientConnection) -> None:
    """Only be let in."""
