"""``flotilla push many``, ``waves``, ``pause``, ``resume``, ``abort``, ``retry``: one push over many devices."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from sqlalchemy.orm import Session

from actors.campaigning import Wish
from actors.pushplan import Desk
from api import meant
from api.meant import Meant, MeantQuery
from bus import subjects
from cluster import console, templatefile, terminal, wavesheet
from cluster.commands.push import PushArgument, command
from cluster.console import Console
from db import campaignmuster, campaigns, selection, templates
from db.accounts import TenantRow
from db.campaigndeeds import Campaigns, NewCampaign
from db.campaignmuster import Muster, Plan
from db.campaigns import Campaign, Standing
from fleet.campaigns import LIVE, WAVES, CampaignState, MemberState, Rules
from fleet.errors import BadInput
from fleet.identity import DeviceId
from fleet.pushes import LASTS, Override
from fleet.settings import span

USUAL = Rules()
PAGE = 1000
STATUSES = "\n\nExit statuses: 0 done · 1 some did not end well, or it was stopped · 2 refused, nothing was begun."


@command.command(
    epilog="Examples: [bold]flotilla push many change.rsc --tag edge --tenant northwind --dry-run[/]\n\n"
    "[bold]flotilla push many change.rsc --site harbour --waves 1,10%,rest --soak 10m --tenant northwind --wait[/]"
    + STATUSES
)
def many(
    tenant: console.TenantOption,
    file: Annotated[str | None, typer.Argument(help="Console text to push; - is standard input.")] = None,
    line: Annotated[list[str] | None, typer.Option("--command", help="A line to push; several times.")] = None,
    template: Annotated[str | None, typer.Option(help="Write this template for each device, and push that.")] = None,
    given: Annotated[list[str] | None, typer.Option("--set", help="A value of the template: name=value.")] = None,
    drift: Annotated[bool, typer.Option("--drift", help="Take each device back to what is intended of it.")] = False,
    tag: Annotated[list[str] | None, typer.Option(help="Devices with this tag; several times.")] = None,
    site: Annotated[list[str] | None, typer.Option(help="Devices of this site; several times.")] = None,
    group: Annotated[str | None, typer.Option(help="Devices of this group.")] = None,
    device: Annotated[list[str] | None, typer.Option(help="This device; several times.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All devices of the tenant.")] = False,
    waves: Annotated[str, typer.Option(help="Sizes with commas between: 1, 5%, rest.")] = ",".join(WAVES),
    canary: Annotated[list[str] | None, typer.Option(help="This device is in the first wave; several times.")] = None,
    soak: Annotated[str, typer.Option(help="The rest between two waves.")] = f"{USUAL.soak.seconds}s",
    stop_percent: Annotated[float, typer.Option(min=0, max=100, help="It stops where so many have failed …")] = 2.0,
    stop_least: Annotated[int, typer.Option(min=1, help="… that are no fewer than these.")] = USUAL.least,
    per_site: Annotated[int, typer.Option(min=1, help="Devices of one site at once.")] = USUAL.per_site,
    at_once: Annotated[int, typer.Option(min=1, help="Devices at once.")] = USUAL.at_once,
    override: Annotated[
        list[str] | None, typer.Option(help="A device's identity: push there in spite of risks.")
    ] = None,
    reason: Annotated[str | None, typer.Option(help="Why the overrides, for the record.")] = None,
    note: Annotated[str, typer.Option(help="What it is for.")] = "",
    lasts: Annotated[str, typer.Option("--expires", help="How long it waits for a device.")] = f"{LASTS.seconds}s",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show for each device what would be done.")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Watch it until it ends or stops.")] = False,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Push to many devices in waves: a canary first, a rest between waves, and a rule that stops it."""
    whom = _Whom(tuple(tag or ()), tuple(site or ()), group, tuple(device or ()), everything)
    what = _What(file, tuple(line or ()), template, tuple(given or ()), drift)
    rules = Rules(span(soak), stop_percent / 100, stop_least, per_site, at_once)
    words = _words(override, reason)
    with console.opened(state) as here, here.vault() as vault:
        one, now = here.tenant(tenant), here.settings.clock().now()
        with here.entered(one) as session:
            wish, ids = what.wish(session), whom.ids(session, now)
            plan = Plan(
                waves.replace(" ", "").split(","),
                [console.device(session, name).id for name in canary or ()],
                {campaignmuster.identified(session, ids, word.name): word for word in words},
            )
            mustered = campaignmuster.muster(session, ids, plan, now)
            desk = Desk(session, vault, one.id, now)
            if dry_run:
                wavesheet.foresee(desk, wish, mustered, as_json)
                return
            begun = _Sheet(desk, wish, mustered, rules, span(lasts), note).begin(here)
        found = _watch(here, one, begun) if wait else _read(here, one, begun)
    wavesheet.tell(found, as_json)
    if wait and not wavesheet.well(found):
        raise typer.Exit(1)


