"""The listener for SSH: it finds the router that was called and hands the connection over with that router's key."""

from __future__ import annotations

import asyncio
import socket
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import asyncssh
from cryptography.utils import CryptographyDeprecationWarning

from routeros.handover import handed
from routeros.simulator.device import naming
from routeros.simulator.doors.listeners import House
from routeros.simulator.doors.ssh.entrance import SERVICE, Entrance
from routeros.simulator.doors.ssh.keys import HostKeys
from routeros.simulator.doors.ssh.sessions import attend
from routeros.simulator.doors.ssh.shelf import Shelf
from routeros.simulator.doors.ssh.silence import refuse, unheard
from routeros.simulator.faults import GARBAGE, Kind
from routeros.simulator.parts.services import Welcome, welcome

BANNER = "ROSSSH"
"""What a router calls itself: the client reads ``SSH-2.0-ROSSSH``."""

PATIENCE = 120
"""Seconds for a login, as OpenSSH gives them."""

OLD = {
    "kex_algs": (
        "diffie-hellman-group-exchange-sha256,diffie-hellman-group-exchange-sha1,"
        "diffie-hellman-group14-sha1,diffie-hellman-group1-sha1"
    ),
    "encryption_algs": "aes256-ctr,aes192-ctr,aes128-ctr,aes256-cbc,aes192-cbc,aes128-cbc,3des-cbc",
    "mac_algs": "hmac-sha2-256,hmac-sha1,hmac-md5",
}
"""What version 6 can do."""


@asynccontextmanager
async def served(house: House, listener: socket.socket) -> AsyncIterator[None]:
    """Take SSH connections until left."""
    # Version 6 knows no other key exchange; the library behind it warns of this one each time.
    warnings.filterwarnings("ignore", "Diffie-Hellman over finite fields", CryptographyDeprecationWarning)
    talks: set[asyncio.Task[None]] = set()
    doorman = asyncio.create_task(_accept(house, listener, talks))
    try:
        yield
    finally:
        for task in (doorman, *talks):
            task.cancel()
        await asyncio.gather(doorman, *talks, return_exceptions=True)


async def _accept(house: House, listener: socket.socket, talks: set[asyncio.Task[None]]) -> None:
    loop = asyncio.get_running_loop()
    while True:
        try:
            taken, peer = await loop.sock_accept(listener)
        except OSError:  # no descriptor is left, or the client is gone already
            await asyncio.sleep(0.05)
            continue
        router = house.router(naming.index_at(taken.getsockname()[0]))
        met = welcome(router, SERVICE, peer[0]) if router else Welcome.REFUSED
        if router and met is not Welcome.TAKEN:
            house.ledger.missed(router.model.index)
        if router is None or met is Welcome.REFUSED:
            refuse(taken)
            continue
        talk = asyncio.create_task(
            _talk(Entrance(router, house.ledger, taken, f"{peer[0]}:{peer[1]}"))
            if met is Welcome.TAKEN
            else unheard(router, taken)
        )
        talks.add(talk)
        talk.add_done_callback(talks.discard)


async def _talk(entrance: Entrance) -> None:
    """Let someone log in; what comes after that is up to the connection."""
    router = entrance.router
    if Kind.GARBAGE in router.faults:
        entrance.socket.send(GARBAGE)
        entrance.socket.close()
        entrance.ledger.missed(router.model.index)
        entrance.leave()
        return
    try:
        entrance.socket.getpeername()  # raises where the client is gone: the library would wait for it for ever
        with handed(entrance.socket):
            await asyncssh.run_server(
                entrance.socket,
                server_factory=lambda: entrance,
                server_host_keys=[router.part(HostKeys).present.pair(router.model.version)],
                server_version=BANNER,
                process_factory=partial(attend, entrance),
                sftp_factory=partial(Shelf, entrance),
                allow_scp=True,
                line_editor=False,
                errors="surrogateescape",
                gss_host=None,
                kbdint_auth=False,
                agent_forwarding=False,
                connect_timeout=PATIENCE,
                **(OLD if router.model.version.major < 7 else {}),
            )
    except (asyncssh.Error, OSError):
        entrance.cut()
        entrance.leave()
        entrance.socket.close()
