"""Files over SFTP: what was sent comes back, limits are felt, and this machine's own files are out of reach."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import Awaitable, Callable
from typing import TypeVar

import asyncssh
import pytest

from routeros.simulator.console import execute
from routeros.simulator.doors.ssh.shelf import GRAIN
from routeros.simulator.parts.files import FULL, Files
from routeros.simulator.router import Router
from tests.fixtures.simulator import Factory, Served
from tests.routeros.simulator.doors.ssh.guests import over_ssh
from tests.routeros.simulator.test_clients import entered

T = TypeVar("T")


def with_files(
    served: Served, act: Callable[[asyncssh.SFTPClient], Awaitable[T]], device: int = 1, **options: str
) -> T:
    async def run(connection: asyncssh.SSHClientConnection) -> T:
        async with connection.start_sftp_client() as sftp:
            return await act(sftp)

    return over_ssh(served, device, run, **options)


def router(served: Served, device: int = 1) -> Router:
    served.control("stats", device=device)  # a router comes into being in the thread that serves it
    found = served.simulation.router(device)
    assert found is not None
    return found


async def fill(file: asyncssh.SFTPClientFile, size: int) -> None:
    """Write one piece after the other."""
    for offset in range(0, size, 32_768):
        await file.write(bytes(32_768), offset)


async def put(sftp: asyncssh.SFTPClient, name: str, data: bytes) -> None:
    async with sftp.open(name, "wb") as file:
        await file.write(data)


@pytest.mark.parametrize("size", [0, 1, 70_000, 3_000_000])
def test_what_was_put_is_got_again(simulator: Factory, size: int) -> None:
    served, data = simulator(2), bytes(range(256)) * (size // 256) + b"x" * (size % 256)

    async def act(sftp: asyncssh.SFTPClient) -> tuple[int | None, bytes]:
        await put(sftp, "some file.bin", data)
        async with sftp.open("/some file.bin", "rb") as file:
            return (await sftp.stat("some file.bin")).size, await file.read()

    assert with_files(served, act) == (size, data)
    assert router(served).part(Files).read("some file.bin") == data


def test_a_part_can_be_read_and_a_file_can_be_written_on_and_cut_short(simulator: Factory) -> None:
    async def act(sftp: asyncssh.SFTPClient) -> list[bytes]:
        await put(sftp, "notes.txt", b"0123456789")
        async with sftp.open("notes.txt", "rb") as file:
            seen = [await file.read(3, 4), await file.read(10, 8), await file.read(10, 50)]
        async with sftp.open("notes.txt", "ab") as file:
            await file.write(b"more")
        async with sftp.open("notes.txt", "r+b") as file:
            await file.write(b"X", 1)
        async with sftp.open("notes.txt", "rb") as file:
            seen.append(await file.read())
        await sftp.truncate("notes.txt", 4)
        async with sftp.open("notes.txt", "rb") as file:
            return [*seen, await file.read()]

    assert with_files(simulator(2), act) == [b"456", b"89", b"", b"0X23456789more", b"0X23"]


def test_the_root_lists_what_the_router_has_with_sizes_times_and_kinds(simulator: Factory) -> None:
    served = simulator(2, personas=("hap_ac_lite",))

    async def act(sftp: asyncssh.SFTPClient) -> dict[str, tuple[int | None, bool, int | None]]:
        await put(sftp, "flash/kept.txt", b"12345")
        found = {}
        for place in ("/", "flash"):
            for name in await sftp.readdir(place):
                attributes = name.attrs
                known = attributes.size, stat.S_ISDIR(attributes.permissions or 0), attributes.mtime
                found[str(name.filename)] = known
        return found

    found = with_files(served, act)
    assert found["flash"][1]
    size, directory, at = found["kept.txt"]
    assert (size, directory) == (5, False)
    assert abs((at or 0) - router(served).now()) < 60


def test_files_are_renamed_and_removed_and_directories_made(simulator: Factory) -> None:
    async def act(sftp: asyncssh.SFTPClient) -> list[str]:
        await put(sftp, "a.txt", b"a")
        await put(sftp, "b.txt", b"b")
        with pytest.raises(asyncssh.SFTPFailure, match="exists"):
            await sftp.rename("a.txt", "b.txt")
        await sftp.posix_rename("a.txt", "b.txt")
        await sftp.mkdir("place")
        await sftp.rename("b.txt", "place/c.txt")
        with pytest.raises(asyncssh.SFTPFailure, match="not empty"):
            await sftp.rmdir("place")
        await put(sftp, "place/d.txt", b"d")
        await sftp.remove("place/d.txt")
        with pytest.raises(asyncssh.SFTPNoSuchFile):
            await sftp.remove("place/d.txt")
        return sorted(await sftp.listdir("place"))

    served = simulator(2)
    assert with_files(served, act) == [".", "..", "c.txt"]
    assert router(served).part(Files).read("place/c.txt") == b"a"


@pytest.mark.parametrize("path", ["/etc/passwd", "../../etc/passwd", "/proc/self/environ", "no.txt", "flash/../../x"])
def test_what_the_router_has_not_is_not_there(fleet_of_three: Served, path: str) -> None:
    async def act(sftp: asyncssh.SFTPClient) -> None:
        for ask in (sftp.stat, sftp.remove, sftp.listdir, lambda name: sftp.rename(name, "here")):
            with pytest.raises(asyncssh.SFTPNoSuchFile):
                await ask(path)
        with pytest.raises(asyncssh.SFTPNoSuchFile):
            async with sftp.open(path, "rb"):
                pass
        for ask in (sftp.readlink, sftp.statvfs, lambda name: sftp.symlink(name, "here")):
            with pytest.raises(asyncssh.SFTPOpUnsupported):
                await ask(path)

    with_files(fleet_of_three, act)


def test_a_full_disk_ends_an_upload_on_the_way(simulator: Factory) -> None:
    served = simulator(2, personas=("hap_ac_lite",))
    files = router(served).part(Files)

    async def act(sftp: asyncssh.SFTPClient) -> None:
        room = files.free
        file = await sftp.open("flash/big.npk", "wb")
        with pytest.raises(asyncssh.SFTPFailure, match=FULL):
            await fill(file, room + 2 * GRAIN)
        assert room - GRAIN <= len(files.read("flash/big.npk")) <= room
        await asyncio.to_thread(served.fault, 1, "disk-full")
        with pytest.raises(asyncssh.SFTPFailure, match=FULL):
            await put(sftp, "flash/small.txt", b"1")

    with_files(served, act)


def test_an_upload_stands_still_when_power_is_lost_and_nothing_comes_of_it(simulator: Factory) -> None:
    served = simulator(2)

    async def act(sftp: asyncssh.SFTPClient) -> None:
        file = await sftp.open("half.auto.rsc", "wb")
        await file.write(b"/system identity set name=half\n")
        await asyncio.to_thread(served.fault, 1, "power-loss", seconds=600)
        for step in (file.write(b"# more\n"), file.close(), sftp.open("other.txt", "wb")):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(step, 0.02)
        await asyncio.to_thread(served.fault, 1, "down")
        with pytest.raises((asyncssh.Error, OSError)):
            await sftp.stat("half.auto.rsc")

    async def run(connection: asyncssh.SSHClientConnection) -> None:
        await act(await connection.start_sftp_client())

    over_ssh(served, 1, run)
    assert not router(served).part(Files).has("other.txt")
    name = execute(router(served), None, ":put [/system identity get name]").text
    assert name == f"{served.inventory[1].identity}\n"


def test_files_need_their_policies(simulator: Factory) -> None:
    served = simulator(2)
    with entered(served, 1) as api:
        list(api("/user/group/add", name="readers", policy="ssh,read,ftp"))
        list(api("/user/group/add", name="lookers", policy="ssh,read"))
        for name in ("reader", "looker"):
            list(api("/user/add", name=name, password="x", group=f"{name}s"))
    router(served).part(Files).write("a.txt", b"a")

    async def read(sftp: asyncssh.SFTPClient) -> bytes:
        with pytest.raises(asyncssh.SFTPPermissionDenied):
            await put(sftp, "b.txt", b"b")
        with pytest.raises(asyncssh.SFTPPermissionDenied):
            await sftp.remove("a.txt")
        async with sftp.open("a.txt", "rb") as file:
            return await file.read()

    async def look(sftp: asyncssh.SFTPClient) -> None:
        with pytest.raises(asyncssh.SFTPPermissionDenied):
            await sftp.listdir("/")
        with pytest.raises(asyncssh.SFTPPermissionDenied):
            await read(sftp)

    assert with_files(served, read, username="reader", password="x") == b"a"
    with_files(served, look, username="looker", password="x")


def test_a_script_that_is_to_be_run_at_once_is_run_and_leaves_a_log(simulator: Factory) -> None:
    served = simulator(2)

    async def act(sftp: asyncssh.SFTPClient) -> bytes:
        await put(sftp, "name.auto.rsc", b"/system identity set name=renamed\n:put done\n")
        async with sftp.open("name.auto.log", "rb") as file:
            return await file.read()

    assert with_files(served, act) == b"done\n"
    with entered(served, 1) as api:
        assert list(api("/system/identity/print")) == [{"name": "renamed"}]
