"""Backups of many devices at once: begun, watched, stopped."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from api import cursors, meant
from api.configs import MOST
from api.fields import TEXT
from api.meant import Meant
from api.resource import TENANT, Answer, Asked, Given, Nothing, Resource, Route
from db import configruns, selection
from db.configruns import PER_SITE, Run, Step
from fleet.backups import RunState, StepState
from fleet.errors import BadInput, Conflict, NotFound
from fleet.identity import Scope


class NewRun(Given):
    """Whose backups are to be taken."""

    filter: Meant = Field(Meant(), description="Left out: all devices of the tenant.")
    per_site: int = Field(PER_SITE, ge=1, le=1000, description="So many devices of one site at the same time.")


class RunsQuery(Given):
    """Which runs to list."""

    after: UUID | None = Field(None, description="The `next` of the page before.")
    limit: int = Field(100, ge=1, le=MOST, description="At most so many runs.")


class StepsQuery(Given):
    """Which devices of a run to list."""

    after: str | None = Field(None, max_length=200, pattern=TEXT, description="The `next` of the page before.")
    limit: int = Field(100, ge=1, le=MOST, description="At most so many devices.")


class ConfigRun(Answer):
    """A run, and how many of its devices stand where."""

    unsteady = frozenset({"state", "ended_at", "waiting", "asked", "done", "failed", "stopped", "error"})

    id: UUID
    created_by: str
    created_at: datetime
    ended_at: datetime | None
    state: RunState
    per_site: int
    error: str | None
    total: int
    waiting: int
    asked: int = Field(description="Their owners were asked and have not ended.")
    done: int
    failed: int = Field(description="One that is out of reach counts here, and is tried again for a day.")
    stopped: int


class ConfigRuns(Answer):
    """A page of runs, the newest first."""

    items: list[ConfigRun]
    next: UUID | None = Field(description="Give it as `after` for the next page; null on the last.")


class ConfigStep(Answer):
    """One device of a run."""

    device_id: UUID
    name: str
    state: StepState
    asked_at: datetime | None
    ended_at: datetime | None
    why: str | None


class ConfigSteps(Answer):
    """A page of a run's devices, by name."""

    items: list[ConfigStep]
    next: str | None = Field(description="Give it as `after` for the next page; null on the last.")


def begin(asked: Asked[NewRun]) -> ConfigRun:
    given = asked.given
    wanted = given.filter.filter(asked.now, meant.places(asked.session, given.filter.site))
    chosen = selection.matching(asked.session, wanted)
    made = configruns.begin(asked.session, asked.author, asked.principal.tenant_id, chosen, given.per_site)
    return _run(configruns.one(asked.session, made))


def page(asked: Asked[RunsQuery]) -> ConfigRuns:
    found = configruns.page(asked.session, asked.given.after, asked.given.limit + 1)
    shown, last = cursors.cut(found, asked.given.limit)
    return ConfigRuns(items=[_run(one) for one in shown], next=None if last is None else last.id)


def run(asked: Asked[Nothing]) -> ConfigRun:
    return _run(_one(asked))


def steps(asked: Asked[StepsQuery]) -> ConfigSteps:
    found = configruns.listed(asked.session, _one(asked).id, asked.given.after, asked.given.limit + 1)
    shown, last = cursors.cut(found, asked.given.limit)
    return ConfigSteps(items=[_step(one) for one in shown], next=None if last is None else last.name)


def stop(asked: Asked[Nothing]) -> ConfigRun:
    configruns.stop(asked.session, asked.author, _one(asked))
    return run(asked)


def _one(asked: Asked[Any]) -> Run:
    return configruns.one(asked.session, asked.ids["run_id"])


def _run(one: Run) -> ConfigRun:
    return ConfigRun(**{name: getattr(one, name) for name in ConfigRun.model_fields})


def _step(one: Step) -> ConfigStep:
    return ConfigStep(**{name: getattr(one, name) for name in ConfigStep.model_fields})


PLACE = f"{TENANT}/configruns"
ONE = f"{PLACE}/{{run_id}}"

resource = Resource(
    name="configruns",
    about="Backups of many devices at once.",
    routes=(
        Route(
            path=PLACE,
            method="POST",
            summary="Take the backups of many devices, a few of each site at a time",
            takes=NewRun,
            answer=ConfigRun,
            makes=f"{PLACE}/{{id}}",
            later=True,
            scope=Scope.CONFIG_WRITE,
            raises=(BadInput, Conflict),
            handler=begin,
        ),
        Route(
            path=PLACE,
            summary="The runs, the newest first",
            takes=RunsQuery,
            answer=ConfigRuns,
            scope=Scope.CONFIG_READ,
            raises=(BadInput,),
            handler=page,
        ),
        Route(
            path=ONE,
            summary="One run, and how far it is",
            takes=Nothing,
            answer=ConfigRun,
            scope=Scope.CONFIG_READ,
            raises=(NotFound,),
            handler=run,
        ),
        Route(
            path=f"{ONE}/devices",
            summary="The devices of a run, by name",
            takes=StepsQuery,
            answer=ConfigSteps,
            scope=Scope.CONFIG_READ,
            raises=(NotFound,),
            handler=steps,
        ),
        Route(
            path=f"{ONE}/stop",
            method="POST",
            summary="Ask no further devices; what was asked is still done",
            takes=Nothing,
            answer=ConfigRun,
            scope=Scope.CONFIG_WRITE,
            raises=(NotFound, Conflict),
            handler=stop,
        ),
    ),
)
