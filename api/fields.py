"""What a caller may write for each field of a device; a fault says what would be right and repeats nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, Field, SecretStr

from fleet import belonging, endpoints
from fleet.belonging import LONGEST_NAME, MOST_TAGS, TAG
from fleet.endpoints import BadField
from routeros import switches

TEXT = r"^[^\x00]*$"
"""PostgreSQL keeps no NUL in a text."""


def _read(reader: Callable[[str], str]) -> AfterValidator:
    def check(text: str) -> str:
        try:
            return reader(text)
        except BadField as error:
            raise ValueError(error.next_step) from error

    return AfterValidator(check)


def _listed(reader: Callable[[Iterable[str]], Collection[str]]) -> AfterValidator:
    """Check words together; here the fault says what is wrong, too, for there may be a reason."""

    def check(words: list[str]) -> list[str]:
        try:
            return sorted(reader(words))
        except BadField as error:
            raise ValueError(str(error)) from error

    return AfterValidator(check)


Name: TypeAlias = Annotated[
    str, Field(min_length=1, max_length=120, pattern=TEXT, description="Its name, used once in a tenant.")
]
Address: TypeAlias = Annotated[
    str,
    Field(
        min_length=1,
        max_length=253,
        description="Its IP address or DNS name, within the tenant's networks.",
        examples=["10.20.0.1", "core-1.example.net"],
        json_schema_extra={"anyOf": [{"format": "ipv4"}, {"format": "ipv6"}, {"format": "hostname"}]},
    ),
    _read(endpoints.address),
]
Port: TypeAlias = Annotated[int, Field(ge=1, le=65535, description="The API's port.")]
Fingerprint: TypeAlias = Annotated[
    str,
    Field(
        max_length=120,
        description="For `pin`, and for it alone: the SHA-256 of its certificate, in hex.",
        json_schema_extra={"pattern": "^([0-9A-Fa-f]{2}:?){32}$"},
    ),
    _read(endpoints.fingerprint),
]
Streams: TypeAlias = Annotated[
    int, Field(ge=1, le=64, description="Commands in flight at once; small boards take 2.")
]
Seconds: TypeAlias = Annotated[
    float, Field(ge=1, le=86400, allow_inf_nan=False, description="How often it is polled: from a second to a day.")
]
Username: TypeAlias = Annotated[
    str, Field(min_length=1, max_length=255, pattern=TEXT, description="Its user to log in as.")
]
Profile: TypeAlias = Annotated[
    str,
    Field(
        min_length=1,
        max_length=120,
        pattern=TEXT,
        description="In the place of username and password: a credential profile, by its name or id.",
    ),
]
Site: TypeAlias = Annotated[
    str, Field(max_length=LONGEST_NAME, pattern=TEXT, description="Where it stands: the site's name or id.")
]
Tag: TypeAlias = Annotated[
    str,
    Field(max_length=63, examples=["core"], json_schema_extra={"pattern": f"^{TAG}$"}),
    _read(belonging.tag),
]
Tags: TypeAlias = Annotated[
    list[Tag], Field(max_length=MOST_TAGS, examples=[["core", "customer:4711"]], description="Its tags.")
]
Collector: TypeAlias = Annotated[str, Field(max_length=64, json_schema_extra={"enum": list(switches.names())})]
CollectorsOff: TypeAlias = Annotated[
    list[Collector],
    Field(
        max_length=100,
        examples=[["queues", "inventory.neighbours"]],
        description="The collectors that it is not asked: metric families, and kinds of the inventory.",
    ),
    _listed(switches.check),
]
Password: TypeAlias = Annotated[
    SecretStr, Field(min_length=1, max_length=1000, description="Kept encrypted under the tenant's key; never shown.")
]
