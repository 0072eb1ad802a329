"""``flotilla alert channel`` and ``flotilla alert route``: to whom alerts are told, and how."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any, TypeVar
from uuid import uuid4

import typer
from pydantic import BaseModel, ValidationError

from api import channelwish
from api.channelfields import AlertChannelChange, NewAlertChannel
from api.resources import alertroutes as routing
from api.resources.alertroutes import AlertRouteWish
from cluster import admission, console, delivered, reaching, terminal
from db import alertchannels, alertdeliveries, alertroutes
from db.alertchannels import ChannelRow, Channels
from db.alertdeliveries import Deliveries
from db.alertroutes import RouteRow, Routes
from fleet.alerts.telling import DAYS
from fleet.errors import BadInput
from fleet.events import Severity
from fleet.settings import span

channels = typer.Typer(help="Ways by which alerts are told: e-mail, webhooks, chat rooms.", no_args_is_help=True)
routes = typer.Typer(help="Which alerts are told to whom.", no_args_is_help=True)

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="Its name within the tenant.")]
M = TypeVar("M", bound=BaseModel)


@channels.command("list", epilog="Example: [bold]flotilla alert channel list --tenant northwind --json[/]")
def show_channels(
    tenant: console.TenantOption, state: terminal.StateOption = None, as_json: terminal.JsonOption = False
) -> None:
    """List the channels of a tenant by name; no secret is shown."""
    with console.opened(state) as here, here.entered(here.tenant(tenant)) as session:
        found = alertchannels.page(session, None, alertchannels.MOST)
    if as_json:
        terminal.answer([_facts(one) for one in found])
    else:
        rows = [(c.name, c.kind, c.settings.get("place", ""), _whether(c)) for c in found]
        terminal.table("", ("channel", "kind", "leads to", ""), rows)


@channels.command(
    "add",
    epilog="Example: [bold]flotilla alert channel add noc --tenant northwind --kind slack --password-stdin < url[/]",
)
def add_channel(
    name: NameArgument,
    tenant: console.TenantOption,
    kind: Annotated[str, typer.Option(help="What it is: email, webhook or slack.")],
    host: Annotated[str | None, typer.Option(help="For email: the mail server.")] = None,
    port: Annotated[int, typer.Option(help="For email: its port.", min=1, max=65535)] = 587,
    security: Annotated[str, typer.Option(help="For email: starttls, tls or none.")] = "starttls",
    username: Annotated[str, typer.Option(help="For email: the user there; its password is asked for.")] = "",
    sender: Annotated[str | None, typer.Option(help="For email: who writes.")] = None,
    to: Annotated[list[str] | None, typer.Option(help="For email: to whom; may be repeated.")] = None,
    password_stdin: reaching.StdinOption = False,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Make a channel. The URL to post to, or the password, is asked for or read from standard input."""
    facts: dict[str, Any] = {"name": name, "kind": kind}
    if host is not None:
        place = {"host": host, "port": port, "security": security, "username": username}
        facts["mail"] = {**place, "sender": sender, "to": to or []}
    with console.opened(state) as here:
        one = here.tenant(tenant)
        if host is None or username:
            whose = f"{username} at {host}" if host else f"{name}, that is its URL"
            facts["secret" if host else "url"] = reaching.password(whose, password_stdin)
        wish, secret = channelwish.new(_read(NewAlertChannel, facts), partial(admission.seal, here, one))
        with here.entered(one) as session:
            made = Channels(session, here.author(), one.id).add(kind, wish)
            row = alertchannels.one(session, made)
    if as_json:
        terminal.answer({**_facts(row), "secret": secret})
    else:
        shown = f" What it posts is signed by {secret}; that is shown this once." if secret else ""
        typer.echo(f"{row.name} is a channel of {one.slug}.{shown}")


@channels.command("switch", epilog="Example: [bold]flotilla alert channel switch noc --on --tenant northwind[/]")
def switch_channel(
    name: NameArgument,
    tenant: console.TenantOption,
    on: Annotated[bool, typer.Option("--on/--off", help="Whether messages go by it.")],
    state: terminal.StateOption = None,
) -> None:
    """Switch a channel on, whatever its receiver said, or off."""
    with console.opened(state) as here:
        one = here.tenant(tenant)
        with here.entered(one) as session:
            row = alertchannels.find(session, name)
            wish = channelwish.change(AlertChannelChange(enabled=on), row.kind, partial(admission.seal, here, one))
            Channels(session, here.author(), one.id).change(row.id, wish)
    typer.echo(f"{row.name} is {'on' if on else 'off'}.")


@channels.command("remove", epilog="Example: [bold]flotilla alert channel remove noc --tenant northwind[/]")
def remove_channel(name: NameArgument, tenant: console.TenantOption, state: terminal.StateOption = None) -> None:
    """Remove a channel to which no route leads."""
    with console.opened(state) as here:
        one = here.tenant(tenant)
        with here.entered(one) as session:
            row = alertchannels.find(session, name)
            Channels(session, here.author(), one.id).remove(row.id)
    typer.echo(f"{row.name} is no more.")


