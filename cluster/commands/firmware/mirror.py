"""``flotilla firmware mirror``, ``verify`` and ``drop``: the packages that are kept here."""

from __future__ import annotations

from typing import Annotated

import typer

from actors import cataloguing
from cluster import console, mirroring, terminal
from cluster.commands.firmware import WHY, FromOption, command, read
from dashboard import units
from db.platform import platform_session
from routeros.depot.mirror import Mirror

MIRROR = (
    "Examples: [bold]flotilla firmware mirror[/] (what it keeps) · "
    "[bold]flotilla firmware mirror 7.24.4 --architecture arm64 --package wifi-qcom[/]"
)
VERIFY = (
    "Example: [bold]flotilla firmware verify[/]\n\n"
    "Exit statuses: 0 all is as it should be · 1 something was not, and was discarded · 2 refused."
)
DROP = "Example: [bold]flotilla firmware drop 7.16.2[/]"


@command.command(epilog=MIRROR)
def mirror(
    which: Annotated[list[str] | None, typer.Argument(metavar="VERSION", help="Versions to keep.")] = None,
    architecture: Annotated[
        list[str] | None, typer.Option(help="Only for this one; may be repeated.", show_default="those of the fleet")
    ] = None,
    package: Annotated[
        list[str] | None, typer.Option(help="Another one beside the main one.", show_default="what devices have")
    ] = None,
    origin: FromOption = "",
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Keep packages for devices that do not reach the vendor, verified; without a version, tell what is kept.

    They are served under /firmware/ of the web server, in the vendor's layout.
    """
    versions = [read(text) for text in which or ()]
    with console.opened(state) as here:
        kept = Mirror.of(here.settings)
        if not versions:
            mirroring.tell_mirror(kept, here.settings.firmware_bytes, as_json)
            return
        choice = mirroring.Choice(tuple(architecture or ()), tuple(package or ()))
        with platform_session(here.stores, WHY) as session:
            wanted = mirroring.wanted(session, versions, choice)
        with cataloguing.opened(here.settings, origin) as source, terminal.live() as tell:
            done = mirroring.fetch(kept, source, wanted, tell)
        mirroring.note(here, "firmware.mirrored", versions)
    if as_json:
        terminal.answer({"fetched": done.fetched, "kept_before": done.before, "bytes": done.bytes})
    else:
        size = units.BYTES.text(done.bytes)
        terminal.say(f"{units.plural(done.fetched, 'file')} fetched ({size}), {done.before} there before")


@command.command(epilog=VERIFY)
def verify(
    which: Annotated[
        list[str] | None, typer.Argument(metavar="VERSION", help="Only these.", show_default="all")
    ] = None,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Read what the mirror keeps, compare it with the catalogue, and discard what is not as it should be."""
    versions = [read(text) for text in which or ()]
    with console.opened(state) as here, platform_session(here.stores, WHY) as session, terminal.live() as tell:
        wrong = mirroring.verify(session, Mirror.of(here.settings), versions, tell)
    if as_json:
        terminal.answer({"discarded": wrong})
    else:
        for name, fault in wrong.items():
            terminal.say(f"{name} was discarded: {fault}")
        terminal.say("fetch them again with `flotilla firmware mirror`" if wrong else "all is as it should be")
    raise typer.Exit(1 if wrong else 0)


@command.command(epilog=DROP)
def drop(
    which: Annotated[list[str], typer.Argument(metavar="VERSION", help="Versions to keep no longer.")],
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Remove versions from the mirror; the catalogue still knows them."""
    versions = [read(text) for text in which]
    with console.opened(state) as here:
        kept = Mirror.of(here.settings)
        freed = {str(one): kept.drop(one) for one in versions}
        mirroring.note(here, "firmware.dropped", versions)
    if as_json:
        terminal.answer({"freed_bytes": freed})
    else:
        terminal.say(f"{units.BYTES.text(sum(freed.values()))} are free by that")
