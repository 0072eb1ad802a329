"""The packages that a device needs, out of the catalogue and the mirror."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy.orm import Session

from db import firmware
from db.engine import Stores, reachable
from db.grant import POLLER
from fleet.firmware import MAIN, File, architecture
from fleet.versions import Version
from routeros.depot import layout
from routeros.depot.mirror import Mirror
from routeros.firmware.parcel import Parcel


@dataclass(frozen=True, slots=True)
class Supplies:
    """Where packages come from. Every method blocks."""

    stores: Stores
    mirror: Mirror

    def of(self, target: Version, built_for: str, packages: Collection[str]) -> tuple[list[Parcel], frozenset[str]]:
        """Find the files of packages at a version; tells them, and the names of all packages that there are.

        The main package is the last: as long as it is not there, a restart installs nothing.

        A file that the mirror does not keep is left out, and so is its package. Raises Unavailable.
        """
        with reachable(), Session(self.stores.engine(POLLER)) as session:
            files = firmware.files(session, target, (architecture(built_for),))
        kept = {file.package: parcel for file in files if (parcel := self._parcel(file)) is not None}
        wanted = sorted(kept.keys() & {*packages, MAIN}, key=lambda name: (name == MAIN, name))
        return [kept[name] for name in wanted], frozenset(kept)

    def _parcel(self, file: File) -> Parcel | None:
        found = self.mirror.find(layout.place(file.version, file.name))
        return None if found is None or not self.mirror.holds(file) else Parcel(file, found)
