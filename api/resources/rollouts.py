"""Rollouts of firmware: planned, approved, started, watched and stopped."""

from __future__ import annotations

from typing import Any

from api import cursors, rollingplans
from api.resource import TENANT, Asked, Nothing, Resource, Route
from api.rolling import (
    NewRollout,
    Rollout,
    RolloutApproval,
    RolloutDevice,
    RolloutDevices,
    RolloutLine,
    RolloutLines,
    RolloutPreview,
    RolloutRetry,
    Rollouts,
    RolloutsQuery,
    RolloutStart,
)
from api.times import instant
from db import rollouts, rolloutstops
from db.rollouts import Row
from db.rolloutstops import Stop
from fleet.errors import BadInput, Conflict, Forbidden, NotFound
from fleet.identity import DeviceId, Scope


def plan(asked: Asked[NewRollout]) -> Rollout:
    session, drawn = asked.session, rollingplans.drawn(asked)
    made = rollouts.create(session, asked.author, asked.principal.tenant_id, asked.given.name, drawn)
    return Rollout.of(rollouts.one(session, made), _stop(asked))


def preview(asked: Asked[NewRollout]) -> RolloutPreview:
    return RolloutPreview.of(rollingplans.drawn(asked))


def page(asked: Asked[RolloutsQuery]) -> Rollouts:
    found = rollouts.page(asked.session, asked.given.after, asked.given.limit + 1)
    shown, last = cursors.cut(found, asked.given.limit)
    stop = _stop(asked)
    return Rollouts(items=[Rollout.of(one, stop) for one in shown], next=None if last is None else last.id)


def one(asked: Asked[Any]) -> Rollout:
    return Rollout.of(_row(asked), _stop(asked))


def devices(asked: Asked[Nothing]) -> RolloutDevices:
    found = rollouts.standings(asked.session, _row(asked).id)
    return RolloutDevices(items=[RolloutDevice.of(standing) for standing in found])


def lines(asked: Asked[Nothing]) -> RolloutLines:
    place = asked.ids["rollout_id"], DeviceId(asked.ids["device_id"])
    rollouts.known(asked.session, *place)
    found = rollouts.lines(asked.session, *place)
    return RolloutLines(items=[RolloutLine.of(line) for line in found])


def approve(asked: Asked[RolloutApproval]) -> Rollout:
    rollouts.approve(asked.session, asked.author, _row(asked), asked.given.digest)
    return one(asked)


def retry(asked: Asked[RolloutRetry]) -> Rollout:
    chosen = {DeviceId(device_id) for device_id in asked.given.devices} or None
    rollouts.retry(asked.session, asked.author, _row(asked), chosen)
    return one(asked)


def start(asked: Asked[RolloutStart]) -> Rollout:
    at = None if asked.given.at is None else instant(asked.given.at, asked.now)
    rollouts.start(asked.session, asked.author, _row(asked), at)
    return one(asked)


def pause(asked: Asked[Nothing]) -> Rollout:
    rollouts.pause(asked.session, asked.author, _row(asked))
    return one(asked)


def resume(asked: Asked[Nothing]) -> Rollout:
    rollouts.resume(asked.session, asked.author, _row(asked))
    return one(asked)


def abort(asked: Asked[Nothing]) -> Rollout:
    rollouts.abort(asked.session, asked.author, _row(asked))
    return one(asked)


def skip(asked: Asked[Nothing]) -> Rollout:
    rollouts.skip(asked.session, asked.author, _row(asked), DeviceId(asked.ids["device_id"]))
    return one(asked)


def _stop(asked: Asked[Any]) -> Stop | None:
    return rolloutstops.rules(asked.session, asked.principal.tenant_id).stopped


def _row(asked: Asked[Any]) -> Row:
    return rollouts.one(asked.session, asked.ids["rollout_id"])


PLACE = f"{TENANT}/rollouts"
ONE = f"{PLACE}/{{rollout_id}}"


def _read(path: str, summary: str, answer: Any, handler: Any) -> Route[Nothing]:
    return Route(
        path=path,
        summary=summary,
        takes=Nothing,
        answer=answer,
        scope=Scope.FIRMWARE_READ,
        raises=(NotFound,),
        handler=handler,
    )


def _steer(act: str, summary: str, handler: Any, takes: Any = Nothing) -> Route[Any]:
    return Route(
        path=f"{ONE}/{act}",
        method="POST",
        summary=summary,
        takes=takes,
        answer=Rollout,
        scope=Scope.FIRMWARE_WRITE,
        raises=(NotFound, Conflict, Forbidden, BadInput),
        handler=handler,
    )


resource = Resource(
    name="rollouts",
    about="Rollouts of firmware.",
    routes=(
        Route(
            path=PLACE,
            method="POST",
            summary="Plan a rollout: who takes part in which wave, and who does not; no device is touched",
            takes=NewRollout,
            answer=Rollout,
            makes=f"{PLACE}/{{id}}",
            scope=Scope.FIRMWARE_WRITE,
            raises=(BadInput, NotFound),
            handler=plan,
        ),
        Route(
            path=f"{TENANT}/rollout-preview",
            method="POST",
            summary="What a plan would be: who takes part in which wave, and who does not; nothing is kept",
            takes=NewRollout,
            answer=RolloutPreview,
            changes=False,
            scope=Scope.FIRMWARE_READ,
            raises=(BadInput, NotFound),
            handler=preview,
        ),
        Route(
            path=PLACE,
            summary="The rollouts, the newest first",
            takes=RolloutsQuery,
            answer=Rollouts,
            scope=Scope.FIRMWARE_READ,
            raises=(BadInput,),
            handler=page,
        ),
        _read(ONE, "One rollout, and how far it is", Rollout, one),
        _read(f"{ONE}/devices", "The devices of a rollout, in the order of the plan", RolloutDevices, devices),
        _read(
            f"{ONE}/devices/{{device_id}}",
            "What was done to a device in a rollout, by its journal",
            RolloutLines,
            lines,
        ),
        _steer("approve", "Approve a plan by its digest", approve, RolloutApproval),
        _steer("start", "Start a plan that was approved, now or at its time", start, RolloutStart),
        _steer("pause", "Begin nothing more until it is resumed", pause),
        _steer("resume", "Go on; what has failed until now was looked at", resume),
        _steer("abort", "Begin nothing more, take files back, and end", abort),
        _steer("devices/{device_id}/skip", "Leave out a device with which nothing has begun", skip),
        _steer("retry", "Let devices begin anew that failed or were lost", retry, RolloutRetry),
    ),
)
