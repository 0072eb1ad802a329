"""Where a device is, as a person writes it: what can be an address, a fingerprint, a port."""

from __future__ import annotations

import re
from ipaddress import ip_address

from fleet.device import Endpoint, TlsMode
from fleet.errors import BadInput

PORTS = {TlsMode.PLAIN: 8728}
PORT = 8729
"""The API's port, and that without TLS."""

_NAME = re.compile(r"(?=.{1,253}\Z)[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*\.?", re.I)
_FINGERPRINT = re.compile(r"[0-9a-f]{64}")


class BadField(BadInput):
    """One field of what was given is wrong; ``field`` names it."""

    def __init__(self, field: str, message: str, next_step: str) -> None:
        super().__init__(message, next_step)
        self.field = field


def address(text: str) -> str:
    """Read an IP address or a DNS name, and write it in the one form that is compared; raises BadField."""
    if literal(text):
        return str(ip_address(text))
    # A name ends in a label with a letter: four numbers that are no address are a slip of the pen.
    if text.rstrip(".").rpartition(".")[2].isdecimal() or not _NAME.fullmatch(text):
        advice = "Write an IP address without brackets or a DNS name, and the port apart from it."
        raise BadField("address", f"{text!r} is neither an address nor a name.", advice)
    return text.lower()


def literal(text: str) -> bool:
    """Tell whether this is an IP address; a name is judged when it is resolved."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def fingerprint(text: str) -> str:
    """Read the SHA-256 of a certificate, in hex with colons or without; raises BadField."""
    read = text.replace(":", "").strip().lower()
    if not _FINGERPRINT.fullmatch(read):
        raise BadField(
            "fingerprint", f"{text!r} is no SHA-256 fingerprint.", "It is 64 hexadecimal digits, colons or not."
        )
    return read


def endpoint(place: str, port: int | None, tls: TlsMode, pin: str | None = None, streams: int = 8) -> Endpoint:
    """Put a new device's endpoint together; without a port it is the usual one. Raises BadField."""
    return meant(
        Endpoint(
            address=address(place),
            port=port or PORTS.get(tls, PORT),
            tls=tls,
            fingerprint=None if pin is None else fingerprint(pin),
            streams=streams,
        )
    )


def meant(one: Endpoint) -> Endpoint:
    """Return the endpoint unless it has a fingerprint that its TLS mode does not look at; raises BadField."""
    if one.fingerprint is not None and one.tls is not TlsMode.PIN:
        raise BadField(
            "fingerprint",
            f"A fingerprint means nothing to tls {one.tls}.",
            "Give tls pin, or leave the fingerprint out.",
        )
    return one


def pinned(one: Endpoint) -> Endpoint:
    """Return the endpoint unless its certificate is to be pinned and none was accepted; raises BadField."""
    if one.tls is TlsMode.PIN and one.fingerprint is None:
        raise BadField(
            "fingerprint",
            "With tls pin the fingerprint of the certificate that you accept is needed.",
            "`flotilla device probe` shows it; compare it with the device's own (/certificate/print detail).",
        )
    return one
