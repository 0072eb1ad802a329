"""Take the backups of a run: ``python -m jobs.backup RUN-ID``. Killed at any moment, it goes on where it was.

It keeps nothing itself: which device was asked, and how that ended, is in the store. The owners of the devices take
the backups.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Sequence
from uuid import UUID

from db import configruns
from db.configruns import Run
from db.engine import Stores
from db.platform import platform_session
from fleet import logs, settings
from fleet.backups import LIVE, RunState
from fleet.clock import Clock
from fleet.errors import NotFound, Unavailable

LOOK_SECONDS = 0.5
PATIENCE_SECONDS = 30.0
"""How long the job waits for a run that is only being committed."""

WHY = "a run of backups goes on"
log = logs.get(__name__)


def work(stores: Stores, clock: Clock, run_id: UUID, rest: Callable[[float], None] = time.sleep) -> Run:
    """Go through a run to its end, and tell how it stands then; raises NotFound where there is no such run."""
    _await(stores, run_id, rest)
    told: tuple[int, ...] = ()
    while True:
        try:
            run = turn(stores, clock, run_id)
        except Unavailable as error:
            log.warning("the run waits", why=str(error))
            rest(LOOK_SECONDS)
            continue
        if (now := (run.done, run.failed, run.total)) != told:
            told = now
            print(json.dumps({"done": run.done, "failed": run.failed, "of": run.total}), flush=True)
        if run.state not in LIVE:
            return run
        rest(LOOK_SECONDS)


def turn(stores: Stores, clock: Clock, run_id: UUID) -> Run:
    """Note what has ended, ask what may be asked, and end the run where nothing is left."""
    at = clock.now()
    with platform_session(stores, WHY) as session:
        run = configruns.one(session, run_id)
        if run.state not in LIVE:
            return run
        configruns.running(session, run)
        configruns.settle(session, run, at)
        asked = configruns.ask(session, run, at)
        run = configruns.one(session, run_id)
        if not asked and not run.waiting and not run.asked:
            configruns.end(session, run, RunState.DONE, at)
            run = configruns.one(session, run_id)
        return run


def _await(stores: Stores, run_id: UUID, rest: Callable[[float], None]) -> None:
    for _ in range(int(PATIENCE_SECONDS / LOOK_SECONDS)):
        try:
            with platform_session(stores, WHY) as session:
                configruns.one(session, run_id)
        except (NotFound, Unavailable):
            rest(LOOK_SECONDS)
        else:
            return
    raise NotFound(f"There is no run {run_id}.", "List the runs for their ids.")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m jobs.backup", description=__doc__)
    parser.add_argument("run", type=UUID, help="the run's id")
    given = parser.parse_args(arguments)
    asked = settings.load()
    logs.configure("backup", asked.log_level)
    with Stores.of(asked) as stores:
        work(stores, asked.clock(), given.run)


if __name__ == "__main__":
    main()
