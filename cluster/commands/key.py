"""``flotilla key``: let programs into a tenant."""

from __future__ import annotations

from typing import Annotated

import typer
from sqlalchemy.orm import Session

from cluster import console, terminal
from cluster.console import Console
from dashboard import units
from db import keys
from db.accounts import TenantRow
from db.keys import KeyRow, Keys, NewKey
from fleet.errors import BadInput
from fleet.identity import PERMISSIONS, Role, Scope

command = typer.Typer(name="key", help="Let programs into a tenant.", no_args_is_help=True)

ADD = (
    "Example: [bold]flotilla key add grafana --tenant northwind --scope metrics:read --for 90d[/]\n\n"
    "Exit statuses: 0 made · 2 refused, nothing was made."
)
LIST = "Example: [bold]flotilla key list --tenant northwind --json[/]\n\nExit statuses: 0 listed · 2 refused."
REVOKE = (
    "Example: [bold]flotilla key revoke grafana --tenant northwind --yes[/]\n\n"
    "Exit statuses: 0 revoked · 2 refused, nothing was changed."
)


@command.command(epilog=ADD)
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
        with here.entered(one) as session:
            _, key = _writer(here, session, one).add(NewKey(name, frozenset(scope), expires))
    if as_json:
        document = {"name": name, "tenant": one.slug, "tenant_id": one.id, "scopes": sorted(set(scope))}
        terminal.answer({**document, "expires_at": expires.isoformat(), "key": key})
    else:
        terminal.say(f"keep it safe: it is not shown again, and ends at {expires:%Y-%m-%d %H:%M} UTC")
        typer.echo(key)


@command.command("list", epilog=LIST)
def show(
    tenant: console.TenantOption, state: terminal.StateOption = None, as_json: terminal.JsonOption = False
) -> None:
    """List the keys of a tenant that nobody revoked: what each may do, until when, and when it was last used."""
    with console.opened(state) as here:
        one = here.tenant(tenant)

        def page(session: Session, last: KeyRow | None) -> list[KeyRow]:
            return keys.page(session, one.id, None if last is None else last.name, console.PAGE)

        found = list(here.every(one, page))
    if as_json:
        terminal.answer([_document(row) for row in found])
    else:
        terminal.table("", ("key", "begins", "may", "until", "last used"), [_row(row) for row in found])


@command.command(epilog=REVOKE)
def revoke(
    which: Annotated[str, typer.Argument(metavar="NAME|PREFIX", help="Its name, or how it begins: flt_….")],
    tenant: console.TenantOption,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without this it is only found.")] = False,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """End a key: whatever uses it is refused at its next request."""
    with console.opened(state) as here:
        one = here.tenant(tenant)
        with here.entered(one) as session:
            row = keys.named(session, one.id, which)
            if not yes:
                raise BadInput(f"The key {row.name} ({row.prefix}) would be revoked.", "Say --yes to do it.")
            _writer(here, session, one).revoke(row)
    if as_json:
        terminal.answer({"id": row.id, "name": row.name, "tenant": one.slug, "revoked": True})
    else:
        typer.echo(f"{row.name} ({row.prefix}) lets nobody in any more.")


def _writer(here: Console, session: Session, one: TenantRow) -> Keys:
    return Keys(session, here.author(), one.id, PERMISSIONS[Role.TENANT_ADMIN])


def _document(row: KeyRow) -> dict[str, object]:
    times = {name: getattr(row, name) for name in ("created_at", "expires_at", "last_used_at")}
    told = {"id": row.id, "name": row.name, "prefix": row.prefix, "scopes": list(row.scopes)}
    return {
        **told,
        "created_by": row.created_by,
        **{name: at.isoformat() if at else None for name, at in times.items()},
    }


def _row(row: KeyRow) -> tuple[str, ...]:
    until = f"{row.expires_at:%Y-%m-%d %H:%M}" if row.expires_at else units.NOTHING
    used = f"{row.last_used_at:%Y-%m-%d %H:%M}" if row.last_used_at else units.NOTHING
    return row.name, row.prefix, " ".join(row.scopes), until, used
