"""``flotilla link``: a sign-in link for a person, or one to choose a password by, when there is no other way in."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from api import pages
from cluster import console, terminal
from db import enrolments, links, members
from db.enrolments import Offer
from db.platform import platform_session
from db.signintables import Purpose

WHY = "an administrator makes a link"

command = typer.Typer()


@command.command(
    epilog="Example: [bold]flotilla link noc@northwind.example --for 10m[/] · "
    "[bold]flotilla link --enrol noc@northwind.example[/]"
)
def link(
    email: Annotated[str, typer.Argument(help="Whose link: the e-mail address of a known user.")],
    tenant: Annotated[str | None, typer.Option(help="Which tenant, by its slug, where there are several.")] = None,
    enrol: Annotated[bool, typer.Option("--enrol", help="Let the person choose a new password by it.")] = False,
    lasting: Annotated[str, typer.Option("--for", help="How long it may be used, once.")] = "30m",
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Print a link that signs a person in, once. Whoever has it is that person: hand it over in private.

    With --enrol the person chooses a password and gets a new Secret Key; the ones before no longer hold.
    """
    with console.opened(state) as here:
        until = console.ending(here.settings.clock().now(), lasting)
        way = _password(here, email, tenant, until) if enrol else _entrance(here, email, tenant, until)
        url = f"{here.public_url}{way}"
    if as_json:
        terminal.answer({"email": email, "url": url})
    else:
        typer.echo(url)


def _entrance(here: console.Console, email: str, slug: str | None, until: datetime) -> str:
    with platform_session(here.stores, WHY) as session:
        return f"{pages.LOGIN}#{links.make(session, here.author(), email, until, slug)}"


def _password(here: console.Console, email: str, slug: str | None, until: datetime) -> str:
    home = here.tenant(slug).id if slug else enrolments.home(here.stores, email)
    with platform_session(here.stores, WHY) as session:
        offer = Offer(home, members.named(session, home, email), Purpose.SETUP, until)
        return f"{pages.ENROL}#{enrolments.make(session, here.author(), offer)}"
