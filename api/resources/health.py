"""Whether the web is alive and ready, and its figures for Prometheus."""

from __future__ import annotations

from typing import Literal

from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import Field

from api import telemetry
from api.problems import Fault, NotReady
from api.resource import Answer, Nothing, OpenRoute, Resource, Visit


class Health(Answer):
    """The process answers."""

    status: Literal["alive"]


class Passed(Answer):
    """A check that passed."""

    name: str
    detail: str


class Readiness(Answer):
    """Every dependency works."""

    status: Literal["ready"]
    checks: list[Passed] = Field(default=[])


def health(visit: Visit[Nothing]) -> Health:
    return Health(status="alive")


def readiness(visit: Visit[Nothing]) -> Readiness:
    """Ask every dependency; raises NotReady that names those which fail."""
    checks = [ask() for ask in visit.context.checks.values()]
    if failed := [check for check in checks if not check.ok]:
        raise NotReady([Fault(place="check", name=check.name, detail=check.detail) for check in failed])
    return Readiness(status="ready", checks=[Passed(name=c.name, detail=c.detail) for c in checks])


def metrics(visit: Visit[Nothing]) -> str:
    return telemetry.exposition()


resource = Resource(
    name="health",
    about="Alive, ready, and measured; open to anyone.",
    routes=(
        OpenRoute(
            path="/api/health",
            summary="Whether the process is alive",
            takes=Nothing,
            answer=Health,
            handler=health,
        ),
        OpenRoute(
            path="/api/readiness",
            summary="Whether every dependency works",
            takes=Nothing,
            answer=Readiness,
            raises=(NotReady,),
            handler=readiness,
        ),
        OpenRoute(
            path="/metrics",
            summary="The figures for Prometheus",
            takes=Nothing,
            answer=str,
            media=CONTENT_TYPE_LATEST,
            handler=metrics,
        ),
    ),
)
