"""``flotilla migrate``: bring the database to the schema of this program."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Annotated

import typer

from cluster import schema, terminal
from cluster.servers.postgres import Postgres
from cluster.servers.state import State, holder
from db import bootstrap, migrations
from fleet import settings
from routeros import collectors

command = typer.Typer()


@command.command(
    epilog='Example: [bold]flotilla migrate[/] · for developers: [bold]flotilla migrate --write "add poe"[/]'
)
def migrate(
    write: Annotated[
        str | None, typer.Option("--write", help="Write a new migration from the declarations instead of applying.")
    ] = None,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Apply the migrations; nothing happens where the schema is that of this program already."""
    running = holder(settings.load(state, announced=False).state) is not None
    asked = settings.load(state, announced=running)
    with ExitStack() as stack:
        if not asked.postgres_url:
            place = stack.enter_context(State(asked.state))
            asked = asked.model_copy(update={"postgres_url": stack.enter_context(Postgres(place)).url})
            asked = schema.prepare(asked, place)
        else:
            bootstrap.complete(asked.postgres_url)
            migrations.upgrade(asked.postgres_url)
        if write:
            path = migrations.revise(asked.postgres_url, collectors.families(), write)
            terminal.say(
                f"wrote {path}: read it, then commit it" if path else "the declarations and the schema agree"
            )
    if as_json:
        terminal.answer({"schema": migrations.head()})
    elif not write:
        terminal.say(f"the schema is {migrations.head()}")
