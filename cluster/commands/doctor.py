"""``flotilla doctor``: whether this machine can run Flotilla."""

from __future__ import annotations

import typer

from cluster import doctor as checks
from cluster import terminal
from fleet import settings

command = typer.Typer()


@command.command(epilog="Example: [bold]flotilla doctor --state /var/lib/flotilla[/]")
def doctor(state: terminal.StateOption = None, as_json: terminal.JsonOption = False) -> None:
    """Check this machine, and say of everything that is wrong what to do: status 0 if nothing is, else 1."""
    asked = settings.load(state, announced=False)
    found = checks.examine(asked.state)
    if as_json:
        terminal.answer([{"name": f.name, "ok": f.ok, "detail": f.detail, "next_step": f.next_step} for f in found])
    else:
        rows = [(f.name, "good" if f.ok else "bad", f.detail if f.ok else f"{f.detail} {f.next_step}") for f in found]
        terminal.table("", ("check", "", "what was found"), rows)
    raise typer.Exit(0 if all(f.ok for f in found) else 1)
