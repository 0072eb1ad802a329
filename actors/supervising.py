"""The supervisor as an actor, with the pollers that it keeps on every node of the Ray cluster."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import ray

from actors import crew
from actors.polling import PollerActor
from actors.remote import Remote, found
from actors.supervisor import Supervisor
from db.assignment import Office
from db.engine import Stores
from db.leases import Leases
from fleet import logs, settings

DRAIN_PATIENCE = timedelta(seconds=4)

log = logs.get(__name__)


class SupervisorActor(Remote):
    """The supervisor; ``state`` is the state directory."""

    def __init__(self, name: str, state: str) -> None:
        super().__init__(name, partial(supervisor, name, state))


@asynccontextmanager
async def supervisor(name: str, state: str) -> AsyncIterator[Supervisor]:
    """Put the supervisor together; raises Unavailable where the store's URL is not known yet."""
    asked = found(name, state)
    leases = Leases(asked.redis_url, asked.lease_ttl)
    try:
        with Stores.of(asked) as stores:
            yield Supervisor(leases, Office(stores), Pollers(state))
    finally:
        await leases.close()


class Pollers:
    """The pollers of all nodes, as many on each as the settings say."""

    def __init__(self, state: str) -> None:
        self._state = state
        self._begun = False

    def keep(self) -> dict[str, str | None]:
        """Make the pollers that are missing, end those that are too many; tells who should be there, and where.

        Those of a node that is gone are left to Ray: they begin again when it returns.
        """
        count = settings.load(Path(self._state)).pollers
        posts, there = crew.posts(count), crew.present("poller")
        for post in posts:
            if post.name not in there:
                crew.make(PollerActor, post, self._state, post.weight)
                log.info("a poller is made", poller=post.name, node=post.node)
        surplus = {name: actor for name, actor in there.items() if _surplus(name, posts)}
        if not self._begun:
            self._begun = True
            for actor in (there[name] for name in there.keys() - surplus.keys()):
                actor.start.remote()
        self._let_go(surplus)
        return {post.name: post.node for post in posts}

    def end(self, poller: str) -> None:
        """End a poller's process; Ray starts it again."""
        for name, actor in crew.present("poller").items():
            if name == poller:
                ray.kill(actor, no_restart=False)

    def _let_go(self, surplus: dict[str, Any]) -> None:
        """Have pollers give back what they own, and end them."""
        if surplus:
            asked = {name: actor.drain.remote(DRAIN_PATIENCE.total_seconds()) for name, actor in surplus.items()}
            crew.answers(asked, 3 * DRAIN_PATIENCE)
            crew.end(surplus)
            log.info("pollers are let go", pollers=sorted(surplus))


def _surplus(name: str, posts: Collection[crew.Post]) -> bool:
    """Tell whether a poller's node lives and is to have fewer."""
    stems = {post.name.rpartition("-")[0] for post in posts}
    return name.rpartition("-")[0] in stems and name not in {post.name for post in posts}
