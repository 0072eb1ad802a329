"""The report of a rollout: a table for spreadsheets, and a page for print."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from flask import request
from pydantic import Field

from api import rolloutprint, rolloutsheet
from api.resource import TENANT, Asked, Download, Given, Resource, Route
from db import rolloutreports
from db.rolloutreports import Report
from fleet.errors import NotFound
from fleet.identity import Scope


@dataclass(frozen=True, slots=True)
class Form:
    """A form of the report: its media type, and what writes it."""

    media: str
    write: Callable[[Report], Iterator[str]]


FORMS: Final = {
    "csv": Form("text/csv; charset=utf-8", rolloutsheet.write),
    "html": Form("text/html; charset=utf-8", rolloutprint.write),
}
TYPES: Final = {one.media.partition(";")[0]: name for name, one in FORMS.items()}


class RolloutReportQuery(Given):
    """In which form the report is wanted."""

    format: Literal["csv", "html"] | None = Field(
        None, description="A table, or a page for print. Left out: as the header Accept says, else a table."
    )


def report(asked: Asked[RolloutReportQuery]) -> Download:
    found = rolloutreports.read(asked.session, asked.ids["rollout_id"], asked.now)
    wanted = asked.given.format or TYPES[request.accept_mimetypes.best_match([*TYPES], "text/csv")]
    form, name = FORMS[wanted], f"rollout-{found.row.id}.{wanted}"
    return Download(form.media, name, (piece.encode() for piece in form.write(found)))


resource = Resource(
    name="rollout-reports",
    about="Reports of rollouts.",
    routes=(
        Route(
            path=f"{TENANT}/rollouts/{{rollout_id}}/report",
            summary="Who did what and when to which device, with waves and gates: CSV, or HTML for print",
            takes=RolloutReportQuery,
            answer=Download,
            medias=tuple(one.media for one in FORMS.values()),
            scope=Scope.FIRMWARE_READ,
            raises=(NotFound,),
            handler=report,
        ),
    ),
)
