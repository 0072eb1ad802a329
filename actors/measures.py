"""From samples to the rows of an event, with increase and rate beside every counter."""

from __future__ import annotations

from collections.abc import Sequence

from fleet import counters
from fleet.events import FamilyRows
from fleet.families import Family, Sample


class Measures:
    """What the counters of one device stood at, family by family.

    Without an uptime nobody knows whether the device has restarted: the increase is left out, and the next one that
    is known counts from the last reading that could be trusted.
    """

    def __init__(self) -> None:
        self._before: dict[str, counters.Reading] = {}

    def rows(self, family: Family, samples: Sequence[Sample], at: float, uptime: float | None) -> FamilyRows:
        """Lay samples out; ``at`` is seconds of the fleet's clock, ``uptime`` seconds."""
        before = None if uptime is None else self._before.get(family.name)
        rows, now = counters.rows(family, samples, at, uptime or 0.0, before)
        if uptime is not None:
            self._before[family.name] = now
        return FamilyRows(
            family=family.name,
            columns=family.names,
            labels=now.labels or tuple([sample.labels for sample in samples]),
            values=rows,
        )
