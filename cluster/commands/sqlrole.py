"""``flotilla sql-role``: let analysts read a tenant by SQL."""

from __future__ import annotations

from typing import Annotated

import typer

from cluster import console, terminal
from dashboard import units
from db import readers
from db.platform import platform_session
from db.readers import Reader
from fleet.errors import BadInput

command = typer.Typer(name="sql-role", help="Let analysts read a tenant by SQL.", no_args_is_help=True)

LONGEST = 120
"""Characters of a title."""

CREATE = (
    'Example: [bold]flotilla sql-role create "capacity planning" --tenant northwind --for 365d[/]\n\n'
    "Exit statuses: 0 made · 2 refused, nothing was made."
)
LIST = "Example: [bold]flotilla sql-role list --tenant northwind --json[/]\n\nExit statuses: 0 listed · 2 refused."
REMOVE = (
    'Example: [bold]flotilla sql-role remove "capacity planning" --tenant northwind[/]\n\n'
    "Exit statuses: 0 removed · 2 refused, nothing was changed."
)


@command.command(epilog=CREATE)
def create(
    title: Annotated[str, typer.Argument(help="What the login is for; a title is used once in a tenant.")],
    tenant: console.TenantOption,
    lasting: Annotated[
        str | None, typer.Option("--for", help="How long one may log in, as 90d; without it until it is removed.")
    ] = None,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Make a login that reads one tenant's devices, inventory and metrics, and print its URL for the only time.

    It belongs to the tenant by its name: no setting of a session changes what it sees. What there is: docs/sql.md.
    """
    with console.opened(state) as here:
        one, now = here.tenant(tenant), here.settings.clock().now()
        until = None if lasting is None else console.ending(now, lasting)
        reader = Reader(readers.new_name(), one.id, _title(title), now, console.myself(), until)
        login = readers.create(here.admin_url, reader)
        with platform_session(here.stores, "an administrator made a login of an analyst") as session:
            here.note(session, one.id, "sqlrole.created", ("sqlrole", login.name))
    if as_json:
        said = {"name": login.name, "tenant": one.slug, "tenant_id": one.id, "title": reader.title}
        terminal.answer({**said, "expires_at": until.isoformat() if until else None, "url": login.url})
    else:
        ends = f", and ends at {until:%Y-%m-%d %H:%M} UTC" if until else ""
        terminal.say(f"keep it safe: it is not shown again{ends}")
        typer.echo(login.url)


@command.command("list", epilog=LIST)
def show(
    tenant: Annotated[str | None, typer.Option("--tenant", help="Whose; all tenants', if none is named.")] = None,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """List the logins for SQL."""
    with console.opened(state) as here:
        slugs = {one.id: one.slug for one in here.tenants()}
        whose = here.tenant(tenant).id if tenant else None
        with platform_session(here.stores, "an administrator lists the logins of analysts") as session:
            found = [(slugs.get(one.tenant_id, ""), one) for one in readers.listed(session, whose)]
    if as_json:
        terminal.answer([_document(slug, one) for slug, one in found])
    elif found:
        heads = ("tenant", "title", "name", "made", "by", "until")
        terminal.table("", heads, [_row(slug, one) for slug, one in found])
    else:
        terminal.say("there is none: flotilla sql-role create TITLE --tenant SLUG")


@command.command(epilog=REMOVE)
def remove(
    which: Annotated[str, typer.Argument(metavar="TITLE|NAME", help="Its title within the tenant, or its name.")],
    tenant: console.TenantOption,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Remove a login and end its sessions."""
    with console.opened(state) as here:
        one = here.tenant(tenant)
        name = readers.remove(here.admin_url, one.id, which)
        with platform_session(here.stores, "an administrator removed a login of an analyst") as session:
            here.note(session, one.id, "sqlrole.removed", ("sqlrole", name))
    if as_json:
        terminal.answer({"removed": name, "tenant": one.slug})
    else:
        typer.echo(f"{name} is gone, and nobody is logged in by it any more.")


def _title(given: str) -> str:
    title = given.strip()
    if not 1 <= len(title) <= LONGEST or "\0" in title:
        raise BadInput(f"A title has 1 to {LONGEST} characters.", 'Say what it is for: "capacity planning".')
    return title


def _document(slug: str, one: Reader) -> dict[str, object]:
    return {
        "name": one.name,
        "tenant": slug,
        "tenant_id": one.tenant_id,
        "title": one.title,
        "created_at": one.created_at.isoformat(),
        "created_by": one.created_by,
        "expires_at": one.expires_at.isoformat() if one.expires_at else None,
    }


def _row(slug: str, one: Reader) -> tuple[str, ...]:
    until = f"{one.expires_at:%Y-%m-%d %H:%M} UTC" if one.expires_at else units.NOTHING
    return slug, one.title, one.name, f"{one.created_at:%Y-%m-%d}", one.created_by, until
