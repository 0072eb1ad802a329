"""A fleet by what it runs: model by version, how each version stands, and the known holes that are open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fleet.advisories import Advisory, concerning, perhaps
from fleet.firmware import Pointer, Standing, standing
from fleet.versions import Version, known


@dataclass(frozen=True, slots=True)
class Cell:
    """So many devices of a model run a version; None stands for what a device has not told."""

    model: str | None
    version: str | None
    devices: int


@dataclass(frozen=True, slots=True)
class VersionRow:
    """What runs on some devices, and what is known of it.

    ``open`` are the holes that it has; of ``unclear`` ones nobody can say, as it is a pre-release.
    """

    version: str | None
    standing: Standing
    devices: int
    open: tuple[Advisory, ...]
    unclear: tuple[Advisory, ...] = ()


@dataclass(frozen=True, slots=True)
class Hole:
    """A known hole, the devices that have it and the versions that they run."""

    advisory: Advisory
    devices: int
    versions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class View:
    """The fleet of a tenant. Versions come newest first, models by name; ``cells`` are their devices."""

    channels: tuple[Pointer, ...]
    versions: tuple[VersionRow, ...]
    models: tuple[str | None, ...]
    cells: Mapping[tuple[str | None, str | None], int]
    holes: tuple[Hole, ...]

    @property
    def devices(self) -> int:
        """How many devices there are."""
        return sum(row.devices for row in self.versions)

    def count(self, which: Standing) -> int:
        """Tell how many devices stand so."""
        return sum(row.devices for row in self.versions if row.standing is which)

    @property
    def exposed(self) -> int:
        """How many devices have a known hole."""
        return sum(row.devices for row in self.versions if row.open)

    def running(self, which: Standing | None = None, advisory: str | None = None) -> list[str]:
        """Tell the versions that stand so and have this hole, where one is named."""
        return [
            row.version
            for row in self.versions
            if row.version is not None
            and (which is None or row.standing is which)
            and (advisory is None or any(one.id == advisory for one in row.open))
        ]


def view(cells: Sequence[Cell], channels: Sequence[Pointer], advisories: Sequence[Advisory]) -> View:
    """Put a fleet together from its counts."""
    counts: Counter[str | None] = Counter()
    each: Counter[tuple[str | None, str | None]] = Counter()
    for cell in cells:
        counts[cell.version] += cell.devices
        each[cell.model, cell.version] += cell.devices
    rows = [_row(version, counts[version], channels, advisories) for version in counts]
    rows.sort(key=lambda row: _rank(row.version), reverse=True)
    models = sorted({model for model, _ in each}, key=lambda model: (model is None, model or ""))
    holes = [hole for one in advisories if (hole := _hole(one, rows)).devices]
    return View(tuple(channels), tuple(rows), tuple(models), each, tuple(holes))


def _row(
    version: str | None, devices: int, channels: Sequence[Pointer], advisories: Sequence[Advisory]
) -> VersionRow:
    running = known(version)
    open_, unclear = tuple(concerning(advisories, running)), tuple(perhaps(advisories, running))
    return VersionRow(version, standing(running, channels), devices, open_, unclear)


def _hole(one: Advisory, rows: Sequence[VersionRow]) -> Hole:
    having = [row for row in rows if one in row.open]
    versions = tuple(row.version for row in having if row.version is not None)
    return Hole(one, sum(row.devices for row in having), versions)


def _rank(version: str | None) -> tuple[bool, Version, str]:
    """Put versions in order; what is none comes behind them all, by its text."""
    found = known(version)
    return found is not None, found or Version(0, 0), version or ""
