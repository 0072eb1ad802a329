"""Go through a rollout: ``python -m jobs.rollout ROLLOUT-ID``. Killed at any moment, it goes on where it was.

It keeps nothing itself: what was decided and asked is in the store, under an epoch that shuts out who held the
rollout before. The owners of the devices do the work. A plan that was not approved and started is refused.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from bus import subjects
from db import rolloutloads, rollouttelling, rolloutwork
from db.engine import Stores
from db.platform import platform_session
from db.rolloutwork import LEASE, Claim, Progress
from fleet import logs, settings
from fleet.clock import Clock
from fleet.errors import Unavailable
from fleet.rollouts.states import ENDED, RolloutState
from routeros import collectors

LOOK_SECONDS = 0.5
AHEAD_LOOKS = 120
"""So often at the most it is foreseen anew when a rollout ends."""
WHY = "a rollout of firmware goes on"
log = logs.get(__name__)


def work(stores: Stores, clock: Clock, rollout_id: UUID, rest: Callable[[float], None] = time.sleep) -> RolloutState:
    """Go through a rollout to its end, and tell how it stands then.

    What has no end yet (paused, waiting for devices) is gone through, too. Where another job takes the rollout over,
    this one waits behind it. Raises NotFound, or Conflict for one that was not approved or started.
    """
    claim: Claim | None = None
    told, ahead = "", Ahead()
    while True:
        try:
            claim = claim or taken(stores, clock, rollout_id)
            found = turn(stores, clock, claim) if claim else None
        except Unavailable as error:
            log.warning("the rollout waits", why=str(error))
            rest(LOOK_SECONDS)
            continue
        if found is None:
            claim = None
        elif (said := line(found)) != told:
            told = said
            print(told, flush=True)
        if found is not None and found.state in ENDED:
            return found.state
        if claim is not None and found is not None and ahead.due(found):
            foretold(stores, clock, claim, found)
        rest(LOOK_SECONDS)


def taken(stores: Stores, clock: Clock, rollout_id: UUID) -> Claim | None:
    """Take the rollout over; None while another job has it."""
    with platform_session(stores, WHY) as session:
        claim = rolloutwork.claim(session, rollout_id, clock.now(), lease(clock))
        if claim is None:
            return None
        loads = rolloutloads.usual(session, collectors.families(), claim.ground.ring.keys(), clock.now())
        return replace(claim, usual=loads)


def turn(stores: Stores, clock: Clock, claim: Claim) -> Progress | None:
    """See what has ended, and ask what may be asked; None where another job has the rollout by now."""
    with platform_session(stores, WHY) as session:
        found = rolloutwork.turn(session, claim, clock.now(), lease(clock))
        if found is not None:
            rollouttelling.tell(session, claim, found, clock.now(), subjects.of)
        return found


@dataclass(slots=True)
class Ahead:
    """When it is looked ahead again: of many devices that costs some, so it is done less often."""

    looks: int = 0

    def due(self, found: Progress) -> bool:
        """Count a look; tells whether it is time."""
        if found.state is not RolloutState.RUNNING:
            return False
        self.looks -= 1
        if self.looks > 0:
            return False
        self.looks = max(AHEAD_LOOKS, len(found.units) // 4)
        return True


def foretold(stores: Stores, clock: Clock, claim: Claim, found: Progress) -> None:
    """Tell when it will end; where that cannot be kept just now, the next one is."""
    with suppress(Unavailable):
        rolloutwork.foretell(stores, claim, found.units, clock.now())


def lease(clock: Clock) -> timedelta:
    """Tell for how long a rollout is held, on a clock that may run faster than the wall's: leases are real time."""
    return LEASE * (LEASE.total_seconds() / clock.real(LEASE))


def line(found: Progress) -> str:
    """Write where a rollout stands as one line of JSON."""
    stages = Counter(unit.stage.value for unit in found.units)
    return json.dumps({"state": found.state.value, "why": found.why, **dict(sorted(stages.items()))})


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m jobs.rollout", description=__doc__)
    parser.add_argument("rollout", type=UUID, help="the rollout's id")
    given = parser.parse_args(arguments)
    asked = settings.load()
    logs.configure("rollout", asked.log_level)
    with Stores.of(asked) as stores:
        work(stores, asked.clock(), given.rollout)


if __name__ == "__main__":
    main()
