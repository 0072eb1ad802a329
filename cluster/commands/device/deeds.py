"""``flotilla device reboot`` and ``identify``: what a router is told to do."""

from __future__ import annotations

import shlex
from datetime import timedelta
from typing import Annotated

import typer

from cluster import console, inquiry, terminal
from cluster.commands.device import command
from cluster.console import Console
from db.accounts import TenantRow
from db.inventory import DeviceRow
from fleet import control
from fleet.control import BACK, LONGEST, PROMPT, SHORTEST, USUAL
from fleet.errands import Errand
from fleet.errors import BadInput, Conflict
from fleet.operations import Outcome

NoWait = Annotated[bool, typer.Option("--no-wait", help="Only ask for it; the device's history tells how it ended.")]


@command.command(epilog="Example: [bold]flotilla device reboot core-1 --tenant northwind --identity core-1[/]")
def reboot(
    device: console.WhichArgument,
    tenant: console.TenantOption,
    identity: Annotated[str | None, typer.Option(help="What the device calls itself: the confirmation.")] = None,
    no_wait: NoWait = False,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Restart a device, and wait until it was seen to be back; the exit status is 1 where it was not."""
    with console.opened(state) as here:
        one = here.tenant(tenant)
        with here.entered(one) as session:
            row = console.device(session, device)
        sure = confirmed(row, identity, f"{row.name} at {row.endpoint} would be restarted.")
        author = here.author()
        errand = control.reboot((row.tenant_id, row.id), sure, author.by, author.at)
        do(here, one, errand, None if no_wait else PROMPT + BACK, as_json)


@command.command(epilog="Example: [bold]flotilla device identify core-1 --tenant northwind --seconds 30[/]")
def identify(
    device: console.WhichArgument,
    tenant: console.TenantOption,
    seconds: Annotated[int, typer.Option(min=SHORTEST, max=LONGEST, help="How long.")] = USUAL,
    no_wait: NoWait = False,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Let the lights of a device's ports blink, and let it beep where it can."""
    with console.opened(state) as here:
        one = here.tenant(tenant)
        with here.entered(one) as session:
            row = console.device(session, device)
        author = here.author()
        errand = control.identify((row.tenant_id, row.id), seconds, author.by, author.at)
        do(here, one, errand, None if no_wait else PROMPT, as_json)


def confirmed(row: DeviceRow, said: str | None, would: str) -> str:
    """Tell what a device calls itself where a person said it; else raise Conflict, or BadInput with what would be."""
    if row.identity is None:
        raise Conflict(f"{row.name} has not told yet what it calls itself.", "Try again once it was polled.")
    if said != row.identity:
        raise BadInput(would, f"Say --identity {shlex.quote(row.identity)} to do it.")
    return row.identity


def do(here: Console, one: TenantRow, errand: Errand, patience: timedelta | None, as_json: bool) -> None:
    """Ask for it and wait for its end, unless nobody wants to."""
    inquiry.begin(here, one, errand)
    outcome, error = Outcome.PENDING, None
    if patience is not None:
        ended = inquiry.wait(here, one, errand.id, patience)
        outcome, error = ended.outcome, ended.error
    if as_json:
        terminal.answer({"id": errand.id, "kind": errand.kind, "outcome": outcome, "error": error})
    else:
        typer.echo(f"{errand.kind}: {outcome}{f'. {error}' if error else ''}")
    if outcome is Outcome.FAILED or (patience is not None and outcome is Outcome.PENDING):
        raise typer.Exit(1)
