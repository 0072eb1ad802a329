"""The probe against simulated routers of every kind, and against scripted ones that show, refuse and hide."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from fleet.clock import SystemClock
from fleet.device import Endpoint, TlsMode
from fleet.egress import Egress
from fleet.errors import EgressDenied
from fleet.versions import Version
from routeros.errors import LoginFailed, PinMismatch, TlsFailed, Unreachable
from routeros.probe import probing
from routeros.probe.findings import Access, Probe
from routeros.probe.probing import Call, Greeting
from routeros.probe.remark import Kind
from routeros.probe.verdict import judge
from routeros.simulator.device.model import PERSONAS
from routeros.simulator.simulation import Options
from tests.fixtures.simulator import EGRESS, Served, running
from tests.routeros.certificates import anonymous, issue, serving
from tests.routeros.scripted import ADMIN, HERE, Peer, Router, Script, router

CALL = Call(timedelta(minutes=1), EGRESS, SystemClock())
KINDS = tuple(sorted(PERSONAS))


@pytest.fixture(scope="module")
def fleet() -> Iterator[Served]:
    """One router of each kind."""
    with running(Options(len(KINDS), personas=KINDS)) as served:
        yield served


def visit(served: Served, device: int, tls: TlsMode) -> tuple[Greeting | None, Probe]:
    async def run() -> tuple[Greeting | None, Probe]:
        endpoint = served.endpoint(device, tls)
        greeting = await probing.greet(endpoint, CALL)
        await probing.accept(endpoint, greeting, CALL)
        return greeting, await probing.probe(endpoint, served.login(device), CALL)

    return asyncio.run(run())


@pytest.mark.parametrize("tls", [TlsMode.PIN, TlsMode.PLAIN])
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_device_is_told_as_it_is(fleet: Served, kind: str, tls: TlsMode) -> None:
    device = KINDS.index(kind)
    model, persona = fleet.simulation.models[device], PERSONAS[kind]
    greeting, found = visit(fleet, device, tls)
    if tls is TlsMode.PIN:
        assert greeting is not None
        assert greeting.certificate is not None
        assert greeting.certificate.fingerprint == fleet.inventory[device].fingerprint
    else:
        assert greeting is None
    assert found.identity == model.identity
    assert found.version.startswith(str(model.version))
    assert (found.board, found.architecture) == (persona.board.name, persona.board.architecture)
    assert (found.model, found.serial) == (persona.board.model or "", model.serial)
    assert found.clock.ahead is not None
    assert abs(found.clock.ahead) < timedelta(seconds=60)
    assert found.rights.reads
    assert {service.name for service in found.services} >= {"api", "api-ssl", "ssh", "winbox"}
    assert found.errors == {}


def test_radios_are_found_under_the_menu_of_their_driver(fleet: Served) -> None:
    _, old = visit(fleet, KINDS.index("rb951"), TlsMode.PLAIN)
    assert old.counts["/interface/wireless"] == 1
    assert old.menus["/interface/wifi"] is Access.ABSENT
    _, new = visit(fleet, KINDS.index("hap_ax2"), TlsMode.PLAIN)
    assert new.counts["/interface/wifi"] == 2
    assert "radios" in {remark.what for remark in judge(new) if remark.kind is Kind.CAN}


def test_a_virtual_router_lacks_a_board(fleet: Served) -> None:
    _, found = visit(fleet, KINDS.index("chr"), TlsMode.PIN)
    assert found.menus["/system/routerboard"] is Access.ABSENT
    assert "RouterBOARD" in {remark.what for remark in judge(found) if remark.kind is Kind.LACKS}


def test_a_device_before_6_43_is_entered_by_its_challenge(fleet: Served) -> None:
    device = KINDS.index("rb951")
    assert fleet.simulation.models[device].version < Version(6, 43)
    _, found = visit(fleet, device, TlsMode.PIN)
    assert found.device_mode == {}
    assert found.firmware == "6.42.12"


def test_a_wrong_password_is_a_refused_login(fleet: Served) -> None:
    with pytest.raises(LoginFailed):
        asyncio.run(probing.probe(fleet.endpoint(0), ADMIN, CALL))


def play(
    script: Script, scenario: Callable[[Router], Awaitable[None]], context: object = None, **endpoint: object
) -> None:
    async def run() -> None:
        async with asyncio.timeout(60), router(script, context, **endpoint) as here:  # type: ignore[arg-type]
            await scenario(here)

    asyncio.run(run())


@pytest.mark.parametrize("pinned", [None, "", "0" * 64])
def test_without_the_right_pin_the_certificate_is_shown_and_nothing_is_sent(
    tmp_path: Path, pinned: str | None
) -> None:
    issued = issue("router")

    async def scenario(here: Router) -> None:
        greeting = await probing.greet(here.endpoint, CALL)
        assert greeting is not None
        assert greeting.certificate is not None
        assert greeting.certificate.fingerprint == issued.fingerprint
        with pytest.raises(PinMismatch) as caught:
            await probing.accept(here.endpoint, greeting, CALL)
        assert caught.value.seen == issued.fingerprint
        with pytest.raises(PinMismatch):
            await probing.probe(here.endpoint, ADMIN, CALL)
        await here.hung_up.wait()
        assert [peer.heard for peer in here.peers if peer.heard] == []

    play(lambda peer: peer.silence(), scenario, serving(issued, tmp_path), tls=TlsMode.PIN, fingerprint=pinned)


def test_a_certificate_that_no_authority_vouches_for_is_shown_and_nothing_is_sent(tmp_path: Path) -> None:
    issued = issue("router", HERE)

    async def scenario(here: Router) -> None:
        greeting = await probing.greet(here.endpoint, CALL)
        assert greeting is not None
        assert greeting.certificate is not None
        assert greeting.certificate.self_signed
        with pytest.raises(TlsFailed, match="not trusted"):
            await probing.accept(here.endpoint, greeting, CALL)
        assert [peer.heard for peer in here.peers if peer.heard] == []

    play(lambda peer: peer.silence(), scenario, serving(issued, tmp_path), tls=TlsMode.VERIFY)


def test_a_certificate_of_the_authority_is_accepted(tmp_path: Path) -> None:
    authority = issue("authority")
    context = serving(issue("router", HERE, authority), tmp_path)

    async def scenario(here: Router) -> None:
        await probing.accept(here.endpoint, await probing.greet(here.endpoint, CALL), CALL)

    play(lambda peer: peer.silence(), scenario, context, tls=TlsMode.VERIFY, authority=authority.pem)


def test_anonymous_tls_shows_no_certificate(tmp_path: Path) -> None:
    async def scenario(here: Router) -> None:
        greeting = await probing.greet(here.endpoint, CALL)
        assert greeting is not None
        assert greeting.certificate is None
        assert "ADH" in greeting.cipher
        await probing.accept(here.endpoint, greeting, CALL)

    play(lambda peer: peer.silence(), scenario, anonymous(tmp_path), tls=TlsMode.ANONYMOUS)


async def strict(peer: Peer) -> None:
    """Let the user in and refuse whatever is not the identity."""
    await peer.welcome()
    while True:
        menu, tag = await peer.command()
        if menu == "/system/identity/print":
            peer.say("!re", "=name=vault", tag)
        else:
            peer.say("!trap", "=message=not enough permissions (9)", tag)
        peer.say("!done", tag)


def test_a_device_that_refuses_rights_is_told_so() -> None:
    async def scenario(here: Router) -> None:
        found = await probing.probe(here.endpoint, ADMIN, CALL)
        assert found.identity == "vault"
        assert set(found.menus.values()) == {Access.PRESENT, Access.FORBIDDEN}
        assert not found.rights.reads
        remarks = judge(found)
        assert [remark.what for remark in remarks if remark.wrong] == ["rights"]
        (closed,) = [remark.text for remark in remarks if remark.what == "menus"]
        assert "/system/resource" in closed

    play(strict, scenario)


def test_everything_is_asked_at_once_and_only_read() -> None:
    asked: list[str] = []

    async def script(peer: Peer) -> None:
        await peer.welcome()
        held = [await peer.command() for _ in range(Endpoint(HERE).streams)]
        asked.extend(menu for menu, _ in held)
        for _, tag in held:
            peer.say("!done", tag)
        while True:
            menu, tag = await peer.command()
            asked.append(menu)
            peer.say("!done", tag)

    async def scenario(here: Router) -> None:
        await probing.probe(here.endpoint, ADMIN, CALL)
        assert len(asked) > 25
        assert {menu.rpartition("/")[2] for menu in asked} == {"print", "read"}

    play(script, scenario)


def test_an_address_that_nobody_granted_is_not_even_greeted() -> None:
    async def scenario(here: Router) -> None:
        narrow = Call(CALL.timeout, Egress(), CALL.clock)
        with pytest.raises(EgressDenied):
            await probing.greet(here.endpoint, narrow)
        assert here.peers == []

    play(lambda peer: peer.silence(), scenario)


def test_a_device_that_is_away_is_unreachable() -> None:
    with pytest.raises(Unreachable):
        asyncio.run(probing.greet(Endpoint(HERE, 1, TlsMode.PIN), CALL))
