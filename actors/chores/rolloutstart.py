"""The chore that lets rollouts begin which were started for later, and tells what became of those without a job."""

from __future__ import annotations

from datetime import timedelta

from actors.chore import Chore, Occasion
from bus import subjects
from db import rolloutstart, rollouttelling
from db.platform import platform_session
from fleet import logs

EVERY = timedelta(seconds=10)
log = logs.get(__name__)


def run(occasion: Occasion) -> None:
    """Let those begin whose time has come; their jobs follow by themselves, and tell where they stand."""
    with platform_session(occasion.stores, "rollouts begin at their time") as session:
        for rollout_id in rolloutstart.begin(session, occasion.now):
            log.info("a rollout begins at its time", rollout=str(rollout_id))
        rollouttelling.settle(session, occasion.now, subjects.of)


chore = Chore("rollout.start", EVERY, run)