@command.command(epilog="Example: [bold]flotilla push waves --tenant northwind[/] · with an id, its devices")
def waves(
    tenant: console.TenantOption,
    push: Annotated[UUID | None, typer.Argument(metavar="ID", help="One of them.", show_default="all")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many, the newest first.")] = 50,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """List the pushes over many devices; with an id, where each of its devices stands."""
    with console.opened(state) as here:
        one = here.tenant(tenant)
        if push is not None:
            wavesheet.devices(_read(here, one, push), _members(here, one, push), as_json)
            return
        with here.entered(one) as session:
            found = campaigns.page(session, None, limit)
    if as_json:
        terminal.answer([wavesheet.document(each) for each in found])
        return
    rows = [
        (str(each.id), f"{each.created_at:%Y-%m-%d %H:%M}", each.created_by, wavesheet.progress(each))
        for each in found
    ]
    terminal.table("", ("push", "at", "by", "how far"), rows)


@command.command(epilog="Example: [bold]flotilla push pause 5f0c… --tenant northwind[/]")
def pause(push: PushArgument, tenant: console.TenantOption, state: terminal.StateOption = None) -> None:
    """Ask no further devices, and take back what was not begun."""
    _do(state, tenant, push, Campaigns.pause)


@command.command(epilog="Example: [bold]flotilla push resume 5f0c… --tenant northwind[/]")
def resume(push: PushArgument, tenant: console.TenantOption, state: terminal.StateOption = None) -> None:
    """Go on; where its rule stopped it, what has failed until now does not do so again."""
    _do(state, tenant, push, Campaigns.resume)


@command.command(epilog="Example: [bold]flotilla push abort 5f0c… --tenant northwind[/]")
def abort(push: PushArgument, tenant: console.TenantOption, state: terminal.StateOption = None) -> None:
    """End it: what has begun ends by itself, all else is cancelled."""
    _do(state, tenant, push, Campaigns.abort)


@command.command(epilog="Example: [bold]flotilla push retry 5f0c… --tenant northwind[/]")
def retry(push: PushArgument, tenant: console.TenantOption, state: terminal.StateOption = None) -> None:
    """Try again what did not end well, and go on."""
    _do(state, tenant, push, Campaigns.retry)


@dataclass(frozen=True, slots=True)
class _Whom:
    """Which devices are meant, as it was said; one that all words let in."""

    tags: tuple[str, ...]
    sites: tuple[str, ...]
    group: str | None
    names: tuple[str, ...]
    everything: bool

    def ids(self, session: Session, now: Any) -> list[DeviceId]:
        """Look them up; raises BadInput where it was not said, or for what there is not."""
        if not (self.tags or self.sites or self.group or self.names or self.everything):
            message = "It is not said which devices are meant."
            raise BadInput(message, "Give --tag, --site, --group, --device or --all.")
        wanted = Meant(tag=list(self.tags), site=list(self.sites))
        found = set(selection.matching(session, wanted.filter(now, meant.places(session, self.sites))))
        if self.group is not None:
            for one in meant.filters(session, MeantQuery(group=self.group), now):
                found &= set(selection.matching(session, one))
        if self.names:
            found &= {console.device(session, name).id for name in self.names}
        return sorted(found)


@dataclass(frozen=True, slots=True)
class _What:
    """What is to be pushed, as it was said."""

    file: str | None
    lines: tuple[str, ...]
    template: str | None
    given: tuple[str, ...]
    drift: bool

    def wish(self, session: Session) -> Wish:
        """Read it; raises BadInput unless there is one source of it, NotFound for an unknown template."""
        if sum(map(bool, (self.file is not None, self.lines, self.template, self.drift))) != 1:
            raise BadInput("A push is made of one thing.", "Name a file, or give --command, --template or --drift.")
        if self.template is not None:
            row = templates.find(session, self.template)
            values = templatefile.values(self.given)
            return Wish(template_id=row.id, template_version=row.number, values=values)
        return Wish(drift=True) if self.drift else Wish(commands=_text(self.file, self.lines))


def _text(file: str | None, lines: Sequence[str]) -> str:
    if file is None:
        return "\n".join(lines)
    try:
        return sys.stdin.read() if file == "-" else Path(file).read_text("utf-8", "surrogateescape")
    except OSError as error:
        raise BadInput(f"{file} cannot be read: {error.strerror}.", "Name a file with console text.") from error


def _words(names: Sequence[str] | None, reason: str | None) -> list[Override]:
    if bool(names) != (reason is not None):
        raise BadInput("An override needs a name and a reason.", "Give --override NAME and --reason WHY together.")
    return [Override(name, reason or "") for name in names or ()]


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A campaign that is to begin."""

    desk: Desk
    wish: Wish
    mustered: Muster
    rules: Rules
    lasts: timedelta
    note: str

    def begin(self, here: Console) -> UUID:
        """Seal it and begin; raises BadInput where the text cannot be read."""
        desk, shown = self.desk, self.wish.shown(self.desk.session)
        (sealed,) = desk.vault.seal(desk.tenant_id, [self.wish.pack()])
        wanted = NewCampaign(
            source=self.wish.source,
            sealed=sealed,
            shown=shown,
            note=self.note,
            waves=self.mustered.sizes,
            rules=self.rules,
            lasts=self.lasts,
            chosen=self.mustered.chosen,
        )
        return Campaigns(desk.session, here.author(), desk.tenant_id, subjects.of).begin(wanted)


def _do(state: Path | None, tenant: str, campaign_id: UUID, deed: Callable[[Campaigns, UUID], object]) -> None:
    with console.opened(state) as here:
        one = here.tenant(tenant)
        with here.entered(one) as session:
            deed(Campaigns(session, here.author(), one.id, subjects.of), campaign_id)
        wavesheet.tell(_read(here, one, campaign_id), False)


def _read(here: Console, one: TenantRow, campaign_id: UUID) -> Campaign:
    with here.entered(one) as session:
        return campaigns.one(session, campaign_id)


def _members(here: Console, one: TenantRow, campaign_id: UUID) -> list[Standing]:
    found: list[Standing] = []
    while True:
        with here.entered(one) as session:
            page = campaigns.listed(session, campaign_id, found[-1].place if found else None, PAGE)
        found += page
        if len(page) < PAGE:
            return found


def _watch(here: Console, one: TenantRow, campaign_id: UUID) -> Campaign:
    """Show how far it is, on standard error, until it has ended or waits for a person."""
    waiting = (CampaignState.PAUSED, CampaignState.STOPPED)
    return terminal.watch(
        lambda: _read(here, one, campaign_id),
        lambda found: (found.state not in LIVE or found.state in waiting) and not found.counts[MemberState.ASKED],
        wavesheet.progress,
    )
