"""``flotilla push``: push configuration to a device, watch it, and cancel what was not begun."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from sqlalchemy.orm import Session

from actors import pushplan
from actors.pushplan import Desk, Drawn, Filling, Meant, Terms
from bus import subjects
from cluster import console, templatefile, terminal
from cluster.commands import config
from cluster.console import Console
from db import pushes, templates
from db.accounts import TenantRow
from db.platform import platform_session
from db.pushes import Pushes, Which
from fleet.changes import FINAL, PushState
from fleet.errors import BadInput
from fleet.pushes import LASTS, Line, Override, Push, PushRow
from fleet.settings import span
from routeros.push import nets

NEXT = "Name a file, or give --command, once or several times, or --template, or --version, or --drift."
EXAMPLES = (
    "Examples: [bold]flotilla {0} gw-1 change.rsc --tenant northwind --wait[/]\n\n"
    "[bold]flotilla {0} gw-1 --command '/system identity set name=edge' --tenant northwind --dry-run[/]\n\n"
    "[bold]flotilla {0} gw-1 --template firewall --set management=203.0.113.0/24 --tenant northwind[/]"
)
"""Seconds between two looks at where a push stands."""

command = typer.Typer(
    name="push", help="Push configuration to a device so that it is never lost.", no_args_is_help=True
)
PushArgument = Annotated[UUID, typer.Argument(metavar="ID", help="The push's id, as `flotilla push list` says.")]


@config.command.command("push", epilog=EXAMPLES.format("config push"))
@command.command(epilog=EXAMPLES.format("push begin"))
def begin(
    device: console.WhichArgument,
    tenant: console.TenantOption,
    file: Annotated[str | None, typer.Argument(help="Console text to push; - is standard input.")] = None,
    line: Annotated[list[str] | None, typer.Option("--command", help="A line to push; several times.")] = None,
    template: Annotated[str | None, typer.Option(help="Write this template for the device, and push that.")] = None,
    given: Annotated[list[str] | None, typer.Option("--set", help="A value of the template: name=value.")] = None,
    version: Annotated[
        int | None, typer.Option(min=1, help="A version: of the template, or else of the device's configuration.")
    ] = None,
    drift: Annotated[bool, typer.Option("--drift", help="Take the device back to what is intended of it.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the plan and its risks; push nothing.")] = False,
    override: Annotated[str | None, typer.Option(help="The device's identity: push in spite of the risks.")] = None,
    reason: Annotated[str | None, typer.Option(help="Why the override, for the record.")] = None,
    lasts: Annotated[str, typer.Option("--expires", help="How long it waits for the device.")] = f"{LASTS.seconds}s",
    wait: Annotated[bool, typer.Option("--wait", help="Show each step; end with 1 unless committed.")] = False,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Push to a device: planned, caught by nets, verified on a new connection, confirmed or taken back."""
    word = _override(override, reason)
    wish = _Wish(file, tuple(line or ()), template, tuple(given or ()), version, drift)
    with console.opened(state) as here, here.vault() as vault:
        one = here.tenant(tenant)
        with here.entered(one) as session:
            desk = Desk(session, vault, one.id, here.settings.clock().now())
            device_id = console.device(session, device).id
            drawn = pushplan.draw(desk, device_id, wish.meant(session))
            if dry_run:
                _show_plan(drawn, as_json)
                return
            terms = Terms(pushplan.judged(drawn, word), span(lasts))
            writer = Pushes(session, here.author(), one.id, subjects.of)
            (push_id,) = writer.begin(pushplan.wanted(desk, device_id, drawn, terms))
        ended = _watch(here, one, push_id) if wait else _read(here, one, push_id)[0]
    _tell(ended, as_json)
    if wait and ended.state is not PushState.COMMITTED:
        raise typer.Exit(1)


