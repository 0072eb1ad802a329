"""What can go wrong with a router, each with the device, the menu and a next step.

RouterOSError
├── Unreachable         no connection, or it was lost
├── TlsFailed           the handshake failed
│   └── PinMismatch     the certificate is not the one that was accepted
├── SshFailed           the SSH connection cannot be made as it was asked for
│   └── HostKeyMismatch the host key is not the one that was accepted
├── FileRefused         the router refused to read or write a file (SFTP)
├── TooLong             an output or a file above its limit
├── LoginFailed         the router refused name or password
├── Trap                the router refused a command (``!trap``), or cannot do it
├── TooManyRows         a reply longer than its limit
├── Busy                there is no place for a further command that may have no end
├── Fatal               the router ended the session (``!fatal``)
├── ProtocolError       what was received is not the API's protocol
└── TimedOut            no reply in time
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import ClassVar, Final

from fleet.errors import FleetError

LONGEST: Final = 500


def readable(text: str) -> str:
    """Take what a device may have written for one line: it is cut, and what could steer a terminal is replaced."""
    cut = text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
    return "".join(c if c.isprintable() else " " if c in "\r\n\t" else "\N{REPLACEMENT CHARACTER}" for c in cut)


class RouterOSError(FleetError):
    """An error of one device: ``device`` is its address and port, ``menu`` the command, where one is to blame."""

    code, status = "routeros_error", 502
    advice: ClassVar[str] = ""

    def __init__(self, message: str, *, device: str = "", menu: str = "", next_step: str = "") -> None:
        super().__init__(readable(message), next_step or self.advice)
        self.device = device
        self.menu = menu


class Unreachable(RouterOSError):
    code = "unreachable"
    advice = "Check address, port and route, and that the API service is enabled (/ip/service) and not firewalled."


class TlsFailed(RouterOSError):
    code = "tls_failed"
    advice = (
        "Check that this is the port of api-ssl and that the service has a certificate (/ip/service, /certificate)."
    )


class HandshakeCut(TlsFailed):
    """Something took the connection, then ended it or said nothing: a device that restarts does, and a firewall."""

    code = "tls_cut"
    advice = "If it is not just restarting, check that this is the port of api-ssl, and what firewall is between."


class PinMismatch(TlsFailed):
    """``seen`` is the SHA-256 fingerprint that the device showed, in lower-case hex."""

    code = "tls_pin_mismatch"
    advice = "If the certificate was changed on purpose, accept the new fingerprint; otherwise find out who answers."

    def __init__(self, message: str, *, seen: str, device: str = "", next_step: str = "") -> None:
        super().__init__(message, device=device, next_step=next_step)
        self.seen = seen


class SshFailed(RouterOSError):
    code = "ssh_failed"
    advice = "Check that this is the port of ssh (/ip/service); RouterOS 6 may need the legacy algorithms."


class HostKeyMismatch(SshFailed):
    """``seen`` is the fingerprint of the host key that the device showed, as ``SHA256:…``."""

    code = "host_key_mismatch"
    advice = "Find out who answers; if the key was changed on purpose, accept the new one on purpose."

    def __init__(self, message: str, *, seen: str, device: str = "", next_step: str = "") -> None:
        super().__init__(message, device=device, next_step=next_step)
        self.seen = seen


class FileRefused(RouterOSError):
    code = "file_refused"
    advice = "Check the path, the free space, and that the user's group has the policies ssh, ftp, read and write."


class TooLong(RouterOSError):
    code = "too_long"
    advice = "Ask for less at once, or raise the limit."


class LoginFailed(RouterOSError):
    code = "login_failed"
    advice = "Check user name and password, and that the user's group has the policy api (/user/group)."


class Category(IntEnum):
    """The categories of a trap, as the manual numbers them."""

    MISSING = 0
    ARGUMENT = 1
    INTERRUPTED = 2
    SCRIPTING = 3
    GENERAL = 4
    API = 5
    TTY = 6
    RETURNED = 7


class Trap(RouterOSError):
    """A command's refusal; ``attributes`` are whatever else the router said. Several traps are joined by "; "."""

    code = "trap"

    def __init__(
        self,
        category: Category | None,
        message: str,
        *,
        device: str = "",
        menu: str = "",
        attributes: Mapping[str, str] | None = None,
    ) -> None:
        next_step = _PERMISSION if message.startswith("not enough permissions") else "The router's /log may say more."
        super().__init__(message or "The router gave no reason.", device=device, menu=menu, next_step=next_step)
        self.category = category
        self.attributes = dict(attributes or {})

    @property
    def absent(self) -> bool:
        """Tell whether the device simply has no such menu or command."""
        return self.message.startswith("no such command")


_PERMISSION = "Give the user's group the policy that this command needs (/user/group)."


class TooManyRows(RouterOSError):
    code = "too_many_rows"
    advice = "Raise the device's limit of rows, or switch this collector off for it."


class Busy(RouterOSError):
    code, status = "busy", 503
    advice = "End another one first, or allow the device more commands at a time (its setting streams)."


class Fatal(RouterOSError):
    code = "fatal"
    advice = "The router's /log says why it ended the session."


class ProtocolError(RouterOSError):
    code = "protocol_error"
    advice = "Check that the port is that of the API service and that nothing in between alters the traffic."


class TimedOut(RouterOSError):
    code, status = "timed_out", 504
    advice = "Check the load of the router and of the line to it."


GONE: Final = (Unreachable, HandshakeCut, TimedOut)
"""What says nothing of a device but that it is not there just now."""
