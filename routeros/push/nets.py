"""Which nets a push has: safe mode, a restore point with a timer, both, or none, and then a person has to say so."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from fleet.changes import Nets
from fleet.errors import Conflict
from fleet.versions import Version
from routeros.push.survey import Survey

SAFE_MODE: Final = Version(7, 18)
"""From here on programs may take safe mode (``/safe-mode``)."""

TRIAL: Final = Version(7, 16)
"""From here on a device reads commands without running them (``/import dry-run``)."""

MOST_ACTIONS: Final = 80
"""The device remembers 100 actions, of everybody: beyond, safe mode ends without a word and nothing is undone."""

TIMER: Final = timedelta(seconds=120)
PER_ACTION: Final = timedelta(milliseconds=250)
MARGIN: Final = timedelta(seconds=15)
"""What must be left of the timer when a push is confirmed, or it is left to revert."""

LONGEST_TIMER: Final = timedelta(minutes=30)


class NoNet(Conflict):
    """The device can catch a push by no net."""

    code = "no_net"


def choose(survey: Survey, actions: int, *, risky: bool, overridden: bool) -> Nets:
    """Choose the nets of a push; raises NoNet where what is needed cannot be had and nobody said to do without.

    The restore point is there where an action may cut the path to the device, where there are more actions than safe
    mode holds, and where the device knows no safe mode for programs.
    """
    safe_mode = survey.version >= SAFE_MODE and actions <= MOST_ACTIONS
    restore = (risky or not safe_mode) and survey.scheduler
    if not overridden and (risky or not safe_mode) and not restore:
        raise NoNet(_lacking(survey, safe_mode), _INSTEAD)
    return Nets(safe_mode=safe_mode, restore=restore, trial=survey.version >= TRIAL)


def timer(actions: int) -> timedelta:
    """Tell how long the timer runs that loads the restore point."""
    return min(LONGEST_TIMER, TIMER + timedelta(seconds=int(actions * PER_ACTION.total_seconds())))


_INSTEAD: Final = (
    "Let somebody beside the device allow it (/system/device-mode/update scheduler=yes), or push with an override: "
    "the name of the device and a reason."
)


def _lacking(survey: Survey, safe_mode: bool) -> str:
    why = "the device-mode does not let a timer run that would load the restore point"
    if safe_mode:
        return f"The change may cut the path to the device, and {why}."
    return f"RouterOS {survey.version} can only be caught by a restore point, and {why}."
