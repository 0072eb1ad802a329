"""The SSH client against a server of asyncssh: host keys, logins, commands, files, and servers that fail."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from errno import ENOSPC
from io import BytesIO
from pathlib import Path
from typing import Any

import asyncssh
import pytest
import uvloop

from fleet.device import Login
from fleet.errors import EgressDenied
from routeros import ssh
from routeros.errors import (
    FileRefused,
    HostKeyMismatch,
    LoginFailed,
    ProtocolError,
    RouterOSError,
    SshFailed,
    TimedOut,
    TooLong,
    Unreachable,
)
from routeros.slots import Service, Slots, key
from routeros.ssh import Host
from tests.routeros.scripted import ADMIN, EGRESS, HERE, SECOND, SURE

BRIEF = timedelta(milliseconds=60)
KEY = asyncssh.generate_private_key("ssh-ed25519")


@dataclass
class Heard:
    """What the server heard: names that tried to log in, commands, and whether a terminal was asked for."""

    names: list[str]
    commands: list[str]
    terminals: list[str | None]


@dataclass
class Here:
    """A server that runs, and how it is reached; nobody accepted its key yet."""

    host: Host
    heard: Heard

    @property
    def pinned(self) -> Host:
        return replace(self.host, fingerprint=KEY.get_fingerprint())

    async def enter(self, login: Login = ADMIN, timeout: timedelta = SURE) -> ssh.Shell:
        return await ssh.connect(self.pinned, login, timeout=timeout, egress=EGRESS)


class Server(asyncssh.SSHServer):
    """Lets the administrator in by password."""

    def __init__(self, heard: Heard) -> None:
        self.heard = heard

    def begin_auth(self, username: str) -> bool:
        self.heard.names.append(username)
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == (ADMIN.username, ADMIN.password)


async def answer(process: asyncssh.SSHServerProcess[bytes]) -> None:
    """Do the few commands that the tests ask for."""
    command = process.command or ""
    if command == "/hang":
        await process.stdin.read()
    elif command == "/flood":
        with suppress(BrokenPipeError):
            while True:
                process.stdout.write(b"x" * 65536)
                await process.stdout.drain()
    elif command == "/reboot":
        process.channel.get_connection().abort()
    elif command == "/half":
        process.stdout.write(b"one half")
        process.channel.get_connection().disconnect(asyncssh.DISC_BY_APPLICATION, "\x1b[2Jgood bye")
    elif command == "/fail":
        process.stdout.write("kein Ger\xe4t\r\n".encode("latin-1"))
        process.exit(1)
    else:
        process.stdout.write("a ū\r\nb\rc\r\n".encode())
        process.exit(0)


Factory = Callable[[asyncssh.SSHServerChannel[bytes]], asyncssh.SFTPServer]


@asynccontextmanager
async def serving(sftp: Factory | bool = False, **options: Any) -> AsyncIterator[Here]:
    heard = Heard([], [], [])

    async def work(process: asyncssh.SSHServerProcess[bytes]) -> None:
        heard.commands.append(process.command or "")
        heard.terminals.append(process.get_terminal_type())
        await answer(process)

    listener = await asyncssh.listen(
        HERE,
        0,
        server_factory=lambda: Server(heard),
        server_host_keys=options.pop("keys", [KEY]),
        process_factory=work,
        sftp_factory=sftp,
        encoding=None,
        **options,
    )
    async with listener:
        yield Here(Host(HERE, listener.get_port()), heard)


def play(scenario: Callable[[Here], Awaitable[None]], **options: Any) -> None:
    async def run() -> None:
        async with asyncio.timeout(60), serving(**options) as here:
            await scenario(here)

    asyncio.run(run())


def test_a_command_gives_its_output_and_status() -> None:
    async def scenario(here: Here) -> None:
        async with await here.enter() as shell:
            assert await shell.exec("/system/identity/print", timeout=SURE) == ssh.Output("a ū\nb\rc\n", 0)
            assert await shell.exec("/fail", timeout=SURE) == ssh.Output("kein Gerät\n", 1)
        assert shell.closed
        assert here.heard.terminals == [None, None]
        assert here.heard.commands == ["/system/identity/print", "/fail"]

    play(scenario)


@pytest.mark.parametrize("command", ["", " ", "/a\n/b", "/a\r/b"])
def test_what_is_no_single_command_is_not_sent(command: str) -> None:
    async def scenario(here: Here) -> None:
        async with await here.enter() as shell:
            with pytest.raises(ValueError, match="one line"):
                await shell.exec(command, timeout=SURE)
        assert here.heard.commands == []

    play(scenario)


@pytest.mark.parametrize(
    "form", [KEY.get_fingerprint(), KEY.get_fingerprint().removeprefix("SHA256:") + "="], ids=["OpenSSH", "RouterOS"]
)
def test_the_pinned_key_is_taken(form: str) -> None:
    async def scenario(here: Here) -> None:
        async with await ssh.connect(
            replace(here.host, fingerprint=form), ADMIN, timeout=30 * SECOND, egress=EGRESS
        ) as shell:
            assert shell.fingerprint == KEY.get_fingerprint()

    play(scenario)


def test_a_first_key_is_taken_with_consent_and_told() -> None:
    async def scenario(here: Here) -> None:
        agreed = replace(here.host, consent="noc@northwind.example, bulk import")
        async with await ssh.connect(agreed, ADMIN, timeout=30 * SECOND, egress=EGRESS) as shell:
            assert shell.fingerprint == KEY.get_fingerprint()

    play(scenario)


@pytest.mark.parametrize(
    ("fingerprint", "consent", "text"),
    [
        (None, None, "No host key is stored"),
        (None, "", "No host key is stored"),
        ("SHA256:" + "A" * 43, None, "not the accepted one"),
        ("SHA256:" + "A" * 43, "somebody", "not the accepted one"),
        ("", "somebody", "not the accepted one"),
        ("ä", None, "not the accepted one"),
    ],
)
def test_another_key_hears_no_login(fingerprint: str | None, consent: str | None, text: str) -> None:
    async def scenario(here: Here) -> None:
        host = replace(here.host, fingerprint=fingerprint, consent=consent)
        with pytest.raises(HostKeyMismatch, match=text) as caught:
            await ssh.connect(host, ADMIN, timeout=30 * SECOND, egress=EGRESS)
        assert caught.value.seen == KEY.get_fingerprint()
        assert caught.value.next_step
        assert here.heard.names == []

    play(scenario)


def test_the_known_hosts_and_keys_of_the_user_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(here: Here) -> None:
        folder = tmp_path / ".ssh"
        folder.mkdir()
        public = KEY.export_public_key().decode().strip()
        (folder / "known_hosts").write_text(f"[{HERE}]:{here.host.port} {public}\n")
        (folder / "config").write_text(f'Match exec "touch {tmp_path}/read"\n  User somebody\n')
        (folder / "id_ed25519").write_text("nonsense")
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "agent"))
        with pytest.raises(HostKeyMismatch):
            await ssh.connect(here.host, ADMIN, timeout=30 * SECOND, egress=EGRESS)
        async with await here.enter():
            assert here.heard.names == [ADMIN.username]
        assert not (tmp_path / "read").exists()

    play(scenario)


def test_a_certified_host_key_is_judged_as_the_key_that_it_is() -> None:
    authority = asyncssh.generate_private_key("ssh-ed25519")
    certificate = authority.generate_host_certificate(KEY, "router", principals=[HERE])

    async def scenario(here: Here) -> None:
        with pytest.raises(HostKeyMismatch) as caught:
            await ssh.connect(here.host, ADMIN, timeout=30 * SECOND, egress=EGRESS)
        assert caught.value.seen == KEY.get_fingerprint()

    play(scenario, keys=[(KEY, certificate)])


@pytest.mark.parametrize("login", [Login("admin", "wrong"), Login("nobody", "hunter2"), Login("admin", "")])
def test_a_refused_login_is_told_without_the_password(login: Login) -> None:
    async def scenario(here: Here) -> None:
        with pytest.raises(LoginFailed) as caught:
            await here.enter(login)
        assert "SSH key" in caught.value.next_step
        assert "wrong" not in str(caught.value)

    play(scenario)


def test_a_name_that_ssh_cannot_carry_is_refused_before_anything_is_said() -> None:
    async def scenario(here: Here) -> None:
        with pytest.raises(SshFailed, match="cannot be spoken"):
            await here.enter(Login("a\u0007b", "hunter2"))
        assert here.heard.names == []

    play(scenario)


def test_it_works_on_uvloop() -> None:
    async def main() -> None:
        async with serving() as here, await here.enter() as shell:
            assert (await shell.exec("/x", timeout=SURE)).status == 0
            with pytest.raises(TimedOut):
                await shell.exec("/hang", timeout=BRIEF)

    uvloop.run(main())


OLD: dict[str, Any] = {
    "kex_algs": ["diffie-hellman-group14-sha1"],
    "encryption_algs": ["aes128-cbc"],
    "mac_algs": ["hmac-sha1"],
    "keys": [asyncssh.generate_private_key("ssh-rsa", key_size=2048)],
    "signature_algs": ["ssh-rsa"],
}


def test_old_algorithms_are_used_only_where_asked_for() -> None:
    async def scenario(here: Here) -> None:
        host = replace(here.host, consent="a test")
        with pytest.raises(SshFailed, match=r"(?i)key exchange|algorithm") as caught:
            await ssh.connect(host, ADMIN, timeout=30 * SECOND, egress=EGRESS)
        assert "legacy" in caught.value.next_step
        async with await ssh.connect(replace(host, legacy=True), ADMIN, timeout=30 * SECOND, egress=EGRESS) as shell:
            assert (await shell.exec("/x", timeout=SURE)).status == 0

    play(scenario, **OLD)


def test_an_address_that_nobody_granted_is_not_even_dialled() -> None:
    async def scenario(here: Here) -> None:
        with pytest.raises(EgressDenied):
            await ssh.connect(here.pinned, ADMIN, timeout=SURE)
        assert here.heard.names == []

    play(scenario)


def test_a_hanging_command_ends_in_time_and_ends_the_connection() -> None:
    async def scenario(here: Here) -> None:
        async with await here.enter() as shell:
            with pytest.raises(TimedOut, match="/hang") as caught:
                await shell.exec("/hang", timeout=BRIEF)
            assert caught.value.device == str(here.host)
            with pytest.raises((Unreachable, SshFailed)):
                await shell.exec("/x", timeout=SURE)

    play(scenario)


def test_an_endless_output_is_cut_and_the_connection_lives_on() -> None:
    async def scenario(here: Here) -> None:
        async with await here.enter() as shell:
            with pytest.raises(TooLong, match="100000"):
                await shell.exec("/flood", timeout=30 * SECOND, limit=100_000)
            assert (await shell.exec("/x", timeout=SURE)).status == 0

    play(scenario)


def test_a_cancelled_command_leaves_nothing_under_way() -> None:
    async def scenario(here: Here) -> None:
        async with await here.enter() as shell:
            task = asyncio.create_task(shell.exec("/hang", timeout=30 * SECOND))
            while not here.heard.commands:
                await asyncio.sleep(0.001)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert shell.closed

    play(scenario)


async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()
    writer.close()


async def chatter(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 400 Bad Request\r\n" * 2000)
    await reader.read()
    writer.close()


async def hasty(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


@pytest.mark.parametrize(
    ("script", "errors"),
    [(mute, (TimedOut,)), (chatter, (ProtocolError, Unreachable)), (hasty, (Unreachable,))],
    ids=["silent", "another protocol", "hangs up"],
)
def test_what_is_no_ssh_service_is_an_error_in_time(
    script: Callable[..., Awaitable[None]], errors: tuple[type[RouterOSError], ...]
) -> None:
    async def run() -> None:
        async with await asyncio.start_server(script, HERE, 0) as server:
            port = server.sockets[0].getsockname()[1]
            host = Host(HERE, port, consent="a test")
            patience = 5 * BRIEF if TimedOut in errors else SURE
            with pytest.raises(errors) as caught:
                await ssh.connect(host, ADMIN, timeout=patience, egress=EGRESS)
            assert caught.value.device == f"{HERE}:{port}"
            assert "API service" not in caught.value.next_step

    asyncio.run(run())


def rooted(place: Path) -> Factory:
    return lambda channel: asyncssh.SFTPServer(channel, chroot=str(place).encode())


def test_files_come_back_as_they_were_sent(tmp_path: Path) -> None:
    content = bytes(range(256)) * 1000

    async def scenario(here: Here) -> None:
        async with await here.enter() as shell:
            assert await shell.put("flash.bin", BytesIO(content), stall=SURE) == len(content)
            assert (tmp_path / "flash.bin").read_bytes() == content
            back = BytesIO()
            assert await shell.get("flash.bin", back, stall=SURE) == len(content)
            assert back.getvalue() == content
            assert await shell.put("empty", BytesIO(b""), stall=SURE) == 0
            assert await shell.get("empty", BytesIO(), stall=SURE) == 0

    play(scenario, sftp=rooted(tmp_path))


def test_a_file_that_is_not_there_or_too_long_is_told(tmp_path: Path) -> None:
    (tmp_path / "long").write_bytes(b"x" * 1000)

    async def scenario(here: Here) -> None:
        async with await here.enter() as shell:
            with pytest.raises(FileRefused, match="nothing"):
                await shell.get("nothing", BytesIO(), stall=SURE)
            with pytest.raises(TooLong, match="999"):
                await shell.get("long", BytesIO(), stall=SURE, limit=999)
            assert await shell.get("long", BytesIO(), stall=SURE, limit=1000) == 1000

    play(scenario, sftp=rooted(tmp_path))


class Full(BytesIO):
    """A file of ours for which there is no room."""

    def write(self, data: object) -> int:
        raise OSError(ENOSPC, "No space left on device")


def test_a_full_disk_of_ours_is_not_held_against_the_router(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x")

    async def scenario(here: Here) -> None:
        async with await here.enter() as shell:
            with pytest.raises(OSError, match="No space"):
                await shell.get("a", Full(), stall=SURE)
            assert await shell.get("a", BytesIO(), stall=SURE) == 1

    play(scenario, sftp=rooted(tmp_path))


def test_a_transfer_that_fails_leaves_no_session_behind(tmp_path: Path) -> None:
    (tmp_path / "long").write_bytes(b"x" * 1000)
    open_ones: set[object] = set()

    class Counted(asyncssh.SFTPServer):
        def __init__(self, channel: asyncssh.SSHServerChannel[bytes]) -> None:
            super().__init__(channel, chroot=str(tmp_path).encode())
            open_ones.add(self)

        def exit(self) -> None:
            open_ones.discard(self)

    async def scenario(here: Here) -> None:
        async with await here.enter() as shell:
            for name, into in (("nothing", BytesIO()), ("long", BytesIO()), ("long", Full())):
                limit = 2000 if isinstance(into, Full) else 10
                with pytest.raises((FileRefused, TooLong, OSError)):
                    await shell.get(name, into, stall=SURE, limit=limit)
            while open_ones:
                await asyncio.sleep(0)

    play(scenario, sftp=Counted)


class Stalling(asyncssh.SFTPServer):
    """Takes the first block and then nothing more; gives nothing at all."""

    async def write(self, file_obj: object, offset: int, data: bytes) -> int:
        if offset:
            await asyncio.Event().wait()
        return len(data)

    async def read(self, file_obj: object, offset: int, size: int) -> bytes:
        await asyncio.Event().wait()
        return b""


def test_a_transfer_that_stalls_ends_in_time(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x")

    async def scenario(here: Here) -> None:
        for step in (
            lambda shell: shell.put("b", BytesIO(b"x" * 500_000), stall=BRIEF),
            lambda shell: shell.get("a", BytesIO(), stall=BRIEF),
        ):
            async with await here.enter() as shell:
                with pytest.raises(TimedOut, match="SFTP"):
                    await step(shell)

    play(scenario, sftp=lambda channel: Stalling(channel, chroot=str(tmp_path).encode()))


def test_a_router_without_sftp_says_so() -> None:
    async def scenario(here: Here) -> None:
        async with await here.enter() as shell:
            with pytest.raises(SshFailed):
                await shell.get("a", BytesIO(), stall=SURE)

    play(scenario)


def test_a_lost_connection_is_unreachable() -> None:
    async def scenario(here: Here) -> None:
        async with await here.enter() as shell:
            for command in ("/reboot", "/x"):
                with pytest.raises(Unreachable, match=command if command == "/reboot" else "has ended"):
                    await shell.exec(command, timeout=SURE)

    play(scenario)


def test_half_an_output_is_no_output() -> None:
    """A router that says good bye in the middle of an export must not leave a short one behind that looks whole."""

    async def scenario(here: Here) -> None:
        async with await here.enter() as shell:
            with pytest.raises(Unreachable, match="/half"):
                await shell.exec("/half", timeout=30 * SECOND)

    play(scenario)


def test_a_device_has_one_session_and_a_further_one_waits_for_its_end() -> None:
    async def scenario(here: Here) -> None:
        slots, device = Slots(), key(here.pinned)

        async def enter(timeout: timedelta = SURE, login: Login = ADMIN) -> ssh.Shell:
            return await ssh.connect(here.pinned, login, timeout=timeout, egress=EGRESS, slots=slots)

        first = await enter()
        with pytest.raises(TimedOut, match="All SSH sessions"):
            await enter(timeout=SURE / 20)
        waiting = asyncio.create_task(enter())
        await asyncio.sleep(0)
        assert slots.held(Service.SSH, device) == 1
        await first.close()
        async with await waiting:
            assert slots.held(Service.SSH, device) == 1
        assert slots.held(Service.SSH, device) == 0

    play(scenario)


def test_a_session_that_fails_or_is_lost_gives_its_slot_back() -> None:
    async def scenario(here: Here) -> None:
        slots = Slots()

        async def enter(host: Host, login: Login = ADMIN) -> ssh.Shell:
            return await ssh.connect(host, login, timeout=30 * SECOND, egress=EGRESS, slots=slots)

        with pytest.raises(LoginFailed):
            await enter(here.pinned, Login(ADMIN.username, "wrong"))
        with pytest.raises(HostKeyMismatch):
            await enter(here.host)
        with pytest.raises(EgressDenied):
            await enter(Host("127.0.0.1", here.host.port))
        shell = await enter(here.pinned)
        with pytest.raises(Unreachable):
            await shell.exec("/reboot", timeout=30 * SECOND)
        assert slots.held(Service.SSH, key(here.pinned)) == 0

    play(scenario)
