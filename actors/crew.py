"""Flotilla's actors on a Ray cluster: made by name, pinned where they belong, found again, asked and ended."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import ray
from ray.exceptions import RayError

NAMESPACE = "flotilla"
NODE = "flotilla.io/node"
"""The label that names a machine, the same after a restart; one without it is the only one."""
WEIGHT = "flotilla.io/weight"
"""The label that says how much of the work a machine is to have; 1 without it."""

GONE_PATIENCE = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Post:
    """An actor that is to be there: its name, the node that it is pinned to (none: anywhere), and its weight."""

    name: str
    node: str | None = None
    weight: float = 1.0


@dataclass(slots=True)
class Questions:
    """What actors were asked and have not answered. One that hangs is asked once, not once more at every look."""

    _asked: dict[str, Any] = field(default_factory=dict)

    def ping(self, actors: Mapping[str, Any], patience: timedelta) -> dict[str, dict[str, object]]:
        """Ask every actor how it is; one that is dead, restarting or hung has a ``problem`` and no ``pid``."""
        for name, actor in actors.items():
            if name not in self._asked:
                self._asked[name] = actor.ping.remote()
        for name in self._asked.keys() - actors.keys():
            del self._asked[name]
        return answers(self._asked, patience)


def answers(asked: dict[str, Any], patience: timedelta) -> dict[str, dict[str, object]]:
    """Gather what has been answered in time; what has not stays asked."""
    if not asked:
        return {}
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


def posts(pollers: int) -> list[Post]:
    """Tell which pollers are to be: so many on every node that lives, named after its label."""
    found = []
    for node in ray.nodes():  # type: ignore[no-untyped-call]
        if node["Alive"]:
            labels = node.get("Labels") or {}
            place = labels.get(NODE)
            stem = f"poller-{place}" if place else "poller"
            found += [Post(f"{stem}-{n}", place, _weight(labels)) for n in range(pollers)]
    return found


def make(kind: type, post: Post, *arguments: object) -> Any:
    """Make a detached actor that Ray restarts for ever, or find the one of that name."""
    options: dict[str, Any] = {
        "name": post.name,
        "namespace": NAMESPACE,
        "lifetime": "detached",
        "get_if_exists": True,
        "max_restarts": -1,
        "num_cpus": 0,
        "max_concurrency": 4,
    }
    if post.node:
        options["label_selector"] = {NODE: post.node}
    return ray.remote(kind).options(**options).remote(post.name, *arguments)


def present(kind: str) -> dict[str, Any]:
    """Find the actors of a kind by name."""
    named = ray.util.list_named_actors(all_namespaces=True)
    names = [found["name"] for found in named if found["namespace"] == NAMESPACE and kind_of(found["name"]) == kind]
    return {name: handle for name in sorted(names) if (handle := _handle(name)) is not None}


def kind_of(name: str) -> str:
    """Tell what an actor is by its name: ``poller-b-0`` is a poller."""
    return name.partition("-")[0]


def end(actors: Mapping[str, Any]) -> None:
    """End actors for good and wait until their names are free."""
    for actor in actors.values():
        ray.kill(actor, no_restart=True)
    until = time.monotonic() + GONE_PATIENCE.total_seconds()
    while any(_handle(name) is not None for name in actors) and time.monotonic() < until:
        time.sleep(0.05)


def _handle(name: str) -> Any:
    try:
        return ray.get_actor(name, namespace=NAMESPACE)
    except ValueError:
        return None


def _weight(labels: Mapping[str, str]) -> float:
    """Read a node's weight; what is no positive number weighs 1."""
    try:
        weight = float(labels.get(WEIGHT, "1"))
    except ValueError:
        return 1.0
    return weight if 0 < weight < float("inf") else 1.0


def _first_line(error: RayError) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
