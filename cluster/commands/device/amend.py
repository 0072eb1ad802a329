"""``flotilla device change`` and ``remove``: what becomes of a router that is watched."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from cluster import admission, belongings, console, entering, reaching, terminal
from cluster.commands.device import command
from fleet import endpoints
from fleet.amendment import Amendment
from fleet.device import TlsMode
from fleet.errors import BadInput

CHANGE = (
    "Examples: [bold]flotilla device change core-1 --tenant northwind --address 10.20.0.9[/]\n\n"
    "[bold]flotilla device change core-1 --tenant northwind --site Oslo --tag core --collector-off queues[/]\n\n"
    "[bold]flotilla device change core-1 --tenant northwind --password-stdin < secret[/]"
)
FIELDS = (
    "--name, --address, --port, --tls, --fingerprint, --streams, --interval, --username, --profile, --site, "
    "--no-site, --tag, --untag, --collector-off, --collector-on or --password-stdin"
)


@command.command(epilog=CHANGE)
def change(
    device: console.WhichArgument,
    tenant: console.TenantOption,
    name: Annotated[str | None, typer.Option(help="Its new name within the tenant.")] = None,
    address: Annotated[str | None, typer.Option(help="Its new IP address or DNS name, without the port.")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="The API's port.")] = None,
    tls: Annotated[
        TlsMode | None, typer.Option(help="How the connection is protected. The port stays as it is.")
    ] = None,
    fingerprint: reaching.FingerprintOption = None,
    streams: Annotated[int | None, reaching.STREAMS] = None,
    interval: Annotated[str | None, typer.Option(help="How often it is polled.")] = None,
    username: entering.UsernameOption = None,
    password_stdin: reaching.StdinOption = False,
    profile: entering.ProfileOption = None,
    site: belongings.SiteOption = None,
    no_site: Annotated[bool, typer.Option("--no-site", help="It stands nowhere any more.")] = False,
    tag: belongings.TagOption = None,
    untag: Annotated[list[str] | None, typer.Option(help="A tag that goes; several times for several.")] = None,
    collector_off: belongings.OffOption = None,
    collector_on: Annotated[
        list[str] | None, typer.Option(help="A collector that it is asked again; several times for several.")
    ] = None,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Change a device of a tenant; its poller goes on with what is new within seconds.

    What is not named stays as it is. A fingerprint goes with --tls pin and leaves with it. --tag and --collector-off
    add to what there is.
    """
    wish = Amendment(
        name=name,
        address=None if address is None else endpoints.address(address),
        port=port,
        tls=tls,
        fingerprint=None if fingerprint is None else endpoints.fingerprint(fingerprint),
        streams=streams,
        interval=None if interval is None else admission.every(interval),
        username=username,
        profile=profile,
        site=belongings.moved(site, no_site),
        tags=belongings.retagged(tag, untag),
        collectors_off=belongings.switched(collector_off, collector_on),
    )
    if wish == Amendment() and not password_stdin:
        raise BadInput("Nothing was given that could change.", f"Give {FIELDS}.")
    with console.opened(state) as here:
        one = here.tenant(tenant)
        with here.entered(one) as session:
            row = console.device(session, device)
        place = wish.endpoint(row.endpoint)
        if place != row.endpoint:
            admission.check(here, one, place)
        if password_stdin:
            wish = replace(wish, secret=admission.seal(here, one, reaching.password(row.name, from_stdin=True)))
        with here.registry(one) as registry:
            changed = registry.change(one.id, row.id, wish)
    if as_json:
        terminal.answer({"id": row.id, "name": name or row.name, "tenant": one.slug, "changed": changed})
    else:
        said = f"{', '.join(changed)} changed." if changed else "it is as it was."
        typer.echo(f"{name or row.name} of {one.slug}: {said}")


@command.command(epilog="Example: [bold]flotilla device remove core-1 --tenant northwind --yes[/]")
def remove(
    device: console.WhichArgument,
    tenant: console.TenantOption,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without this it is only found.")] = False,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Remove a device of a tenant: nobody polls it any more, and its state is forgotten.

    What was measured stays until it is too old; what was done to it stays, under its id.
    """
    with console.opened(state) as here:
        one = here.tenant(tenant)
        with here.entered(one) as session:
            row = console.device(session, device)
        if not yes:
            raise BadInput(f"{row.name} at {row.endpoint} would be removed from {one.slug}.", "Say --yes to do it.")
        with here.registry(one) as registry:
            registry.remove(one.id, row.id)
    if as_json:
        terminal.answer({"id": row.id, "name": row.name, "tenant": one.slug, "removed": True})
    else:
        typer.echo(f"{row.name} is no device of {one.slug} any more. Its history: --tenant {one.slug} {row.id}")
