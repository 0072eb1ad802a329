"""What is said of a channel over REST: what makes one, what changes it, and what is told of it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, TypeAlias
from uuid import UUID

from pydantic import ConfigDict, Field, SecretStr

from api.fields import TEXT
from api.resource import Answer, Given

EMAIL = r"^[^@\s\x00-\x1f\x7f,;<>]+@[^@\s\x00-\x1f\x7f,;<>]+$"
HOST = r"^[A-Za-z0-9]([A-Za-z0-9.:-]{0,251}[A-Za-z0-9])?$"

Name: TypeAlias = Annotated[str, Field(min_length=1, max_length=120, pattern=r"^\S([^\x00]*\S)?$", examples=["NOC"])]
Address: TypeAlias = Annotated[str, Field(max_length=254, pattern=EMAIL, examples=["noc@example.net"])]
Url: TypeAlias = Annotated[
    SecretStr,
    Field(
        max_length=2000,
        description="Where to post: https://… or http://…; kept encrypted, for it may itself be a secret.",
        examples=["https://hooks.example.net/alerts"],
    ),
]
Secret: TypeAlias = Annotated[
    SecretStr,
    Field(
        min_length=1,
        max_length=1000,
        description="The mail server's password, or a webhook's secret (whsec_…). Kept encrypted.",
    ),
]


class Security(StrEnum):
    """How a mail server is spoken to."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


class MailServer(Given):
    """A mail server of yours, and whom it writes to."""

    model_config = ConfigDict(strict=True)

    host: str = Field(pattern=HOST, examples=["mail.example.net"])
    port: int = Field(587, ge=1, le=65535)
    security: Security = Field(Security.STARTTLS, strict=False)
    username: str = Field("", max_length=255, pattern=TEXT)
    sender: Address
    to: list[Address] = Field(min_length=1, max_length=50)
    authority: str | None = Field(
        None, max_length=6000, pattern=TEXT, description="A PEM certificate to trust in the place of the usual ones."
    )


class MailServerSettings(Answer):
    """A mail server, and whom it writes to."""

    host: str
    port: int
    security: Security
    username: str
    sender: str
    to: list[str]
    authority: str | None


class NewAlertChannel(Given):
    """A channel: `email` takes `mail` and a password as `secret`, `webhook` a `url`, `slack` a `url`."""

    model_config = ConfigDict(strict=True)

    name: Name
    kind: str = Field(max_length=31, pattern="^[a-z][a-z0-9_]*$", examples=["webhook"])
    url: Url | None = None
    secret: Secret | None = None
    mail: MailServer | None = None


class AlertChannelChange(Given):
    """What is to be different; a field that is left out, or null, stays as it is."""

    model_config = ConfigDict(strict=True)

    name: Name | None = None
    url: Url | None = None
    secret: Secret | None = None
    mail: MailServer | None = None
    enabled: bool | None = None


class AlertChannel(Answer):
    """A channel; its URL and its secret are told by no answer."""

    unsteady = frozenset({"enabled", "off_because", "routes"})

    id: UUID
    name: str
    kind: str
    place: str = Field(description="Where it leads, as far as that is no secret.")
    mail: MailServerSettings | None
    enabled: bool
    off_because: str | None = Field(description="Why it was switched off: its receiver wants no more.")
    changed_by: str
    changed_at: datetime
    routes: int = Field(description="How many routes lead to it.")


class NewlyMadeChannel(AlertChannel):
    """A channel, and the secret by which what it posts is signed."""

    secret: str | None = Field(description="Shown this once, where it was made and not given.")
