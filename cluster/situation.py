"""What is wrong, the worst first and each with the next step, and how the pollers are: from what was looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from api.context import Check
from cluster import upkeep
from cluster.lookout import Report, Seen, number, total, works
from fleet.errors import Unavailable
from fleet.partition import PARTITIONS

STEPS: Mapping[str, str] = {
    "web": "Look into {log}/web.log. Polling goes on without it.",
    "postgres": "Look into {log}/postgres.log. Until it is back polling goes on, and the stream keeps what is new.",
    "ray": "Look into {log}/ray.log. A head that died is replaced by itself within 30 s.",
    "conductor": "Look into {log}/conductor.log. Polling goes on, but what is shown of it is old.",
    "partitions": "Living pollers take them over within 10 s. If this stays, the supervisor's log says why: {worker}",
    "nats": "Look into {log}/nats.log. Pollers keep their events on disk and send them when it is back.",
    "spool": "Make room on the disk of that poller, or bring NATS back.",
    "polls": "Look at the pollers below; if they poll, look at the network between them and the devices.",
    "actor": "Ray starts it again within seconds. If this stays, read its log: {worker}",
    "ended": "It is started again within seconds. If this stays, look into its log in {log}.",
    "redis": "Look into {log}/valkey.log. Polling goes on with the same owners; nobody can sign in.",
    "openbao": "Look into {log}/openbao.log. Polling goes on with credentials that are known, five minutes at least.",
    "problem": "Read its log: {worker}",
    "notifications": "Look at keeper-0 below: it sends them, once the database and OpenBao are there.",
    "outbox": "Look at keeper-0 below: it publishes what waits there, once NATS and the database are there.",
}
"""The next step for each kind of trouble, the worst kind first: what others follow from, then what stops polling."""

SENTENCES = frozenset({"partitions", "spool"})
"""Checks whose detail says by itself what it is about."""

FOLLOWS = {"bus": "nats", "store": "postgres", "spool": "spool", "tenure": "redis"}
"""Problems of actors that say no more than the check that fails for the same reason."""

REDIS = "valkey"
NAMED = 3

Told: TypeAlias = tuple[str, str]
"""A kind of trouble and what is wrong."""

ABSENT: Told = ("actor", "The supervisor expects it, and it neither reports nor has a lease.")


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that is wrong, and what to do about it."""

    what: str
    step: str


@dataclass(frozen=True, slots=True)
class Found:
    """What was looked at: whether the web is ready, the checks, our processes (None: ended), the actors' reports."""

    state: Path
    ready: bool
    checks: Sequence[Check]
    processes: Mapping[str, int | None]
    seen: Seen


@dataclass(frozen=True, slots=True)
class PollerRow:
    """A poller as a person wants to see it; None where that is not known."""

    name: str
    node: str | None
    pid: int | None
    works: bool
    partitions: int | None
    leaving: int
    devices: int | None
    lease_left_seconds: float | None
    epoch: int | None
    lateness_p99_ms: float | None
    polls_ok: int | None
    polls_failed: int | None


def local(seen: Seen) -> list[Check]:
    """Look at partitions and spools without asking the web server, which may be away."""
    asked: Mapping[str, Callable[[Seen], str]] = {"partitions": upkeep.partitions, "spool": upkeep.spool}
    return [_check(name, ask, seen) for name, ask in asked.items()]


def troubles(found: Found) -> list[Trouble]:
    """Tell what is wrong, the worst first; nothing where all is well."""
    order = list(STEPS)
    told = sorted(_told(found), key=lambda one: order.index(one[0]))
    worker = found.state / "run" / "ray" / "session_latest" / "logs" / "worker-*.err"
    return [
        Trouble(what, STEPS[kind].format(log=found.state / "log", worker=worker))
        for kind, what in dict.fromkeys(told)
    ]


def summary(seen: Seen) -> str:
    """Say in a line what works."""
    rows = [row for row in pollers(seen) if row.works]
    devices = sum(row.devices or 0 for row in rows)
    moving = total(seen.of("supervisor"), "partitions_moving")
    more = f", {moving:,} are on their way to another" if moving else ""
    who = "1 poller polls" if len(rows) == 1 else f"{len(rows)} pollers poll"
    return f"{who} {devices:,} devices; all {PARTITIONS:,} partitions have a living owner{more}."


def pollers(seen: Seen) -> list[PollerRow]:
    """Lay out every poller that the supervisor lists or that reports, by name."""
    listed, reports = seen.assigned(), seen.of("poller")
    return [
        _row(name, listed.get(name, {}), reports.get(name, {})) for name in sorted(listed.keys() | reports.keys())
    ]


def _row(name: str, listed: Report, report: Report) -> PollerRow:
    return PollerRow(
        name=name,
        node=str(listed["node"]) if listed.get("node") else None,
        pid=_whole(report, "pid"),
        works=works(report),
        partitions=_whole({**listed, **report}, "partitions"),
        leaving=_whole(report, "partitions_wanted") or 0,
        devices=_whole(report, "devices"),
        lease_left_seconds=number(report, "lease_left_seconds"),
        epoch=_whole(report, "epoch"),
        lateness_p99_ms=number(report, "lateness_p99_ms"),
        polls_ok=_whole(report, "polls_ok"),
        polls_failed=_whole(report, "polls_failed"),
    )


def _whole(report: Report, key: str) -> int | None:
    found = number(report, key)
    return None if found is None else int(found)


def _check(name: str, ask: Callable[[Seen], str], seen: Seen) -> Check:
    try:
        return Check(name, True, ask(seen), vital=False)
    except Unavailable as error:
        return Check(name, False, str(error), vital=False)


def _told(found: Found) -> Iterator[Told]:
    failing = {check.name: check for check in found.checks if not check.ok}
    if not found.seen.fresh:
        yield "conductor", upkeep.silence(found.seen)
        failing = {name: check for name, check in failing.items() if name not in SENTENCES}
    for name, check in failing.items():
        yield (name if name in STEPS else "problem"), check.detail if name in SENTENCES else f"{name}: {check.detail}"
    for name, pid in found.processes.items():
        if pid is None and name not in failing and not (name == REDIS and "redis" in failing):
            yield "ended", f"The process {name} has ended."
    if found.seen.fresh:
        yield from _of_actors(found.seen, failing)


def _of_actors(seen: Seen, failing: Mapping[str, Check]) -> Iterator[Told]:
    """Tell what actors say is wrong; those that say the same are told together."""
    by_word: dict[Told, list[str]] = {}
    for name, report in seen.actors.items():
        for told in _of_actor(report, failing):
            by_word.setdefault(told, []).append(name)
    absent = [name for name, it in seen.assigned().items() if not it.get("alive") and name not in seen.actors]
    by_word.setdefault(ABSENT, []).extend(absent)
    for (kind, said), names in ((told, names) for told, names in by_word.items() if names):
        rest = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        yield kind, f"{', '.join(names[:NAMED])}{rest}: {said}"


def _of_actor(report: Report, failing: Mapping[str, Check]) -> Iterator[Told]:
    if not works(report):
        yield "actor", str(report.get("problem") or f"It is {report.get('phase', 'starting')}.")
    for key, said in report.items():
        kind = key.removesuffix("_problem")
        if kind != key and said and FOLLOWS.get(kind) not in failing:
            yield "problem", str(said)
