"""``flotilla link``: a sign-in link for a person, the way in when there is no other."""

from __future__ import annotations

from typing import Annotated

import typer

from cluster import running, terminal
from db import accounts
from db.engine import Stores
from fleet import settings
from fleet.errors import StartRefused

command = typer.Typer()


@command.command(epilog="Example: [bold]flotilla link noc@northwind.example --for 10m[/]")
def link(
    email: Annotated[str, typer.Argument(help="Whose link: the e-mail address of a known user.")],
    tenant: Annotated[str | None, typer.Option(help="Which tenant, by its slug, where there are several.")] = None,
    lasting: Annotated[str, typer.Option("--for", help="How long it may be used, once.")] = "30m",
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Print a link that signs a person in, once. Whoever has it is that person: hand it over in private."""
    asked = running.load(state)
    if not asked.public_url:
        raise StartRefused(f"Nothing runs from {asked.state}.", "Start it with `flotilla up` or `flotilla demo`.")
    stores = Stores.of(asked)
    try:
        token = accounts.make_link(stores, email, settings.span(lasting), asked.clock().now(), tenant)
    finally:
        stores.close()
    url = f"{asked.public_url}/login#{token}"
    if as_json:
        terminal.answer({"email": email, "url": url})
    else:
        typer.echo(url)
