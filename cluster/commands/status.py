"""``flotilla status``: what is wrong and what to do, then what runs and how the pollers are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import httpx
import typer
from rich.text import Text

from api.context import Check
from cluster import certificates, lookout, running, situation, terminal, upkeep
from cluster.lookout import Report, Seen, number, total
from cluster.servers.process import records
from cluster.servers.state import holder
from cluster.situation import Found, PollerRow
from fleet.settings import Settings

command = typer.Typer()
FIGURES = ("events", "rows", "rows_per_second", "duplicates", "dead", "outbox_published",
           "chores_done", "chores_failed", "version")  # fmt: skip
POLLER = ("poller", "node", "process", "partitions", "devices", "lease", "epoch", "late (p99)", "polls")


@command.command(epilog="Example: [bold]flotilla status --json[/]")
def status(state: terminal.StateOption = None, as_json: terminal.JsonOption = False) -> None:
    """Tell what is wrong and what to do, then what runs: status 0 if all works, 1 if something does not."""
    asked = running.load(state)
    pid = holder(asked.state)
    found = look(asked)
    document = _document(asked, pid, found)
    if as_json:
        terminal.answer(document)
    elif pid is None:
        terminal.out.print(f"Nothing runs from {asked.state}. Start it with [bold]flotilla up[/].")
    else:
        show(document, found)
    raise typer.Exit(0 if document["well"] else 1)


def look(asked: Settings) -> Found:
    """Look at the web server's readiness, the processes and the actors' reports."""
    run = asked.state / "run"
    processes = {path.stem: record.pid if record.process() else None for path, record in records(run).items()}
    seen = lookout.read(asked.state)
    ready, told = _asked(asked)
    own = situation.local(seen)
    checks = [check for check in told if check.name not in {mine.name for mine in own}]
    return Found(asked.state, ready, [*checks, *own], processes, seen)


def show(document: dict[str, Any], found: Found) -> None:
    """Print it for a person: what is wrong first."""
    _head(document, found.seen)
    rows = situation.pollers(found.seen)
    _table(POLLER, [_poller(row) for row in rows])
    _table(("backlog", ""), _backlogs(found.seen))
    others = {name: report for name, report in found.seen.actors.items() if name not in {row.name for row in rows}}
    parts = [(name, str(pid or "ended"), "") for name, pid in found.processes.items()]
    parts += [(name, _process(report), _figures(report)) for name, report in others.items()]
    _table(("part", "process", "figures"), parts)
    _table(("check", "", ""), [(c.name, "works" if c.ok else "does not", c.detail) for c in found.checks])
    terminal.out.print(f"\n{document['url']} (process {document['pid']})", soft_wrap=True)


def _document(asked: Settings, pid: int | None, found: Found) -> dict[str, Any]:
    troubles = situation.troubles(found)
    supervisor, keeper = found.seen.of("supervisor"), found.seen.of("keeper")
    return {
        "state": str(asked.state),
        "pid": pid,
        "url": asked.public_url,
        "well": pid is not None and not troubles,
        "ready": found.ready,
        "troubles": [asdict(trouble) for trouble in troubles],
        "checks": [{"name": c.name, "ok": c.ok, "detail": c.detail} for c in found.checks],
        "processes": dict(found.processes),
        "pollers": [asdict(row) for row in situation.pollers(found.seen)],
        "partitions": {key: total(supervisor, f"partitions_{key}") for key in ("unowned", "moving")},
        "spool": {key: total(found.seen.of("poller"), f"spool_{key}") for key in ("events", "bytes")}
        | {"dropped": upkeep.dropped(found.seen.of("poller"))},
        "outbox": {"waiting": total(keeper, "outbox_waiting")},
        "dead": total(found.seen.of("writer"), "dead"),
        "age_seconds": None if found.seen.age is None else round(found.seen.age.total_seconds(), 1),
        "actors": dict(found.seen.actors),
    }


def _asked(asked: Settings) -> tuple[bool, list[Check]]:
    """Ask the web server whether it is ready, and for its checks; where it does not answer, that is the answer."""
    if not asked.public_url:
        return False, []
    try:
        trust = certificates.trust(asked)
        answer = httpx.get(f"{asked.public_url}/api/readiness", timeout=10, trust_env=False, verify=trust)
        found = answer.json()
        failed = [Check(c["name"], False, c["detail"]) for c in found.get("errors", [])]
        return answer.is_success, failed or [Check(c["name"], c["ok"], c["detail"]) for c in found["checks"]]
    except (httpx.HTTPError, ValueError, KeyError, AttributeError, TypeError) as error:
        return False, [Check("web", False, f"It does not answer as it should: {error or type(error).__name__}")]


def _head(document: dict[str, Any], seen: Seen) -> None:
    """Say in one line how it is, then what to do; what else is wrong follows."""
    if document["well"]:
        _line(("ALL WELL", "bold green"), situation.summary(seen))
        return
    first, *others = document["troubles"]
    _line(("NOT WELL", "bold red"), first["what"])
    _line(("      →", "bold"), first["step"])
    for other in others:
        _line(("    and", "red"), other["what"])
        _line(("      →", "dim"), other["step"])


def _line(sign: tuple[str, str], text: str) -> None:
    terminal.out.print(Text.assemble(sign, " ", terminal.clean(text)), soft_wrap=True)


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    terminal.out.print()
    terminal.table("", columns, rows)


def _poller(row: PollerRow) -> tuple[str, ...]:
    partitions = _count(row.partitions) + (f", {row.leaving:,} leave" if row.leaving else "")
    late = "–" if row.lateness_p99_ms is None else f"{row.lateness_p99_ms:,.0f} ms"
    polls = f"{row.polls_ok or 0:,} ok, {row.polls_failed or 0:,} failed" if row.works else "does not poll"
    process = str(row.pid or "gone")
    return (row.name, row.node or "–", process, partitions, _count(row.devices), _lease(row), _count(row.epoch), late,
            polls)  # fmt: skip


def _lease(row: PollerRow) -> str:
    if row.lease_left_seconds is None:
        return "–"
    return f"{row.lease_left_seconds:.1f} s left" if row.lease_left_seconds > 0 else "run out"


def _count(value: int | None) -> str:
    return "–" if value is None else f"{value:,}"


def _backlogs(seen: Seen) -> list[tuple[str, str]]:
    """Tell what waits: on disk, in the outbox, among the dead letters."""
    waiting, dead = total(seen.of("keeper"), "outbox_waiting"), total(seen.of("writer"), "dead")
    spool = next(check for check in situation.local(seen) if check.name == "spool")
    letters = f"{dead:,} since the writers began; `flotilla dlq list` shows them" if dead else "no new ones"
    return [
        ("spool", spool.detail),
        ("outbox", f"{waiting:,} events wait for the relay" if waiting else "nothing waits"),
        ("dead letters", letters),
    ]


def _process(report: Report) -> str:
    return str(report.get("pid") or "restarting")


def _figures(report: Report) -> str:
    """Say the few figures that tell how an actor is, and whatever troubles it."""
    found = [(name.replace("_", " "), number(report, name)) for name in FIGURES]
    told = [f"{name} {value:,.0f}" for name, value in found if value is not None]
    told += [str(value) for name, value in report.items() if name.endswith("problem") and value]
    return " · ".join(told)
