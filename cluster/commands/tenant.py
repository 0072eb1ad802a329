"""``flotilla tenant``: make a tenant, widen where its devices may be, list the tenants."""

from __future__ import annotations

from typing import Annotated

import typer

from cluster import console, terminal
from db import accounts, inventory, trail
from db.platform import platform_session

command = typer.Typer(name="tenant", help="Make, rename and list tenants.", no_args_is_help=True)

RENAME = (
    'Example: [bold]flotilla tenant rename northwind "Northwind & Co"[/]\n\n'
    "Exit statuses: 0 renamed · 2 refused, nothing was changed."
)

SlugArgument = Annotated[str, typer.Argument(help="Its name in URLs: lower-case letters, digits and hyphens.")]


@command.command(epilog='Example: [bold]flotilla tenant add northwind "Northwind Fibre" --network 10.20.0.0/16[/]')
def add(
    slug: SlugArgument,
    name: Annotated[str, typer.Argument(help="Its name for people.")],
    network: Annotated[
        list[str] | None,
        typer.Option(
            help="Where its devices may be, as CIDR; several times for several. None: any routable address."
        ),
    ] = None,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Make a tenant, with a key of its own for the secrets of its devices."""
    with (
        console.opened(state) as here,
        here.vault() as vault,
        platform_session(here.stores, "an administrator makes a tenant") as session,
    ):
        tenant_id = accounts.create_tenant(session, slug, name)
        inventory.allow(session, tenant_id, network or ())
        trail.note(session, here.author(), tenant_id, "tenant.created", {"slug": slug, "name": name})
        # The key comes last, before the commit: where OpenBao is away there is no tenant either.
        vault.ensure(tenant_id)
    if as_json:
        terminal.answer({"id": tenant_id, "slug": slug, "name": name, "networks": network or []})
    else:
        typer.echo(f"{slug} is a tenant. A person for it: flotilla user add EMAIL --tenant {slug}")


@command.command(epilog="Example: [bold]flotilla tenant allow northwind 10.21.0.0/16[/]")
def allow(
    slug: SlugArgument,
    network: Annotated[list[str], typer.Argument(help="Where its devices may be as well, as CIDR.")],
    state: terminal.StateOption = None,
) -> None:
    """Let a tenant reach more networks. The first one ends that it may reach any routable address."""
    with console.opened(state) as here:
        one = here.tenant(slug)
        with platform_session(here.stores, "an administrator allows a tenant's networks") as session:
            inventory.allow(session, one.id, network)
            trail.note(session, here.author(), one.id, "tenant.networks", {"networks": list(network)})
    typer.echo(f"{slug} may reach {', '.join(network)}.")


@command.command(epilog=RENAME)
def rename(
    slug: SlugArgument,
    name: Annotated[str, typer.Argument(help="Its new name for people; the slug stays.")],
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Give a tenant another name."""
    with console.opened(state) as here:
        one = here.tenant(slug)
        with here.entered(one) as session:
            row = accounts.rename_tenant(session, one.id, name)
            trail.note(session, here.author(), one.id, "tenant.renamed", {"slug": slug, "name": name})
    if as_json:
        terminal.answer({"id": row.id, "slug": row.slug, "name": row.name})
    else:
        typer.echo(f"{row.slug} is called {row.name}.")


@command.command("list", epilog="Example: [bold]flotilla tenant list --json[/]")
def show(state: terminal.StateOption = None, as_json: terminal.JsonOption = False) -> None:
    """List the tenants and the networks that they may reach."""
    with console.opened(state) as here, platform_session(here.stores, "an administrator lists tenants") as session:
        networks = inventory.networks(session.connection())
        found = [(one, networks.get(one.id, ())) for one in accounts.tenants(session)]
    if as_json:
        terminal.answer([{"id": t.id, "slug": t.slug, "name": t.name, "networks": list(there)} for t, there in found])
    else:
        rows = [(t.slug, t.name, ", ".join(there) or "any routable address") for t, there in found]
        terminal.table("", ("slug", "name", "networks"), rows)
