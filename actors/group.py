"""The group of actors: supervisor, keeper, alerter and writers, made by the driver; pollers, by the supervisor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from actors import crew
from actors.alerting import AlerterActor
from actors.crew import NAMESPACE, Post
from actors.keeping import KeeperActor
from actors.remote import Remote
from actors.supervising import Pollers, SupervisorActor
from actors.writing import WriterActor
from fleet.settings import Settings

__all__ = ["NAMESPACE", "Group", "start"]

MADE: Mapping[str, type[Remote]] = {
    "supervisor": SupervisorActor,
    "keeper": KeeperActor,
    "alerter": AlerterActor,
    "writer": WriterActor,
}
POLLER = "poller"

PING_PATIENCE = timedelta(seconds=2)
DRAIN_PATIENCE: Mapping[str, timedelta] = {
    "supervisor": timedelta(seconds=1),
    POLLER: timedelta(seconds=2),
    "alerter": timedelta(seconds=2),
    "keeper": timedelta(seconds=2),
    "writer": timedelta(seconds=6),
}
"""In this order: nothing changes hands any more, the last events come out, and are stored. What the alerter has not
judged yet, it judges the next time.

A writer waits a little longer than an event is kept for a writer that was killed before.
"""


@dataclass(slots=True)
class Group:
    """The actors that the driver made, by name, and those that the supervisor made meanwhile."""

    made: Mapping[str, Any]
    _questions: crew.Questions = field(default_factory=crew.Questions)

    @property
    def actors(self) -> dict[str, Any]:
        """All actors that there are, by name."""
        return {**self.made, **crew.present(POLLER)}

    def ping(self, patience: timedelta = PING_PATIENCE) -> dict[str, dict[str, object]]:
        """Ask every actor how it is; one that is dead, restarting or hung has a ``problem`` and no ``pid``."""
        return self._questions.ping(self.actors, patience)

    def drain(self) -> dict[str, dict[str, object]]:
        """Stop the actors, kind by kind as in DRAIN_PATIENCE; tells how it went."""
        found: dict[str, dict[str, object]] = {}
        actors = self.actors
        for kind, patience in DRAIN_PATIENCE.items():
            mine = {name: actor for name, actor in actors.items() if crew.kind_of(name) == kind}
            asked = {name: actor.drain.remote(patience.total_seconds()) for name, actor in mine.items()}
            found |= crew.answers(asked, 3 * patience)
        return found


def start(settings: Settings) -> Group:
    """Make the actors, or find those that are there; the caller is connected to Ray.

    Writers that are too many are drained and ended; the supervisor does the same with pollers.
    """
    writers_wanted = [f"writer-{n}" for n in range(settings.writers)]
    wanted = {"supervisor": ["supervisor"], "keeper": ["keeper"], "alerter": ["alerter"], "writer": writers_wanted}
    writers = crew.present("writer")
    surplus = {name: actor for name, actor in writers.items() if name not in writers_wanted}
    if surplus:
        Group(surplus).drain()
        crew.end(surplus)
    made = {
        name: crew.make(kind, Post(name), str(settings.state)) for of, kind in MADE.items() for name in wanted[of]
    }
    for actor in made.values():
        actor.start.remote()
    # The supervisor would make them as well, but only once its own process has come up.
    Pollers(str(settings.state)).keep()
    return Group(made)
