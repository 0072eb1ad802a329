"""What the conductor last saw of the actors (``run/actors.json``), and how long ago that was."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeAlias

from actors.resident import Phase
from cluster.programs import snapshot

FILE = Path("run") / "actors.json"
STALE = timedelta(seconds=10)
"""The conductor looks every second; what is older than this tells of a conductor that is gone."""

Report: TypeAlias = Mapping[str, Any]
"""What an actor says of itself, as it came out of JSON: nothing in it is certain."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The reports of all actors by name. ``age`` is None where nobody has looked since the start."""

    age: timedelta | None = None
    actors: Mapping[str, Report] = field(default_factory=dict)

    @property
    def fresh(self) -> bool:
        """Tell whether somebody still looks; if not, the reports are history."""
        return self.age is not None and self.age <= STALE

    def working(self) -> dict[str, Report]:
        """Give the reports of those that do what they are for."""
        return {name: report for name, report in self.actors.items() if self.fresh and works(report)}

    def of(self, kind: str) -> dict[str, Report]:
        """Give the reports of one kind: pollers, writers, the supervisor, the keeper."""
        return {name: report for name, report in self.actors.items() if name.partition("-")[0] == kind}

    def assigned(self) -> dict[str, Report]:
        """Give the supervisor's list of pollers by name: node, alive, partitions, weight."""
        listed = [
            found for report in self.of("supervisor").values() if isinstance(found := report.get("pollers"), list)
        ]
        return {str(poller.get("name")): poller for found in listed for poller in found if isinstance(poller, dict)}


def works(report: Report) -> bool:
    """Tell whether an actor answered, and has begun and not ended its work."""
    return report.get("pid") is not None and report.get("phase") == Phase.RUNNING and not report.get("problem")


def read(state: Path, now: Callable[[], float] = time.time) -> Seen:
    """Read the reports of a state directory; what is not there or half there is nothing."""
    path = state / FILE
    try:
        age = now() - path.stat().st_mtime
    except OSError:
        return Seen()
    actors = snapshot(path).get("actors")
    if not isinstance(actors, dict):
        return Seen()
    reports = {str(name): report for name, report in actors.items() if isinstance(report, dict)}
    return Seen(timedelta(seconds=max(0.0, age)), reports)


def number(report: Report, key: str) -> float | None:
    """Read a number of a report; None where there is none."""
    return as_number(report.get(key))


def as_number(value: object) -> float | None:
    """Take a number for a number; a truth value or a text is none."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def total(reports: Mapping[str, Report], key: str) -> int:
    """Add a count up over several reports."""
    return int(sum(number(report, key) or 0 for report in reports.values()))
