"""What is given for a channel becomes what is stored: judged by its kind, the secrets sealed, over REST or not."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from pydantic import SecretStr

from actors import channel as ways
from actors.channel import Channel
from api.channelfields import AlertChannelChange, MailServer, NewAlertChannel, Security
from db.alertchannels import ChannelWish
from fleet.errors import BadInput

Seal: TypeAlias = Callable[[str], str]


def new(given: NewAlertChannel, seal: Seal) -> tuple[ChannelWish, str | None]:
    """Judge a new channel, and tell the secret that was made for it; raises BadInput, Unavailable."""
    kind = ways.known(given.kind)
    if missing := sorted(kind.needs - _named(given)):
        raise BadInput(f"A channel of the kind {kind.kind} needs {' and '.join(missing)}.", "Give it.")
    made = None if given.secret is not None or kind.fresh is None else kind.fresh()
    return _wish(given, kind, SecretStr(made) if made else given.secret, seal), made


def change(given: AlertChannelChange, kind: str, seal: Seal) -> ChannelWish:
    """Judge what is to be different of a channel; raises BadInput, Unavailable."""
    return replace(_wish(given, ways.known(kind), given.secret, seal), enabled=given.enabled)


def _named(given: NewAlertChannel | AlertChannelChange) -> set[str]:
    return {name for name in ("url", "secret", "mail") if getattr(given, name) is not None}


def _wish(
    given: NewAlertChannel | AlertChannelChange, kind: Channel, secret: SecretStr | None, seal: Seal
) -> ChannelWish:
    if foreign := sorted(_named(given) - kind.needs - kind.may):
        raise BadInput(f"A channel of the kind {kind.kind} takes no {foreign[0]}.", "Leave it out.")
    url, settings = None if given.url is None else given.url.get_secret_value(), None
    if url is not None:
        settings = {"place": _place(url)}
    if given.mail is not None:
        settings = _mail(given.mail)
    if secret is not None:
        kind.checked(secret.get_secret_value())
    return ChannelWish(
        name=given.name,
        settings=settings,
        url=None if url is None else seal(url),
        secret=None if secret is None else seal(secret.get_secret_value()),
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


def _mail(mail: MailServer) -> dict[str, Any]:
    if mail.security is Security.NONE and mail.username:
        raise BadInput("A user is named under TLS alone.", "Choose tls or starttls, or leave out the user.")
    if mail.authority is not None:
        try:
            ssl.create_default_context(cadata=mail.authority)
        except (ssl.SSLError, ValueError):
            raise BadInput("The authority is no certificate.", "Give it as PEM.") from None
    return {"place": f"{mail.host}:{mail.port} → {', '.join(mail.to)}"[:300], **mail.model_dump(mode="json")}
