"""On every persona, clients that nobody here wrote read what ours reads, with a certificate and without one."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any, TypeAlias

import librouteros
import pytest
import routeros_api
from librouteros.exceptions import TrapError
from librouteros.login import async_token, token
from routeros_api.exceptions import RouterOsApiCommunicationError

from fleet.clock import FakeClock
from fleet.device import TlsMode
from routeros import collectors
from routeros.client import connect
from routeros.simulator.device.model import PERSONAS
from routeros.simulator.faults import order
from routeros.simulator.simulation import Options
from routeros.words import Command, Row
from tests.fixtures.simulator import EGRESS, Served, running
from tests.routeros.simulator.test_clients import dotted, unchecked

KINDS = tuple(sorted(PERSONAS))
COMMANDS = tuple(sorted({c.menu for one in collectors.every().values() for c in one.commands}))
"""Every menu that the product's collectors read, in full."""

SPAN = timedelta(minutes=1)
Rows: TypeAlias = list[Row] | None
"""What a command answered: None is a refusal."""


@pytest.fixture(scope="module")
def everyone() -> Iterator[Served]:
    """All personas twice, the second time without a certificate; their clock stands still."""
    bare = (order(f"{len(KINDS)}-{2 * len(KINDS)}:no-certificate"),)
    with running(Options(2 * len(KINDS), personas=KINDS, clock=FakeClock(), faults=bare)) as served:
        yield served


def ours(served: Served, device: int, tls: TlsMode) -> list[Rows]:
    async def ask() -> list[Rows]:
        client = await connect(served.endpoint(device, tls), served.login(device), timeout=SPAN, egress=EGRESS)
        replies = await client.calls([Command(menu) for menu in COMMANDS], timeout=SPAN)
        await client.close()
        return [[dict(row) for row in reply] if isinstance(reply, list) else None for reply in replies]

    return asyncio.run(ask())


def wrapped(tls: TlsMode) -> ssl.SSLContext | None:
    if tls is TlsMode.PLAIN:
        return None
    context = unchecked()
    if tls is TlsMode.ANONYMOUS:
        context.set_ciphers("ADH:@SECLEVEL=0")
    return context


def _is_old(served: Served, device: int) -> bool:
    return served.inventory[device].version.startswith("6.42")


def _port(served: Served, device: int, tls: TlsMode) -> int:
    entry = served.inventory[device]
    return entry.api_port if tls is TlsMode.PLAIN else entry.api_ssl_port


def by_librouteros(served: Served, device: int, tls: TlsMode) -> list[Rows]:
    entry, context = served.inventory[device], wrapped(tls)
    more: dict[str, Any] = {"ssl_wrapper": context.wrap_socket} if context else {}
    if _is_old(served, device):
        more["login_method"] = token
    port = _port(served, device, tls)
    api = librouteros.connect(entry.address, entry.username, entry.password, port=port, encoding="utf-8", **more)
    read: list[Rows] = []
    for menu in COMMANDS:
        try:
            read.append([_uncast(row) for row in api(menu)])
        except TrapError:
            read.append(None)
    api.close()
    return read


def by_librouteros_async(served: Served, device: int, tls: TlsMode) -> list[Rows]:
    async def ask() -> list[Rows]:
        entry = served.inventory[device]
        more: dict[str, Any] = {"login_method": async_token} if _is_old(served, device) else {}
        api = await librouteros.async_connect(
            entry.address,
            entry.username,
            entry.password,
            port=_port(served, device, tls),
            ssl_wrapper=wrapped(tls),
            encoding="utf-8",
            **more,
        )
        read: list[Rows] = []
        for menu in COMMANDS:
            try:
                read.append([_uncast(row) async for row in api(menu)])
            except TrapError:
                read.append(None)
        await api.close()
        return read

    return asyncio.run(ask())


def by_routeros_api(served: Served, device: int, tls: TlsMode) -> list[Rows]:
    entry = served.inventory[device]
    pool = routeros_api.RouterOsApiPool(
        entry.address,
        username=entry.username,
        password=entry.password,
        port=_port(served, device, tls),
        plaintext_login=not _is_old(served, device),
        ssl_context=wrapped(tls),
    )
    api = pool.get_api()
    promises = [api.get_resource(menu.removesuffix("/print")).get_async() for menu in COMMANDS]
    read: list[Rows] = []
    for promise in promises:
        try:
            read.append(dotted(promise.get()))
        except RouterOsApiCommunicationError:
            read.append(None)
    pool.disconnect()
    return read


def _uncast(row: dict[str, object]) -> Row:
    """Undo what librouteros makes of values; that it makes the same of yes and true cannot be undone."""
    words = {True: "true", False: "false"}
    return {k: words[v] if isinstance(v, bool) else str(v) for k, v in row.items()}


def _plainly(rows: Rows) -> Rows:
    """Write yes and no as true and false, as far as librouteros can tell."""
    words = {"yes": "true", "no": "false"}
    return None if rows is None else [{k: words.get(v, v) for k, v in row.items()} for row in rows]


READERS = (by_librouteros, by_librouteros_async, by_routeros_api)


@pytest.mark.parametrize("tls", [TlsMode.PLAIN, TlsMode.PIN, TlsMode.ANONYMOUS])
def test_what_others_read_is_what_we_read(everyone: Served, tls: TlsMode) -> None:
    first = len(KINDS) if tls is TlsMode.ANONYMOUS else 0
    for device in range(first, first + len(KINDS)):
        mine = _told(ours(everyone, device, tls))
        assert sum(rows is not None for _, rows in mine) >= 4
        for reader in READERS:
            assert _told(reader(everyone, device, tls)) == mine, (everyone.inventory[device].persona, reader)


def _told(read: Sequence[Rows]) -> list[tuple[str, Rows]]:
    return [(menu, _plainly(rows)) for menu, rows in zip(COMMANDS, read, strict=True)]
