"""``flotilla key``: let a program into a tenant."""

from __future__ import annotations

from typing import Annotated

import typer

from cluster import console, terminal
from db import accounts
from fleet.identity import Scope

command = typer.Typer(name="key", help="Let programs into a tenant.", no_args_is_help=True)


@command.command(
    epilog="Example: [bold]flotilla key add grafana --tenant northwind --scope metrics:read --for 90d[/]"
)
def add(
    name: Annotated[str, typer.Argument(help="What the key is for; a name is used once in a tenant.")],
    tenant: console.TenantOption,
    scope: Annotated[list[Scope], typer.Option(help="What it may do; several times for several.")],
    lasting: Annotated[str, typer.Option("--for", help="How long it may be used.")] = "90d",
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Make an API key and print it, for the only time: nobody can read it again."""
    with console.opened(state) as here:
        one = here.tenant(tenant)
        expires = console.ending(here.settings.clock().now(), lasting)
        key = accounts.make_key(here.stores, one.id, name, frozenset(scope), expires)
    if as_json:
        document = {"name": name, "tenant": one.slug, "tenant_id": one.id, "scopes": sorted(set(scope))}
        terminal.answer({**document, "expires_at": expires.isoformat(), "key": key})
    else:
        terminal.say(f"keep it safe: it is not shown again, and ends at {expires:%Y-%m-%d %H:%M} UTC")
        typer.echo(key)
