"""The script that prepares a router to be watched, with a login that is made for it and kept as a profile."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import ConfigDict, Field

from api.context import current
from api.fields import Name, Username
from api.resource import TENANT, Asked, Download, Given, Resource, Route
from bus import subjects
from db.profiles import Credentials, Profiles
from fleet.egress import Egress
from fleet.errors import Conflict
from fleet.identity import Scope
from routeros import preparing
from routeros.preparing import Preparation

MOST = 16
MEDIA = "text/plain"

Source: TypeAlias = Annotated[str, Field(max_length=50, json_schema_extra={"anyOf": [{"format": "ipv4"}]})]


class NewLogin(Given):
    """The login that the script makes."""

    model_config = ConfigDict(strict=True)

    profile: Name
    username: Username = preparing.NAME
    sources: list[Source] | None = Field(
        None,
        max_length=MOST,
        examples=[["198.51.100.7", "2001:db8::/64"]],
        description="Addresses and networks from which it may be used; left out: those of the setting "
        "`poller_sources`, empty: all.",
    )


def prepare(asked: Asked[NewLogin]) -> Download:
    """Make a password that nobody has seen, keep it sealed as a new profile, and write it into the script."""
    given = asked.given
    wanted = current().settings.poller_sources if given.sources is None else Egress.of(given.sources).networks
    password = preparing.password()
    sealed = asked.seal(password)
    writer = Profiles(asked.session, asked.author, asked.principal.tenant_id, subjects.of)
    writer.add(Credentials(name=given.profile, username=given.username, secret=sealed))
    text = preparing.script(Preparation(given.username, password, [str(network) for network in wanted]))
    return Download(f"{MEDIA}; charset=utf-8", preparing.FILE, iter([text.encode()]))


resource = Resource(
    name="preparing",
    about="How a router is made ready to be watched.",
    routes=(
        Route(
            path=f"{TENANT}/prepare",
            method="POST",
            summary="A script to paste into routers: a user with few rights, api-ssl; its login is a new profile",
            takes=NewLogin,
            answer=Download,
            medias=(MEDIA,),
            once=True,
            scope=Scope.DEVICES_WRITE,
            raises=(Conflict,),
            handler=prepare,
        ),
    ),
)
