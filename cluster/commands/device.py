"""``flotilla device``: have a router watched, and list those that are."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Annotated, Any
from uuid import uuid4

import typer

from cluster import console, terminal
from cluster.console import Console
from db import inventory
from db.accounts import TenantRow
from db.inventory import DeviceRow
from db.platform import platform_session
from db.tenancy import tenant_session
from fleet import settings
from fleet.device import Device, Endpoint, TlsMode
from fleet.egress import Egress
from fleet.errors import BadInput
from fleet.identity import DeviceId, Principal, Role
from routeros import transport
from routeros.errors import PinMismatch

command = typer.Typer(name="device", help="Add and list devices.", no_args_is_help=True)

EXAMPLE = "Example: [bold]flotilla device add core-1 10.20.0.1 --tenant northwind --username flotilla --tls pin[/]"
LONGEST = timedelta(days=1)
PAGE = 1000

_NAME = re.compile(r"(?=.{1,253}\Z)[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*\.?", re.I)
_FINGERPRINT = re.compile(r"[0-9a-f]{64}")


@command.command(epilog=EXAMPLE)
def add(
    name: Annotated[str, typer.Argument(help="Its name within the tenant.")],
    address: Annotated[str, typer.Argument(help="Its IP address or DNS name, without the port.")],
    tenant: console.TenantOption,
    username: Annotated[str, typer.Option(help="Its user to log in as; read access with the policy api is enough.")],
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="The API's port.", show_default="8729, plain 8728")
    ] = None,
    tls: Annotated[TlsMode, typer.Option(help="How the connection is protected.")] = TlsMode.VERIFY,
    fingerprint: Annotated[
        str | None, typer.Option(help="For pin: the SHA-256 of its certificate in hex. Without it you are shown it.")
    ] = None,
    interval: Annotated[
        str | None, typer.Option(help="How often it is polled.", show_default="the setting: 60s")
    ] = None,
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="Read the password from there.")] = False,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Add a device to a tenant; the pollers find it by themselves.

    The password is asked for, or read from standard input, and kept encrypted under the tenant's key.
    """
    endpoint = _endpoint(address, port, tls, fingerprint)
    with console.opened(state) as here:
        one, every = here.tenant(tenant), _every(interval, here.settings.interval)
        _check(endpoint, here.egress(one), here.settings.poll_timeout)
        sealed = _seal(here, one, _password(f"{username} at {endpoint}", password_stdin))
        made = Device(DeviceId(uuid4()), one.id, name, endpoint, username, sealed, every)
        with platform_session(here.stores, "an administrator adds a device") as session:
            inventory.add(session, made, at=here.settings.clock().now())
    if as_json:
        terminal.answer({"id": made.id, "name": name, "tenant": one.slug, "address": address, "port": endpoint.port})
    else:
        typer.echo(f"{name} is a device of {one.slug}, polled at {endpoint} every {every.total_seconds():g} s.")


@command.command("list", epilog="Example: [bold]flotilla device list --tenant northwind --json[/]")
def show(
    tenant: console.TenantOption, state: terminal.StateOption = None, as_json: terminal.JsonOption = False
) -> None:
    """List the devices of a tenant by name, and how each is."""
    with console.opened(state) as here:
        found, now = list(_listed(here, here.tenant(tenant))), here.settings.clock().now()
    if as_json:
        terminal.answer([_document(row, now) for row in found])
    else:
        rows = [(r.name, r.shown(now), str(r.endpoint), r.endpoint.tls, r.username, r.error or "") for r in found]
        terminal.table("", ("name", "state", "address", "tls", "user", "what is wrong"), rows)


def _endpoint(address: str, port: int | None, tls: TlsMode, fingerprint: str | None) -> Endpoint:
    """Read where a device is; raises BadInput for what cannot be an address or a fingerprint."""
    # A name ends in a label with a letter: four numbers that are no address are a slip of the pen.
    numbers = address.rstrip(".").rpartition(".")[2].isdecimal()
    if not _literal(address) and (numbers or not _NAME.fullmatch(address)):
        advice = "Write an IP address without brackets or a DNS name, and the port as --port."
        raise BadInput(f"{address!r} is neither an address nor a name.", advice)
    if fingerprint is not None and tls is not TlsMode.PIN:
        raise BadInput(
            f"A fingerprint means nothing to --tls {tls}.", "Give --tls pin, or leave the fingerprint out."
        )
    pin = None if fingerprint is None else fingerprint.replace(":", "").strip().lower()
    if pin is not None and not _FINGERPRINT.fullmatch(pin):
        raise BadInput(f"{fingerprint!r} is no SHA-256 fingerprint.", "It is 64 hexadecimal digits, colons or not.")
    return Endpoint(address, port or (8728 if tls is TlsMode.PLAIN else 8729), tls, pin)


def _literal(address: str) -> bool:
    try:
        ip_address(address)
    except ValueError:
        return False
    return True


def _every(text: str | None, default: timedelta) -> timedelta:
    every = default if text is None else settings.span(text)
    if not timedelta() < every <= LONGEST:
        raise BadInput(
            f"A device cannot be polled every {text or every}.", "Give --interval 60s, or another up to 1d."
        )
    return every


def _check(endpoint: Endpoint, egress: Egress, patience: timedelta) -> None:
    """Raise EgressDenied for an address out of bounds, BadInput where a pin is to be accepted first."""
    if _literal(endpoint.address):
        egress.check(endpoint.address, endpoint.port)
    if endpoint.tls is not TlsMode.PIN or endpoint.fingerprint:
        return
    try:
        asyncio.run(_greet(endpoint, egress, patience))
    except PinMismatch as error:
        advice = f"Compare it with the device's own (/certificate/print detail), then give --fingerprint {error.seen}"
        raise BadInput(
            f"Nobody has accepted a fingerprint of {endpoint} yet. It shows {error.seen}.", advice
        ) from error


async def _greet(endpoint: Endpoint, egress: Egress, patience: timedelta) -> None:
    """Do the TLS handshake and no more; without a pin it always ends in PinMismatch."""
    deadline = asyncio.get_running_loop().time() + patience.total_seconds()
    await transport.connect(endpoint, asyncio.Protocol, deadline, egress)


def _password(whose: str, from_stdin: bool) -> str:
    """Ask for the password without showing it; raises BadInput where standard input holds none."""
    if not from_stdin:
        return str(typer.prompt(f"Password of {whose}", hide_input=True, err=True))
    password = typer.get_text_stream("stdin").read().removesuffix("\n").removesuffix("\r")
    if not password:
        raise BadInput("There is no password on standard input.", "Give the user one (/user), and write it there.")
    return password


def _seal(here: Console, one: TenantRow, password: str) -> str:
    with here.vault() as vault:
        vault.ensure(one.id)
        return vault.seal(one.id, [password.encode()])[0]


def _listed(here: Console, one: TenantRow) -> Iterator[DeviceRow]:
    """Read all devices of a tenant, a page at a time."""
    viewer, after = Principal.person(one.id, "flotilla device list", Role.VIEWER), None
    while True:
        with tenant_session(here.stores, viewer) as session:
            rows = inventory.page(session, after, PAGE)
        yield from rows
        if len(rows) < PAGE:
            return
        after = rows[-1].name


def _document(row: DeviceRow, now: datetime) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "state": row.shown(now),
        "address": row.endpoint.address,
        "port": row.endpoint.port,
        "tls": row.endpoint.tls,
        "username": row.username,
        "interval_seconds": row.interval.total_seconds(),
        "heard_at": row.heard_at and row.heard_at.isoformat(),
        "error": row.error,
    }
