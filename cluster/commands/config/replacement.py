"""``flotilla config replacement``: what of a router's configuration another one takes over, and what not."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer

from api import replacing
from cluster import console, terminal
from cluster.commands.config import DeviceArgument, command
from db import configs, keyring
from fleet.errors import BadInput
from routeros.export import Document, parse
from routeros.restore import Hardware, losses
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
    as_json: terminal.JsonOption = False,
) -> None:
    """Print the commands by which another device takes the place of one; nothing is sent to a device."""
    write(device, by, Telling(tenant, version, secrets, as_json), state)


@dataclass(frozen=True, slots=True)
class Telling:
    """Whose devices, of which version (None: the newest), with secrets or without, and for whom it is told."""

    tenant: str
    version: int | None = None
    secrets: bool = False
    as_json: bool = False


def write(old: str, new: str, told: Telling, state: Path | None) -> None:
    """Print what cannot carry over, each with what to do, and the script of what can."""
    number, document, hardware = _read(old, new, told, state)
    lost, reduced = losses(document, hardware), reduce(document, hardware)
    script = (reduced.text() if told.secrets else reduced.masked()).encode("utf-8", "surrogateescape")
    if told.as_json:
        facts = {"number": number, "losses": [asdict(loss) for loss in lost], "secrets": told.secrets}
        terminal.answer({**facts, "script": script.decode("utf-8", "replace")})
        return
    for loss in lost:
        terminal.say(f"{loss.text} {loss.next_step}")
    typer.echo(script, nl=False)


def _read(old: str, new: str, told: Telling, state: Path | None) -> tuple[int, Document, Hardware]:
    """Read the version that is meant, and what the new device is; secrets are told on record."""
    with console.opened(state) as here:
        one = here.tenant(told.tenant)
        with here.vault() as vault, here.entered(one) as session:
            gone, comes = console.device(session, old), console.device(session, new)
            if gone.id == comes.id:
                raise BadInput("A device does not replace itself.", "Name the other device that takes the place.")
            found = configs.numbered(session, gone.id, told.version)
            text = configs.text(session, keyring.Keyring(vault), found).decode("utf-8", "surrogateescape")
            document, hardware = parse(text), replacing.hardware(session, comes)
            if told.secrets:
                here.note(session, one.id, "config.revealed", ("version", found.id))
    return found.number, document, hardware
