"""Who is let in: the login with a password (from 6.43) and the one with a challenge (until 6.45)."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from enum import Enum, auto

from fleet.versions import Version
from routeros.simulator.doors.wire import Call
from routeros.simulator.faults import Kind
from routeros.simulator.parts import accounts
from routeros.simulator.parts.log import Log
from routeros.simulator.router import Router

PASSWORD_SINCE = Version(6, 43)
CHALLENGE_UNTIL = Version(6, 45)
MOST_REFUSALS = 4
"""A router refuses so many logins in one connection; at the next one it ends the session."""


def is_shut(router: Router) -> bool:
    """Tell whether a fault lets nobody in."""
    return not router.faults.keys().isdisjoint((Kind.REFUSE_LOGIN, Kind.WRONG_PASSWORD))


def same(known: str | None, said: str) -> bool:
    """Compare a password, or what follows from one, with what was said."""
    return known is not None and hmac.compare_digest(_bytes(known), _bytes(said))


def note(router: Router, name: str, host: str, service: str) -> None:
    """Put down that a login was refused."""
    said = f"login failure for user {name} from {host} via {service}"
    router.part(Log).add("system,error,critical", said)


class Knock(Enum):
    """What came of one ``/login``."""

    ENTERED = auto()
    CHALLENGED = auto()
    REFUSED = auto()
    LAST = auto()


class Door:
    """The logins of one connection to ``service`` from ``host``."""

    def __init__(self, router: Router, service: str = "api", host: str = "") -> None:
        self.challenge = b""
        self._router = router
        self._service, self._host = service, host
        self._refusals = 0

    @property
    def refusal(self) -> str:
        """What a refused login is told."""
        old = self._router.model.version < PASSWORD_SINCE
        return "cannot log in" if old else "invalid user name or password (6)"

    def knock(self, call: Call) -> Knock:
        """Take one login."""
        version, told = self._router.model.version, call.attributes
        if "response" in told and version < CHALLENGE_UNTIL:
            return self._let_in(told, self._responds(told.get("name", ""), told["response"]))
        # Before 6.43 a name and password are not looked at: the answer is a challenge, which is no error.
        if version < PASSWORD_SINCE or (version < CHALLENGE_UNTIL and "name" not in told):
            self.challenge = secrets.token_bytes(16)
            return Knock.CHALLENGED
        return self._let_in(told, same(self._known(told.get("name", "")), told.get("password", "")))

    def _let_in(self, told: Mapping[str, str], right: bool) -> Knock:
        if right and not is_shut(self._router):
            return Knock.ENTERED
        note(self._router, told.get("name", ""), self._host, self._service)
        self._refusals += 1
        return Knock.REFUSED if self._refusals <= MOST_REFUSALS else Knock.LAST

    def _known(self, name: str) -> str | None:
        return accounts.password(self._router, name, self._service, self._host)

    def _responds(self, name: str, response: str) -> bool:
        """Check MD5 over 0, password and challenge, with 00 before it."""
        known = self._known(name)
        challenge, self.challenge = self.challenge, b""
        if known is None or not challenge:
            return False
        digest = hashlib.md5(b"\0" + _bytes(known) + challenge, usedforsecurity=False)
        return same(f"00{digest.hexdigest()}", response)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
