"""What commands share that reach a device: its address, port, TLS, user and password, as options and as values."""

from __future__ import annotations

from typing import Annotated

import typer

from fleet.device import TlsMode
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
STREAMS = typer.Option("--streams", min=1, max=64, help="Commands in flight at once; small boards take 2.")
StdinOption = Annotated[bool, typer.Option("--password-stdin", help="Read the password from there.")]


def password(whose: str, from_stdin: bool) -> str:
    """Ask for the password without showing it; raises BadInput where standard input holds none."""
    if not from_stdin:
        return str(typer.prompt(f"Password of {whose}", hide_input=True, err=True))
    given = typer.get_text_stream("stdin").read().removesuffix("\n").removesuffix("\r")
    if not given:
        raise BadInput("There is no password on standard input.", "Give the user one (/user), and write it there.")
    return given
