"""An export is taken from simulated routers byte for byte, and its file is gone afterwards, whatever happened."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import TypeVar

import pytest

from routeros import backup, client, export
from routeros.backup.taking import NAME, NoRights
from routeros.errors import TooLong, Trap, Unreachable
from routeros.exchange import Reply
from routeros.simulator import exporting
from routeros.simulator.parts.files import Files
from routeros.words import Command
from tests.fixtures.simulator import EGRESS, Factory, Served

T = TypeVar("T")
SURE = timedelta(minutes=1)
V6, V7, CHR = 0, 1, 2


def on(served: Served, device: int, work: Callable[[client.Client], Awaitable[T]]) -> T:
    async def run() -> T:
        endpoint, login = served.endpoint(device), served.login(device)
        async with await client.connect(endpoint, login, timeout=SURE, egress=EGRESS) as talk:
            return await work(talk)

    return asyncio.run(run())


def left(served: Served, device: int) -> list[str]:
    return [name for name in served.router(device).part(Files).names() if name.endswith(".rsc")]


def written(served: Served, device: int) -> str:
    return exporting.export(served.router(device), exporting.Style(sensitive=True))


@pytest.mark.parametrize("device", [V7, CHR])
def test_an_export_is_taken_with_its_secrets_and_its_file_is_gone(simulator: Factory, device: int) -> None:
    served = simulator(3)
    taken = on(served, device, backup.take)
    assert taken.text.replace("\r\n", "\n").splitlines()[1:] == written(served, device).splitlines()[1:]
    assert "\r\n" in taken.text
    assert left(served, device) == []
    assert taken.left == ""
    assert export.faults(export.parse(taken.text)) == []


class Watched:
    """A connection on which some commands fare otherwise than the device would have it."""

    def __init__(self, talk: client.Client, instead: Callable[[Command], Reply | None]) -> None:
        self._talk, self._instead = talk, instead
        self.asked: list[str] = []

    async def calls(self, commands: Sequence[Command], *, timeout: timedelta) -> list[Reply]:
        self.asked += [command.menu for command in commands]
        if (told := self._instead(commands[0])) is not None:
            return [told]
        return await self._talk.calls(commands, timeout=timeout)


def test_version_6_does_not_know_the_switch(simulator: Factory) -> None:
    served = simulator(3)
    taken = on(served, V6, backup.take)
    assert taken.text.replace("\r\n", "\n").splitlines()[1:] == written(served, V6).splitlines()[1:]
    assert left(served, V6) == []


def test_version_6_shows_a_small_file_only_and_a_large_one_is_fetched(simulator: Factory) -> None:
    served = simulator(3)
    data = b"# sep/11/2023 10:00:00 by RouterOS 6.48.6\r\n" + b"/log info 1\r\n" * 1000

    def large(command: Command) -> Reply | None:
        if command.menu == "/export":
            served.router(V6).part(Files).write(NAME, data)
            return []
        return None

    async def fetched(name: str) -> bytes:
        return served.router(V6).part(Files).read(name)

    async def work(talk: client.Client) -> backup.Taken:
        with pytest.raises(TooLong, match="does not show"):
            await backup.take(Watched(talk, large))
        assert left(served, V6) == []
        return await backup.take(Watched(talk, large), fetched)

    assert on(served, V6, work).data == data
    assert left(served, V6) == []


def test_a_large_file_is_read_in_chunks_from_7_13_on(simulator: Factory) -> None:
    served = simulator(3)
    text = '# 2026-01-05 by RouterOS 7.16\r\n/system note\r\nset note="ū' + "é" * 70_000 + '"\r\n'

    def large(command: Command) -> Reply | None:
        if command.menu == "/export":
            served.router(CHR).part(Files).write(NAME, text.encode())
            return []
        return None

    async def work(talk: client.Client) -> tuple[backup.Taken, list[str]]:
        watched = Watched(talk, large)
        return await backup.take(watched), watched.asked

    taken, asked = on(served, CHR, work)
    assert taken.data == text.encode()
    assert asked.count("/file/read") == 5
    assert left(served, CHR) == []


def test_who_lacks_the_rights_is_told_which(simulator: Factory) -> None:
    served = simulator(3)
    refused = Trap(None, "not enough permissions (9)", menu="/export")

    async def work(talk: client.Client) -> backup.Taken:
        return await backup.take(Watched(talk, lambda command: refused if command.menu == "/export" else None))

    with pytest.raises(NoRights, match="policies read, write, ftp"):
        on(served, V7, work)
    assert left(served, V7) == []


def test_a_full_disk_is_the_devices_own_word(simulator: Factory) -> None:
    served = simulator(3)
    served.fault(CHR, "disk-full")
    with pytest.raises(Trap, match="not enough disk space"):
        on(served, CHR, backup.take)


def test_what_a_cut_taking_left_is_not_taken_for_the_new_export(simulator: Factory) -> None:
    served = simulator(3)

    async def cut(talk: client.Client) -> backup.Taken:
        def closed(command: Command) -> Reply | None:
            if command.menu == "/file/print":
                raise Unreachable("The router closed the connection.")
            return None

        watched = Watched(talk, closed)
        return await backup.take(watched)

    with pytest.raises(Unreachable):
        on(served, V7, cut)
    served.router(V7).part(Files).write(NAME, b"# what another taking left\r\n")
    assert "what another" not in on(served, V7, backup.take).text
    assert left(served, V7) == []


def test_a_menu_that_hangs_is_told_as_a_fault(simulator: Factory) -> None:
    served = simulator(3)
    served.fault(V7, "stuck-export", menu="/interface/bridge")
    verdict = backup.judge(export.parse(on(served, V7, backup.take).text))
    assert verdict.why == ("The device could not export /interface/bridge (timeout).",)


def test_the_history_says_who_did_what_and_its_marker_moves_with_each_action(simulator: Factory) -> None:
    served = simulator(3)
    rename = Command("/system/identity/set", attributes={"name": "renamed"})

    async def work(talk: client.Client) -> list[backup.History]:
        taken = [await backup.take(talk), await backup.take(talk)]
        await talk.call(rename, timeout=SURE)
        taken.append(await backup.take(talk))
        await talk.call(Command("/undo"), timeout=SURE)
        return [one.history for one in (*taken, await backup.take(talk))]

    first, second, third, fourth = on(served, V7, work)
    assert first.marker == second.marker
    assert len({second.marker, third.marker, fourth.marker}) == 3
    assert third.entries[0].by == served.login(V7).username
    assert third.since(first.entries[0].number if first.entries else 0) == third.entries[:1]
