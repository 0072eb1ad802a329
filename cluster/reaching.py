"""What commands share that reach a device: its address, port, TLS, user and password, as options and as values."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Annotated

import typer

from fleet.device import Endpoint, TlsMode
from fleet.errors import BadInput

AddressArgument = Annotated[str, typer.Argument(help="Its IP address or DNS name, without the port.")]
PortOption = Annotated[
    int | None,
    typer.Option("--port", min=1, max=65535, help="The API's port.", show_default="8729, plain 8728"),
]
TlsOption = Annotated[TlsMode, typer.Option("--tls", help="How the connection is protected.")]
FingerprintOption = Annotated[
    str | None,
    typer.Option("--fingerprint", help="For pin: the SHA-256 of its certificate, in hex. Without it you see it."),
]
StdinOption = Annotated[bool, typer.Option("--password-stdin", help="Read the password from there.")]

_NAME = re.compile(r"(?=.{1,253}\Z)[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*\.?", re.I)
_FINGERPRINT = re.compile(r"[0-9a-f]{64}")


def endpoint(address: str, port: int | None, tls: TlsMode, fingerprint: str | None) -> Endpoint:
    """Read where a device is; raises BadInput for what cannot be an address or a fingerprint."""
    # A name ends in a label with a letter: four numbers that are no address are a slip of the pen.
    numbers = address.rstrip(".").rpartition(".")[2].isdecimal()
    if not literal(address) and (numbers or not _NAME.fullmatch(address)):
        advice = "Write an IP address without brackets or a DNS name, and the port as --port."
        raise BadInput(f"{address!r} is neither an address nor a name.", advice)
    if fingerprint is not None and tls is not TlsMode.PIN:
        raise BadInput(
            f"A fingerprint means nothing to --tls {tls}.", "Give --tls pin, or leave the fingerprint out."
        )
    pin = None if fingerprint is None else fingerprint.replace(":", "").strip().lower()
    if pin is not None and not _FINGERPRINT.fullmatch(pin):
        raise BadInput(f"{fingerprint!r} is no SHA-256 fingerprint.", "It is 64 hexadecimal digits, colons or not.")
    return Endpoint(address, port or (8728 if tls is TlsMode.PLAIN else 8729), tls, pin)


def literal(address: str) -> bool:
    try:
        ip_address(address)
    except ValueError:
        return False
    return True


def password(whose: str, from_stdin: bool) -> str:
    """Ask for the password without showing it; raises BadInput where standard input holds none."""
    if not from_stdin:
        return str(typer.prompt(f"Password of {whose}", hide_input=True, err=True))
    given = typer.get_text_stream("stdin").read().removesuffix("\n").removesuffix("\r")
    if not given:
        raise BadInput("There is no password on standard input.", "Give the user one (/user), and write it there.")
    return given
