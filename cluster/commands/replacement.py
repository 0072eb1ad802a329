"""``flotilla config replacement``: what of a router's configuration another one takes over, and what not."""

from __future__ import annotations

from typing import Annotated

import typer

from api import replacing
from cluster import console, terminal
from cluster.commands.config import DeviceArgument, command
from db import configs, keyring
from fleet.errors import BadInput
from routeros.export import parse
from routeros.restore import losses
from routeros.restore.reduced import reduce


@command.command(
    epilog="Example: [bold]flotilla config replacement core-1 --by core-2 --tenant northwind > core-2.rsc[/]\n\n"
    "What cannot carry over goes to standard error, each with what to do. With --secrets the script can be pushed: "
    "flotilla push begin core-2 core-2.rsc --tenant northwind. The audit log says who saw it."
)
def replacement(
    device: DeviceArgument,
    by: Annotated[str, typer.Option("--by", metavar="NAME|ID", help="The device that takes the place.")],
    tenant: console.TenantOption,
    version: Annotated[int | None, typer.Option(help="Its number.", show_default="the newest")] = None,
    secrets: Annotated[bool, typer.Option("--secrets", help="With its secrets.")] = False,
    state: terminal.StateOption = None,
) -> None:
    """Print the commands by which another device takes the place of one; nothing is sent to a device."""
    with console.opened(state) as here:
        one = here.tenant(tenant)
        with here.vault() as vault, here.entered(one) as session:
            old, new = console.device(session, device), console.device(session, by)
            if old.id == new.id:
                raise BadInput("A device does not replace itself.", "Name the other device with --by.")
            found = configs.numbered(session, old.id, version)
            text = configs.text(session, keyring.Keyring(vault), found).decode("utf-8", "surrogateescape")
            document, hardware = parse(text), replacing.hardware(session, new)
            if secrets:
                here.note(session, one.id, "config.revealed", ("version", found.id))
    for loss in losses(document, hardware):
        terminal.say(f"{loss.text} {loss.next_step}")
    reduced = reduce(document, hardware)
    script = reduced.text() if secrets else reduced.masked()
    typer.echo(script.encode("utf-8", "surrogateescape"), nl=False)
