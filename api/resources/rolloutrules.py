"""What a tenant asks of its rollouts, and the word that stops all of them at once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from api.fields import TEXT
from api.resource import TENANT, Answer, Asked, Given, Nothing, Resource, Route
from db import rolloutstops
from db.rolloutstops import Stop
from fleet.identity import Right, Scope


class RolloutRules(Given):
    """What is asked of the tenant's rollouts from now on."""

    second_person: bool = Field(description="Whoever made a plan may not approve it.")


class RolloutStopping(Given):
    """Why everything is to stop."""

    reason: str | None = Field(None, min_length=1, max_length=500, pattern=TEXT, description="For whoever asks.")


class RolloutStop(Answer):
    """That everything is stopped."""

    by: str
    at: datetime
    reason: str | None

    @classmethod
    def of(cls, stop: Stop | None) -> RolloutStop | None:
        """Tell of a stop, where there is one."""
        return None if stop is None else cls(by=stop.by, at=stop.at, reason=stop.reason)


class RolloutSettings(Answer):
    """What is asked of the tenant's rollouts, and whether they are stopped."""

    second_person: bool
    stopped: RolloutStop | None = Field(description="Null unless somebody of the tenant has stopped everything.")
    house: RolloutStop | None = Field(description="Null unless all tenants' rollouts are stopped.")


class RolloutHouse(Answer):
    """Whether the rollouts of all tenants are stopped."""

    stopped: RolloutStop | None


def rules(asked: Asked[Nothing]) -> RolloutSettings:
    return _told(asked)


def change(asked: Asked[RolloutRules]) -> RolloutSettings:
    rolloutstops.ask(asked.session, asked.author, asked.principal.tenant_id, asked.given.second_person)
    return _told(asked)


def stop(asked: Asked[RolloutStopping]) -> RolloutSettings:
    rolloutstops.stop(asked.session, asked.author, asked.principal.tenant_id, asked.given.reason)
    return _told(asked)


def lift(asked: Asked[Nothing]) -> RolloutSettings:
    rolloutstops.lift(asked.session, asked.author, asked.principal.tenant_id)
    return _told(asked)


def house(asked: Asked[Nothing]) -> RolloutHouse:
    return RolloutHouse(stopped=RolloutStop.of(rolloutstops.house(asked.session)))


def stop_house(asked: Asked[RolloutStopping]) -> RolloutHouse:
    rolloutstops.stop_house(asked.session, asked.author, asked.given.reason)
    return RolloutHouse(stopped=RolloutStop.of(rolloutstops.house(asked.session)))


def lift_house(asked: Asked[Nothing]) -> RolloutHouse:
    rolloutstops.lift_house(asked.session, asked.author)
    return house(asked)


def _told(asked: Asked[Any]) -> RolloutSettings:
    found = rolloutstops.rules(asked.session, asked.principal.tenant_id)
    own, over = RolloutStop.of(found.stop), RolloutStop.of(found.house)
    return RolloutSettings(second_person=found.second_person, stopped=own, house=over)


PLACE = f"{TENANT}/firmware/rules"
STOP = f"{TENANT}/firmware/stop"
HOUSE = "/api/firmware/stop"
WHY = "the rollouts of all tenants are stopped, or let go on"


def _word(path: str, summary: str, takes: Any, handler: Any) -> Route[Any]:
    return Route(
        path=path,
        method="POST",
        summary=summary,
        takes=takes,
        answer=RolloutSettings,
        scope=Scope.FIRMWARE_WRITE,
        handler=handler,
    )


def _house(path: str, summary: str, takes: Any, handler: Any, method: str = "POST") -> Route[Any]:
    return Route(
        path=path,
        method=method,
        summary=summary,
        takes=takes,
        answer=RolloutHouse,
        scope=Right.PLATFORM,
        across=WHY,
        handler=handler,
    )


resource = Resource(
    name="rollout rules",
    about="What is asked of rollouts, and how all of them are stopped at once.",
    routes=(
        Route(
            path=PLACE,
            summary="What is asked of the tenant's rollouts, and whether they are stopped",
            takes=Nothing,
            answer=RolloutSettings,
            scope=Scope.FIRMWARE_READ,
            handler=rules,
        ),
        Route(
            path=PLACE,
            method="PATCH",
            summary="Say whether a second person has to approve a plan",
            takes=RolloutRules,
            answer=RolloutSettings,
            scope=Right.APPROVALS,
            handler=change,
        ),
        _word(STOP, "Stop all rollouts of the tenant: nothing goes over a point of no return", RolloutStopping, stop),
        _word(f"{STOP}/lift", "Take the stop back: what ran goes on", Nothing, lift),
        _house(HOUSE, "Whether the rollouts of all tenants are stopped", Nothing, house, "GET"),
        _house(HOUSE, "Stop the rollouts of all tenants", RolloutStopping, stop_house),
        _house(f"{HOUSE}/lift", "Take the stop of all tenants back", Nothing, lift_house),
    ),
)
