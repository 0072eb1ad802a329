"""Whether the work goes on: every partition has a living owner, the spools hold, the outbox empties.

Each check says what is fine, or raises Unavailable that says what is not.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from cluster.lookout import Report, Seen, number, total
from db.notifysend import Backlog as Notices
from db.outbox import Backlog
from fleet.clock import Clock
from fleet.errors import Unavailable
from fleet.partition import PARTITIONS

PATIENCE = timedelta(seconds=30)
"""How long a committed event may wait for the relay."""

NOTICED = timedelta(minutes=2)
"""How long a notification that is due may wait for its first attempt."""

MIB = 2**20


def partitions(seen: Seen) -> str:
    """Find an owner that lives for every partition, in the supervisor's view."""
    _watched(seen)
    listed = seen.assigned()
    if not listed:
        raise Unavailable("The supervisor says nothing of the pollers.")
    owned = {name: int(number(poller, "partitions") or 0) for name, poller in listed.items()}
    living = [name for name, poller in listed.items() if poller.get("alive")]
    without = max(0, PARTITIONS - sum(owned[name] for name in living))
    if without:
        dead = ", ".join(name for name in listed if name not in living and owned[name])
        of = f", of {dead}" if dead else ""
        raise Unavailable(f"{without:,} of {PARTITIONS:,} partitions ({share(without)}) have no living owner{of}.")
    moving = total(seen.of("supervisor"), "partitions_moving")
    pollers = "1 poller" if len(living) == 1 else f"{len(living)} pollers"
    return f"{PARTITIONS:,} partitions on {pollers}{f', {moving:,} on their way' if moving else ''}"


def spool(seen: Seen) -> str:
    """Find no spool that is broken, or that is full and loses events."""
    _watched(seen)
    pollers = seen.of("poller")
    for name, poller in pollers.items():
        if said := poller.get("spool_problem"):
            raise Unavailable(f"{name}: {said}")
    events, size = total(pollers, "spool_events"), total(pollers, "spool_bytes")
    kept = f"{events:,} events ({size / MIB:,.1f} MiB) wait on disk for NATS" if events else "nothing waits on disk"
    lost = dropped(pollers)
    if lost and events:
        raise Unavailable(f"{lost:,} events were dropped, the oldest metrics first; {kept}.")
    return f"{kept}; {lost:,} events were dropped since the pollers began" if lost else kept


def outbox(backlog: Backlog, clock: Clock) -> str:
    """Find nothing in the outbox that has waited for long."""
    if backlog.oldest is None:
        return "nothing waits"
    waited = clock.real(clock.now() - backlog.oldest)
    said = f"{backlog.waiting:,} events wait, the oldest for {waited:.0f} s"
    if waited > PATIENCE.total_seconds():
        raise Unavailable(f"{said}.")
    return said


def notifications(backlog: Notices, clock: Clock) -> str:
    """Find no notification that was due for long and nobody has tried to send."""
    waited = 0.0 if backlog.untried is None else clock.real(clock.now() - backlog.untried)
    dead = f"; {backlog.dead:,} were given up in the last day" if backlog.dead else ""
    if waited > NOTICED.total_seconds():
        raise Unavailable(f"{backlog.due:,} notifications are due, one for {waited:.0f} s without an attempt{dead}.")
    return f"{backlog.due:,} notifications are due{dead}" if backlog.due else f"nothing is due{dead}"


def dropped(pollers: Mapping[str, Report]) -> int:
    """Count the events that pollers gave up since they began."""
    return total(pollers, "metrics_dropped") + total(pollers, "others_dropped")


def silence(seen: Seen) -> str:
    """Say for how long nobody has looked at the actors; empty while somebody does."""
    if seen.age is None:
        return "Nobody has looked at the actors yet."
    return "" if seen.fresh else f"Nobody has looked at the actors for {seen.age.total_seconds():.0f} s."


def share(count: int) -> str:
    """Tell a part of all partitions in per cent; some are never none, and not all never all."""
    if 0 < count < PARTITIONS / 100:
        return "under 1 %"
    return f"{100 * count // PARTITIONS} %"


def _watched(seen: Seen) -> None:
    if said := silence(seen):
        raise Unavailable(said)
