"""``flotilla store``: what the metric store holds and how it grows, how long rows are kept, and making it compact."""

from __future__ import annotations

from typing import Annotated

import typer

from cluster import console, holdings, terminal
from cluster.console import Console
from dashboard import units
from db import compaction, partitions, retention, storage
from db.compaction import Compacted
from db.platform import platform_session
from fleet.audit import PLATFORM
from fleet.errors import StartRefused
from fleet.resolutions import Resolution
from fleet.retention import Mode
from fleet.settings import span

command = typer.Typer(name="store", help="Look after the metric store.", no_args_is_help=True)

STATUS = (
    "Example: [bold]flotilla store status --json[/]\n\n"
    "Exit statuses: 0 it is well · 1 it runs full within a week, or nothing is rolled up · 2 refused."
)
RETENTION = (
    "Example: [bold]flotilla store retention[/] · [bold]flotilla store retention --raw 3d --1h 730d[/] · "
    "[bold]flotilla store retention --raw settings[/]\n\n"
    "Exit statuses: 0 done · 2 refused, nothing was changed."
)
COMPACT = (
    "Example: [bold]flotilla store compact[/]\n\n"
    "Exit statuses: 0 done · 1 some were in use, and are as they were · 2 refused, nothing was changed."
)
AS_SET = "settings"

KEEP = "How long {} are kept: 3d, 730d; `settings`: as the settings say."
RawOption = Annotated[str | None, typer.Option("--raw", help=KEEP.format("raw rows"))]
FineOption = Annotated[str | None, typer.Option("--5m", help=KEEP.format("roll-ups of 5 minutes"))]
CoarseOption = Annotated[str | None, typer.Option("--1h", help=KEEP.format("roll-ups of 1 hour"))]


@command.command("status", epilog=STATUS)
def show(state: terminal.StateOption = None, as_json: terminal.JsonOption = False) -> None:
    """Tell what is held of each family, what comes in a day, when the disk is full, and what waits to be rolled up.

    Rows are PostgreSQL's estimate. What comes in a day is told by the newest partition that is over.
    """
    with console.opened(state) as opened:
        now = opened.settings.clock().now()
        with platform_session(opened.stores, "an administrator looks at the store") as session:
            found = storage.status(session, opened.settings, now)
    troubles = list(holdings.troubles(found, now))
    if as_json:
        terminal.answer(holdings.document(found) | {"troubles": troubles})
    else:
        holdings.shown(found)
        for trouble in troubles:
            terminal.say(trouble)
    raise typer.Exit(1 if troubles else 0)


@command.command("retention", epilog=RETENTION)
def keep(
    raw: RawOption = None,
    fine: FineOption = None,
    coarse: CoarseOption = None,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Tell how long rows are kept, or keep them for another time from now on.

    The finer may not be kept longer than what is made of it. What is too old goes within five minutes; what is gone
    does not come back when it is kept longer again. What is said here goes before the settings keep_raw, keep_5m
    and keep_1h.
    """
    said = dict(zip(Resolution, (raw, fine, coarse), strict=True))
    keeps = {r: None if word == AS_SET else span(word) for r, word in said.items() if word is not None}
    why = "an administrator says how long rows are kept"
    with console.opened(state) as opened, platform_session(opened.stores, why) as session:
        rules = retention.tell(session, opened.settings, keeps)
        if keeps:
            opened.note(session, PLATFORM, "store.retention", ("store", ", ".join(r.value for r in keeps)))
    if as_json:
        terminal.answer(holdings.keeps(rules))
    else:
        holdings.print_keeps(rules)


@command.command("compact", epilog=COMPACT)
def compact(state: terminal.StateOption = None, as_json: terminal.JsonOption = False) -> None:
    """Write partitions that are over anew: a device's rows side by side, indexes without holes, and frozen.

    A partition cannot be read while it is written, for seconds to minutes; writing needs as much room as the largest
    one takes. It is never needed: it makes charts of days that are past quicker, and takes less of the disk.
    """
    with console.opened(state) as opened:
        done = _compacted(opened)
    busy = [one.name for one in done if one.after is None]
    sizes = [(one.before, one.after) for one in done if one.after is not None]
    before, after = sum(size for size, _ in sizes), sum(size for _, size in sizes)
    if as_json:
        terminal.answer({"compacted": len(sizes), "busy": busy, "bytes_before": before, "bytes_after": after})
    else:
        became = f"{units.BYTES.text(before)} became {units.BYTES.text(after)}"
        typer.echo(f"{units.plural(len(sizes), 'partition')} written anew: {became}.")
        for name in busy:
            terminal.say(f"{name} was in use and is as it was; try again later")
    raise typer.Exit(1 if busy else 0)


def _compacted(opened: Console) -> list[Compacted]:
    """Compact all that are over, and show how far it is."""
    admin_url = opened.admin_url
    now = opened.settings.clock().now()
    with platform_session(opened.stores, "an administrator makes the store compact") as session:
        if partitions.mode(session) is Mode.TIMESCALE:
            raise StartRefused("TimescaleDB's own policies make chunks compact.", "There is nothing to be done.")
        found = compaction.closed(session, now)
    done = list[Compacted]()
    with terminal.live() as tell:
        for one in compaction.run(admin_url, found):
            done.append(one)
            tell(f"{len(done)} of {len(found)}: {one.name}")
    return done
