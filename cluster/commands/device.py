"""``flotilla device``: have a router watched, and list those that are."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import uuid4

import typer

from cluster import console, reaching, terminal
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


@command.command(epilog=EXAMPLE)
def add(
    name: Annotated[str, typer.Argument(help="Its name within the tenant.")],
    address: reaching.AddressArgument,
    tenant: console.TenantOption,
    username: Annotated[str, typer.Option(help="Its user to log in as; read access with the policy api is enough.")],
    port: reaching.PortOption = None,
    tls: reaching.TlsOption = TlsMode.VERIFY,
    fingerprint: reaching.FingerprintOption = None,
    interval: Annotated[
        str | None, typer.Option(help="How often it is polled.", show_default="the setting: 60s")
    ] = None,
    password_stdin: reaching.StdinOption = False,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Add a device to a tenant; the pollers find it by themselves.

    The password is asked for, or read from standard input, and kept encrypted under the tenant's key.
    """
    endpoint = reaching.endpoint(address, port, tls, fingerprint)
    with console.opened(state) as here:
        one, every = here.tenant(tenant), _every(interval, here.settings.interval)
        _check(endpoint, here.egress(one), here.settings.poll_timeout)
        sealed = _seal(here, one, reaching.password(f"{username} at {endpoint}", password_stdin))
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


def _every(text: str | None, default: timedelta) -> timedelta:
    every = default if text is None else settings.span(text)
    if not timedelta() < every <= LONGEST:
        raise BadInput(
            f"A device cannot be polled every {text or every}.", "Give --interval 60s, or another up to 1d."
        )
    return every


def _check(endpoint: Endpoint, egress: Egress, patience: timedelta) -> None:
    """Raise EgressDenied for an address out of bounds, BadInput where a pin is to be accepted first."""
    if reaching.literal(endpoint.address):
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
