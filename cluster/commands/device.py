"""``flotilla device``: have a router watched, and list those that are."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Annotated, Any
from uuid import uuid4

import typer
from sqlalchemy.orm import Session

from cluster import admission, belongings, console, reaching, terminal
from db import inventory
from db.inventory import DeviceRow, Narrow
from fleet import belonging, endpoints
from fleet.device import Device, TlsMode
from fleet.identity import DeviceId
from routeros import switches

command = typer.Typer(name="device", help="Add, change, remove and list devices.", no_args_is_help=True)

EXAMPLE = "Example: [bold]flotilla device add core-1 10.20.0.1 --tenant northwind --username flotilla --tls pin[/]"


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
    site: belongings.SiteOption = None,
    tag: belongings.TagOption = None,
    collector_off: belongings.OffOption = None,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Add a device to a tenant; the pollers find it by themselves.

    The password is asked for, or read from standard input, and kept encrypted under the tenant's key.
    """
    endpoint = endpoints.endpoint(address, port, tls, fingerprint, streams)
    tags, off = belonging.tags(tag or ()), switches.check(collector_off or ())
    with console.opened(state) as here:
        one = here.tenant(tenant)
        every = admission.often(here.settings.interval) if interval is None else admission.every(interval)
        belongings.check(here, one, site)
        admission.check(here, one, endpoint)
        sealed = admission.seal(here, one, reaching.password(f"{username} at {endpoint}", password_stdin))
        made = Device(DeviceId(uuid4()), one.id, name, endpoint, username, sealed, every, collectors_off=off)
        with here.registry(one) as registry:
            registry.add(made, site or "", tags)
    if as_json:
        place = {"address": endpoint.address, "port": endpoint.port}
        terminal.answer({"id": made.id, "name": name, "tenant": one.slug, **place})
    else:
        typer.echo(f"{name} is a device of {one.slug}, polled at {endpoint} every {every.total_seconds():g} s.")


@command.command("list", epilog="Example: [bold]flotilla device list --tenant northwind --site Oslo --json[/]")
def show(
    tenant: console.TenantOption,
    site: Annotated[str | None, typer.Option(help="Only those at this site.", show_default="all")] = None,
    tag: Annotated[str | None, typer.Option(help="Only those with this tag.", show_default="all")] = None,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """List the devices of a tenant by name, and how each is."""
    wanted = None if tag is None else belonging.tag(tag)
    with console.opened(state) as here:
        one, now = here.tenant(tenant), here.settings.clock().now()
        place = belongings.check(here, one, site)
        found = list(here.every(one, partial(_page, Narrow(None, None, now, place, wanted))))
    if as_json:
        terminal.answer([document(row, now) for row in found])
    else:
        rows = [
            (r.name, r.shown(now), str(r.endpoint), r.endpoint.tls, r.site or "", ", ".join(r.tags), r.error or "")
            for r in found
        ]
        terminal.table("", ("name", "state", "address", "tls", "site", "tags", "what is wrong"), rows)


def _page(narrow: Narrow, session: Session, last: DeviceRow | None) -> list[DeviceRow]:
    return inventory.page(session, None if last is None else last.name, console.PAGE, narrow)


def document(row: DeviceRow, now: datetime) -> dict[str, Any]:
    """Lay a device out for programs."""
    return {
        "id": row.id,
        "name": row.name,
        "state": row.shown(now),
        "address": row.endpoint.address,
        "port": row.endpoint.port,
        "tls": row.endpoint.tls,
        "username": row.username,
        "interval_seconds": row.interval.total_seconds(),
        "site": row.site,
        "tags": list(row.tags),
        "collectors_off": list(row.collectors_off),
        "heard_at": row.heard_at and row.heard_at.isoformat(),
        "error": row.error,
    }
