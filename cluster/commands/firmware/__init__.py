"""``flotilla firmware``: the catalogue of RouterOS, the mirror of its packages, and what a fleet runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from actors import cataloguing
from actors.cataloguing import Cataloguer
from cluster import console, mirroring, terminal
from dashboard import units
from db import firmware, firmwarefleet
from db.platform import platform_session
from fleet import advisories, firmwareview
from fleet.errors import BadInput
from fleet.firmware import Standing
from fleet.firmwareview import VersionRow, View
from fleet.versions import Version, version
from routeros.depot.mirror import Mirror

command = typer.Typer(name="firmware", help="Look after RouterOS: versions, packages, fleets.", no_args_is_help=True)

WHY = "an administrator looks at the firmware catalogue"
SYNC = (
    "Examples: [bold]flotilla firmware sync[/] · [bold]flotilla firmware sync --from /srv/mikrotik[/] · "
    "[bold]flotilla firmware sync --also 7.16.2[/]\n\n"
    "Exit statuses: 0 done · 1 a channel was not believed, or a version is not there · 2 refused."
)
CATALOGUE = "Examples: [bold]flotilla firmware catalogue[/] · [bold]flotilla firmware catalogue 7.24.4 --json[/]"
FLEET = "Example: [bold]flotilla firmware fleet --tenant northwind --json[/]"

FromOption = Annotated[
    str, typer.Option("--from", help="A URL or a directory in the vendor's layout.", show_default="firmware_url")
]


@command.command(epilog=SYNC)
def sync(
    origin: FromOption = "",
    also: Annotated[list[str] | None, typer.Option(help="Another version to look for; may be repeated.")] = None,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Bring the catalogue up to date: where the channels point, and what there is of their versions.

    The way from older versions is part of it: the last v6, and 7.12.1. No package is fetched.
    """
    more = [read(text) for text in also or ()]
    with console.opened(state) as here, cataloguing.opened(here.settings, origin) as source, terminal.live() as tell:
        done = Cataloguer(here.stores, source, here.settings.clock().now, tell).sync(more)
        mirroring.note(here, "firmware.synced", sorted({*done.files}))
    troubles = [*done.refused, *done.odd, *(f"The source has no RouterOS {one}." for one in done.missing)]
    if as_json:
        channels = [mirroring.channel(one) for one in done.channels]
        files = {str(one): count for one, count in done.files.items()}
        terminal.answer({"channels": channels, "moved": len(done.moved), "files": files, "troubles": troubles})
    else:
        mirroring.tell_channels(done.channels)
        new = sum(done.files.values())
        terminal.say(f"{len(done.moved)} channels moved, {units.plural(new, 'file')} new in the catalogue")
        for trouble in troubles:
            terminal.say(trouble)
    raise typer.Exit(1 if troubles else 0)


@command.command(epilog=CATALOGUE)
def catalogue(
    which: Annotated[
        str | None, typer.Argument(metavar="VERSION", help="Only this one, with what is new in it.")
    ] = None,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Tell where the channels point and which versions are known, or all of one version."""
    with console.opened(state) as here, platform_session(here.stores, WHY) as session:
        if which is None:
            pointers, releases = firmware.pointers(session), firmware.releases(session)
            seen = firmware.seen_at(session)
        else:
            of, mirror = read(which), Mirror.of(here.settings)
            mirroring.tell_release(of, firmware.changelog(session, of), firmware.files(session, of), mirror, as_json)
            return
    if as_json:
        rows = [{"version": str(one.version), "files": one.files} for one in releases]
        terminal.answer({"read_at": seen, "channels": [mirroring.channel(one) for one in pointers], "releases": rows})
        return
    mirroring.tell_channels(pointers)
    terminal.table("", ("version", "files"), [(str(one.version), str(one.files)) for one in releases])
    if seen is None:
        terminal.say(f"nothing is known yet: {firmware.SYNC}")
    else:
        terminal.say(f"read {seen:%Y-%m-%d %H:%M} UTC")


@command.command(epilog=FLEET)
def fleet(
    tenant: console.TenantOption,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Tell what a tenant's devices run: how each version stands by the channels, and known holes that are open."""
    with console.opened(state) as here, here.entered(here.tenant(tenant)) as session:
        known = advisories.every(here.settings.firmware_advisories)
        found = firmwareview.view(firmwarefleet.cells(session), firmware.pointers(session), known)
        flagged = [one.name for one in firmwarefleet.flagged(session)]
    if as_json:
        terminal.answer(mirroring.fleet(found, flagged))
        return
    _tell_fleet(found, flagged)


def read(text: str) -> Version:
    """Read a version that a person typed; raises BadInput."""
    try:
        return version(text)
    except ValueError as error:
        raise BadInput(f"{error}.", "Name a version such as 7.24.4 or 7.25beta5.") from error


def _holes(row: VersionRow) -> str:
    return ", ".join([*(one.id for one in row.open), *(f"perhaps {one.id}" for one in row.unclear)])


def _tell_fleet(found: View, flagged: Sequence[str]) -> None:
    rows = [(row.version or "not told", row.standing.value, str(row.devices), _holes(row)) for row in found.versions]
    terminal.table("", ("version", "stands", "devices", "known holes"), rows)
    ended = found.count(Standing.ENDED)
    terminal.say(f"{found.exposed} of {units.plural(found.devices, 'device')} have a known hole")
    if ended:
        terminal.say(f"{ended} run a version of a branch that gets no more fixes")
    if flagged:
        terminal.say(f"flagged by their device-mode: {', '.join(flagged)}")
    if not found.channels:
        terminal.say(f"how versions stand is not known: {firmware.SYNC}")
