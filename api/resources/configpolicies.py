"""What is wanted of backups: how often, after a change, what is kept; for a tenant, and otherwise for one device."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field

from api.resource import TENANT, Answer, Asked, Given, Nothing, Resource, Route
from db import configpolicies, inventory
from fleet.backups import MOST_DAYS, MOST_KEPT, Policy
from fleet.errors import BadInput, NotFound
from fleet.identity import DeviceId, Scope


class PolicyGiven(Given):
    """What is wanted. What is left out, or null, is as in the tenant's policy, or as by default."""

    every_seconds: int | None = Field(
        None, ge=0, le=2_678_400, examples=[86_400], description="900 (15 minutes) to 31 days; 0: not on a schedule."
    )
    on_change: bool | None = Field(
        None, description="Read the device's history with each poll, and take a backup where somebody did something."
    )
    keep_count: int | None = Field(None, ge=1, le=MOST_KEPT, description="So many versions of a device, beside pins.")
    keep_days: int | None = Field(None, ge=1, le=MOST_DAYS, description="So long after a device had them last.")


class PolicyWanted(Answer):
    """A policy as it was written; null is left open."""

    every_seconds: int | None
    on_change: bool | None
    keep_count: int | None
    keep_days: int | None


class PolicyAnswer(Answer):
    """A policy as it was written, and what counts with what stands behind it."""

    wanted: PolicyWanted
    effective: PolicyWanted


def policy(asked: Asked[Nothing]) -> PolicyAnswer:
    return _policy(asked, None)


def put(asked: Asked[PolicyGiven]) -> PolicyAnswer:
    return _put(asked, None)


def device_policy(asked: Asked[Nothing]) -> PolicyAnswer:
    return _policy(asked, _device(asked))


def device_put(asked: Asked[PolicyGiven]) -> PolicyAnswer:
    return _put(asked, _device(asked))


def device_drop(asked: Asked[Nothing]) -> PolicyAnswer:
    """Let a device have what its tenant has."""
    device_id = _device(asked)
    configpolicies.drop(asked.session, asked.author, asked.principal.tenant_id, device_id)
    return _policy(asked, device_id)


def _put(asked: Asked[PolicyGiven], device_id: DeviceId | None) -> PolicyAnswer:
    given = asked.given
    every = None if given.every_seconds is None else timedelta(seconds=given.every_seconds)
    wanted = Policy(every, given.on_change, given.keep_count, given.keep_days)
    configpolicies.put(asked.session, asked.author, asked.principal.tenant_id, device_id, wanted)
    return _policy(asked, device_id)


def _policy(asked: Asked[Nothing] | Asked[PolicyGiven], device_id: DeviceId | None) -> PolicyAnswer:
    tenant_id = asked.principal.tenant_id
    wanted = configpolicies.own(asked.session, tenant_id, device_id)
    effective = configpolicies.read(asked.session, tenant_id).of(tenant_id, device_id)
    return PolicyAnswer(wanted=_shown(wanted), effective=_shown(effective))


def _device(asked: Asked[Nothing] | Asked[PolicyGiven]) -> DeviceId:
    return inventory.one(asked.session, DeviceId(asked.ids["device_id"])).id


def _shown(one: Policy) -> PolicyWanted:
    every = None if one.every is None else int(one.every.total_seconds())
    return PolicyWanted(
        every_seconds=every, on_change=one.on_change, keep_count=one.keep_count, keep_days=one.keep_days
    )


PLACE = f"{TENANT}/configpolicy"
DEVICE = f"{TENANT}/devices/{{device_id}}/configpolicy"

resource = Resource(
    name="configpolicies",
    about="How often backups are taken, and what is kept.",
    routes=(
        Route(
            path=PLACE,
            summary="What the tenant wants of backups",
            takes=Nothing,
            answer=PolicyAnswer,
            scope=Scope.CONFIG_READ,
            handler=policy,
        ),
        Route(
            path=PLACE,
            method="PUT",
            summary="Say what the tenant wants of backups, all of it",
            takes=PolicyGiven,
            answer=PolicyAnswer,
            scope=Scope.CONFIG_WRITE,
            raises=(BadInput,),
            handler=put,
        ),
        Route(
            path=DEVICE,
            summary="What is wanted of one device's backups",
            takes=Nothing,
            answer=PolicyAnswer,
            scope=Scope.CONFIG_READ,
            raises=(NotFound,),
            handler=device_policy,
        ),
        Route(
            path=DEVICE,
            method="PUT",
            summary="Say what is wanted otherwise of one device",
            takes=PolicyGiven,
            answer=PolicyAnswer,
            scope=Scope.CONFIG_WRITE,
            raises=(NotFound, BadInput),
            handler=device_put,
        ),
        Route(
            path=DEVICE,
            method="DELETE",
            summary="Let one device have what the tenant has",
            takes=Nothing,
            answer=PolicyAnswer,
            scope=Scope.CONFIG_WRITE,
            raises=(NotFound,),
            handler=device_drop,
        ),
    ),
)
