"""``flotilla device prepare``: a script to paste into routers, so that they can be watched."""

from __future__ import annotations

from typing import Annotated

import typer

from bus import subjects
from cluster import admission, console, terminal
from cluster.commands.device import command
from db.profiles import Credentials, Profiles
from fleet.egress import Egress
from routeros import preparing
from routeros.preparing import Preparation


@command.command(
    epilog="Example: [bold]flotilla device prepare --tenant northwind --profile edge > flotilla.rsc[/]\n\n"
    "Then, on each router: [bold]/import file-name=flotilla.rsc[/], or paste it into a terminal."
)
def prepare(
    tenant: console.TenantOption,
    profile: Annotated[str, typer.Option("--profile", help="The new profile that keeps the login.")],
    username: Annotated[str, typer.Option(help="The user that the script makes.")] = preparing.NAME,
    source: Annotated[
        list[str] | None,
        typer.Option(
            help="An address or network from which it may be used; several times for several.",
            show_default="the setting poller_sources",
        ),
    ] = None,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Write a script that makes a user with few rights and opens api-ssl to the pollers; RouterOS 6.43 and newer.

    Its password is made now, kept encrypted as a new profile, and shown nowhere but in the script. It may be run on
    many routers, and more than once.
    """
    with console.opened(state) as here:
        one = here.tenant(tenant)
        wanted = here.settings.poller_sources if source is None else Egress.of(source).networks
        password = preparing.password()
        sealed = admission.seal(here, one, password)
        with here.entered(one) as session:
            writer = Profiles(session, here.author(), one.id, subjects.of)
            made = writer.add(Credentials(name=profile, username=username, secret=sealed))
    sources = [str(network) for network in wanted]
    text = preparing.script(Preparation(username, password, sources))
    if as_json:
        terminal.answer(
            {"profile": profile, "profile_id": made, "tenant": one.slug, "sources": sources, "script": text}
        )
        return
    typer.echo(text, nl=False)
    where = ", ".join(sources) or "anywhere (give --source, or the setting poller_sources)"
    terminal.say(f"{profile} is a credential profile of {one.slug}; its user may come from {where}")
