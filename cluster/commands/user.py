"""``flotilla user``: let a person into a tenant."""

from __future__ import annotations

from typing import Annotated

import typer

from cluster import console, terminal
from db import accounts
from db.platform import platform_session
from fleet.identity import Role

command = typer.Typer(name="user", help="Let people into a tenant.", no_args_is_help=True)


@command.command(
    epilog="Example: [bold]flotilla user add noc@northwind.example --tenant northwind --role operator[/]"
)
def add(
    email: Annotated[str, typer.Argument(help="The person's e-mail address.")],
    tenant: console.TenantOption,
    role: Annotated[Role, typer.Option(help="What the person may do; super_admin holds in every tenant.")],
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Give a person a role in a tenant, in place of the one before; who is not known yet is added."""
    with console.opened(state) as here:
        one = here.tenant(tenant)
        with platform_session(here.stores, "an administrator adds a person") as session:
            accounts.grant(session, one.id, accounts.create_user(session, email), role)
    address = email.strip().lower()
    if as_json:
        terminal.answer({"email": address, "tenant": one.slug, "role": role})
    else:
        typer.echo(f"{address} is {role} of {one.slug}. To sign in: flotilla link {address} --tenant {one.slug}")
