"""``flotilla config``: the versions of a router's configuration, what changed, and backups taken now."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

import typer

from bus import subjects
from cluster import console, terminal
from cluster.console import Console
from db import configpolicies, configruns, configs, errands, keyring
from db.accounts import TenantRow
from db.configruns import PER_SITE, Run
from db.configs import Version
from db.inventory import DeviceRow
from db.selection import Selection, devices
from fleet.backups import ERRAND, LIVE, Policy, Reason, RunState
from fleet.errands import LASTS, Errand, ErrandState
from fleet.errors import BadInput, Conflict
from fleet.identity import DeviceId
from fleet.settings import span
from routeros.backup import comparing
from routeros.export import Document, parse, redact

command = typer.Typer(name="config", help="Backups of configurations and their history.", no_args_is_help=True)
DeviceArgument = Annotated[str, typer.Argument(metavar="NAME|ID", help="The device.")]
STATUSES = "\n\nExit statuses: 0 done · 1 {wrong} · 2 refused, nothing was changed."


@command.command(epilog="Example: [bold]flotilla config history core-1 --tenant northwind[/]")
def history(
    device: DeviceArgument,
    tenant: console.TenantOption,
    last: Annotated[int, typer.Option(min=1, max=500, help="At most so many, the newest.")] = 20,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """List the versions of a device's configuration, and who did something before each."""
    with console.opened(state) as here, here.entered(here.tenant(tenant)) as session:
        found = configs.page(session, console.device(session, device).id, None, last)
    if as_json:
        terminal.answer([asdict(one) for one in found])
    else:
        lay(found)


@command.command(
    epilog="Example: [bold]flotilla config show core-1 --tenant northwind --version 3[/]\n\n"
    "With --secrets they stand in the text, and the audit log says so."
)
def show(
    device: DeviceArgument,
    tenant: console.TenantOption,
    version: Annotated[int | None, typer.Option(help="Its number.", show_default="the newest")] = None,
    secrets: Annotated[bool, typer.Option("--secrets", help="Byte for byte, with its secrets.")] = False,
    state: terminal.StateOption = None,
) -> None:
    """Print a version of a configuration, its secrets masked."""
    with console.opened(state) as here:
        one = here.tenant(tenant)
        with here.vault() as vault, here.entered(one) as session:
            found = configs.numbered(session, console.device(session, device).id, version)
            data = configs.text(session, keyring.Keyring(vault), found)
            if secrets:
                here.note(session, one.id, "config.revealed", ("version", found.id))
    typer.echo(data if secrets else str(redact(_document(data))).encode("utf-8", "surrogateescape"), nl=False)


