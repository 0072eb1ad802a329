"""Our own SSH client against simulated routers: pinned keys, old algorithms by choice, commands and files."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from io import BytesIO
from typing import Any, TypeVar

import pytest

from routeros import ssh
from routeros.errors import FileRefused, HostKeyMismatch, LoginFailed, SshFailed, Unreachable
from routeros.ssh import Host, Shell
from tests.fixtures.simulator import EGRESS, Factory, Served
from tests.routeros.simulator.test_clients import entered, ours

T = TypeVar("T")
LONG = timedelta(seconds=20)


def shelled(served: Served, device: int, act: Callable[[Shell], Awaitable[T]], **changed: Any) -> T:
    """Connect as the product does, with the fingerprint of the inventory."""
    entry = served.inventory[device]
    settings = {"fingerprint": entry.host_key, "legacy": entry.version.startswith("6."), **changed}

    async def run() -> T:
        host = Host(entry.address, entry.ssh_port, **settings)
        async with await ssh.connect(host, served.login(device), timeout=LONG, egress=EGRESS) as shell:
            return await act(shell)

    return asyncio.run(run())


async def nothing(_: Shell) -> None:
    """Only be let in."""


@pytest.mark.parametrize("device", [0, 1, 2])
def test_both_our_clients_read_the_same(fleet_of_three: Served, device: int) -> None:
    async def read(shell: Shell) -> list[str]:
        menus = ("/system identity get name", "/system resource get version", "/ip address print as-value")
        return [(await shell.exec(f":put [{menu}]", timeout=LONG)).text.strip() for menu in menus]

    (identity,), (resource,), addresses = ours(
        fleet_of_three, device, ("/system/identity", "/system/resource", "/ip/address")
    )
    name, version, listed = shelled(fleet_of_three, device, read)
    assert (name, version) == (identity["name"], resource["version"])
    assert [pair.partition("=")[2] for pair in listed.split(";") if pair.startswith("address=")] == [
        row["address"] for row in addresses
    ]


def test_old_algorithms_are_needed_for_version_6_only(fleet_of_three: Served) -> None:
    with pytest.raises((SshFailed, Unreachable)):  # who hangs up first is a matter of moments
        shelled(fleet_of_three, 0, nothing, legacy=False)
    shelled(fleet_of_three, 1, nothing, legacy=False)


def test_a_key_made_anew_is_not_taken_for_the_pinned_one(simulator: Factory) -> None:
    served = simulator(2)
    with entered(served, 1) as api:
        list(api("/ip/ssh/regenerate-host-key"))
    with pytest.raises(HostKeyMismatch):
        shelled(served, 1, nothing)


@pytest.mark.parametrize(("fault", "error"), [("down", Unreachable), ("refuse-login", LoginFailed)])
def test_what_is_wrong_has_its_own_error(simulator: Factory, fault: str, error: type[Exception]) -> None:
    served = simulator(2)
    served.fault(1, fault)
    with pytest.raises(error):
        shelled(served, 1, nothing)


def test_files_go_there_and_come_back(simulator: Factory) -> None:
    served, data = simulator(2), bytes(range(256)) * 700

    async def carry(shell: Shell) -> bytes:
        await shell.put("config.rsc", BytesIO(data))
        back = BytesIO()
        await shell.get("config.rsc", back)
        await asyncio.to_thread(served.fault, 1, "disk-full")
        with pytest.raises(FileRefused):
            await shell.put("more.rsc", BytesIO(data))
        with pytest.raises(FileRefused):
            await shell.get("none.rsc", BytesIO())
        return back.getvalue()

    assert shelled(served, 1, carry) == data


def test_an_export_tells_which_menu_the_control_socket_made_stuck(simulator: Factory) -> None:
    served = simulator(1, personas=("ccr2004",))
    served.fault(0, "stuck-export", menu="/ip/dns")

    async def exported(shell: Shell) -> str:
        return (await shell.exec("/export", timeout=LONG)).text

    assert '#error exporting "/ip/dns" (timeout)' in shelled(served, 0, exported)
    served.control("lift", device=0, kind="stuck-export")
    assert "#error" not in shelled(served, 0, exported)
