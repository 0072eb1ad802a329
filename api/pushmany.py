"""A push over many devices as REST takes it: which devices, what, in which waves, and when it stops."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from actors.campaigning import Wish
from api import meant
from api.context import current
from api.fields import TEXT
from api.meant import Meant, MeantQuery
from api.pushfields import LONGEST_TEXT, PushOverride, PushTemplate
from api.resource import Asked, Given
from db import campaignmuster, selection, templates
from db.campaigndeeds import NewCampaign
from db.campaignmuster import Muster, Plan
from db.filters import Filter
from fleet.campaigns import MOST_WAVES, WAVES, Rules
from fleet.errors import BadInput
from fleet.identity import DeviceId
from fleet.pushes import LASTS, LONGEST, Override

MANY = 1000
"""Devices that are named one by one, and overrides."""

USUAL = Rules()
Size = Annotated[str, Field(max_length=12, pattern=TEXT, examples=["25%"])]


class DeviceOverride(PushOverride):
    """A person's word for one of the devices."""

    device_id: UUID


class PushManyText(Given):
    """What is to be pushed to which devices: one of `commands`, `desired`, `template` and `drift`."""

    filter: Meant | None = Field(None, description="The devices that it lets in; `{}` lets all in.")
    group: str | None = Field(None, min_length=1, max_length=120, pattern=TEXT, description="A group's name or id.")
    devices: list[UUID] | None = Field(None, min_length=1, max_length=MANY, description="Of these alone.")
    commands: str | None = Field(
        None, min_length=1, max_length=LONGEST_TEXT, description="Console text: add, set, unset, remove, move."
    )
    desired: str | None = Field(
        None, min_length=1, max_length=LONGEST_TEXT, description="What `menus` are to hold, as an export writes it."
    )
    menus: list[str] = Field([], max_length=100, description="The menus that `desired` is about.")
    template: PushTemplate | None = Field(None, description="Written for each device.")
    drift: bool = Field(False, description="Take each device back to all that is intended of it.")
    version: int | None = Field(None, ge=1, description="Refused: a stored version is one device's.")
    waves: list[Size] = Field(
        list(WAVES),
        min_length=1,
        max_length=MOST_WAVES,
        description="The size of each wave: a number, a share of all devices, `rest`. What is left is the last.",
    )
    canaries: list[UUID] = Field([], max_length=100, description="The first wave, in place of the first size.")
    overrides: list[DeviceOverride] = Field([], max_length=MANY)


class NewPushMany(PushManyText):
    """A push over many devices, how it goes on, and when it stops."""

    note: str = Field("", max_length=500, pattern=TEXT, description="What it is for.")
    soak_seconds: int = Field(int(USUAL.soak.total_seconds()), ge=0, le=86_400, description="Rest between two waves.")
    stop_percent: float = Field(USUAL.share * 100, ge=0, le=100, description="It stops where so many have failed …")
    stop_least: int = Field(USUAL.least, ge=1, le=1000, description="… that are no fewer than these.")
    per_site: int = Field(USUAL.per_site, ge=1, le=1000, description="Devices of one site under way at once.")
    at_once: int = Field(USUAL.at_once, ge=1, le=1000, description="Devices under way at once.")
    wait_seconds: int = Field(
        int(LASTS.total_seconds()),
        ge=60,
        le=int(LONGEST.total_seconds()),
        description="How long a push waits for a device that is not reached.",
    )

    @property
    def rules(self) -> Rules:
        soak = timedelta(seconds=self.soak_seconds)
        return Rules(soak, self.stop_percent / 100, self.stop_least, self.per_site, self.at_once)


def wish(asked: Asked[Any]) -> Wish:
    """Read what is to be pushed; raises BadInput unless it is one thing, NotFound for an unknown template."""
    given: PushManyText = asked.given
    if given.version is not None:
        message = "A stored version is one device's, and no other can have it."
        raise BadInput(message, "Push it to that device, or give `desired` or `template` for many.")
    own: dict[str, Any] = {"commands": given.commands, "desired": given.desired, "menus": tuple(given.menus)}
    if given.template is not None:
        row = templates.version(asked.session, given.template.id, given.template.version)
        own |= {"template_id": row.id, "template_version": row.number, "values": given.template.values}
    return Wish(**own, drift=given.drift)


def muster(asked: Asked[Any]) -> Muster:
    """Look the devices up that are meant, and cut them into waves; raises BadInput for one that is not there."""
    given: PushManyText = asked.given
    words = {DeviceId(one.device_id): Override(one.name, one.reason) for one in given.overrides}
    plan = Plan(given.waves, [DeviceId(one) for one in given.canaries], words)
    return campaignmuster.muster(asked.session, _chosen(asked), plan, asked.now)


def _chosen(asked: Asked[Any]) -> Sequence[DeviceId]:
    given: PushManyText = asked.given
    if given.filter is None and given.group is None and given.devices is None:
        raise BadInput("It is not said which devices are meant.", "Give `filter`, `group` or `devices`.")
    found: set[DeviceId] | None = None
    for one in _filters(asked):
        among = set(selection.matching(asked.session, one))
        found = among if found is None else found & among
    if given.devices is None:
        return sorted(found or ())
    there = campaignmuster.there(asked.session, given.devices)
    missing = [one for one in given.devices if one not in there]
    if missing:
        raise BadInput(f"There is no device {missing[0]}.", "List the tenant's devices for their ids.")
    return sorted(there if found is None else found & there)


def _filters(asked: Asked[Any]) -> Iterator[Filter]:
    """Tell what lets a device in; every one of them must."""
    given: PushManyText = asked.given
    if given.filter is not None:
        yield given.filter.filter(asked.now, meant.places(asked.session, given.filter.site))
    if given.group is not None:
        yield from meant.filters(asked.session, MeantQuery(group=given.group), asked.now)


def begun(asked: Asked[NewPushMany]) -> NewCampaign:
    """Seal what is wished for many devices, ready to be stored; raises Unavailable while OpenBao is away."""
    given, wanted, mustered = asked.given, wish(asked), muster(asked)
    shown = wanted.shown(asked.session)
    (sealed,) = current().vault.seal(asked.principal.tenant_id, [wanted.pack()])
    return NewCampaign(
        source=wanted.source,
        sealed=sealed,
        shown=shown,
        note=given.note,
        waves=mustered.sizes,
        rules=given.rules,
        lasts=timedelta(seconds=given.wait_seconds),
        chosen=mustered.chosen,
    )