@command.command(
    epilog="Example: [bold]flotilla config diff core-1 --tenant northwind --from 3 --to 5[/]"
    + STATUSES.format(wrong="they differ")
)
def diff(
    device: DeviceArgument,
    tenant: console.TenantOption,
    older: Annotated[int | None, typer.Option("--from", help="A version.", show_default="the one before")] = None,
    newer: Annotated[int | None, typer.Option("--to", help="A version.", show_default="the newest")] = None,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Print what differs between two versions of a configuration, its secrets masked."""
    with console.opened(state) as here, here.vault() as vault, here.entered(here.tenant(tenant)) as session:
        device_id, ring = console.device(session, device).id, keyring.Keyring(vault)
        after = configs.numbered(session, device_id, newer)
        before = configs.numbered(session, device_id, _previous(after) if older is None else older)
        texts = [_document(configs.text(session, ring, one)) for one in (before, after)]
    names = (f"{device} version {before.number}", f"{device} version {after.number}")
    told = comparing.unified(comparing.pairs(*texts), names)
    if as_json:
        terminal.answer({"before": asdict(before), "after": asdict(after), "unified": told})
    else:
        typer.echo(told, nl=False)
    raise typer.Exit(1 if told else 0)


@command.command(
    epilog="Example: [bold]flotilla config backup core-1 --tenant northwind[/]"
    + STATUSES.format(wrong="it failed, or the device was not reached in time")
)
def backup(
    device: DeviceArgument,
    tenant: console.TenantOption,
    wait: Annotated[str, typer.Option(help="So long to wait for its end; 0s: not at all.")] = "2m",
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Take a backup of a device now; where it is out of reach, as soon as it returns."""
    patience = span(wait)
    with console.opened(state) as here:
        one = here.tenant(tenant)
        asked = _ask(here, one, device)
        ended = _ended(here, one, asked, patience)
    if as_json:
        terminal.answer({**asdict(ended), "state": ended.state.value})
    else:
        typer.echo(f"The backup is {ended.state.value}." + (f" {ended.error}" if ended.error else ""))
    good = (ErrandState.DONE,) if patience else (ErrandState.DONE, ErrandState.WAITING, ErrandState.TAKEN)
    raise typer.Exit(0 if ended.state in good else 1)


@command.command(
    epilog="Examples: [bold]flotilla config policy --tenant northwind --every 1d --keep 100[/]\n\n"
    "[bold]flotilla config policy core-1 --tenant northwind --on-change[/]"
)
def policy(
    tenant: console.TenantOption,
    device: Annotated[
        str | None, typer.Argument(metavar="NAME|ID", help="One device.", show_default="the tenant")
    ] = None,
    every: Annotated[str | None, typer.Option(help="How often, such as 1d; 0s: not on a schedule.")] = None,
    on_change: Annotated[bool | None, typer.Option("--on-change/--not-on-change", help="After a change.")] = None,
    keep: Annotated[int | None, typer.Option(help="So many versions of a device.")] = None,
    days: Annotated[int | None, typer.Option(help="So many days.")] = None,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Show what is wanted of backups, or say it; what is not said stays as it is."""
    said = Policy(None if every is None else span(every), on_change, keep, days)
    with console.opened(state) as here:
        one = here.tenant(tenant)
        with here.entered(one) as session:
            device_id = None if device is None else console.device(session, device).id
            if said != Policy():
                wanted = said.over(configpolicies.own(session, one.id, device_id))
                configpolicies.put(session, here.author(), one.id, device_id, wanted)
            found = configpolicies.read(session, one.id).of(one.id, device_id)
    if as_json:
        seconds = None if found.every is None else found.every.total_seconds()
        terminal.answer({**asdict(found), "every": seconds})
    else:
        rhythm = f"every {found.every}" if found.every else "not on a schedule"
        change = "after a change" if found.on_change else "not after a change"
        typer.echo(f"Backups: {rhythm}, {change}; {found.keep_count} versions for {found.keep_days} days are kept.")


@command.command(
    epilog="Example: [bold]flotilla config run --tenant northwind --site harbour[/]"
    + STATUSES.format(wrong="some failed")
)
def run(
    tenant: console.TenantOption,
    site: Annotated[list[str] | None, typer.Option(help="Only devices of this site; several times.")] = None,
    tag: Annotated[list[str] | None, typer.Option(help="Only devices with this tag; several times.")] = None,
    per_site: Annotated[int, typer.Option(min=1, max=1000, help="So many of a site at once.")] = PER_SITE,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Take the backups of many devices, and watch; it goes on where this is interrupted."""
    with console.opened(state) as here:
        one = here.tenant(tenant)
        with here.entered(one) as session:
            chosen = devices(session, Selection(None, site or None, tag or None))
            if chosen is None:
                chosen = [each.device_id for each in configs.standings(session, None, 1_000_000)]
            begun = configruns.begin(session, here.author(), one.id, chosen, per_site)
        ended = _watch(here, one, begun)
    if as_json:
        terminal.answer({**asdict(ended), "state": ended.state.value, "total": ended.total})
    else:
        typer.echo(f"{ended.done} of {ended.total} are backed up, {ended.failed} failed.")
    raise typer.Exit(0 if ended.state is RunState.DONE and not ended.failed else 1)


def _ask(here: Console, one: TenantRow, which: str) -> UUID:
    """Leave the errand, or find the one that is under way."""
    author = here.author()
    with here.entered(one) as session:
        found: DeviceRow = console.device(session, which)
        if errands.open_of(session, ERRAND, [found.id]):
            raise Conflict(f"A backup of {found.name} is under way already.", "Wait for its end.")
        errand = Errand(
            tenant_id=one.id,
            device_id=DeviceId(found.id),
            kind=ERRAND,
            by=author.by,
            at=author.at,
            expires_at=author.at + LASTS,
            detail={"reason": Reason.HAND.value, "name": found.name, "fields": []},
        )
        errands.ask(session, [errand], subjects.of)
    return errand.id


def _ended(here: Console, one: TenantRow, errand_id: UUID, patience: timedelta) -> Errand:
    end = time.monotonic() + patience.total_seconds()

    def look() -> Errand:
        with here.entered(one) as session:
            return errands.one(session, errand_id)

    return terminal.watch(
        look, lambda found: found.state.over or time.monotonic() >= end, lambda found: f"{found.kind}: {found.state}"
    )


def _watch(here: Console, one: TenantRow, run_id: UUID) -> Run:
    def look() -> Run:
        with here.entered(one) as session:
            return configruns.one(session, run_id)

    return terminal.watch(
        look,
        lambda found: found.state not in LIVE,
        lambda found: f"{found.done + found.failed} of {found.total} done, {found.asked} under way",
    )


def _previous(after: Version) -> int:
    if after.number == 1:
        raise BadInput("There is only one version of this device.", "It has not changed since the first backup.")
    return after.number - 1


def _document(data: bytes) -> Document:
    return parse(data.decode("utf-8", "surrogateescape"))


def lay(found: Sequence[Version]) -> None:
    """Print versions as a table."""
    columns = ("version", "since (UTC)", "last seen", "RouterOS", "lines", "why", "by whom on the device")
    terminal.table("", columns, [_row(one) for one in found])


def _row(one: Version) -> tuple[str, ...]:
    who = ", ".join(dict.fromkeys(str(each["by"]) for each in one.history if each.get("by")))
    mark: dict[str, Any] = {"note": f" (kept: {one.note})" if one.note else " (kept)" if one.pinned_at else ""}
    return (
        f"{one.number}{mark['note']}",
        f"{one.first_seen:%Y-%m-%d %H:%M:%S}",
        f"{one.last_seen:%Y-%m-%d %H:%M:%S}",
        one.ros_version,
        str(one.lines),
        one.reason.value,
        who,
    )
