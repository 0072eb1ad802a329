"""Silences: alerts that need nobody for a while."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from api.fields import TEXT, Site, Tag
from api.resource import TENANT, Answer, Asked, Given, Nothing, Resource, Route
from api.times import Instant, Span, after, instant, span
from db import alertsilences, inventory, sites
from db.alertsilences import Silence, Silences
from db.maintenance import Scope
from fleet.errors import BadInput, NotFound
from fleet.identity import DeviceId
from fleet.identity import Scope as Right

RuleName = Annotated[str, Field(min_length=1, max_length=120, pattern=r"^\S([^\x00]*\S)?$")]


class NewSilence(Given):
    """What is to be silent, from now until `to` or for as long as it `lasts`, and why.

    It is for the alerts of a `rule` or of all, of one of `device_id`, `site` and `tag` or of all devices.
    """

    model_config = ConfigDict(strict=True)

    rule: RuleName | None = Field(None, description="Only alerts of rules of this name.")
    device_id: UUID | None = Field(None, description="Only alerts of this device.", strict=False)
    site: Site | None = Field(None, description="Only alerts of the devices at this site, by its name or id.")
    tag: Tag | None = Field(None, description="Only alerts of the devices with this tag.")
    end: Instant | None = Field(None, alias="to", description="When it ends; or say how long it lasts.")
    lasts: Span | None = Field(None, examples=["2h"], description="How long it lasts: 30m, 2h, 1d; 90 days at most.")
    reason: str = Field(min_length=1, max_length=500, pattern=TEXT, examples=["known, part is ordered"])


class AlertSilence(Answer):
    """A time in which alerts that it is for are shown as silenced."""

    id: UUID
    rule: str | None
    device_id: UUID | None
    device: str | None = Field(description="The device's name.")
    site_id: UUID | None
    site: str | None = Field(description="The site's name.")
    tag: str | None
    start: datetime = Field(serialization_alias="from")
    end: datetime = Field(serialization_alias="to")
    reason: str
    created_by: str


class AlertSilenceList(Answer):
    """The silences that are not over, the one that ends first in front."""

    items: list[AlertSilence]


def every(asked: Asked[Nothing]) -> AlertSilenceList:
    return AlertSilenceList(items=[_silence(one) for one in alertsilences.lasting(asked.session, asked.now)])


def one(asked: Asked[Nothing]) -> AlertSilence:
    return _silence(alertsilences.one(asked.session, asked.ids["silence_id"]))


def create(asked: Asked[NewSilence]) -> AlertSilence:
    given = asked.given
    if [given.device_id is not None, bool(given.site), given.tag is not None].count(True) > 1:
        raise BadInput("A silence is for one thing.", "Give at most one of device_id, site and tag.")
    if (given.end is None) is (given.lasts is None):
        raise BadInput("It is not said when the silence ends.", "Give one of `to` and `lasts`.")
    until = instant(given.end, asked.now) if given.end else after(asked.now, span(given.lasts or ""))
    device_id = None if given.device_id is None else inventory.one(asked.session, DeviceId(given.device_id)).id
    site_id = sites.find(asked.session, given.site).id if given.site else None
    scope = Scope(device_id, site_id, given.tag)
    writer = Silences(asked.session, asked.author, asked.principal.tenant_id)
    made = writer.keep(given.rule, scope, until, given.reason)
    return _silence(alertsilences.one(asked.session, made))


def lift(asked: Asked[Nothing]) -> None:
    """End a silence at once: what still fires is shown again."""
    Silences(asked.session, asked.author, asked.principal.tenant_id).lift(asked.ids["silence_id"])


def _silence(one: Silence) -> AlertSilence:
    return AlertSilence(
        id=one.id,
        rule=one.rule,
        device_id=one.scope.device_id,
        device=one.device,
        site_id=one.scope.site_id,
        site=one.site,
        tag=one.scope.tag,
        start=one.starts_at,
        end=one.ends_at,
        reason=one.reason,
        created_by=one.created_by,
    )


PLACE = f"{TENANT}/alert-silences"

resource = Resource(
    name="alertsilences",
    about="Alerts that need nobody for a while.",
    routes=(
        Route(
            path=PLACE,
            summary="The silences that are not over",
            takes=Nothing,
            answer=AlertSilenceList,
            scope=Right.ALERTS_READ,
            handler=every,
        ),
        Route(
            path=PLACE,
            method="POST",
            summary="Silence alerts for a while",
            takes=NewSilence,
            answer=AlertSilence,
            makes=f"{PLACE}/{{id}}",
            scope=Right.ALERTS_WRITE,
            raises=(NotFound,),
            handler=create,
        ),
        Route(
            path=f"{PLACE}/{{silence_id}}",
            summary="One silence",
            takes=Nothing,
            answer=AlertSilence,
            scope=Right.ALERTS_READ,
            raises=(NotFound,),
            handler=one,
        ),
        Route(
            path=f"{PLACE}/{{silence_id}}",
            method="DELETE",
            summary="End a silence at once",
            takes=Nothing,
            answer=None,
            scope=Right.ALERTS_WRITE,
            raises=(NotFound,),
            handler=lift,
        ),
    ),
)
