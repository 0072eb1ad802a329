"""``flotilla profile``: the logins that many devices share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from sqlalchemy.orm import Session

from bus import subjects
from cluster import admission, console, reaching, terminal
from cluster.console import Console
from dashboard import units
from db import profiles
from db.accounts import TenantRow
from db.profiles import Credentials, ProfileRow, Profiles
from fleet.errors import BadInput

command = typer.Typer(
    name="profile", help="Make, change, remove and list logins that many devices share.", no_args_is_help=True
)

NameArgument = Annotated[str, typer.Argument(help="Its name within the tenant.")]


@command.command(epilog="Example: [bold]flotilla profile add edge --tenant northwind --username flotilla[/]")
def add(
    name: NameArgument,
    tenant: console.TenantOption,
    username: Annotated[str, typer.Option(help="The user that the devices have.")],
    password_stdin: reaching.StdinOption = False,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Make a credential profile; devices use it by `flotilla device add … --profile NAME`.

    The password is asked for, or read from standard input, and kept encrypted under the tenant's key.
    """
    with console.opened(state) as here:
        one = here.tenant(tenant)
        sealed = admission.seal(here, one, reaching.password(f"{username}, of the profile {name}", password_stdin))
        with _writer(here, one) as writer:
            made = writer.add(Credentials(name=name, username=username, secret=sealed))
            row = profiles.one(writer.session, made)
    if as_json:
        terminal.answer({**_document(row), "tenant": one.slug})
    else:
        typer.echo(f"{row.name} is a credential profile of {one.slug}.")


@command.command("list", epilog="Example: [bold]flotilla profile list --tenant northwind --json[/]")
def show(
    tenant: console.TenantOption, state: terminal.StateOption = None, as_json: terminal.JsonOption = False
) -> None:
    """List the credential profiles of a tenant by name, and how many devices use each; no password is shown."""
    with console.opened(state) as here:
        found = list(here.every(here.tenant(tenant), _page))
    if as_json:
        terminal.answer([_document(row) for row in found])
    else:
        rows = [(r.name, r.username, str(r.devices), r.sealed_at.date().isoformat()) for r in found]
        terminal.table("", ("profile", "username", "devices", "password of"), rows)


@command.command(
    epilog="Examples: [bold]flotilla profile change edge --tenant northwind --password-stdin < secret[/]\n\n"
    "[bold]flotilla profile change edge --tenant northwind --name edge-2026 --username watcher[/]"
)
def change(
    profile: console.WhichArgument,
    tenant: console.TenantOption,
    name: Annotated[str | None, typer.Option(help="Its new name within the tenant.")] = None,
    username: Annotated[str | None, typer.Option(help="The user that the devices have.")] = None,
    password_stdin: reaching.StdinOption = False,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Change a credential profile; the pollers enter its devices with what is new within seconds.

    Change the password on the routers first: until both agree they are not polled.
    """
    if name is None and username is None and not password_stdin:
        raise BadInput("Nothing was given that could change.", "Give --name, --username or --password-stdin.")
    with console.opened(state) as here:
        one = here.tenant(tenant)
        with here.entered(one) as session:
            row = profiles.find(session, profile)
        given = reaching.password(row.name, from_stdin=True) if password_stdin else None
        sealed = None if given is None else admission.seal(here, one, given)
        with _writer(here, one) as writer:
            changed = writer.change(row.id, Credentials(name=name, username=username, secret=sealed))
            row = profiles.one(writer.session, row.id)
    if as_json:
        terminal.answer({**_document(row), "tenant": one.slug, "changed": changed})
    else:
        said = f"{', '.join(changed)} changed" if changed else "it is as it was"
        typer.echo(f"{row.name} of {one.slug}, with {units.plural(row.devices, 'device')}: {said}.")


@command.command(epilog="Example: [bold]flotilla profile remove edge --tenant northwind --yes[/]")
def remove(
    profile: console.WhichArgument,
    tenant: console.TenantOption,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without this it is only found.")] = False,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Remove a credential profile that no device uses any more."""
    with console.opened(state) as here:
        one = here.tenant(tenant)
        with _writer(here, one) as writer:
            row = profiles.find(writer.session, profile)
            if not yes:
                raise BadInput(f"The profile {row.name} of {one.slug} would be removed.", "Say --yes to do it.")
            writer.remove(row.id)
    if as_json:
        terminal.answer({"id": row.id, "name": row.name, "tenant": one.slug, "removed": True})
    else:
        typer.echo(f"{row.name} is no credential profile of {one.slug} any more.")


@contextmanager
def _writer(here: Console, one: TenantRow) -> Iterator[Profiles]:
    """Open a transaction in which a tenant's profiles are made, changed and removed."""
    with here.entered(one) as session:
        yield Profiles(session, here.author(), one.id, subjects.of)


def _page(session: Session, last: ProfileRow | None) -> list[ProfileRow]:
    return profiles.page(session, None if last is None else last.name, console.PAGE)


def _document(row: ProfileRow) -> dict[str, Any]:
    facts = {"id": row.id, "name": row.name, "username": row.username, "devices": row.devices}
    return {**facts, "created_at": row.created_at.isoformat(), "sealed_at": row.sealed_at.isoformat()}
