"""Channels: ways to people and programs by which alerts are told, and a test of each."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from api import channelwish, cursors
from api.channelfields import (
    AlertChannel,
    AlertChannelChange,
    MailServerSettings,
    NewAlertChannel,
    NewlyMadeChannel,
)
from api.fields import TEXT
from api.resource import TENANT, Answer, Asked, Given, Nothing, Resource, Route
from api.resources.alertdeliveries import PLACE as DELIVERIES
from api.resources.alertdeliveries import AlertDelivery, delivered
from db import alertchannels, alertdeliveries
from db.alertchannels import ChannelRow, Channels
from db.alertdeliveries import Deliveries
from fleet.errors import Conflict, NotFound
from fleet.identity import Scope

MOST = 100


class AlertChannelPage(Answer):
    """A page of channels, by name."""

    items: list[AlertChannel]
    next: str | None = Field(description="Give it as `after` for the next page; null on the last.")


class AlertChannelsQuery(Given):
    """Which channels to list, and how many at once."""

    after: str | None = Field(None, max_length=200, pattern=TEXT, description="The `next` of the page before.")
    limit: int = Field(MOST, ge=1, le=MOST, description="At most so many channels.")


def page(asked: Asked[AlertChannelsQuery]) -> AlertChannelPage:
    found = alertchannels.page(asked.session, asked.given.after, asked.given.limit + 1)
    shown, last = cursors.cut(found, asked.given.limit)
    return AlertChannelPage(items=[_answer(row) for row in shown], next=None if last is None else last.name)


def one(asked: Asked[Nothing]) -> AlertChannel:
    return _answer(alertchannels.one(asked.session, asked.ids["channel_id"]))


def create(asked: Asked[NewAlertChannel]) -> NewlyMadeChannel:
    """Make a channel. Its secrets are sealed before anything is written."""
    wish, made = channelwish.new(asked.given, asked.seal)
    row = alertchannels.one(asked.session, _writer(asked).add(asked.given.kind, wish))
    return NewlyMadeChannel(**_answer(row).model_dump(), secret=made)


def change(asked: Asked[AlertChannelChange]) -> AlertChannel:
    """Change what is given; switched on, it is tried again whatever its receiver said."""
    row = alertchannels.one(asked.session, asked.ids["channel_id"])
    wish = channelwish.change(asked.given, row.kind, asked.seal)
    _writer(asked).change(row.id, wish)
    return _answer(alertchannels.one(asked.session, row.id))


def remove(asked: Asked[Nothing]) -> None:
    """Remove a channel to which no route leads."""
    _writer(asked).remove(asked.ids["channel_id"])


def test(asked: Asked[Nothing]) -> AlertDelivery:
    """Have a message sent that says that it is a test; how that ends is told by the delivery."""
    row = alertchannels.one(asked.session, asked.ids["channel_id"])
    if not row.enabled:
        raise Conflict("The channel is switched off.", "Switch it on, then test it.")
    made = Deliveries(asked.session, asked.author, asked.principal.tenant_id).test(row)
    return delivered(alertdeliveries.one(asked.session, made))


def _writer(asked: Asked[Any]) -> Channels:
    return Channels(asked.session, asked.author, asked.principal.tenant_id)


def _answer(row: ChannelRow) -> AlertChannel:
    settings = row.settings
    mail = {name: settings.get(name) for name in MailServerSettings.model_fields}
    return AlertChannel(
        place=str(settings.get("place", "")),
        mail=MailServerSettings.model_validate(mail) if mail["host"] else None,
        **{name: getattr(row, name) for name in AlertChannel.model_fields if name not in ("place", "mail")},
    )


PLACE = f"{TENANT}/alert-channels"
ONE = f"{PLACE}/{{channel_id}}"

resource = Resource(
    name="alertchannels",
    about="Ways by which alerts are told.",
    routes=(
        Route(
            path=PLACE,
            summary="The channels by name, a page at a time",
            takes=AlertChannelsQuery,
            answer=AlertChannelPage,
            scope=Scope.ALERTS_READ,
            handler=page,
        ),
        Route(
            path=PLACE,
            method="POST",
            summary="Make a channel",
            takes=NewAlertChannel,
            answer=NewlyMadeChannel,
            makes=f"{PLACE}/{{id}}",
            once=True,
            scope=Scope.ALERTS_WRITE,
            raises=(Conflict,),
            handler=create,
        ),
        Route(
            path=ONE,
            summary="One channel",
            takes=Nothing,
            answer=AlertChannel,
            scope=Scope.ALERTS_READ,
            raises=(NotFound,),
            handler=one,
        ),
        Route(
            path=ONE,
            method="PATCH",
            summary="Change a channel, or switch it on or off",
            takes=AlertChannelChange,
            answer=AlertChannel,
            scope=Scope.ALERTS_WRITE,
            raises=(NotFound, Conflict),
            handler=change,
        ),
        Route(
            path=ONE,
            method="DELETE",
            summary="Remove a channel to which no route leads",
            takes=Nothing,
            answer=None,
            scope=Scope.ALERTS_WRITE,
            raises=(NotFound, Conflict),
            handler=remove,
        ),
        Route(
            path=f"{ONE}/test",
            method="POST",
            summary="Send a test by a channel",
            takes=Nothing,
            answer=AlertDelivery,
            makes=f"{DELIVERIES}/{{id}}",
            later=True,
            scope=Scope.ALERTS_WRITE,
            raises=(NotFound, Conflict),
            handler=test,
        ),
    ),
)
