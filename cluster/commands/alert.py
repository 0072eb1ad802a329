"""``flotilla alert``: what is wrong, who cares for it, what is silenced, and the rules by which that is judged."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any
from uuid import UUID

import typer
from sqlalchemy.orm import Session

from api import times
from cluster import alertrules as ruling
from cluster import alertwhen, console, delivered, telling, terminal
from db import alertrules, alerts, alertsilences
from db.alertrules import RuleRow, written
from db.alerts import AlertRow, Narrow
from db.alertsilences import Silence, Silences
from fleet.alerts.states import Shown
from fleet.errors import BadInput
from fleet.events import Severity

command = typer.Typer(
    name="alert", help="List, acknowledge and silence alerts, and see the rules.", no_args_is_help=True
)

command.add_typer(ruling.command)
command.add_typer(telling.channels, name="channel")
command.add_typer(telling.routes, name="route")
command.add_typer(delivered.deliveries, name="delivery")

SHOWN = 8
"""How much of an id is shown: enough to tell one from another."""


@command.command("list", epilog="Example: [bold]flotilla alert list --tenant northwind --severity critical[/]")
def show(
    tenant: console.TenantOption,
    alert_state: Annotated[
        Shown | None, typer.Option("--in", help="Only those in this state.", show_default="all that are open")
    ] = None,
    severity: Annotated[Severity | None, typer.Option(help="Only those of this severity.")] = None,
    device: Annotated[str | None, typer.Option(help="Only those of this device.", show_default="all")] = None,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """List the alerts of a tenant, the newest first."""
    with console.opened(state) as here:
        one = here.tenant(tenant)
        with here.entered(one) as session:
            device_id = None if device is None else console.device(session, device).id
        wanted = [alert_state] if alert_state else [each for each in Shown if each is not Shown.RESOLVED]
        narrow = Narrow(states=wanted, severities=[severity] if severity else [], device_id=device_id)
        found = list(here.every(one, partial(_page, narrow, here)))
    if as_json:
        terminal.answer([_document(each) for each in found])
    else:
        rows = [
            (str(a.id)[:SHOWN], a.severity, a.state, f"{a.since:%Y-%m-%d %H:%M}", a.summary, _care(a)) for a in found
        ]
        terminal.table("", ("id", "severity", "state", "since (UTC)", "what", ""), rows)


@command.command(epilog="Example: [bold]flotilla alert ack 6f9f03ab --tenant northwind --comment 'on my way'[/]")
def ack(
    alert: Annotated[str, typer.Argument(metavar="ID", help="Its id, or how that begins, as the list says.")],
    tenant: console.TenantOption,
    comment: Annotated[str | None, typer.Option(help="What is done about it.")] = None,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Note that somebody cares for an alert; it stands until it is over all the same."""
    if comment is not None and (not 1 <= len(comment) <= 2000 or not comment.isprintable()):
        raise BadInput("That is no comment that could be kept.", "Say it in a line of at most 2000 characters.")
    with console.opened(state) as here:
        one, author = here.tenant(tenant), here.author()
        with here.entered(one) as session:
            found = alerts.find(session, alert, author.at)
            alerts.acknowledge(session, author, one.id, found.id, comment)
            found = alerts.one(session, found.id, author.at)
    if as_json:
        terminal.answer(_document(found))
    else:
        typer.echo(f"Acknowledged: {found.summary}")


