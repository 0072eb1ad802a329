"""``flotilla device``: have a router watched, and list those that are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any
from uuid import uuid4

import typer

from cluster import admission, console, reaching, terminal
from cluster.console import Console
from db import inventory
from db.accounts import TenantRow
from db.inventory import DeviceRow
from fleet import endpoints
from fleet.device import Device, TlsMode
from fleet.identity import DeviceId

command = typer.Typer(name="device", help="Add, change, remove and list devices.", no_args_is_help=True)

EXAMPLE = "Example: [bold]flotilla device add core-1 10.20.0.1 --tenant northwind --username flotilla --tls pin[/]"
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
    streams: Annotated[int, reaching.STREAMS] = 8,
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
    endpoint = endpoints.endpoint(address, port, tls, fingerprint, streams)
    with console.opened(state) as here:
        one = here.tenant(tenant)
        every = admission.often(here.settings.interval) if interval is None else admission.every(interval)
        admission.check(here, one, endpoint)
        sealed = admission.seal(here, one, reaching.password(f"{username} at {endpoint}", password_stdin))
        made = Device(DeviceId(uuid4()), one.id, name, endpoint, username, sealed, every)
        with here.registry(one) as registry:
            registry.add(made)
    if as_json:
        place = {"address": endpoint.address, "port": endpoint.port}
        terminal.answer({"id": made.id, "name": name, "tenant": one.slug, **place})
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


def _listed(here: Console, one: TenantRow) -> Iterator[DeviceRow]:
    """Read all devices of a tenant, a page at a time."""
    after = None
    while True:
        with here.entered(one) as session:
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
