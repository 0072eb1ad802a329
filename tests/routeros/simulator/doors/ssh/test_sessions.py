"""Channels of a connection: commands with their output and status, terminals, and an upload that breaks off."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from pathlib import Path

import asyncssh
import pytest

from fleet.clock import SystemClock
from routeros.simulator.parts.files import Files
from tests.fixtures.simulator import Factory, Served
from tests.routeros.simulator.doors.ssh.guests import over_ssh
from tests.routeros.simulator.doors.ssh.test_shelf import router
from tests.routeros.simulator.test_clients import ours
from tests.routeros.simulator.test_simulation import settle


def told(served: Served, command: str, device: int = 1) -> tuple[str, int | None]:
    async def run(connection: asyncssh.SSHClientConnection) -> tuple[str, int | None]:
        done = await connection.run(command)
        return str(done.stdout), done.exit_status

    return over_ssh(served, device, run)


@pytest.mark.parametrize("device", [0, 1, 2])
def test_a_command_prints_lines_that_end_as_a_router_ends_them(fleet_of_three: Served, device: int) -> None:
    ((identity,),) = ours(fleet_of_three, device, ("/system/identity",))
    assert told(fleet_of_three, ":put [/system identity get name]", device) == (f"{identity['name']}\r\n", 0)
    assert told(fleet_of_three, ":put one; :put two", device) == ("one\r\ntwo\r\n", 0)


def test_what_cannot_be_done_is_told_and_fails(fleet_of_three: Served) -> None:
    said, status = told(fleet_of_three, "/ip/address/remove *FFF")
    assert (said.strip(), status) == ("no such item", 1)
    said, status = told(fleet_of_three, "/dance")
    assert said.startswith("bad command name dance")
    assert status == 1


def test_rights_are_those_of_the_group(simulator: Factory) -> None:
    served = simulator(2)
    for line in ("/user/group/add name=watch policy=ssh,read", "/user/add name=watcher password=x group=watch"):
        assert told(served, line) == ("", 0)

    async def run(connection: asyncssh.SSHClientConnection) -> list[int | None]:
        lines = ("/system identity print", "/system identity set name=mine")
        return [(await connection.run(line)).exit_status for line in lines]

    assert over_ssh(served, 1, run, username="watcher", password="x") == [0, 1]


def test_a_terminal_shows_prompts_echo_and_output_until_it_is_left(fleet_of_three: Served) -> None:
    entry = fleet_of_three.inventory[1]
    prompt = f"[{entry.username}@{entry.identity}]"

    async def run(connection: asyncssh.SSHClientConnection) -> tuple[str, int | None]:
        process = await connection.create_process(term_type="vt100", term_size=(120, 40))
        process.stdin.write(":put 5\x7f(5+2)\r/ip address\r")
        process.stdin.write("\x04")
        done = await process.wait()
        return str(done.stdout), done.exit_status

    said, status = over_ssh(fleet_of_three, 1, run, username=f"{entry.username}+cet")
    assert status == 0
    assert said.split("\r\n") == [
        f"{prompt} > :put 5\r{prompt} > :put  \b(5+2)", "7", f"{prompt} > /ip address", f"{prompt} /ip/address> ", "",
    ]  # fmt: skip


def test_a_terminal_that_is_resized_or_interrupted_goes_on(fleet_of_three: Served) -> None:
    async def run(connection: asyncssh.SSHClientConnection) -> str:
        process = await connection.create_process(term_type="xterm", term_size=(80, 24))
        await process.stdout.readuntil("> ")
        process.change_terminal_size(132, 50)
        process.send_signal("INT")
        process.stdin.write(":put still\r/quit\r")
        return str((await process.wait()).stdout)

    assert "\r\nstill\r\n" in over_ssh(fleet_of_three, 1, run)


def test_a_connection_that_is_lost_in_safe_mode_takes_the_changes_back(simulator: Factory) -> None:
    served = simulator(2, clock=SystemClock(factor=20))

    async def run(connection: asyncssh.SSHClientConnection) -> None:
        process = await connection.create_process(term_type="dumb", term_size=(80, 24))
        process.stdin.write("\x18/system identity set name=lost\r")
        await process.stdout.readuntil("[flotilla@lost] <SAFE> ")
        connection.abort()

    over_ssh(served, 1, run)
    for _ in range(500):
        ((identity,),) = ours(served, 1, ("/system/identity",))
        if identity["name"] != "lost":
            break
    assert identity["name"] == served.inventory[1].identity


def test_other_subsystems_are_not_there(fleet_of_three: Served) -> None:
    async def run(connection: asyncssh.SSHClientConnection) -> int | None:
        return (await connection.run(subsystem="netconf")).exit_status

    assert over_ssh(fleet_of_three, 1, run) == 1


def test_late_replies_are_late_here_too(simulator: Factory) -> None:
    served = simulator(2)
    served.fault(1, "slow", seconds=3600)

    async def run(connection: asyncssh.SSHClientConnection) -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(connection.run(":put 1"), 0.05)

    over_ssh(served, 1, run)


def test_nothing_comes_of_an_upload_that_breaks_off(simulator: Factory) -> None:
    served = simulator(2)

    async def run(connection: asyncssh.SSHClientConnection) -> None:
        sftp = await connection.start_sftp_client()
        file = await sftp.open("half.auto.rsc", "wb")
        await file.write(b"/system identity set name=half\n")
        connection.abort()

    over_ssh(served, 1, run)
    settle(served, lambda now: now["sessions"] == 0)
    ((identity,),) = ours(served, 1, ("/system/identity",))
    assert identity["name"] == served.inventory[1].identity
    assert router(served).part(Files).has("half.auto.rsc")


@pytest.mark.skipif(not shutil.which("ssh"), reason="OpenSSH's ssh is not installed")
def test_openssh_drives_a_terminal(tmp_path: Path, fleet_of_three: Served) -> None:
    entry = fleet_of_three.inventory[1]
    (tmp_path / "known_hosts").write_text(f"[{entry.address}]:{entry.ssh_port} {entry.host_public_key}\n")
    ask = tmp_path / "ask"
    ask.write_text(f"#!/bin/sh\necho {entry.password}\n")
    ask.chmod(0o700)
    done = subprocess.run(
        [
            *("ssh", "-tt", "-F", "none", "-o", f"UserKnownHostsFile={tmp_path / 'known_hosts'}"),
            *("-o", "StrictHostKeyChecking=yes", "-o", "PreferredAuthentications=password"),
            *("-p", str(entry.ssh_port), f"{entry.username}+cet@{entry.address}"),
        ],
        input=b":put (40+2)\r/quit\r",
        env={**os.environ, "SSH_ASKPASS": str(ask), "SSH_ASKPASS_REQUIRE": "force"},
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert b"\r\n42\r\n" in done.stdout


def test_a_client_that_leaves_calls_off_what_its_command_waits_to_do(simulator: Factory) -> None:
    served = simulator(1, personas=("ccr2004",))
    waiting = served.router(0).down

    async def leave(connection: asyncssh.SSHClientConnection) -> None:
        done = await connection.run("/system identity set name=first; :delay 10ms; :put done", check=True)
        assert done.stdout == "done\r\n"
        before = len(waiting)
        process = await connection.create_process("/system identity set name=second; :delay 10m; :put done")
        await asyncio.to_thread(settle, served, lambda _: len(waiting) > before)
        process.close()
        await asyncio.to_thread(settle, served, lambda _: len(waiting) == before)

    over_ssh(served, 0, leave)
    assert told(served, ":put [/system identity get name]", 0) == ("second\r\n", 0)
