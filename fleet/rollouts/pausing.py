"""What pauses a rollout by itself, and when a device has proven that its kind bears the new version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fleet.rollouts.states import BAD, Stage, Verdict
from fleet.rollouts.terms import Limits
from fleet.rollouts.unit import Unit

FIRST = (
    "The first device of a kind did not come through, or it cannot be told: look at it before the next one begins."
)
PARENT = "A device over which others are reached did not come back as it was, or what is behind it did not."


@dataclass(frozen=True, slots=True)
class Watch:
    """What devices are judged by; a person has looked at what ended until ``forgiven``, so it pauses nothing."""

    limits: Limits
    proving: bool = True
    forgiven: datetime | None = None

    def reason(self, units: Sequence[Unit]) -> str | None:
        """Tell why a rollout is to pause; None where it may go on."""
        ended = [unit for unit in units if _touched(unit) and not self._forgiven(unit)]
        bad = [unit for unit in ended if _bad(unit)]
        proven = {unit.kind for unit in units if _well(unit)}
        doubted = [*bad, *(unit for unit in ended if unit.verdict is Verdict.INCONCLUSIVE)]
        if self.proving and any(unit.canary or unit.kind not in proven for unit in doubted):
            return FIRST
        if any(unit.parent and _astray(unit) for unit in bad):
            return PARENT
        return self._shares(ended, len(bad))

    def _shares(self, ended: Sequence[Unit], bad: int) -> str | None:
        limits = self.limits
        if bad >= limits.least and bad >= limits.share * len(ended):
            return f"{bad} of {len(ended)} devices did not come through; the limit is {limits.share:.0%}."
        unclear = sum(unit.verdict is Verdict.INCONCLUSIVE for unit in ended)
        if unclear >= limits.unclear_least and unclear >= limits.unclear_share * len(ended):
            return f"Of {unclear} of {len(ended)} devices it cannot be told whether all is well."
        return None

    def proves(self, unit: Unit, now: datetime) -> bool:
        """Tell whether a device has been well for a while, or a person has taken it for well."""
        if unit.stage is not Stage.DONE or unit.ended_at is None:
            return False
        return self._forgiven(unit) or (_well(unit) and now >= unit.ended_at + self.limits.canary_soak)

    def soaks(self, unit: Unit) -> bool:
        """Tell whether it counts for how long a wave has to be well."""
        return unit.stage is Stage.DONE and not self._forgiven(unit)

    def _forgiven(self, unit: Unit) -> bool:
        return self.forgiven is not None and unit.ended_at is not None and unit.ended_at <= self.forgiven


def _touched(unit: Unit) -> bool:
    """Tell whether a device is over, and was not left as it was."""
    return unit.stage.over and unit.stage is not Stage.SKIPPED


def _bad(unit: Unit) -> bool:
    """Tell whether one did not come through, or has gone away since."""
    return unit.stage in BAD or (unit.stage is Stage.DONE and unit.down)


def _astray(unit: Unit) -> bool:
    """Tell whether one is away, or was restarted and is not as it was; one that refused before it is in reach."""
    return unit.stage is not Stage.FAILED or unit.verdict is Verdict.FAIL


def _well(unit: Unit) -> bool:
    return unit.stage is Stage.DONE and not unit.down and unit.verdict is not Verdict.INCONCLUSIVE
