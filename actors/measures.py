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
        self._columns: dict[str, tuple[str, ...]] = {}

    def rows(self, family: Family, samples: Sequence[Sample], at: float, uptime: float | None) -> FamilyRows:
        """Lay samples out; ``at`` is seconds of the fleet's clock, ``uptime`` seconds."""
        kept = tuple(samples)
        now = counters.reading(family, kept, at, uptime or 0.0)
        before = None if uptime is None else self._before.get(family.name)
        if uptime is not None:
            self._before[family.name] = now
        return FamilyRows(
            family=family.name,
            columns=self._named(family),
            labels=tuple(sample.labels for sample in kept),
            values=tuple(counters.row(family, sample, now, before) for sample in kept),
        )

    def _named(self, family: Family) -> tuple[str, ...]:
        """Name the columns; a family lays them out anew whenever it is asked."""
        if family.name not in self._columns:
            self._columns[family.name] = tuple(column.name for column in family.columns)
        return self._columns[family.name]
