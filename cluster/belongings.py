"""What commands share that say where a device belongs and what it is not asked: options, and what they mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from cluster.console import Console
from db import sites
from db.accounts import TenantRow
from fleet import belonging
from fleet.belonging import Words
from fleet.errors import BadInput
from fleet.identity import SiteId
from routeros import switches

SiteOption = Annotated[
    str | None, typer.Option("--site", help="Where it stands: a site's name, as `flotilla site list` says.")
]
TagOption = Annotated[list[str] | None, typer.Option("--tag", help="A tag; several times for several.")]
OffOption = Annotated[
    list[str] | None,
    typer.Option(
        "--collector-off",
        help="A collector that it is not asked: queues, inventory.neighbours, …; several times for several.",
    ),
]


def check(here: Console, one: TenantRow, site: str | None) -> SiteId | None:
    """Find a site by its name or id; raises BadInput that names those there are."""
    if not site:
        return None
    with here.entered(one) as session:
        return sites.find(session, site).id


def moved(site: str | None, nowhere: bool) -> str | None:
    """Tell where a device goes; the empty word is nowhere. Raises BadInput."""
    if site is not None and (nowhere or not site):
        raise BadInput("It cannot stand at a site and nowhere.", "Give --site NAME or --no-site.")
    return "" if nowhere else site


def retagged(tag: Sequence[str] | None, untag: Sequence[str] | None) -> Words:
    """Tell which tags come and which go; raises BadInput for what is no tag."""
    return Words(frozenset(map(belonging.tag, tag or ())), frozenset(untag or ()))


def switched(off: Sequence[str] | None, on: Sequence[str] | None) -> Words:
    """Tell which collectors are switched off and on; raises BadInput that lists those that can be."""
    wanted = switches.check(off or ()), switches.check(on or ())
    if both := sorted(wanted[0] & wanted[1]):
        raise BadInput(f"The collector {both[0]} cannot be off and on.", "Name it once.")
    return Words(*wanted)
