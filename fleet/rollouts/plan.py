"""A plan: which devices in which waves, over which versions, who is left out and why; and its digest."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self
from uuid import UUID

from fleet.identity import DeviceId
from fleet.rollouts.candidate import Return
from fleet.rollouts.foreseen import Forecast
from fleet.rollouts.ground import Ground
from fleet.rollouts.terms import Terms
from fleet.rollouts.unit import Unit


@dataclass(frozen=True, slots=True)
class Member:
    """A device of a plan: what it is, over which versions it goes, and when its turn is.

    ``kind`` is that of its canary. ``above`` are the members that it is reached over; ``parent`` says that
    something is reached over it, be it a member or not: ``below`` are the nearest devices that are. ``notes`` are
    what a person should know of it before.
    """

    device_id: DeviceId
    name: str
    site: str | None
    serial: str
    architecture: str
    kind: str
    version: str
    hops: tuple[str, ...]
    back: Return
    above: frozenset[DeviceId] = frozenset()
    parent: bool = False
    below: frozenset[DeviceId] = frozenset()
    canary: bool = False
    wave: int = 0
    place: int = 0
    notes: tuple[str, ...] = ()

    def unit(self) -> Unit:
        """Tell where it stands at the beginning."""
        return Unit(
            device_id=self.device_id,
            wave=self.wave,
            place=self.place,
            kind=self.kind,
            site=self.site,
            hops=self.hops,
            canary=self.canary,
            parent=self.parent,
        )

    def document(self) -> dict[str, Any]:
        """Write it as JSON."""
        told = {name: getattr(self, name) for name in Member.__slots__}
        linked = {name: [str(one) for one in sorted(told[name])] for name in ("above", "below")}
        lists = {"hops": list(self.hops), "notes": list(self.notes)}
        return {**told, "device_id": str(self.device_id), **lists, **linked}

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Self:
        """Read what ``document`` wrote."""
        typed: dict[str, Any] = {
            "device_id": DeviceId(UUID(told["device_id"])),
            "hops": tuple(told["hops"]),
            "notes": tuple(told.get("notes", ())),
            "back": Return(told["back"]),
            **{name: frozenset(DeviceId(UUID(one)) for one in told.get(name, ())) for name in ("above", "below")},
        }
        return cls(**{**told, **typed})


@dataclass(frozen=True, slots=True)
class Skip:
    """A device that was meant and takes no part, with the reasons."""

    device_id: DeviceId
    name: str
    why: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """Write it as JSON."""
        return {"device_id": str(self.device_id), "name": self.name, "why": list(self.why)}


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be done. ``pairs`` are devices of which no two are disturbed at a time.

    ``proving``: of each kind one device has to be well, and to stay so, before the others begin. ``forecast`` is what
    it is expected to take; it is told with the plan, and no part of what is approved.
    """

    terms: Terms
    members: tuple[Member, ...]
    skipped: tuple[Skip, ...]
    pairs: tuple[frozenset[DeviceId], ...] = ()
    proving: bool = True
    forecast: Forecast | None = None

    @property
    def waves(self) -> tuple[int, ...]:
        """How many devices each wave has."""
        sizes = Counter(member.wave for member in self.members)
        return tuple(sizes[wave] for wave in range(max(sizes, default=-1) + 1))

    @property
    def ground(self) -> Ground:
        """What hangs on what among its members."""
        return Ground.of({member.device_id: member.above for member in self.members}, self.pairs)

    def document(self) -> dict[str, Any]:
        """Write it as JSON: the same text for the same plan."""
        pairs = sorted(sorted(str(one) for one in pair) for pair in self.pairs)
        return {
            "terms": self.terms.document(),
            "members": [member.document() for member in self.members],
            "skipped": [skip.document() for skip in self.skipped],
            "pairs": pairs,
            "proving": self.proving,
        }

    @property
    def digest(self) -> str:
        """What tells it from every other plan: who approves one approves this and no other."""
        text = json.dumps(self.document(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()
