"""What a campaign pushes, packed for sealing, and what becomes of it for a device: a push, nothing, or a refusal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from actors import pushplan
from actors.pushplan import Desk, Drawn, Filling, Meant, NothingToChange
from db import templates
from fleet.campaigns import CampaignSource, MemberState
from fleet.errors import BadInput, FleetError, Unavailable
from fleet.identity import DeviceId
from fleet.pushes import Override
from routeros.export import parse, redact
from routeros.plan import commands


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wished for many devices: commands, the state of menus, a template's version, or what is intended.

    Raises BadInput unless that is one thing.
    """

    commands: str | None = field(default=None, repr=False)
    desired: str | None = field(default=None, repr=False)
    menus: tuple[str, ...] = ()
    template_id: UUID | None = None
    template_version: int | None = None
    values: Mapping[str, Any] = field(default_factory=dict, repr=False)
    drift: bool = False

    def __post_init__(self) -> None:
        if len(self._made_of()) != 1:
            raise BadInput(
                "A push is made of one thing.", "Give one of `commands`, `desired`, `template` and `drift`."
            )

    @property
    def source(self) -> CampaignSource:
        """Tell what it is made of."""
        return self._made_of()[0]

    def _made_of(self) -> list[CampaignSource]:
        given = {
            CampaignSource.COMMANDS: self.commands is not None,
            CampaignSource.SECTION: self.desired is not None,
            CampaignSource.TEMPLATE: self.template_id is not None,
            CampaignSource.DRIFT: self.drift,
        }
        return [source for source, there in given.items() if there]

    def pack(self) -> bytes:
        """Write it as bytes."""
        own = {name: getattr(self, name) for name in self.__dataclass_fields__}
        own |= {"template_id": self.template_id and str(self.template_id), "values": dict(self.values)}
        return json.dumps(own, ensure_ascii=False).encode("utf-8", "surrogateescape")

    @classmethod
    def unpack(cls, packed: bytes) -> Wish:
        """Read what ``pack`` wrote."""
        own = json.loads(packed.decode("utf-8", "surrogateescape"))
        template_id = own["template_id"] and UUID(own["template_id"])
        return cls(**own | {"menus": tuple(own["menus"]), "template_id": template_id})

    def meant(self, session: Session) -> Meant:
        """Tell it as a push to one device is made of it; raises NotFound where the template is gone."""
        filling = None
        if self.template_id is not None:
            row = templates.version(session, self.template_id, self.template_version)
            filling = Filling(row, self.values)
        return Meant(self.commands, self.desired, None, self.menus, filling, self.drift)

    def shown(self, session: Session) -> list[str]:
        """Tell it to people, with secrets masked; raises BadInput where it cannot be read, NotFound."""
        if self.commands is not None:
            return [one.shown() for one in commands.read(self.commands)]
        if self.desired is not None:
            return str(redact(parse(self.desired))).splitlines()
        if self.template_id is not None:
            row = templates.version(session, self.template_id, self.template_version)
            return [f"template {row.name}, version {row.number}"]
        return ["all that is intended of each device"]


@dataclass(frozen=True, slots=True)
class Prospect:
    """What becomes of a wish for one device: ``waiting`` for its push, ``unchanged`` or ``refused``.

    ``drawn`` is there where a plan could be made, ``error`` where it is refused.
    """

    device_id: DeviceId
    state: MemberState
    drawn: Drawn | None = None
    error: FleetError | None = None

    @property
    def why(self) -> str | None:
        return None if self.error is None else str(self.error)

    @property
    def foreseen(self) -> bool | None:
        """Whether the risks were judged by the stored configuration of the device; None where nothing was planned."""
        return None if self.drawn is None else self.drawn.foreseen


def foresee(desk: Desk, device_id: DeviceId, meant: Meant, override: Override | None) -> Prospect:
    """Plan a push to one device; raises Unavailable where OpenBao is away."""
    drawn = None
    try:
        drawn = pushplan.draw(desk, device_id, meant)
        pushplan.judged(drawn, override)
    except NothingToChange:
        return Prospect(device_id, MemberState.UNCHANGED)
    except Unavailable:
        raise
    except FleetError as error:
        return Prospect(device_id, MemberState.REFUSED, drawn, error)
    return Prospect(device_id, MemberState.WAITING, drawn)