@command.command(epilog="Example: [bold]flotilla push show 5f0c… --tenant northwind[/]")
def show(
    push: PushArgument,
    tenant: console.TenantOption,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Show where a push stands, with every step."""
    with console.opened(state) as here:
        found, lines = _read(here, here.tenant(tenant), push)
    if as_json:
        terminal.answer({**_document(found), "steps": [_step(line) for line in lines]})
        return
    rows = [(f"{line.at:%H:%M:%S}", line.entry.step, line.entry.seen or "…", _said(line)) for line in lines]
    terminal.table("", ("at", "step", "seen", ""), rows)
    _tell(found, False)


@command.command("list", epilog="Example: [bold]flotilla push list --tenant northwind --device gw-1[/]")
def listed(
    tenant: console.TenantOption,
    device: Annotated[str | None, typer.Option(help="Only those to this device.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many, the newest first.")] = 50,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """List the pushes of a tenant, the newest first."""
    with console.opened(state) as here, here.entered(here.tenant(tenant)) as session:
        which = Which(console.device(session, device).id if device else None)
        found = pushes.page(session, None, limit, which)
    if as_json:
        terminal.answer([_summary(one) for one in found])
        return
    rows = [
        (str(one.id), f"{one.at:%Y-%m-%d %H:%M}", one.by, str(one.total), one.state, one.error or "") for one in found
    ]
    terminal.table("", ("push", "at", "by", "lines", "state", "why"), rows)


@command.command(epilog="Example: [bold]flotilla push cancel 5f0c… --tenant northwind[/]")
def cancel(push: PushArgument, tenant: console.TenantOption, state: terminal.StateOption = None) -> None:
    """Cancel a push that was not begun."""
    with console.opened(state) as here:
        one = here.tenant(tenant)
        with platform_session(here.stores, "an administrator cancels a push") as session:
            pushes.cancel(session, one.id, push, here.settings.clock().now(), subjects.of)
            here.note(session, one.id, "push.cancelled", ("push", push))
    terminal.say("The push is cancelled; the device was not touched.")


def _override(name: str | None, reason: str | None) -> Override | None:
    if (name is None) != (reason is None):
        raise BadInput("An override needs a name and a reason.", "Give --override NAME and --reason WHY together.")
    return None if name is None or reason is None else Override(name, reason)


@dataclass(frozen=True, slots=True)
class _Wish:
    """What is to be pushed, as it was said."""

    file: str | None
    lines: tuple[str, ...]
    template: str | None
    given: tuple[str, ...]
    version: int | None
    drift: bool

    def meant(self, session: Session) -> Meant:
        """Read it; raises BadInput unless there is one source of it, NotFound for an unknown template."""
        things = (self.file is not None, bool(self.lines), self.template or self.version is not None, self.drift)
        if sum(map(bool, things)) != 1:
            raise BadInput("A push is made of one thing.", NEXT)
        if self.given and self.template is None:
            raise BadInput("There are values, and no template that asks for them.", "Give --template NAME.")
        if self.template is not None:
            row = templates.version(session, templates.find(session, self.template).id, self.version)
            return Meant(template=Filling(row, templatefile.values(self.given)))
        if self.version is not None or self.drift:
            return Meant(version=self.version, drift=self.drift)
        return Meant(commands=_text(self.file, self.lines))


def _text(file: str | None, lines: Sequence[str]) -> str:
    if file is None:
        return "\n".join(lines)
    if file == "-":
        return sys.stdin.read()
    try:
        return Path(file).read_text("utf-8", "surrogateescape")
    except OSError as error:
        raise BadInput(f"{file} cannot be read: {error.strerror}.", "Name a file with console text.") from error


def _read(here: Console, one: TenantRow, push_id: UUID) -> tuple[Push, list[Line]]:
    with here.entered(one) as session:
        return pushes.one(session, push_id), pushes.lines(session, push_id)


def _watch(here: Console, one: TenantRow, push_id: UUID) -> Push:
    """Show the newest step, on standard error, until the push has ended."""
    found, _ = terminal.watch(
        lambda: _read(here, one, push_id),
        lambda seen: seen[0].state in FINAL,
        lambda seen: _newest(seen[1]) if seen[1] else str(seen[0].state),
    )
    return found


def _newest(lines: Sequence[Line]) -> str:
    last = lines[-1]
    return f"{last.entry.step} {last.entry.seen or '…'} {_said(last)}".strip()


def _said(line: Line) -> str:
    entry = line.entry
    number = f"line {entry.number}" if entry.number else ""
    return " ".join(filter(None, [number, str(entry.detail.get("error") or "")]))


def _tell(found: Push, as_json: bool) -> None:
    if as_json:
        terminal.answer(_document(found))
    else:
        why = f": {found.error}" if found.error else ""
        terminal.say(f"{found.id} is {found.state}{why}")


def _show_plan(drawn: Drawn, as_json: bool) -> None:
    lines = [one.shown() for one in drawn.operations]
    timer = int(nets.timer(len(lines)).total_seconds())
    if as_json:
        risks = [pushplan.risk(one) for one in drawn.risks]
        point = drawn.near or not drawn.safe_mode
        nets_told = {"safe_mode": drawn.safe_mode, "restore_point": point, "timer_seconds": timer}
        terminal.answer({"lines": lines, "risks": risks, "foreseen": drawn.foreseen, **nets_told})
        return
    terminal.table("", ("what would be done",), [(line,) for line in lines])
    for one in drawn.risks:
        terminal.say(f"{one.kind}: {one.why} {one.next_step}")
    if not drawn.foreseen:
        terminal.say("The device's configuration was never read: what may cut the path is judged when it is pushed.")


TOLD = ("id", "device_id", "source", "state", "override", "reason", "by", "at", "ended_at", "error_code", "error")


def _summary(one: PushRow) -> dict[str, Any]:
    return {name: getattr(one, name) for name in (*TOLD, "total")}


def _document(one: Push) -> dict[str, Any]:
    return {**_summary(one), "lines": list(one.shown), "risks": list(one.risks)}


def _step(line: Line) -> dict[str, Any]:
    entry = line.entry
    return {"at": line.at, "step": entry.step, "seen": entry.seen, "number": entry.number, "said": _said(line)}
