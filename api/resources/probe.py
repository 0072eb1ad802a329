"""What answers at an address, before a device is made of it: no name and no password is sent."""

from __future__ import annotations

from datetime import datetime

from pydantic import ConfigDict, Field

from api import problems
from api.devices import egress
from api.fields import Address, Port
from api.probing import RATE, Sight
from api.resource import TENANT, Answer, Asked, Given, Resource, Route
from fleet import endpoints
from fleet.device import Endpoint, TlsMode
from fleet.errors import EgressDenied, FleetError, TooMany
from fleet.identity import Scope
from routeros.errors import TimedOut
from routeros.probe.certificate import Certificate
from routeros.probe.verdict import judge_line


class ProbeWish(Given):
    """Where to look."""

    model_config = ConfigDict(strict=True)

    address: Address
    port: Port | None = Field(None, description="The API's port; if left out 8729, and 8728 where nothing is there.")


class ShownCertificate(Answer):
    """The certificate that a device shows. Compare its fingerprint with the device's own before you pin it."""

    fingerprint: str = Field(description="Its SHA-256, in hex.")
    subject: str
    issuer: str
    self_signed: bool
    not_before: datetime | None
    not_after: datetime | None
    key: str


class ProbeError(Answer):
    """Why nothing was found."""

    code: str
    detail: str
    next_step: str


class ProbeRemark(Answer):
    """Something to know about the way to the device."""

    what: str
    text: str
    next_step: str


class ProbeResult(Answer):
    """What answers there."""

    address: str
    port: int
    reachable: bool = Field(description="Whether something answers.")
    tls: TlsMode | None = Field(
        description="The mode by which it can be entered: `verify` where an authority vouches for it, else `pin`, "
        "`anonymous` or `plain`. Null: it answers in no way that we know."
    )
    protocol: str | None = Field(description="The version of TLS.")
    cipher: str | None
    certificate: ShownCertificate | None
    remarks: list[ProbeRemark]
    error: ProbeError | None


def probe(asked: Asked[ProbeWish]) -> ProbeResult:
    """Do the handshake and hang up. What cannot be reached is an answer, too; only a forbidden place is refused."""
    given = asked.given
    place = Endpoint(given.address, given.port or endpoints.PORT)
    asked.limit("probes", *RATE)
    sight = asked.probes.explore(asked.principal.tenant_id, place, egress(asked), both=given.port is None)
    greeting = sight.greeting
    return ProbeResult(
        address=sight.endpoint.address,
        port=sight.endpoint.port,
        reachable=sight.reachable,
        tls=sight.mode,
        protocol=greeting and greeting.version,
        cipher=greeting and greeting.cipher,
        certificate=_certificate(greeting.certificate) if greeting and greeting.certificate else None,
        remarks=_remarks(sight, asked.now),
        error=None if sight.error is None else _error(sight.error),
    )


def _remarks(sight: Sight, now: datetime) -> list[ProbeRemark]:
    if sight.mode is None:
        return []
    found = judge_line(sight.mode, sight.greeting.certificate if sight.greeting else None, now)
    return [ProbeRemark(what=one.what, text=one.text, next_step=one.next_step) for one in found]


def _certificate(shown: Certificate) -> ShownCertificate:
    return ShownCertificate(**{name: getattr(shown, name) for name in ShownCertificate.model_fields})


def _error(error: FleetError) -> ProbeError:
    said = problems.of(error, "")
    return ProbeError(code=said.code, detail=said.detail, next_step=said.next_step)


resource = Resource(
    name="probe",
    about="What answers at an address.",
    routes=(
        Route(
            path=f"{TENANT}/devices/probe",
            method="POST",
            changes=False,
            summary="Tell what answers at an address; nothing is made, and no credential is sent",
            takes=ProbeWish,
            answer=ProbeResult,
            scope=Scope.DEVICES_WRITE,
            raises=(EgressDenied, TooMany, TimedOut),
            handler=probe,
        ),
    ),
)
