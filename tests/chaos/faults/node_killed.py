"""One of three Ray nodes loses its power, and comes back later."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from tests.chaos import observe, sources
from tests.chaos.arena import Arena, now, until
from tests.chaos.ground import BRIEF_NODES, NODES
from tests.chaos.table import Demand, Fault, Figures, grounds, lasting, within, zero

VICTIM = "b"
POLLER = f"poller-{VICTIM}-0"

Owners = Mapping[int, tuple[str | None, int]]


def inflict(arena: Arena, _: timedelta) -> Figures:
    before, devices = sources.owners(arena.stores), arena.owned(POLLER)
    arena.nodes[VICTIM].kill()
    at = now()
    arena.blow(at, devices)
    came = observe.comeback(arena, devices, at)
    without = sources.owners(arena.stores)
    back = now()
    arena.nodes[VICTIM].restart()
    until(lambda: _names(sources.owners(arena.stores)) == _names(before), "the node has its share again")
    return {
        "partitions": sum(poller == POLLER for poller, _ in before.values()),
        **came,
        "left_behind": sum(poller == POLLER for poller, _ in without.values()),
        "others_moved": sum(before[p] != without[p] for p in before if before[p][0] != POLLER),
        "share_back_s": round((now() - back).total_seconds(), 2),
    }


def _names(owners: Owners) -> dict[int, str | None]:
    return {place: poller for place, (poller, _) in owners.items()}


FAULT = Fault(
    row=5,
    name="node-killed",
    title="a Ray node killed (three nodes on one machine)",
    inflict=inflict,
    demands=(
        *within("its devices are polled again within {} s", "all_resumed_s", 20),
        Demand("only its share moves, and all of it", zero("others_moved", "left_behind")),
        *within("a node that returns has its share back within {} s", "share_back_s", 40),
    ),
    lasting=lasting(0, 0),
    grounds=grounds(NODES, BRIEF_NODES),
)
