"""See to it that every run and rollout that goes on has its Ray job: when it has begun, and after Ray was lost."""

from __future__ import annotations

import threading
from uuid import UUID

from db import configruns, rolloutwork
from db.engine import Stores
from db.platform import platform_session
from fleet import logs, settings
from fleet.errors import Unavailable
from fleet.settings import Settings
from jobs.submission import Job, Submission

LOOK_SECONDS = 2.0
AGAIN_SECONDS = 30.0
"""How often a run is looked at whose job was submitted: Ray may have lost it since."""

log = logs.get(__name__)


def keep(asked: Settings, stop: threading.Event) -> None:
    """Look until told to stop; what is away is waited for."""
    seen: dict[UUID, float] = {}
    with Stores.of(asked) as stores:
        while not stop.wait(LOOK_SECONDS):
            try:
                look(asked, stores, seen)
            except Unavailable as error:
                log.debug("runs wait", why=str(error))


def look(asked: Settings, stores: Stores, seen: dict[UUID, float]) -> list[str]:
    """Submit the jobs of the runs that go on; ``seen`` remembers how long each needs no look. Names them."""
    with platform_session(stores, "runs of backups and rollouts get their jobs") as session:
        going = {run_id: Job("jobs.backup", (str(run_id),)) for run_id, _ in configruns.live(session)}
        going |= {rollout_id: Job("jobs.rollout", (str(rollout_id),)) for rollout_id in rolloutwork.live(session)}
    for run_id in [one for one in seen if one not in going]:
        del seen[run_id]
    due = [one for one in going if seen.get(one, 0.0) <= 0.0]
    for run_id in seen:
        seen[run_id] -= LOOK_SECONDS
    if not due:
        return []
    submission = Submission(settings.load(asked.state))
    jobs = [submission.submit(going[run_id]) for run_id in due]
    seen |= dict.fromkeys(due, AGAIN_SECONDS)
    return jobs
