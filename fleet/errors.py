"""The tree of errors that a person may see, each with a code and a next step.

FleetError
├── BadInput            what was asked cannot be understood (422)
│   └── BadSetting      a setting that is unknown or malformed
├── Unauthenticated     nobody is signed in (401)
├── Forbidden           signed in, but the role or scope does not allow it (403)
├── NotFound            not there, or not the asker's (404)
├── Conflict            the present state does not allow it (409)
├── TooMany             a limit is used up (429)
├── EgressDenied        an address that the tenant may not reach (422)
├── Unavailable         a part of the system is away (503)
└── StartRefused        the program cannot start here (exit status 2)
"""

from __future__ import annotations

from typing import ClassVar


class FleetError(Exception):
    """An error with a message for people, a stable code for programs and a next step for both.

    ``status`` is the HTTP status under which the API answers it.
    """

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 500

    def __init__(self, message: str, next_step: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.message} {self.next_step}".strip()

    def __reduce__(self) -> tuple[object, ...]:
        return _revive, (type(self), dict(self.__dict__), self.args)


def _revive(kind: type[FleetError], facts: dict[str, object], args: tuple[object, ...]) -> FleetError:
    """Rebuild an error that crossed a process border, whatever its constructor takes."""
    error = kind.__new__(kind)
    Exception.__init__(error, *args)
    error.__dict__.update(facts)
    return error


def made(code: str, message: str, next_step: str) -> FleetError:
    """Make the error of a code that came from another process; one that is not known here is a plain FleetError."""
    kinds = [FleetError]
    for kind in kinds:
        if kind.__dict__.get("code") == code:
            break
        kinds += kind.__subclasses__()
    else:
        kind = FleetError
    return _revive(kind, {"message": message, "next_step": next_step}, (message,))


class BadInput(FleetError):
    code, status = "bad_input", 422


class BadSetting(BadInput):
    code = "bad_setting"


class Unauthenticated(FleetError):
    code, status = "unauthenticated", 401


class Forbidden(FleetError):
    code, status = "forbidden", 403


class NotFound(FleetError):
    code, status = "not_found", 404


class Conflict(FleetError):
    code, status = "conflict", 409


class TooMany(FleetError):
    code, status = "too_many", 429


class EgressDenied(FleetError):
    code, status = "egress_denied", 422


class Unavailable(FleetError):
    code, status = "unavailable", 503


class StartRefused(FleetError):
    code = "start_refused"
