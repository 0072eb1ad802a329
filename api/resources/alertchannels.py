"""Channels: ways to people and programs by which alerts are told, and a test of each."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from pydantic import Field, SecretStr

from actors import channel as ways
from actors.channel import Channel
from api import cursors
from api.channelfields import (
    AlertChannel,
    AlertChannelChange,
    MailServer,
    MailServerSettings,
    NewAlertChannel,
    NewlyMadeChannel,
    Security,
)
from api.fields import TEXT
from api.resource import TENANT, Answer, Asked, Given, Nothing, Resource, Route
from api.resources.alertdeliveries import PLACE as DELIVERIES
from api.resources.alertdeliveries import AlertDelivery, delivered
from db import alertchannels, alertdeliveries
from db.alertchannels import ChannelRow, Channels, ChannelWish
from db.alertdeliveries import Deliveries
from fleet.errors import BadInput, Conflict, NotFound
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
    given, kind = asked.given, ways.known(asked.given.kind)
    named = {name for name in ("url", "secret", "mail") if getattr(given, name) is not None}
    if missing := sorted(kind.needs - named):
        raise BadInput(f"A channel of the kind {kind.kind} needs {' and '.join(missing)}.", "Give it.")
    made = None if given.secret is not None or kind.fresh is None else kind.fresh()
    wish = _wish(asked, kind, given, SecretStr(made) if made else given.secret)
    row = alertchannels.one(asked.session, _writer(asked).add(kind.kind, wish))
    return NewlyMadeChannel(**_answer(row).model_dump(), secret=made)


def change(asked: Asked[AlertChannelChange]) -> AlertChannel:
    """Change what is given; switched on, it is tried again whatever its receiver said."""
    row = alertchannels.one(asked.session, asked.ids["channel_id"])
    wish = _wish(asked, ways.known(row.kind), asked.given, asked.given.secret, row.settings)
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


def _wish(
    asked: Asked[Any],
    kind: Channel,
    given: NewAlertChannel | AlertChannelChange,
    secret: SecretStr | None,
    before: Mapping[str, Any] | None = None,
) -> ChannelWish:
    """Judge what is given for a kind of channel, and seal it; raises BadInput, Unavailable."""
    named = {name for name in ("url", "secret", "mail") if getattr(given, name) is not None}
    if foreign := sorted(named - kind.needs - kind.may):
        raise BadInput(f"A channel of the kind {kind.kind} takes no {foreign[0]}.", "Leave it out.")
    url, settings = None if given.url is None else given.url.get_secret_value(), None
    if url is not None:
        settings = {"place": _place(url)}
    if given.mail is not None:
        settings = _mail(given.mail, bool(secret) or before is not None)
    if secret is not None:
        kind.checked(secret.get_secret_value())
    return ChannelWish(
        name=given.name,
        settings=settings,
        url=None if url is None else asked.seal(url),
        secret=None if secret is None else asked.seal(secret.get_secret_value()),
        enabled=given.enabled if isinstance(given, AlertChannelChange) else None,
    )


def _place(url: str) -> str:
    """Tell where a URL leads, without what may be secret in it; raises BadInput."""
    try:
        parts = urlsplit(url)
        port = "" if parts.port is None else f":{parts.port}"
    except ValueError:
        raise _no_url() from None
    plain = url.isascii() and url.isprintable() and " " not in url
    if not plain or parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
        raise _no_url()
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}{port}/…"


def _no_url() -> BadInput:
    return BadInput("That is no URL to post to.", "Write https://host/path, without a user in it.")


def _mail(mail: MailServer, password: bool) -> dict[str, Any]:
    if mail.security is Security.NONE and mail.username and password:
        raise BadInput("A password is sent under TLS alone.", "Choose tls or starttls, or leave out the user.")
    if mail.authority is not None:
        try:
            ssl.create_default_context(cadata=mail.authority)
        except (ssl.SSLError, ValueError):
            raise BadInput("The authority is no certificate.", "Give it as PEM.") from None
    return {"place": f"{mail.host}:{mail.port} → {', '.join(mail.to)}"[:300], **mail.model_dump(mode="json")}


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
