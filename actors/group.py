"""The group of actors: pollers and writers, as many as the settings say, named and detached: Ray keeps them."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import ray
from ray.exceptions import RayError

from actors.polling import PollerActor
from actors.remote import Remote
from actors.writing import WriterActor
from fleet.settings import Settings

NAMESPACE = "flotilla"
KINDS: Mapping[str, type[Remote]] = {"poller": PollerActor, "writer": WriterActor}

PING_PATIENCE = timedelta(seconds=2)
DRAIN_PATIENCE: Mapping[str, timedelta] = {"poller": timedelta(seconds=2), "writer": timedelta(seconds=6)}
"""A writer waits a little longer than an event is kept for a writer that was killed before."""
GONE_PATIENCE = timedelta(seconds=10)


@dataclass(slots=True)
class Group:
    """The actors by name. One that does not answer is asked once, not once more at every look."""

    actors: Mapping[str, Any]
    _asked: dict[str, Any] = field(default_factory=dict)

    def ping(self, patience: timedelta = PING_PATIENCE) -> dict[str, dict[str, object]]:
        """Ask every actor how it is; one that is dead, restarting or hung has a ``problem`` and no ``pid``."""
        for name, actor in self.actors.items():
            if name not in self._asked:
                self._asked[name] = actor.ping.remote()
        return self._answers(self._asked, patience)

    def drain(self) -> dict[str, dict[str, object]]:
        """Stop the pollers when their last events are out, then the writers when these are stored."""
        found: dict[str, dict[str, object]] = {}
        for kind, patience in DRAIN_PATIENCE.items():
            mine = {name: actor for name, actor in self.actors.items() if _kind(name) == kind}
            asked = {name: actor.drain.remote(patience.total_seconds()) for name, actor in mine.items()}
            found |= self._answers(asked, 3 * patience)
        return found

    def stop(self) -> None:
        """End the actors for good."""
        for actor in self.actors.values():
            ray.kill(actor, no_restart=True)

    def _answers(self, asked: dict[str, Any], patience: timedelta) -> dict[str, dict[str, object]]:
        """Gather what has been answered in time; what has not stays asked."""
        ready, _ = ray.wait(list(asked.values()), num_returns=len(asked), timeout=patience.total_seconds())
        found: dict[str, dict[str, object]] = {}
        for name, reference in list(asked.items()):
            if reference not in ready:
                found[name] = {"name": name, "problem": "It does not answer: it is starting again, or it hangs."}
                continue
            del asked[name]
            try:
                found[name] = dict(ray.get(reference))
            except RayError as error:
                found[name] = {"name": name, "problem": _first_line(error)}
        return found


def start(settings: Settings) -> Group:
    """Make the actors, or find those that are there; the caller is connected to Ray.

    Where the number of a kind has changed, its actors are made anew: each must know the names of all.
    """
    counts = {"poller": settings.pollers, "writer": settings.writers}
    wanted = {kind: [f"{kind}-{n}" for n in range(counts[kind])] for kind in KINDS}
    for kind in KINDS:
        _remove_others(kind, wanted[kind])
    actors = {name: _actor(kind, name, wanted[kind], str(settings.state)) for kind in KINDS for name in wanted[kind]}
    for actor in actors.values():
        actor.start.remote()
    return Group(actors)


def _actor(kind: str, name: str, members: Sequence[str], state: str) -> Any:
    options = {
        "name": name,
        "namespace": NAMESPACE,
        "lifetime": "detached",
        "get_if_exists": True,
        "max_restarts": -1,
        "num_cpus": 0,
        "max_concurrency": 4,
    }
    return ray.remote(KINDS[kind]).options(**options).remote(name, members, state)


def _remove_others(kind: str, wanted: Sequence[str]) -> None:
    present = _present(kind)
    if not present or set(present) == set(wanted):
        return
    others = Group({name: ray.get_actor(name, namespace=NAMESPACE) for name in present})
    others.drain()
    others.stop()
    until = time.monotonic() + GONE_PATIENCE.total_seconds()
    while _present(kind) and time.monotonic() < until:
        time.sleep(0.05)


def _present(kind: str) -> list[str]:
    named = ray.util.list_named_actors(all_namespaces=True)
    return [found["name"] for found in named if found["namespace"] == NAMESPACE and _kind(found["name"]) == kind]


def _kind(name: str) -> str:
    return name.rpartition("-")[0]


def _first_line(error: RayError) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
