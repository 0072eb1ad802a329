"""SSH behind its socket: who is let in, how many, what a fault does to it, and what is counted."""

from __future__ import annotations

import asyncio
import socket
from contextlib import ExitStack

import asyncssh
import pytest

from routeros.simulator.parts.log import Log
from tests.fixtures.simulator import Factory, Served
from tests.routeros.simulator.doors.ssh.guests import nothing, over_ssh
from tests.routeros.simulator.test_clients import entered, ours
from tests.routeros.simulator.test_simulation import settle


@pytest.mark.parametrize("device", [0, 1, 2])
def test_each_router_shows_its_own_key_and_banner(fleet_of_three: Served, device: int) -> None:
    async def look(connection: asyncssh.SSHClientConnection) -> tuple[str, str]:
        key = connection.get_server_host_key()
        assert key is not None
        return connection.get_extra_info("server_version"), key.get_fingerprint()

    assert over_ssh(fleet_of_three, device, look) == ("SSH-2.0-ROSSSH", fleet_of_three.inventory[device].host_key)


def test_the_key_of_another_router_is_not_taken(fleet_of_three: Served) -> None:
    other = asyncssh.import_public_key(fleet_of_three.inventory[2].host_public_key)
    with pytest.raises(asyncssh.HostKeyNotVerifiable):
        over_ssh(fleet_of_three, 1, nothing, known_hosts=([other], [], []))


def test_version_6_is_only_for_clients_that_accept_its_old_signatures(fleet_of_three: Served) -> None:
    assert fleet_of_three.inventory[0].version.startswith("6.")
    with pytest.raises((asyncssh.KeyExchangeFailed, asyncssh.ConnectionLost)):
        over_ssh(fleet_of_three, 0, nothing, server_host_key_algs="rsa-sha2-256,rsa-sha2-512,ssh-ed25519")
    over_ssh(fleet_of_three, 0, nothing)


def test_a_key_that_was_made_anew_is_shown_from_then_on(simulator: Factory) -> None:
    served = simulator(2)
    with entered(served, 1) as api:
        assert list(api("/ip/ssh/regenerate-host-key")) == []
    with pytest.raises(asyncssh.HostKeyNotVerifiable):
        over_ssh(served, 1, nothing)


@pytest.mark.parametrize("login", [{"password": "wrong"}, {"username": "nobody"}])
def test_who_is_unknown_is_refused_logged_and_counted(simulator: Factory, login: dict[str, str]) -> None:
    served = simulator(2)
    with pytest.raises(asyncssh.PermissionDenied):
        over_ssh(served, 1, nothing, **login)
    found = settle(served, lambda now: now["sessions"] == 0)
    assert (found["polls_failed"], found["logins"]) == (1, 0)
    router = served.simulation.router(1)
    assert router is not None
    assert "via ssh" in router.part(Log).entries[-1].message


def test_who_is_in_is_shown_counted_and_gone_afterwards(simulator: Factory) -> None:
    served = simulator(2)

    async def look(_: asyncssh.SSHClientConnection) -> list[dict[str, str]]:
        ((*active,),) = await asyncio.to_thread(ours, served, 1, ("/user/active",))
        return active

    assert [row["via"] for row in over_ssh(served, 1, look)] == ["ssh", "api"]
    assert settle(served, lambda now: now["sessions"] == 0)["logins"] == 2
    ((*left,),) = ours(served, 1, ("/user/active",))
    assert [row["via"] for row in left] == ["api"]


def test_login_options_are_no_part_of_the_name(fleet_of_three: Served) -> None:
    over_ssh(fleet_of_three, 1, nothing, username=f"{fleet_of_three.inventory[1].username}+cet511w")


def test_a_connection_that_guesses_on_is_ended(simulator: Factory) -> None:
    class Guesser(asyncssh.SSHClient):
        def password_auth_requested(self) -> str:
            return "wrong"

    served = simulator(1)
    with pytest.raises((asyncssh.PermissionDenied, asyncssh.ConnectionLost)):
        over_ssh(served, 0, nothing, client_factory=Guesser, password=None)
    assert settle(served, lambda now: now["sessions"] == 0)["polls_failed"] == 5


def test_a_group_without_the_policy_does_not_enter(simulator: Factory) -> None:
    served = simulator(2)
    with entered(served, 1) as api:
        list(api("/user/group/add", name="robots", policy="read,api"))
        list(api("/user/add", name="robot", password="x", group="robots"))
    with pytest.raises(asyncssh.PermissionDenied):
        over_ssh(served, 1, nothing, username="robot", password="x")


def test_the_service_can_be_disabled_and_takes_as_many_as_it_is_told(simulator: Factory) -> None:
    served = simulator(2)

    async def again(_: asyncssh.SSHClientConnection) -> None:
        with pytest.raises(OSError, match="reset"):
            await asyncio.to_thread(knock, served, "ssh_port")

    with entered(served, 1) as api:
        api.path("/ip/service").update(**{".id": "ssh", "max-sessions": "1"})
        over_ssh(served, 1, again)
        settle(served, lambda now: now["sessions"] == 1)
        api.path("/ip/service").update(**{".id": "ssh", "disabled": "yes"})
        with pytest.raises(OSError, match="reset"):
            knock(served, "ssh_port")
    over_ssh(served, 0, nothing)


