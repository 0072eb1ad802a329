"""``flotilla alert rule``: alert rules written, changed, and tried on the past at the command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy.orm import Session

from api import times
from api.alertwishes import AlertRuleChange, NewAlertRule, Reader
from cluster import alerttrial, alertwhen, console, rulefile, terminal
from cluster.console import Console
from db import alertreplay, alertrules
from db.accounts import TenantRow
from db.alertreplay import LONGEST
from db.alertrules import RuleRow, Rules, written
from db.ranges import Range
from fleet.alerts.rule import Rule
from fleet.errors import BadInput
from fleet.events import Severity
from routeros import collectors

command = typer.Typer(
    name="rule", help="Show, write, change and remove alert rules, and try them on the past.", no_args_is_help=True
)

RuleArgument = Annotated[str, typer.Argument(metavar="NAME|ID", help="Its name, or its id where several have it.")]
WhenOption = Annotated[
    str | None, typer.Option(help="The condition in a line, as 'resource.cpu_load_ratio > 0.9' or 'down'.")
]
ClearOption = Annotated[float | None, typer.Option(help="The threshold of the end.", show_default="the same")]
SeverityOption = Annotated[Severity | None, typer.Option(help="How bad it is.")]
HoldOption = Annotated[str | None, typer.Option(help="How long it must be so before the alert stands: 10m.")]
KeepOption = Annotated[str | None, typer.Option(help="How long it must be well before the alert is over: 2m.")]
DeviceOption = Annotated[str | None, typer.Option(help="Only for this device.")]
GroupOption = Annotated[str | None, typer.Option(help="Only for the devices of this group.")]
SiteOption = Annotated[str | None, typer.Option(help="Only for the devices at this site.")]
TagOption = Annotated[str | None, typer.Option(help="Only for the devices with this tag.")]
ModelOption = Annotated[str | None, typer.Option(help="Only for the devices of this model.")]
FileOption = Annotated[
    Path | None, typer.Option("--file", help="A rule in YAML or JSON, as `flotilla alert rule show` writes it.")
]
STATUSES = "Exit statuses: 0 done · 2 refused, nothing was changed."


@command.command(epilog=f"Example: [bold]flotilla alert rule show 'CPU busy' --tenant northwind[/]\n\n{STATUSES}")
def show(
    rule: RuleArgument,
    tenant: console.TenantOption,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Write a rule as a file has it."""
    with console.opened(state) as here, here.entered(here.tenant(tenant)) as session:
        _tell(alertrules.find(session, rule), as_json)


ADD = (
    "Examples: [bold]flotilla alert rule add 'CPU busy' --tenant northwind --severity critical --site Oslo "
    "--when 'resource.cpu_load_ratio > 0.9' --clear 0.8 --hold 10m[/]\n\n"
    "[bold]flotilla alert rule add 'CPU busy' --tenant northwind --file rule.yaml[/]"
)


@command.command(epilog=f"{ADD}\n\n{STATUSES}")
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is called; alerts bear this name.")],
    tenant: console.TenantOption,
    when: WhenOption = None,
    clear: ClearOption = None,
    severity: SeverityOption = None,
    hold: HoldOption = None,
    keep: KeepOption = None,
    device: DeviceOption = None,
    group: GroupOption = None,
    site: SiteOption = None,
    tag: TagOption = None,
    model: ModelOption = None,
    file: FileOption = None,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Add a rule. One of the name of another, with a narrower scope, counts in its place there."""
    said = {"when": when, "clear": clear, "severity": severity, "hold": hold, "keep": keep}
    where = {"device": device, "group": group, "site": site, "tag": tag, "model": model}
    with console.opened(state) as here:
        one = here.tenant(tenant)
        with here.entered(one) as session:
            given = {**rulefile.read(file), **_members(said), **_scope(session, where), "name": name}
            made = _reader(session, one).made(rulefile.checked(NewAlertRule, given))
            _tell(alertrules.one(session, _rules(here, one, session).add(made)), as_json)


@command.command(
    epilog=f"Example: [bold]flotilla alert rule edit 'CPU busy' --tenant northwind --hold 15m[/]\n\n{STATUSES}"
)
def edit(
    rule: RuleArgument,
    tenant: console.TenantOption,
    when: WhenOption = None,
    clear: ClearOption = None,
    severity: SeverityOption = None,
    hold: HoldOption = None,
    keep: KeepOption = None,
    device: DeviceOption = None,
    group: GroupOption = None,
    site: SiteOption = None,
    tag: TagOption = None,
    model: ModelOption = None,
    file: FileOption = None,
    name: Annotated[str | None, typer.Option("--name", help="Another name.")] = None,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Change a rule; what is not given stays as it is."""
    said = {"when": when, "clear": clear, "severity": severity, "hold": hold, "keep": keep, "name": name}
    where = {"device": device, "group": group, "site": site, "tag": tag, "model": model}
    with console.opened(state) as here:
        one = here.tenant(tenant)
        with here.entered(one) as session:
            before = alertrules.find(session, rule).rule
            given = {**rulefile.read(file), **_members(said, before), **_scope(session, where)}
            if not given:
                raise BadInput("It is not said what is to be different.", "Give an option, or a --file.")
            wanted = _reader(session, one).changed(before, rulefile.checked(AlertRuleChange, given))
            _rules(here, one, session).change(wanted)
            _tell(alertrules.one(session, before.id), as_json)


