"""``flotilla device inventory``: what a router has, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

import typer

from cluster import console, terminal
from cluster.commands.device import command
from db import items
from db.items import ChangeRow, KindRows, Narrow
from fleet import inventory
from fleet.inventory import Facts
from routeros.inventory import kinds

MOST = 500


@command.command(
    "inventory",
    epilog="Examples: [bold]flotilla device inventory core-1 --tenant northwind --kind packages[/]\n\n"
    "[bold]flotilla device inventory core-1 --tenant northwind --changes --json[/]",
)
def show(
    device: console.WhichArgument,
    tenant: console.TenantOption,
    kind: Annotated[
        str | None, typer.Option(help="Only this kind: packages, neighbours, users…", show_default="all")
    ] = None,
    changes: Annotated[bool, typer.Option("--changes", help="Tell what changed instead, the newest first.")] = False,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Tell what a device has: packages, addresses, interfaces, neighbours, routes, users, services and more."""
    wanted = None if kind is None else inventory.find(kinds(), kind).name
    with console.opened(state) as here, here.entered(here.tenant(tenant)) as session:
        known = console.device(session, device)
        if changes:
            log = items.changes(session, None, MOST, known.id, wanted)
        else:
            found = items.of_device(session, known.id, Narrow(), wanted)
    if changes:
        _tell_log(log, as_json)
    else:
        _tell(known.name, found, as_json)


def _tell(name: str, found: Sequence[KindRows], as_json: bool) -> None:
    if as_json:
        terminal.answer([asdict(rows) for rows in found])
    elif not found:
        terminal.say(f"Nothing is known of {name} yet: it is asked in its first poll, and then every 15 minutes.")
    for rows in () if as_json else found:
        typer.echo(_title(rows))
        terminal.table("", *_columns(rows))
        typer.echo("")


def _title(rows: KindRows) -> str:
    title = kinds()[rows.kind].title if rows.kind in kinds() else rows.kind
    more = f", the first {rows.kept} of {rows.told}" if rows.told > rows.kept else ""
    return f"{title} ({rows.at:%Y-%m-%d %H:%M} UTC{more})"


def _columns(rows: KindRows) -> tuple[list[str], list[list[str]]]:
    """Lay items out, with a column for each fact that any of them has; one item alone below one another."""
    facts = [item.facts for item in rows.items]
    if rows.kind in kinds() and not kinds()[rows.kind].key and len(facts) == 1:
        return ["fact", "value"], [[name, _said(value)] for name, value in facts[0].items()]
    declared = [field.name for field in kinds()[rows.kind].fields] if rows.kind in kinds() else []
    names = list(dict.fromkeys([*declared, *(name for one in facts for name in one)]))
    there = [name for name in names if any(name in one for one in facts)]
    return there, [[_said(one.get(name, "")) for name in there] for one in facts]


def _tell_log(log: Sequence[ChangeRow], as_json: bool) -> None:
    if as_json:
        terminal.answer([asdict(row) for row in log])
        return
    rows = [(f"{c.at:%Y-%m-%d %H:%M}", c.kind, c.key, c.what, _facts(c.before), _facts(c.after)) for c in log]
    terminal.table("", ("when (UTC)", "kind", "which", "what", "before", "after"), rows)


def _facts(facts: Facts) -> str:
    return ", ".join(f"{name}={_said(value)}" for name, value in facts.items())


def _said(value: object) -> str:
    return ("no", "yes")[value] if isinstance(value, bool) else str(value)
