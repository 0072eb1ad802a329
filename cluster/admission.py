"""What is asked, checked and sealed before a device is written from the command line."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from cluster.console import Console
from db.accounts import TenantRow
from fleet import endpoints, settings
from fleet.device import Endpoint, TlsMode
from fleet.egress import Egress
from fleet.errors import BadInput
from routeros import transport
from routeros.errors import PinMismatch

LONGEST = timedelta(days=1)


def every(text: str) -> timedelta:
    """Read how often a device is polled; raises BadInput, BadSetting."""
    return often(settings.span(text), text)


def often(span: timedelta, text: str = "") -> timedelta:
    """Return the span unless a device cannot be polled so seldom or often; raises BadInput."""
    if not timedelta() < span <= LONGEST:
        raise BadInput(
            f"A device cannot be polled every {text or span}.", "Give --interval 60s, or another up to 1d."
        )
    return span


def check(here: Console, one: TenantRow, endpoint: Endpoint) -> None:
    """Raise EgressDenied for an address out of bounds, BadInput where a pin is to be accepted first."""
    egress = here.egress(one)
    if endpoints.literal(endpoint.address):
        egress.check(endpoint.address, endpoint.port)
    if endpoint.tls is not TlsMode.PIN or endpoint.fingerprint:
        return
    try:
        asyncio.run(_greet(endpoint, egress, here.settings.poll_timeout))
    except PinMismatch as error:
        advice = f"Compare it with the device's own (/certificate/print detail), then give --fingerprint {error.seen}"
        raise BadInput(
            f"Nobody has accepted a fingerprint of {endpoint} yet. It shows {error.seen}.", advice
        ) from error


def seal(here: Console, one: TenantRow, password: str) -> str:
    """Encrypt a password under the tenant's key; raises Unavailable where OpenBao is away."""
    with here.vault() as vault:
        vault.ensure(one.id)
        return vault.seal(one.id, [password.encode()])[0]


async def _greet(endpoint: Endpoint, egress: Egress, patience: timedelta) -> None:
    """Do the TLS handshake and no more; without a pin it always ends in PinMismatch."""
    deadline = asyncio.get_running_loop().time() + patience.total_seconds()
    await transport.connect(endpoint, asyncio.Protocol, deadline, egress)
