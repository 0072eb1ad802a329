"""The body of every refusal: RFC 9457 problem details with a code, a request id and a next step."""

from __future__ import annotations

from typing import Any

from pydantic import Field, ValidationError
from werkzeug.exceptions import HTTPException

from api import catalogue
from api.resource import Answer
from fleet.endpoints import BadField
from fleet.errors import BadInput, FleetError, Unavailable

MEDIA = "application/problem+json"

STEPS = {
    "not_found": "Check the address; the paths of the API are in /api/openapi.json.",
    "method_not_allowed": "Use a method of the Allow header.",
    "request_entity_too_large": "Send less at once.",
    "unsupported_media_type": "Send JSON with Content-Type: application/json.",
    "bad_request": "Send a well-formed request.",
}
DETAILS = {
    "not_found": "There is nothing at this address.",
    "method_not_allowed": "This address does not answer to that method.",
}

MOST_FAULTS = 20
LONGEST_NAME = 100
"""How many faults of a request are named, and how much of a member's name is."""


class Fault(Answer):
    """One thing that is wrong: where it stands and what is wrong with it."""

    place: str = Field(description="`query`, `body`, `header` or `check`.")
    name: str = Field(description="The parameter, the path of the member, or the check.")
    detail: str


class Problem(Answer):
    """Why a request was refused (RFC 9457), and what to do next."""

    type: str = Field(description="Where the code is explained: a path on this server.")
    title: str
    status: int
    code: str = Field(description="Stable, for programs.")
    detail: str = Field(description="For people.")
    next_step: str
    request_id: str = Field(description="Also in the header X-Request-ID and in the log.")
    errors: list[Fault] = Field(default=[])


class Invalid(BadInput):
    """Input with one fault or more, each named."""

    def __init__(self, faults: list[Fault]) -> None:
        names = ", ".join(sorted({fault.name or fault.place for fault in faults}))
        super().__init__(f"Not understood: {names}.", "Correct what `errors` names and send it again.")
        self.errors = faults

    @classmethod
    def of(cls, place: str, error: ValidationError) -> Invalid:
        """Name the first faults that pydantic found at ``place``, without echoing what was sent."""
        # Every unknown member is one: a body of a megabyte would be answered with ten.
        found = error.errors(include_url=False, include_context=False, include_input=False)[:MOST_FAULTS]
        return cls([Fault(place=place, name=_way(f["loc"]), detail=_said(f["msg"])) for f in found])


class NotReady(Unavailable):
    """Some checks failed; ``errors`` names each."""

    code = "not_ready"

    def __init__(self, faults: list[Fault]) -> None:
        names = ", ".join(fault.name for fault in faults)
        super().__init__(f"Not ready: {names}.", "See `errors`, and ask again in a few seconds.")
        self.errors = faults


class Unexpected(FleetError):
    """A fault of ours that nobody foresaw."""

    code = "unexpected"


def of(error: FleetError, request_id: str) -> Problem:
    """Tell an error of ours as a problem."""
    faults: Any = getattr(error, "errors", [])
    if isinstance(error, BadField):
        faults = [Fault(place="body", name=error.field, detail=error.message)]
    return Problem(**_head(error.code, error.status), detail=error.message, next_step=error.next_step,
                   request_id=request_id, errors=faults)  # fmt: skip


def known(code: str, request_id: str) -> Problem:
    """Tell a refusal by its code alone, where no error was raised."""
    one = catalogue.MEANINGS[code]
    return Problem(**_head(code, one.status), detail=one.what, next_step=one.step, request_id=request_id)


def of_http(error: HTTPException, request_id: str) -> Problem:
    """Tell one of Werkzeug's refusals (no such route, wrong method, too large) as a problem."""
    code = error.name.lower().replace(" ", "_").replace("-", "_")
    detail = DETAILS.get(code) or error.description or error.name
    return Problem(**_head(code, error.code or 500), detail=detail, next_step=STEPS.get(code, ""),
                   request_id=request_id)  # fmt: skip


def _way(steps: tuple[int | str, ...]) -> str:
    return ".".join(map(str, steps))[:LONGEST_NAME]


def _said(message: str) -> str:
    """Take pydantic's own word off what a reader of ours says."""
    return message.removeprefix("Value error, ")


def _head(code: str, status: int) -> dict[str, Any]:
    title = code.replace("_", " ").capitalize()
    return {"type": catalogue.address(code), "title": title, "code": code, "status": status}
