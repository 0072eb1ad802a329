"""``flotilla rollout``: plan a rollout of firmware, approve and start it, watch it, pause, resume and abort it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from sqlalchemy.orm import Session

from api.times import instant
from cluster import console, foretelling, rolloutfile, rolloutstory, terminal
from db import rolloutplans, rollouts, rolloutstops, selection
from db.operations import Author
from db.rolloutplans import Word
from db.rollouts import Row, Standing
from db.rolloutstops import Stop
from db.selection import Selection
from fleet.errors import BadInput
from fleet.rollouts import Limits, Plan, RolloutState, Terms
from fleet.rollouts.foreseen import Forecast
from fleet.rollouts.states import ENDED
from fleet.settings import span
from routeros.depot.mirror import Mirror

INSTANT = "2026-03-01T22:00:00Z"

command = typer.Typer(
    name="rollout", help="Upgrade many devices, in waves that stop by themselves.", no_args_is_help=True
)
IdArgument = Annotated[UUID, typer.Argument(metavar="ID", help="The rollout's id, as `flotilla rollout list` says.")]


@command.command(
    epilog="Examples: [bold]flotilla rollout plan spring stable --tenant northwind --dry-run[/]\n\n"
    "[bold]flotilla rollout plan spring 7.24.4 --tenant northwind --site harbour --strategy rolling[/]"
)
def plan(
    name: Annotated[str, typer.Argument(help="What it is called.")],
    target: Annotated[str, typer.Argument(help="A version, or a channel such as stable.")],
    tenant: console.TenantOption,
    site: Annotated[list[str] | None, typer.Option(help="Only devices of this site; several times.")] = None,
    tag: Annotated[list[str] | None, typer.Option(help="Only devices with this tag; several times.")] = None,
    device: Annotated[list[str] | None, typer.Option(help="Only this device; several times.")] = None,
    strategy: Annotated[str, typer.Option(help="canary, rolling, sites or everything.")] = "canary",
    starts: Annotated[
        str | None, typer.Option(help=f"When it begins at the earliest: {INSTANT}.", show_default="at once")
    ] = None,
    canary_soak: Annotated[
        str, typer.Option(help="So long the first of a kind has to be well before others begin.")
    ] = "15m",
    soak: Annotated[str, typer.Option(help="So long a wave has to be well before the next.")] = "5m",
    lasts: Annotated[str, typer.Option("--expires", help="After so long it ends, whatever is left.")] = "7d",
    sure: Annotated[bool, typer.Option("--sure", help="Your word, which the strategy everything asks for.")] = False,
    downgrade: Annotated[bool, typer.Option("--downgrade", help="Take down what runs something newer.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the plan and keep nothing.")] = False,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Plan a rollout: who takes part in which wave, and who does not. No device is touched."""
    with console.opened(state) as here:
        one, now = here.tenant(tenant), here.settings.clock().now()
        with here.entered(one) as session:
            begins = None if starts is None else instant(starts, now)
            limits = Limits(canary_soak=span(canary_soak), soak=span(soak))
            selector = _selector(site, tag, device)
            rest: dict[str, Any] = {"starts_at": begins, "downgrade": downgrade, "selector": selector}
            terms = Terms(target, strategy, max(begins or now, now) + span(lasts), limits=limits, **rest)
            word = Word(sure, Mirror.of(here.settings).holds)
            drawn = rolloutplans.draft(session, _chosen(session, site, tag, device), terms, now, word)
            if not dry_run:
                made = rollouts.create(session, here.author(), one.id, name, drawn)
    if as_json:
        told = {"digest": drawn.digest, **drawn.document(), "forecast": _foretold(drawn.forecast)}
        terminal.answer({**({} if dry_run else {"id": made}), **told})
        return
    _show_plan(drawn)
    if not dry_run:
        terminal.say(f"{made} is planned. Start it with `flotilla rollout start {made} --tenant {tenant}`.")


@command.command("list", epilog="Example: [bold]flotilla rollout list --tenant northwind[/]")
def listed(
    tenant: console.TenantOption, state: terminal.StateOption = None, as_json: terminal.JsonOption = False
) -> None:
    """List the rollouts of a tenant, the newest first."""
    with console.opened(state) as here, here.entered(here.tenant(tenant)) as session:
        found = rollouts.page(session, None, console.PAGE)
    if as_json:
        terminal.answer([_document(row) for row in found])
        return
    rows = [(str(r.id), r.name, r.terms.target, r.state, _stages(r), r.why or "") for r in found]
    terminal.table("", ("rollout", "name", "target", "state", "devices", "why"), rows)


