"""``flotilla alert delivery``: what was told of alerts to whom, and what was given up."""

from __future__ import annotations

from functools import partial
from typing import Annotated
from uuid import UUID

import typer
from sqlalchemy.orm import Session

from cluster import console, terminal
from db import alertchannels, alertdeliveries
from db.alertdeliveries import Deliveries, DeliveryRow, Narrow
from fleet.alerts.telling import State

deliveries = typer.Typer(help="What was told, and what was given up.", no_args_is_help=True)


@deliveries.command("list", epilog="Example: [bold]flotilla alert delivery list --tenant northwind --in dead[/]")
def show_deliveries(
    tenant: console.TenantOption,
    delivery_state: Annotated[State | None, typer.Option("--in", help="Only those in this state.")] = None,
    channel: Annotated[str | None, typer.Option(help="Only those by this channel.")] = None,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """List what was told of alerts, the newest first, and how the last attempt ended."""
    with console.opened(state) as here:
        one = here.tenant(tenant)
        with here.entered(one) as session:
            channel_id = None if channel is None else alertchannels.find(session, channel).id
        found = list(here.every(one, partial(_page, Narrow(state=delivery_state, channel_id=channel_id))))
    if as_json:
        terminal.answer([facts(each) for each in found])
    else:
        rows = [(str(d.id), f"{d.created_at:%Y-%m-%d %H:%M}", d.what, _whom(d), d.state, _last(d)) for d in found]
        terminal.table("", ("id", "made (UTC)", "what", "to", "state", ""), rows)


@deliveries.command("retry", epilog="Example: [bold]flotilla alert delivery retry 6f9f03ab-… --tenant northwind[/]")
def retry(
    which: Annotated[UUID, typer.Argument(metavar="ID", help="The delivery's id, as the list says.")],
    tenant: console.TenantOption,
    state: terminal.StateOption = None,
) -> None:
    """Have what was given up tried again, for another day."""
    with console.opened(state) as here:
        one = here.tenant(tenant)
        with here.entered(one) as session:
            Deliveries(session, here.author(), one.id).retry(which)
    typer.echo("It is tried again.")


def facts(row: DeliveryRow) -> dict[str, object]:
    """Write a delivery for programs."""
    return {name: getattr(row, name) for name in DeliveryRow.__slots__}


def _page(narrow: Narrow, session: Session, last: DeliveryRow | None) -> list[DeliveryRow]:
    return alertdeliveries.page(session, None if last is None else last.id, console.PAGE, narrow)


def _whom(row: DeliveryRow) -> str:
    return row.person or row.channel


def _last(row: DeliveryRow) -> str:
    return row.why or (str(row.attempts[-1]["said"]) if row.attempts else "")
