"""What commands share that say how a device is entered: its own user and password, or a credential profile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import typer

from cluster import admission, reaching
from cluster.console import Console
from db import profiles
from db.accounts import TenantRow
from fleet.errors import BadInput

UsernameOption = Annotated[
    str | None,
    typer.Option("--username", help="Its user to log in as; read access with the policy api is enough."),
]
ProfileOption = Annotated[
    str | None,
    typer.Option("--profile", help="Log in as a profile says, by its name: see `flotilla profile list`."),
]


@dataclass(frozen=True, slots=True)
class Given:
    """What the command line says of a new device's login."""

    username: str | None
    profile: str | None
    password_stdin: bool


def login(here: Console, one: TenantRow, given: Given, where: str) -> dict[str, Any]:
    """Tell username, secret and profile_id of a device; asks for the password where there is no profile.

    Raises BadInput for both or neither, and for a profile that is not there; Unavailable where OpenBao is away.
    """
    if (given.username is None) == (given.profile is None) or (given.profile and given.password_stdin):
        raise BadInput("A device logs in by a user of its own or by a profile.", "Give --username or --profile.")
    if given.profile is not None:
        with here.entered(one) as session:
            return {"username": "", "secret": "", "profile_id": profiles.find(session, given.profile).id}
    password = reaching.password(f"{given.username} at {where}", given.password_stdin)
    return {"username": given.username, "secret": admission.seal(here, one, password)}