@command.command(
    epilog="Example: [bold]flotilla alert silence --tenant northwind --rule 'signal weak' --for 1d --reason storm[/]"
)
def silence(
    tenant: console.TenantOption,
    lasts: Annotated[str, typer.Option("--for", help="How long: 30m, 2h, 1d; at most 90d.")],
    reason: Annotated[str, typer.Option(help="Why, for whoever looks at it later.")],
    rule: Annotated[str | None, typer.Option(help="Only alerts of rules of this name.")] = None,
    device: Annotated[str | None, typer.Option(help="Only alerts of this device.")] = None,
    site: Annotated[str | None, typer.Option(help="Only alerts of the devices at this site.")] = None,
    tag: Annotated[str | None, typer.Option(help="Only alerts of the devices with this tag.")] = None,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Silence alerts from now on, for a while."""
    if [device, site, tag].count(None) < 2:
        raise BadInput("A silence is for one thing.", "Give at most one of --device, --site and --tag.")
    if not 1 <= len(reason) <= 500 or not reason.isprintable():
        raise BadInput("That is no reason that could be kept.", "Say it in a line of at most 500 characters.")
    with console.opened(state) as here:
        one, author = here.tenant(tenant), here.author()
        until = times.after(author.at, times.span(lasts))
        with here.entered(one) as session:
            scope = console.scope(session, device, site, tag)
            made = Silences(session, author, one.id).keep(rule, scope, until, reason)
            kept = alertsilences.one(session, made)
    if as_json:
        terminal.answer(_silence(kept))
    else:
        typer.echo(f"Silenced until {kept.ends_at:%Y-%m-%d %H:%M} UTC. Its id is {kept.id}.")


@command.command(epilog="Example: [bold]flotilla alert silences --tenant northwind[/]")
def silences(
    tenant: console.TenantOption, state: terminal.StateOption = None, as_json: terminal.JsonOption = False
) -> None:
    """List the silences that are not over."""
    with console.opened(state) as here:
        one, now = here.tenant(tenant), here.settings.clock().now()
        with here.entered(one) as session:
            found = alertsilences.lasting(session, now)
    if as_json:
        terminal.answer([_silence(each) for each in found])
    else:
        rows = [(str(s.id), s.rule or "all", _whom(s), f"{s.ends_at:%Y-%m-%d %H:%M}", s.reason) for s in found]
        terminal.table("", ("id", "rule", "of", "until (UTC)", "why"), rows)


@command.command(epilog="Example: [bold]flotilla alert lift 6f9f03ab-… --tenant northwind[/]")
def lift(
    which: Annotated[UUID, typer.Argument(metavar="ID", help="The silence's id, as the list says.")],
    tenant: console.TenantOption,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """End a silence at once."""
    with console.opened(state) as here:
        one = here.tenant(tenant)
        with here.entered(one) as session:
            gone = Silences(session, here.author(), one.id).lift(which)
    if as_json:
        terminal.answer(_silence(gone))
    else:
        typer.echo("The silence is over.")


@command.command(epilog="Example: [bold]flotilla alert rules --tenant northwind --json[/]")
def rules(
    tenant: console.TenantOption, state: terminal.StateOption = None, as_json: terminal.JsonOption = False
) -> None:
    """List the rules; of one name the narrowest counts for a device."""
    with console.opened(state) as here:
        one = here.tenant(tenant)
        with here.entered(one) as session:
            found = alertrules.every(session)
    if as_json:
        terminal.answer([_rule(each) for each in found])
    else:
        rows = [
            (
                r.rule.name,
                r.rule.severity,
                "on" if r.rule.enabled else "off",
                _reach(r),
                f"{r.rule.hold}",
                alertwhen.write(r.rule.condition),
            )
            for r in found
        ]
        terminal.table("", ("rule", "severity", "", "for", "hold", "when"), rows)


def _page(narrow: Narrow, here: console.Console, session: Session, last: AlertRow | None) -> list[AlertRow]:
    now = here.settings.clock().now()
    return alerts.page(session, None if last is None else last.id, console.PAGE, narrow, now)


def _care(alert: AlertRow) -> str:
    """Say what is worth a look beside the summary."""
    words = [f"explains {alert.hides} more"] if alert.hides else []
    words += ["flaps"] if alert.turns >= 3 else []
    words += [f"well since {alert.well_at:%H:%M}"] if alert.well_at is not None else []
    return ", ".join([*words, *([alert.acknowledged_by] if alert.acknowledged_by else [])])


def _reach(row: RuleRow) -> str:
    scope = row.rule.scope
    return f"{scope.reach.value} {scope.of}".strip()


def _whom(silence: Silence) -> str:
    return silence.device or silence.site or silence.scope.tag or "all devices"


def _document(alert: AlertRow) -> dict[str, Any]:
    return {name: getattr(alert, name) for name in AlertRow.__slots__}


def _silence(one: Silence) -> dict[str, Any]:
    return {
        "id": one.id,
        "rule": one.rule,
        "of": _whom(one),
        "from": one.starts_at.isoformat(),
        "to": one.ends_at.isoformat(),
        "reason": one.reason,
        "created_by": one.created_by,
    }


def _rule(row: RuleRow) -> dict[str, Any]:
    rule = row.rule
    return {
        "id": rule.id,
        "name": rule.name,
        "severity": rule.severity,
        "condition": written(rule.condition),
        "hold_seconds": rule.hold.total_seconds(),
        "keep_seconds": rule.keep.total_seconds(),
        "reach": rule.scope.reach,
        "of": rule.scope.of,
        "enabled": rule.enabled,
    }
