"""``flotilla device``: have a router watched, and lay those out that are."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import uuid4

import typer

from cluster import admission, belongings, console, entering, reaching, terminal
from cluster.entering import Given
from db.inventory import DeviceRow
from db.registry import New
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
    username: entering.UsernameOption = None,
    profile: entering.ProfileOption = None,
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

    The password is asked for, or read from standard input, and kept encrypted under the tenant's key. A profile has
    its own user and password.
    """
    endpoint = endpoints.endpoint(address, port, tls, fingerprint, streams)
    tags, off = belonging.tags(tag or ()), switches.check(collector_off or ())
    with console.opened(state) as here:
        one = here.tenant(tenant)
        every = admission.often(here.settings.interval) if interval is None else admission.every(interval)
        belongings.check(here, one, site)
        admission.check(here, one, endpoint)
        login = entering.login(here, one, Given(username, profile, password_stdin), str(endpoint))
        made = Device(DeviceId(uuid4()), one.id, name, endpoint, interval=every, collectors_off=off, **login)
        with here.registry(one) as registry:
            registry.add(New(made, site or "", tuple(tags)))
    if as_json:
        place = {"address": endpoint.address, "port": endpoint.port}
        terminal.answer({"id": made.id, "name": name, "tenant": one.slug, **place})
    else:
        typer.echo(f"{name} is a device of {one.slug}, polled at {endpoint} every {every.total_seconds():g} s.")


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
        "profile": row.profile,
        "interval_seconds": row.interval.total_seconds(),
        "site": row.site,
        "tags": list(row.tags),
        "collectors_off": list(row.collectors_off),
        "heard_at": row.heard_at and row.heard_at.isoformat(),
        "error": row.error,
    }