@command.command(epilog="Example: [bold]flotilla rollout show 5f0c… --tenant northwind --follow[/]")
def show(
    rollout: IdArgument,
    tenant: console.TenantOption,
    follow: Annotated[bool, typer.Option("--follow", help="Tell how it goes on, until it has ended.")] = False,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Show where a rollout and each of its devices stand, or follow it: each change is a line."""
    if follow:
        with console.opened(state) as here:
            rolloutstory.follow(here, here.tenant(tenant), rollout, as_json)
        return
    with console.opened(state) as here, here.entered(here.tenant(tenant)) as session:
        row, found = rollouts.one(session, rollout), rollouts.standings(session, rollout)
        stop = rolloutstops.rules(session, row.tenant_id).stopped
    if as_json:
        terminal.answer({**_document(row), "items": [_device(one) for one in found]})
        return
    rows = [(str(s.member.wave), s.member.name, s.unit.stage, s.unit.target, s.unit.reason or "") for s in found]
    terminal.table("", ("wave", "device", "stage", "to", "why"), rows)
    _tell(row, stop)
    if (told := foretelling.going(row.foreseen) or foretelling.planned(row.forecast)) and row.state not in ENDED:
        terminal.say(told)


@command.command(epilog="Example: [bold]flotilla rollout approve 5f0c… 9ab3… --tenant northwind[/]")
def approve(
    rollout: IdArgument,
    digest: Annotated[str, typer.Argument(help="The plan's digest, as it was shown.")],
    tenant: console.TenantOption,
    state: terminal.StateOption = None,
) -> None:
    """Approve a plan, by its digest."""
    steer(rollout, tenant, state, lambda session, author, row: rollouts.approve(session, author, row, digest))


@command.command(epilog="Example: [bold]flotilla rollout start 5f0c… --tenant northwind --wait[/]")
def start(
    rollout: IdArgument,
    tenant: console.TenantOption,
    at: Annotated[str | None, typer.Option(help=f"When it begins: {INSTANT}.", show_default="as planned")] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Show how far it is; end with 1 unless all is done.")] = False,
    state: terminal.StateOption = None,
) -> None:
    """Start a rollout, now or at a time: its job is submitted then, and goes on without this command."""
    steer(rollout, tenant, state, partial(_start, at))
    if wait and _watch(rollout, tenant, state) is not RolloutState.DONE:
        raise typer.Exit(1)


@command.command(epilog="Example: [bold]flotilla rollout pause 5f0c… --tenant northwind[/]")
def pause(rollout: IdArgument, tenant: console.TenantOption, state: terminal.StateOption = None) -> None:
    """Begin nothing more until it is resumed; what is under way comes to its end."""
    steer(rollout, tenant, state, rollouts.pause)


@command.command(epilog="Example: [bold]flotilla rollout resume 5f0c… --tenant northwind[/]")
def resume(rollout: IdArgument, tenant: console.TenantOption, state: terminal.StateOption = None) -> None:
    """Go on: what has failed until now is taken as looked at."""
    steer(rollout, tenant, state, rollouts.resume)


@command.command(epilog="Example: [bold]flotilla rollout abort 5f0c… --tenant northwind[/]")
def abort(rollout: IdArgument, tenant: console.TenantOption, state: terminal.StateOption = None) -> None:
    """Begin nothing more at all, take package files back, and end."""
    steer(rollout, tenant, state, rollouts.abort)


@command.command(epilog="Example: [bold]flotilla rollout retry 5f0c… --tenant northwind[/]")
def retry(rollout: IdArgument, tenant: console.TenantOption, state: terminal.StateOption = None) -> None:
    """Let the devices begin anew that failed or were lost."""
    steer(rollout, tenant, state, rollouts.retry)


command.command(
    "report",
    epilog="Example: [bold]flotilla rollout report 5f0c… --tenant northwind --csv spring.csv --html spring.html[/]",
)(rolloutfile.report)


def _selector(site: list[str] | None, tag: list[str] | None, device: list[str] | None) -> dict[str, Any]:
    """Tell how the devices are named, as REST does."""
    lets_in = {name: words for name, words in (("site", site), ("tag", tag)) if words}
    return {**({"filter": lets_in} if lets_in else {}), **({"devices": device} if device else {})}


def _chosen(session: Session, site: list[str] | None, tag: list[str] | None, device: list[str] | None) -> set[Any]:
    ids = [console.device(session, which).id for which in device] if device else None
    found = selection.devices(session, Selection(ids, site, tag))
    if found is None:
        found = selection.everything(session)
    if not found:
        raise BadInput("No device is meant.", "Leave --site, --tag and --device out for all devices.")
    return set(found)


def steer(rollout: UUID, tenant: str, state: Path | None, act: Callable[[Session, Author, Row], object]) -> None:
    """Do something with a rollout in the administrator's name, and tell how it stands then."""
    with console.opened(state) as here, here.entered(here.tenant(tenant)) as session:
        act(session, here.author(), rollouts.one(session, rollout))
        row = rollouts.one(session, rollout)
        stop = rolloutstops.rules(session, row.tenant_id).stopped
    _tell(row, stop)


def _start(at: str | None, session: Session, author: Author, row: Row) -> None:
    rollouts.start(session, author, row, None if at is None else instant(at, author.at))


def _watch(rollout: UUID, tenant: str, state: Path | None) -> RolloutState:
    """Show how far it is, on standard error, until the rollout has ended or is paused."""
    with console.opened(state) as here:
        one = here.tenant(tenant)

        def look() -> Row:
            with here.entered(one) as session:
                return rollouts.one(session, rollout)

        found = terminal.watch(
            look,
            lambda row: row.state in ENDED or row.state is RolloutState.PAUSED,
            lambda row: f"{row.state} {_stages(row)}{_ends(row)}",
        )
    _tell(found)
    return found.state


def _show_plan(drawn: Plan) -> None:
    rows = [(str(m.wave), m.name, m.site or "", m.version, " → ".join(m.hops), m.back) for m in drawn.members]
    terminal.table("", ("wave", "device", "site", "runs", "goes to", "way back"), rows)
    if known := [(m.name, " ".join(m.notes)) for m in drawn.members if m.notes]:
        terminal.table("", ("device", "what to know of it before"), known)
    if drawn.skipped:
        left = [(one.name, " ".join(one.why)) for one in drawn.skipped]
        terminal.table("", ("left out", "why"), left)
    names = {member.device_id: member.name for member in drawn.members}
    for pair in drawn.pairs:
        together = " and ".join(sorted(names[one] for one in pair))
        terminal.say(f"{together} stand in for one another: they are in different waves.")
    terminal.say(f"{len(drawn.members)} devices in {len(drawn.waves)} waves, {len(drawn.skipped)} left out.")
    terminal.table("", ("wave", "devices", "begins", "ends", "takes"), foretelling.waves(drawn.forecast))
    terminal.say(foretelling.planned(drawn.forecast))
    terminal.say(f"digest {drawn.digest}")


def _tell(row: Row, stop: Stop | None = None) -> None:
    why = f": {row.why}" if row.why else ""
    begins = f" for {row.started_at:%Y-%m-%d %H:%M} UTC" if row.state is RolloutState.SCHEDULED else ""
    terminal.say(f"{row.id} is {row.state}{begins}, {_stages(row)}{why}")
    if stop is not None and row.state is RolloutState.RUNNING:
        terminal.say("Nothing of it goes on just now.")
        terminal.say(str(stop))


def _ends(row: Row) -> str:
    return f", to end at {foretelling.instant(row.foreseen.ends_at)}" if row.foreseen else ""


def _stages(row: Row) -> str:
    return ", ".join(f"{count} {stage}" for stage, count in sorted(row.stages.items()))


def _document(row: Row) -> dict[str, Any]:
    names = (
        "id",
        "name",
        "state",
        "why",
        "digest",
        "by",
        "at",
        "approved_by",
        "started_by",
        "started_at",
        "ended_at",
    )
    told = {name: getattr(row, name) for name in names}
    told |= {name: _foretold(getattr(row, name)) for name in ("forecast", "foreseen")}
    return {**told, "terms": row.terms.document(), "stages": dict(row.stages), "skipped": list(row.skipped)}


def _foretold(told: Forecast | None) -> dict[str, Any] | None:
    return told.document() if told else None


def _device(one: Standing) -> dict[str, Any]:
    unit = one.unit
    stands = {
        name: getattr(unit, name) for name in ("stage", "step", "hop", "since", "ended_at", "reason", "verdict")
    }
    return {**one.member.document(), **stands}
