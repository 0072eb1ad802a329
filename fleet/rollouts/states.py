"""The words of a rollout: where it stands, where each of its devices stands, and what an owner is asked to do."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class RolloutState(StrEnum):
    """Where a rollout stands.

    ``scheduled``: somebody has started it for later, and it has its devices. ``aborting``: nothing more begins, and
    what is under way comes to its end.
    """

    PLANNED = "planned"
    APPROVED = "approved"
    SCHEDULED = "scheduled"
    RUNNING = "running"
    PAUSED = "paused"
    ABORTING = "aborting"
    DONE = "done"
    ABORTED = "aborted"
    EXPIRED = "expired"


ENDED: Final = frozenset({RolloutState.DONE, RolloutState.ABORTED, RolloutState.EXPIRED})
AHEAD: Final = frozenset({RolloutState.PLANNED, RolloutState.APPROVED, RolloutState.SCHEDULED})
"""The states in which nothing has begun."""
LIVE: Final = frozenset({RolloutState.RUNNING, RolloutState.PAUSED, RolloutState.ABORTING})
"""The states in which a device may be under way, so that no other rollout has it."""


class Stage(StrEnum):
    """Where a device stands in a rollout.

    ``waiting`` is out of reach and untouched; ``staged`` has all files and runs as before; ``routerboot`` runs the
    new version, and its boot firmware is the next.
    """

    PENDING = "pending"
    WAITING = "waiting"
    STAGING = "staging"
    STAGED = "staged"
    INSTALLING = "installing"
    REBOOTING = "rebooting"
    VERIFYING = "verifying"
    ROUTERBOOT = "routerboot"
    DONE = "done"
    FAILED = "failed"
    LOST = "lost"
    SKIPPED = "skipped"

    @property
    def over(self) -> bool:
        return self in OVER

    @property
    def disturbed(self) -> bool:
        """Whether the device, and what is behind it, may be cut off just now."""
        return self in DISTURBED


OVER: Final = frozenset({Stage.DONE, Stage.FAILED, Stage.LOST, Stage.SKIPPED})
BAD: Final = frozenset({Stage.FAILED, Stage.LOST})
DISTURBED: Final = frozenset({Stage.INSTALLING, Stage.REBOOTING, Stage.VERIFYING, Stage.ROUTERBOOT})


class Step(StrEnum):
    """What the owner of a device is asked to do once: bring files, install, write the boot firmware, clean up."""

    STAGE = "stage"
    INSTALL = "install"
    BOOT = "boot"
    CLEAN = "clean"


class Result(StrEnum):
    """How a step ended.

    ``away``: the device was not reached, or nothing may begin just now, and nothing was done. ``refused``: it does
    not fit, and nothing was done. ``failed``: it is as it was, or not as it should be, and is reached. ``lost``: it
    did not come back.
    """

    DONE = "done"
    AWAY = "away"
    REFUSED = "refused"
    FAILED = "failed"
    LOST = "lost"


class Verdict(StrEnum):
    """What a gate says of a device."""

    PASS = "pass"  # noqa: S105 - a verdict
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