@command.command(epilog=f"Example: [bold]flotilla alert rule enable 'CPU busy' --tenant northwind[/]\n\n{STATUSES}")
def enable(
    rule: RuleArgument,
    tenant: console.TenantOption,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Let a rule count."""
    _switch(rule, tenant, state, as_json, on=True)


@command.command(epilog=f"Example: [bold]flotilla alert rule disable hot --tenant northwind[/]\n\n{STATUSES}")
def disable(
    rule: RuleArgument,
    tenant: console.TenantOption,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Let a rule rest; wider ones of its name do not count for its devices either."""
    _switch(rule, tenant, state, as_json, on=False)


@command.command(epilog=f"Example: [bold]flotilla alert rule remove hot --tenant northwind[/]\n\n{STATUSES}")
def remove(
    rule: RuleArgument,
    tenant: console.TenantOption,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Remove a rule; what it raised is over."""
    with console.opened(state) as here:
        one = here.tenant(tenant)
        with here.entered(one) as session:
            gone = alertrules.find(session, rule)
            _rules(here, one, session).remove(gone.rule.id)
    if as_json:
        terminal.answer(rulefile.document(gone))
    else:
        typer.echo(f"Removed: {gone.rule.name}.")


TEST = (
    "Examples: [bold]flotilla alert rule test 'CPU busy' --tenant northwind --days 14[/]\n\n"
    "[bold]flotilla alert rule test 'CPU busy' --tenant northwind --when 'resource.cpu_load_ratio > 0.7'[/]"
)


@command.command("test", epilog=f"{TEST}\n\nExit statuses: 0 tried, whatever was found · 2 refused.")
def try_on(
    rule: RuleArgument,
    tenant: console.TenantOption,
    days: Annotated[int, typer.Option(min=1, max=LONGEST, help="How far to look back.")] = 7,
    when: WhenOption = None,
    clear: ClearOption = None,
    hold: HoldOption = None,
    keep: KeepOption = None,
    file: FileOption = None,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Tell how often a rule would have fired in the last days; options make it otherwise for this time only."""
    said = {"when": when, "clear": clear, "hold": hold, "keep": keep}
    with console.opened(state) as here:
        one, now = here.tenant(tenant), here.settings.clock().now()
        with here.entered(one) as session:
            judged = _tried(session, one, rule, rulefile.read(file), said)
            spanned = Range(now - timedelta(days=days), now)
            found = alertreplay.run(session, collectors.families(), judged, spanned)
    if as_json:
        terminal.answer(alerttrial.document(days, found))
    else:
        alerttrial.say(days, found)


def _switch(which: str, tenant: str, state: Path | None, as_json: bool, *, on: bool) -> None:
    with console.opened(state) as here:
        one = here.tenant(tenant)
        with here.entered(one) as session:
            before = alertrules.find(session, which).rule
            _rules(here, one, session).change(replace(before, enabled=on))
            _tell(alertrules.one(session, before.id), as_json)


def _tried(session: Session, one: TenantRow, which: str, file: Mapping[str, Any], said: Mapping[str, Any]) -> Rule:
    """Find the rule that is tried: that of a file, or one that there is; either as options make it."""
    reader = _reader(session, one)
    if file:
        before = reader.made(rulefile.checked(NewAlertRule, {**file, "name": which}))
    else:
        before = alertrules.find(session, which).rule
    given = _members(said, before)
    return reader.changed(before, rulefile.checked(AlertRuleChange, given)) if given else before


def _reader(session: Session, one: TenantRow) -> Reader:
    return Reader(session, collectors.families(), one.id)


def _rules(here: Console, one: TenantRow, session: Session) -> Rules:
    return Rules(session, here.author(), one.id)


def _members(said: Mapping[str, Any], before: Rule | None = None) -> dict[str, Any]:
    """Tell what options say as the members of a rule; a clear alone changes the condition that there is."""
    made: dict[str, Any] = {name: said[name] for name in ("severity", "name") if said.get(name) is not None}
    for name in ("hold", "keep"):
        if said[name] is not None:
            made[f"{name}_seconds"] = 0.0 if said[name] == "0s" else times.span(said[name]).total_seconds()
    if said["when"] is not None:
        made["condition"] = alertwhen.read(said["when"])
    elif said["clear"] is not None and before is not None:
        made["condition"] = dict(written(before.condition))
    elif said["clear"] is not None:
        raise BadInput("--clear belongs to a condition.", "Give --when, too.")
    if said["clear"] is not None:
        made["condition"]["clear"] = said["clear"]
    return made


def _scope(session: Session, where: Mapping[str, str | None]) -> dict[str, Any]:
    """Tell whom options mean as a rule's scope; raises NotFound, and BadInput where they mean two."""
    named = [(reach, of) for reach, of in where.items() if of is not None]
    if len(named) > 1:
        raise BadInput("A rule is for one kind of thing.", "Give one of --device, --group, --site, --tag, --model.")
    for reach, of in named:
        found = str(console.device(session, of).id) if reach == "device" else of
        return {"scope": {"reach": reach, "of": found}}
    return {}


def _tell(row: RuleRow, as_json: bool) -> None:
    if as_json:
        terminal.answer(rulefile.document(row))
    else:
        typer.echo(rulefile.write(row.rule), nl=False)
