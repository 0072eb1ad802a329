"""``flotilla status``: what runs, and whether it works."""

from __future__ import annotations

from typing import Any

import httpx
import typer

from cluster import running, terminal
from cluster.programs import snapshot
from cluster.servers.process import records
from cluster.servers.state import holder
from fleet.settings import Settings

command = typer.Typer()
FIGURES = ("devices", "polls_ok", "polls_failed", "poll_p95_ms", "events", "rows", "duplicates", "dead")


@command.command(epilog="Example: [bold]flotilla status --json[/]")
def status(state: terminal.StateOption = None, as_json: terminal.JsonOption = False) -> None:
    """Tell what runs from a state directory and whether it works: status 0 if all does, 1 if something does not."""
    asked = running.load(state)
    document = _document(asked)
    if as_json:
        terminal.answer(document)
    else:
        _show(document)
    raise typer.Exit(0 if document["ready"] else 1)


def _document(asked: Settings) -> dict[str, Any]:
    readiness = _readiness(asked)
    processes = {
        path.stem: record.pid if record.process() else None for path, record in records(asked.state / "run").items()
    }
    return {
        "state": str(asked.state),
        "pid": holder(asked.state),
        "url": asked.public_url,
        "ready": readiness.get("status") == "ready",
        "checks": [*_checks(readiness, "checks", True), *_checks(readiness, "errors", False)],
        "processes": processes,
        "actors": snapshot(asked.state / "run" / "actors.json").get("actors", {}),
    }


def _readiness(asked: Settings) -> dict[str, Any]:
    """Ask the web server; where it does not answer, that is the answer."""
    if not asked.public_url:
        return {}
    try:
        found = httpx.get(f"{asked.public_url}/api/readiness", timeout=10, trust_env=False).json()
    except (httpx.HTTPError, ValueError) as error:
        return {"errors": [{"name": "web", "detail": str(error)}]}
    return found if isinstance(found, dict) else {}


def _checks(readiness: dict[str, Any], key: str, ok: bool) -> list[dict[str, Any]]:
    return [{"name": c["name"], "ok": ok, "detail": c.get("detail", "")} for c in readiness.get(key, [])]


def _show(document: dict[str, Any]) -> None:
    if document["pid"] is None:
        terminal.out.print(f"Nothing runs from {document['state']}. Start it with [bold]flotilla up[/].")
        return
    rows = [(c["name"], "works" if c["ok"] else "does not", c.get("detail") or "") for c in document["checks"]]
    terminal.table(f"{document['url']} (process {document['pid']})", ("check", "", "detail"), rows)
    parts = [(name, str(pid or "ended"), "") for name, pid in document["processes"].items()]
    parts += [(name, str(a.get("pid") or "restarting"), _figures(a)) for name, a in document["actors"].items()]
    terminal.table("", ("part", "process", "figures"), parts)


def _figures(actor: dict[str, Any]) -> str:
    """Say the few figures that tell how an actor is, and whatever troubles it."""
    told = [f"{name.replace('_', ' ')} {actor[name]}" for name in FIGURES if actor.get(name) is not None]
    told += [str(value) for name, value in actor.items() if name.endswith("problem") and value]
    return " · ".join(told)
