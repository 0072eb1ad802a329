"""``flotilla user``: the people of a tenant."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from api import pages
from cluster import console, terminal
from cluster.console import Console
from db import enrolments, members
from db.accounts import TenantRow
from db.enrolments import Offer
from db.members import MemberRow, Members
from db.platform import platform_session
from db.signintables import Purpose
from fleet.errors import BadInput, NotFound
from fleet.identity import Role

command = typer.Typer(name="user", help="Let people into a tenant, and take them out.", no_args_is_help=True)


EmailArgument = Annotated[str, typer.Argument(metavar="EMAIL", help="The person's e-mail address.")]
RoleOption = Annotated[Role, typer.Option(help="What the person may do; super_admin holds in every tenant.")]

DONE = "Exit statuses: 0 done · 2 refused, nothing was changed."
ADD = f"Example: [bold]flotilla user add noc@northwind.example --tenant northwind --role operator[/]\n\n{DONE}"
CREATE = f"Example: [bold]flotilla user create you@example.org --tenant northwind --role super_admin[/]\n\n{DONE}"
INVITE = f"Example: [bold]flotilla user invite noc@northwind.example --tenant northwind --role operator[/]\n\n{DONE}"
LIST = "Example: [bold]flotilla user list --tenant northwind --json[/]\n\nExit statuses: 0 listed · 2 refused."
ROLE = f"Example: [bold]flotilla user role noc@northwind.example viewer --tenant northwind[/]\n\n{DONE}"
REMOVE = f"Example: [bold]flotilla user remove noc@northwind.example --tenant northwind --yes[/]\n\n{DONE}"


@command.command(epilog=ADD)
def add(
    email: EmailArgument,
    tenant: console.TenantOption,
    role: RoleOption,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Give a person a role in a tenant, in place of the one before; who is not known yet is added."""
    with console.opened(state) as here, _people(here, tenant) as (one, people):
        try:
            row = people.change(members.named(people.session, one.id, email), role)
        except NotFound:
            row, _ = people.add(email, role)
    if as_json:
        terminal.answer({"email": row.email, "tenant": one.slug, "role": row.role})
    else:
        typer.echo(
            f"{row.email} is {row.role} of {one.slug}. To sign in: flotilla link {row.email} --tenant {one.slug}"
        )


@command.command(epilog=CREATE)
def create(
    email: EmailArgument,
    tenant: console.TenantOption,
    role: RoleOption,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Make a person of a tenant, and print the link by which that one chooses a password within a day, once."""
    with console.opened(state) as here:
        _tell(_invite(here, email, tenant, role, "1d"), as_json)


@command.command(epilog=INVITE)
def invite(
    email: EmailArgument,
    tenant: console.TenantOption,
    role: RoleOption = Role.VIEWER,
    lasting: Annotated[str, typer.Option("--for", help="How long the link may be used, once.")] = "7d",
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Let a person into a tenant, and print the link to hand over: whoever has it is that person."""
    with console.opened(state) as here:
        _tell(_invite(here, email, tenant, role, lasting), as_json)


@command.command("list", epilog=LIST)
def show(
    tenant: console.TenantOption, state: terminal.StateOption = None, as_json: terminal.JsonOption = False
) -> None:
    """List the people of a tenant and their roles."""
    with console.opened(state) as here:
        one = here.tenant(tenant)
        found = list(_every(here, one))
    if as_json:
        terminal.answer([{"id": row.id, "email": row.email, "role": row.role} for row in found])
    else:
        terminal.table("", ("person", "role"), [(row.email, row.role.value) for row in found])


@command.command(epilog=ROLE)
def role(
    email: EmailArgument,
    wanted: Annotated[Role, typer.Argument(metavar="ROLE", help="What the person may do from now on.")],
    tenant: console.TenantOption,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Give a person of a tenant another role; it counts from the next request on."""
    with console.opened(state) as here, _people(here, tenant) as (one, people):
        row = people.change(members.named(people.session, one.id, email), wanted)
    if as_json:
        terminal.answer({"id": row.id, "email": row.email, "tenant": one.slug, "role": row.role})
    else:
        typer.echo(f"{row.email} is {row.role} of {one.slug}.")


@command.command(epilog=REMOVE)
def remove(
    email: EmailArgument,
    tenant: console.TenantOption,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without this the person is only found.")] = False,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Take a person out of a tenant, and end the sessions there."""
    with console.opened(state) as here, _people(here, tenant) as (one, people):
        row = members.named(people.session, one.id, email)
        if not yes:
            raise BadInput(f"{row.email}, {row.role} of {one.slug}, would be removed.", "Say --yes to do it.")
        people.remove(row)
    if as_json:
        terminal.answer({"id": row.id, "email": row.email, "tenant": one.slug, "removed": True})
    else:
        typer.echo(f"{row.email} does not belong to {one.slug} any more.")


def _invite(here: Console, email: str, slug: str, wished: Role, lasting: str) -> dict[str, object]:
    """Take a person in; tells of the link that lets one choose a password who belongs to nobody else."""
    author, place = here.author(), here.public_url
    until = console.ending(author.at, lasting)
    purpose = Purpose.SETUP if wished is Role.SUPER_ADMIN else Purpose.INVITATION
    with _people(here, slug) as (one, people):
        row, is_new = people.add(email, wished)
        token = enrolments.make(people.session, author, Offer(one.id, row, purpose, until)) if is_new else None
    told = {"id": row.id, "email": row.email, "tenant": one.slug, "role": row.role}
    if token is None:
        return {**told, "url": None, "expires_at": None}
    return {**told, "url": f"{place}{pages.ENROL}#{token}", "expires_at": until.isoformat()}


def _tell(invited: dict[str, object], as_json: bool) -> None:
    if as_json:
        terminal.answer(invited)
    elif invited["url"]:
        terminal.say(f"hand it over in private: it is used once, until {invited['expires_at']}")
        typer.echo(invited["url"])
    else:
        typer.echo(f"{invited['email']} is {invited['role']} of {invited['tenant']} too, and signs in as before.")


@contextmanager
def _people(here: Console, slug: str) -> Iterator[tuple[TenantRow, Members]]:
    """Open a transaction in which the people of a tenant are changed by the administrator."""
    one = here.tenant(slug)
    with platform_session(here.stores, "an administrator changes the people of a tenant") as session:
        yield one, Members(session, here.author(), one.id, Role.SUPER_ADMIN)


def _every(here: Console, one: TenantRow) -> Iterator[MemberRow]:
    last: str | None = None
    while True:
        with platform_session(here.stores, "an administrator lists the people of a tenant") as session:
            page = members.page(session, one.id, last, console.PAGE)
        yield from page
        if len(page) < console.PAGE:
            return
        last = page[-1].email