def knock(served: Served, port: str, device: int = 1) -> bytes:
    """Connect, and wait for the first bytes."""
    entry = served.inventory[device]
    with socket.create_connection((entry.address, getattr(entry, port)), 60) as wire:
        return wire.recv(100)


def test_a_router_that_is_silent_takes_a_connection_and_never_says_a_word(simulator: Factory) -> None:
    served = simulator(2)
    entry = served.inventory[1]
    served.fault(1, "silent")
    with socket.create_connection((entry.address, entry.ssh_port), 60) as wire:
        wire.settimeout(0.05)
        with pytest.raises(TimeoutError):
            wire.recv(1)
        wire.settimeout(60)
        served.control("lift", device=1, kind="silent")
        with pytest.raises(OSError, match="reset"):
            wire.recv(1)
    over_ssh(served, 1, nothing)


def test_what_was_open_when_power_was_lost_hears_nothing_until_it_is_back(simulator: Factory) -> None:
    served = simulator(2)

    async def run(connection: asyncssh.SSHClientConnection) -> None:
        await connection.run(":put 1")
        await asyncio.to_thread(served.fault, 1, "power-loss", seconds=600)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(connection.run(":put 1"), 0.05)

    over_ssh(served, 1, run)


@pytest.mark.parametrize("port", ["ssh_port", "winbox_port"])
def test_a_router_that_is_down_answers_with_a_reset_and_cuts_who_is_there(simulator: Factory, port: str) -> None:
    served = simulator(2)
    with entered(served, 0), ExitStack() as stack:
        entry = served.inventory[1]
        wire = stack.enter_context(socket.create_connection((entry.address, getattr(entry, port)), 60))
        settle(served, lambda now: now["sessions"] == 2)
        served.fault(1, "down")
        while wire.recv(4096):
            pass
        with pytest.raises(OSError, match="reset"):
            knock(served, port)


def test_a_router_that_refuses_logins_refuses_these_too(simulator: Factory) -> None:
    served = simulator(2)
    served.fault(1, "refuse-login")
    with pytest.raises(asyncssh.PermissionDenied):
        over_ssh(served, 1, nothing)


def test_a_router_that_talks_garbage_is_no_ssh_server(simulator: Factory) -> None:
    served = simulator(2)
    served.fault(1, "garbage")
    assert not knock(served, "ssh_port").startswith(b"SSH-")
    assert settle(served, lambda now: now["sessions"] == 0)["polls_failed"] == 1


def test_nonsense_ends_one_connection_only(simulator: Factory) -> None:
    served = simulator(2)
    entry = served.inventory[1]
    for nonsense in (b"GET / HTTP/1.0\r\n\r\n", b"SSH-2.0-x\r\n" + b"\xff" * 400):
        with socket.create_connection((entry.address, entry.ssh_port), 60) as wire:
            wire.sendall(nonsense)
            wire.shutdown(socket.SHUT_WR)
            while wire.recv(4096):
                pass
    settle(served, lambda now: now["sessions"] == 0)
    over_ssh(served, 1, nothing)


def test_nothing_can_be_forwarded_through_a_router(fleet_of_three: Served) -> None:
    async def tunnel(connection: asyncssh.SSHClientConnection) -> None:
        with pytest.raises(asyncssh.ChannelOpenError):
            await connection.open_connection("127.0.0.1", fleet_of_three.inventory[0].api_port)
        with pytest.raises(asyncssh.ChannelListenError):
            await connection.forward_remote_port("", 0, "127.0.0.1", 1)

    over_ssh(fleet_of_three, 1, tunnel)


def test_winbox_takes_connections_says_nothing_and_counts_them(simulator: Factory) -> None:
    served = simulator(2)
    entry = served.inventory[1]
    with entered(served, 1) as api, ExitStack() as stack:
        api.path("/ip/service").update(**{".id": "winbox", "max-sessions": "2"})
        wires = [
            stack.enter_context(socket.create_connection((entry.address, entry.winbox_port), 60)) for _ in range(2)
        ]
        settle(served, lambda now: now["sessions"] == 3)
        for wire in wires:
            wire.sendall(b"whatever it says")
            wire.settimeout(0.05)
            with pytest.raises(TimeoutError):
                wire.recv(1)
        with pytest.raises(OSError, match="reset"):
            knock(served, "winbox_port")
        wires[0].close()
        settle(served, lambda now: now["sessions"] == 2)
        api.path("/ip/service").update(**{".id": "winbox", "disabled": "yes"})
        with pytest.raises(OSError, match="reset"):
            knock(served, "winbox_port")
