"""What a simulated router tells the collectors, without a session."""

from __future__ import annotations

from routeros.collector import Collector
from routeros.simulator.doors.wire import Call
from routeros.simulator.outcome import Refused, Reply
from routeros.simulator.router import Router
from routeros.simulator.tree import run
from routeros.words import Command, Row


def replies(router: Router, collector: Collector) -> list[list[Row] | None]:
    """Ask a router all that a collector asks, what follows from the answers too."""
    found = [reply(router, command) for command in collector.commands + collector.seldom]
    return found + [reply(router, command) for command in collector.further(found)]


def reply(router: Router, command: Command) -> list[Row] | None:
    """Ask a router one command; None where it has no such menu."""
    menu, _, verb = command.menu.rpartition("/")
    listed = {".proplist": ",".join(command.properties)} if command.properties else {}
    call = Call(menu, verb, {**listed, **command.attributes}, tuple(query[1:] for query in command.queries))
    try:
        outcome = run(router, call)
    except Refused:
        return None
    assert isinstance(outcome, Reply)
    return list(outcome.rows) if outcome.returned is None else [{"ret": outcome.returned}]
