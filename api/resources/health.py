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


class Looked(Answer):
    """What one check found."""

    name: str
    ok: bool
    detail: str


class Readiness(Answer):
    """Requests are served; `degraded` while something else than that does not work."""

    status: Literal["ready", "degraded"]
    checks: list[Looked] = Field(default=[])


def health(visit: Visit[Nothing]) -> Health:
    return Health(status="alive")


def readiness(visit: Visit[Nothing]) -> Readiness:
    """Ask every check; raises NotReady that names those which fail where one of them is vital to us."""
    checks = [ask() for ask in visit.context.checks.values()]
    failed = [check for check in checks if not check.ok]
    if any(check.vital for check in failed):
        raise NotReady([Fault(place="check", name=check.name, detail=check.detail) for check in failed])
    looked = [Looked(name=c.name, ok=c.ok, detail=c.detail) for c in checks]
    return Readiness(status="degraded" if failed else "ready", checks=looked)


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
            summary="Whether requests can be served, and whether everything else works",
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