@channels.command("test", epilog="Example: [bold]flotilla alert channel test noc --tenant northwind[/]")
def try_channel(
    name: NameArgument,
    tenant: console.TenantOption,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Have a message sent that says that it is a test; `flotilla alert delivery list` tells how that ends."""
    with console.opened(state) as here:
        one = here.tenant(tenant)
        with here.entered(one) as session:
            made = Deliveries(session, here.author(), one.id).test(alertchannels.find(session, name))
            row = alertdeliveries.one(session, made)
    if as_json:
        terminal.answer(delivered.facts(row))
    else:
        typer.echo(f"The test is delivery {row.id}.")


@routes.command("list", epilog="Example: [bold]flotilla alert route list --tenant northwind[/]")
def show_routes(
    tenant: console.TenantOption, state: terminal.StateOption = None, as_json: terminal.JsonOption = False
) -> None:
    """List the routes in the order in which they are asked."""
    with console.opened(state) as here, here.entered(here.tenant(tenant)) as session:
        found = alertroutes.every(session)
    if as_json:
        terminal.answer([_route(one) for one in found])
    else:
        rows = [(r.way.name, r.way.severity, _whose(r), r.way.to.person or r.channel, _further(r)) for r in found]
        terminal.table("", ("route", "from", "of", "to", ""), rows)


@routes.command(
    "add",
    epilog="Example: [bold]flotilla alert route add nights --tenant northwind --channel noc --severity critical "
    "--begins 22:00 --ends 06:00 --zone Europe/Oslo[/]",
)
def add_route(
    name: NameArgument,
    tenant: console.TenantOption,
    channel: Annotated[str, typer.Option(help="By which channel: its name or id.")],
    severity: Annotated[Severity, typer.Option(help="At least so severe.")] = Severity.INFO,
    tag: Annotated[str | None, typer.Option(help="Only of devices with this tag.")] = None,
    site: Annotated[str | None, typer.Option(help="Only of devices at this site.")] = None,
    day: Annotated[list[str] | None, typer.Option(help="On which days: mon, tue, …", show_default="all")] = None,
    begins: Annotated[str, typer.Option(help="From when on, as 08:00.")] = "00:00",
    ends: Annotated[str, typer.Option(help="Until when; the same as the begin is the whole day.")] = "00:00",
    zone: Annotated[str, typer.Option(help="In which time zone.")] = "UTC",
    person: Annotated[str, typer.Option(help="To this person of the tenant alone, by e-mail.")] = "",
    group: Annotated[str, typer.Option(help="How long a message waits for more of its kind.")] = "30s",
    digest: Annotated[str | None, typer.Option(help="One message for each such span: 1h, 1d.")] = None,
    escalate_after: Annotated[str | None, typer.Option(help="After so long without a person: 15m.")] = None,
    escalate_to: Annotated[str | None, typer.Option(help="By which channel to tell it then.")] = None,
    place: Annotated[int, typer.Option(help="The order in which routes are asked.")] = 100,
    goes_on: Annotated[bool, typer.Option("--goes-on", help="Let the next routes be asked as well.")] = False,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Add a route: an alert takes the first one for it."""
    facts = {
        "name": name,
        "channel": channel,
        "severity": severity,
        "tag": tag,
        "site": site,
        "place": place,
        "days": day or [*DAYS],
        "begins": begins,
        "ends": ends,
        "zone": zone,
        "person": person,
        "group_seconds": _seconds(group),
        "digest_seconds": _seconds(digest),
        "goes_on": goes_on,
        "escalate_seconds": _seconds(escalate_after),
        "escalate": escalate_to,
    }
    with console.opened(state) as here:
        one = here.tenant(tenant)
        with here.entered(one) as session:
            way = routing.read(session, _read(AlertRouteWish, facts), uuid4())
            row = alertroutes.one(session, Routes(session, here.author(), one.id).add(way, enabled=True))
    if as_json:
        terminal.answer(_route(row))
    else:
        typer.echo(f"{row.way.name} leads to {row.channel}.")


@routes.command("remove", epilog="Example: [bold]flotilla alert route remove nights --tenant northwind[/]")
def remove_route(name: NameArgument, tenant: console.TenantOption, state: terminal.StateOption = None) -> None:
    """Remove a route; what it has begun to tell is told to its end."""
    with console.opened(state) as here:
        one = here.tenant(tenant)
        with here.entered(one) as session:
            found = {row.way.name: row for row in alertroutes.every(session)}
            if name not in found:
                raise BadInput(f"There is no route {name!r}.", f"Choose of: {', '.join(found) or 'none'}.")
            Routes(session, here.author(), one.id).remove(found[name].way.id)
    typer.echo(f"{name} is no more.")


def _read(model: type[M], facts: Mapping[str, Any]) -> M:
    """Read options as the API reads a body; raises BadInput that names the first that is wrong."""
    try:
        return model.model_validate(facts)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(map(str, first["loc"]))
        raise BadInput(f"{name} is wrong: {first['msg']}.", "See --help for what it may be.") from error


def _seconds(text: str | None) -> float | None:
    return None if text is None else span(text).total_seconds()


def _facts(row: ChannelRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__slots__}


def _route(row: RouteRow) -> dict[str, Any]:
    return routing.answer(row).model_dump(mode="json")


def _whose(row: RouteRow) -> str:
    return " ".join(filter(None, (row.site, row.way.tag))) or "all devices"


def _further(row: RouteRow) -> str:
    further = row.way.escalation
    return f"after {further.after} to {row.escalate}" if further else ""


def _whether(row: ChannelRow) -> str:
    return "on" if row.enabled else row.off_because or "off"
