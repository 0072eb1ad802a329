"""``flotilla device probe``: what a device is, can and lacks, before it is added."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from cluster import console, reaching, terminal, visit
from cluster.commands.device import command
from cluster.visit import Visit
from fleet import endpoints, settings
from fleet.device import Endpoint, Login, TlsMode
from fleet.egress import SIMULATED, Egress
from fleet.errors import BadInput, FleetError
from routeros.errors import PinMismatch, RouterOSError, TlsFailed
from routeros.probe import probing, second
from routeros.probe.probing import Call

EPILOG = (
    "Example: [bold]flotilla device probe 10.20.0.1 --tls pin --username flotilla[/]\n\n"
    "Exit statuses: 0 all is well · 1 it answered, and something is wrong (also: a certificate that is not accepted "
    "yet) · 2 it cannot be reached, it refused the login, or it was asked wrongly."
)


@command.command(epilog=EPILOG)
def probe(
    address: reaching.AddressArgument,
    port: reaching.PortOption = None,
    tls: reaching.TlsOption = TlsMode.VERIFY,
    fingerprint: reaching.FingerprintOption = None,
    authority: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="For verify: the PEM of an authority of your own that vouches for it."),
    ] = None,
    username: Annotated[
        str | None, typer.Option(help="Its user to log in as. Without it only the handshake is done.")
    ] = None,
    password_stdin: reaching.StdinOption = False,
    tenant: Annotated[
        str | None, typer.Option(help="Keep to the networks of this tenant of a running Flotilla.")
    ] = None,
    simulated: Annotated[
        bool, typer.Option("--simulated", help=f"Allow the simulator's addresses, {SIMULATED}.")
    ] = False,
    second_opinion: Annotated[
        bool, typer.Option("--second-opinion", help="Read it with librouteros too, and name every difference.")
    ] = False,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Tell what a device is, can and lacks; nothing is changed on it, and Flotilla need not run.

    Its certificate is shown before any password is asked for, and with --tls pin no password is sent until you give
    the --fingerprint.
    """
    endpoint = _vouched(endpoints.endpoint(address, port, tls, fingerprint), authority)
    if second_opinion and username is None:
        raise BadInput("A second opinion needs a login.", "Give --username.")
    call = _call(tenant, simulated, state)

    def login() -> Login | None:
        if username is None:
            return None
        return Login(username, reaching.password(f"{username} at {endpoint}", password_stdin))

    seen = _visit(endpoint, call, login, second_opinion)
    if as_json:
        terminal.answer(visit.document(seen))
    elif seen.error is None or seen.greeting or seen.probe:
        visit.show(seen, terminal.out)
    raise typer.Exit(_status(seen, as_json))


def _vouched(endpoint: Endpoint, authority: Path | None) -> Endpoint:
    """Let an authority of one's own vouch for a device, instead of the public ones."""
    if authority is None:
        return endpoint
    if endpoint.tls is not TlsMode.VERIFY:
        raise BadInput(f"With --tls {endpoint.tls} no authority is asked.", "Give either --authority or --tls.")
    try:
        text = authority.read_text()
        ssl.create_default_context(cadata=text)
    except (ssl.SSLError, ValueError) as error:
        raise BadInput(f"{authority} holds no certificate.", "Name a PEM file of an authority.") from error
    except OSError as error:
        raise BadInput(f"{authority} cannot be read: {error.strerror}.", "Name another file.") from error
    return replace(endpoint, authority=text)


def _call(tenant: str | None, simulated: bool, state: Path | None) -> Call:
    """Find what holds for the way: the tenant's networks, and how long a device may take."""
    if simulated and tenant:
        raise BadInput("A tenant's networks are its own.", "Give either --tenant or --simulated.")
    if tenant is None:
        asked = settings.load(state, announced=False)
        return Call(asked.poll_timeout, Egress((SIMULATED,)) if simulated else Egress(), asked.clock())
    with console.opened(state) as here:
        return Call(here.settings.poll_timeout, here.egress(here.tenant(tenant)), here.settings.clock())


def _visit(endpoint: Endpoint, call: Call, login: Callable[[], Login | None], both: bool) -> Visit:
    """Go as far as the device and the one who asks allow."""
    seen = Visit(endpoint, call.clock.now())
    try:
        seen = replace(seen, greeting=asyncio.run(probing.greet(endpoint, call)))
        asyncio.run(probing.accept(endpoint, seen.greeting, call))
        entry = login()
        if entry is None:
            return seen
        seen = replace(seen, probe=asyncio.run(probing.probe(endpoint, entry, call)))
        if both:
            seen = replace(seen, opinion=asyncio.run(second.ask(endpoint, entry, call)))
    except RouterOSError as error:
        return replace(seen, error=_advised(error))
    return seen


def _advised(error: RouterOSError) -> FleetError:
    """Say what to do with this very command."""
    if isinstance(error, PinMismatch):
        error.next_step = (
            f"Compare it with the device's own (/certificate/print detail); if it is: --fingerprint {error.seen}"
        )
    elif isinstance(error, TlsFailed) and "not trusted" in error.message:
        error.next_step = (
            "If it vouches for itself, pin it: --tls pin. If an authority of yours does: --authority FILE."
        )
    return error


def _status(seen: Visit, as_json: bool) -> int:
    """Say what ended the probe, and tell the exit status."""
    error = seen.error
    if error is None:
        return 0 if seen.well else 1
    if not as_json:
        terminal.refuse(error.message, error.next_step)
    judged = isinstance(error, TlsFailed) and seen.greeting is not None
    return 1 if judged or seen.probe else 2
