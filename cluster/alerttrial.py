"""What a rule would have raised, for people and for programs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import typer

from cluster import terminal
from db.alertreplay import Found, Trial


def say(days: int, trial: Trial) -> None:
    """Say how often it would have fired, and when."""
    often = "once" if trial.fired == 1 else f"{trial.fired} times"
    span = "a day" if days == 1 else f"{days} days"
    typer.echo(f"It would have fired {often} in {span}; it is for {trial.devices} devices.")
    if trial.firings:
        terminal.table("", ("device", "which", "from (UTC)", "to (UTC)", "value"), list(map(_line, trial.firings)))
    if trial.coarse:
        typer.echo("Part of that time is kept as means of five minutes or an hour alone: short peaks are not seen.")
    if trial.cut:
        typer.echo("It took too long, so not all devices were judged. Ask for fewer days, or a narrower scope.")


def document(days: int, trial: Trial) -> dict[str, Any]:
    """Tell the same with the names that REST has for it."""
    facts = {name: getattr(trial, name) for name in ("since", "devices", "fired", "coarse", "cut")}
    return {"days": days, **facts, "firings": list(map(_firing, trial.firings))}


def _firing(one: Found) -> dict[str, Any]:
    who = {"device_id": one.device_id, "device": one.device, "key": one.key}
    return {**who, "from": one.firing.at, "to": one.firing.until, "value": one.firing.value}


def _line(one: Found) -> tuple[str, ...]:
    value = "" if one.firing.value is None else f"{one.firing.value:.6g}"
    return one.device, one.key, _at(one.firing.at), _at(one.firing.until), value


def _at(at: datetime | None) -> str:
    return "" if at is None else f"{at:%Y-%m-%d %H:%M}"
