"""``flotilla rollout stop``, ``lift``, ``rules`` and ``skip``: what keeps rollouts, or one device, from going on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from cluster import console, terminal
from cluster.commands.rollout import IdArgument, command, steer
from db import rollouts, rolloutstops
from db.platform import platform_session
from db.rolloutstops import Rules, Stop
from fleet.errors import BadInput

WHY = "an administrator stops the rollouts of all tenants, or lets them go on"
SomeOption = Annotated[str | None, typer.Option("--tenant", help="The rollouts of this tenant.")]
AllOption = Annotated[bool, typer.Option("--all", help="The rollouts of all tenants.")]


@command.command(
    epilog="Examples: [bold]flotilla rollout stop --tenant northwind --reason 'storm at the harbour'[/]\n\n"
    "[bold]flotilla rollout stop --all[/]"
)
def stop(
    tenant: SomeOption = None,
    everywhere: AllOption = False,
    reason: Annotated[str | None, typer.Option(help="Why, for whoever asks.")] = None,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Stop everything now: no device goes over a point of no return until it is lifted.

    What was told to restart already comes to its end.
    """
    if reason is not None and not (1 <= len(reason) <= 500 and reason.isprintable()):
        raise BadInput("That is no reason that could be kept.", "Say it in a line of at most 500 characters.")
    _say(_turned(tenant, everywhere, state, (True, reason)), as_json)


@command.command(epilog="Example: [bold]flotilla rollout lift --tenant northwind[/]")
def lift(
    tenant: SomeOption = None,
    everywhere: AllOption = False,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Take a stop back: what ran goes on."""
    _say(_turned(tenant, everywhere, state, (False, None)), as_json)


@command.command(epilog="Example: [bold]flotilla rollout rules --tenant northwind --second-person[/]")
def rules(
    tenant: console.TenantOption,
    second_person: Annotated[
        bool | None,
        typer.Option("--second-person/--one-person", help="Whether the planner may not approve."),
    ] = None,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Show what a tenant asks of its rollouts and what stops them, or change who approves."""
    with console.opened(state) as here:
        one = here.tenant(tenant)
        with here.entered(one) as session:
            if second_person is not None:
                rolloutstops.ask(session, here.author(), one.id, second_person)
            found = rolloutstops.rules(session, one.id)
    _say(found, as_json)


@command.command(epilog="Example: [bold]flotilla rollout skip 5f0c… core-1 --tenant northwind[/]")
def skip(
    rollout: IdArgument,
    device: console.WhichArgument,
    tenant: console.TenantOption,
    state: terminal.StateOption = None,
) -> None:
    """Leave out a device with which nothing has begun."""
    steer(
        rollout,
        tenant,
        state,
        lambda session, author, row: rollouts.skip(session, author, row, console.device(session, device).id),
    )


def _turned(tenant: str | None, everywhere: bool, state: Path | None, word: tuple[bool, str | None]) -> Rules:
    """Stop or let go on, for a tenant or for all; tells how it stands then."""
    if (tenant is None) is not everywhere:
        raise BadInput("It is not said whose rollouts are meant.", "Give one of --tenant and --all.")
    stopped, reason = word
    with console.opened(state) as here:
        if tenant is None:
            with platform_session(here.stores, WHY) as session:
                if stopped:
                    rolloutstops.stop_house(session, here.author(), reason)
                else:
                    rolloutstops.lift_house(session, here.author())
                return Rules(house=rolloutstops.house(session))
        one = here.tenant(tenant)
        with here.entered(one) as session:
            if stopped:
                rolloutstops.stop(session, here.author(), one.id, reason)
            else:
                rolloutstops.lift(session, here.author(), one.id)
            return rolloutstops.rules(session, one.id)


def _say(found: Rules, as_json: bool) -> None:
    if as_json:
        told = {"stopped": _document(found.stop), "house": _document(found.house)}
        terminal.answer({"second_person": found.second_person, **told})
        return
    terminal.say(str(found.stopped) if found.stopped else "Rollouts go on: nothing stops them.")
    if found.second_person:
        terminal.say("A second person approves each plan.")


def _document(stop: Stop | None) -> dict[str, Any] | None:
    return None if stop is None else {"by": stop.by, "at": stop.at, "reason": stop.reason}
