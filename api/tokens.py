"""The tokens of a session, by one key of the server's: access, refresh, and the one against other sites.

Access is a JWT (RFC 7519) that names the session and lasts a quarter of an hour. Refresh is the session, a number and
a MAC, opaque to whoever holds it: from one nobody can make the next without the key, and the server makes the same
next one however often it is asked, so that an answer that got lost can be given again.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

ACCESS = timedelta(minutes=15)
"""How long an access token is taken."""

ALGORITHM = "HS256"
ISSUER = "flotilla"
KIND = "at+jwt"
LONGEST = 1024
"""Characters of a token; what is longer is none of ours."""


@dataclass(frozen=True, slots=True)
class Refresh:
    """What a refresh token says: whose it is, and which one in the line of them."""

    session_id: UUID
    generation: int


class Tokens:
    """Writes and reads the tokens. Web servers beside each other share the secret; with another all sessions end."""

    def __init__(self, secret: str = "") -> None:
        master = (secret or secrets.token_urlsafe(32)).encode()
        signing = _derived(master, "access")
        self._kid = sha256(signing).hexdigest()[:16]
        self._jwk = OctKey.import_key(signing)
        self._refresh, self._guard = _derived(master, "refresh"), _derived(master, "csrf")
        self._likeness = _derived(master, "likeness")

    def access(self, session_id: UUID, now: datetime) -> str:
        """Write the access token of a session; it holds the session's name and no more."""
        claims = {"iss": ISSUER, "sid": str(session_id), "exp": int((now + ACCESS).timestamp())}
        header = {"alg": ALGORITHM, "kid": self._kid, "typ": KIND}
        return jwt.encode(header, claims, self._jwk, [ALGORITHM])

    def session(self, access: str, now: datetime) -> UUID | None:
        """Read an access token; None for one that is over, was not signed by this key, or is none."""
        if not access.isascii() or len(access) > LONGEST:
            return None
        wanted = jwt.JWTClaimsRegistry(
            now=int(now.timestamp()),
            iss={"essential": True, "value": ISSUER},
            sid={"essential": True},
            exp={"essential": True},
        )
        try:
            token = jwt.decode(access, self._jwk, [ALGORITHM])
            wanted.validate(token.claims)
            ours = (token.header.get("kid"), token.header.get("typ")) == (self._kid, KIND)
            return UUID(str(token.claims["sid"])) if ours else None
        except (JoseError, ValueError):
            return None

    def refresh(self, session_id: UUID, generation: int) -> str:
        """Write the refresh token of a session's generation."""
        facts = f"{session_id.hex}.{generation}"
        return f"{facts}.{_mac(self._refresh, facts)}"

    def opened(self, refresh: str) -> Refresh | None:
        """Read a refresh token; None for what this key did not make."""
        facts, _, mac = refresh[:LONGEST].rpartition(".")
        if not hmac.compare_digest(_bytes(mac), _bytes(_mac(self._refresh, facts))):
            return None
        session, _, generation = facts.partition(".")
        return Refresh(UUID(session), int(generation))

    def guard(self, session_id: UUID) -> str:
        """Derive the token by which our own pages show that they made a request; it lasts as the session does."""
        return _mac(self._guard, session_id.hex)

    def likeness(self, *parts: bytes) -> bytes:
        """Tell by what a request is known again: a plain hash would tell who reads it whether a password is right."""
        told = b"".join(sha256(part).digest() for part in parts)
        return hmac.digest(self._likeness, told, "sha256")


def _derived(master: bytes, use: str) -> bytes:
    return hmac.digest(master, f"flotilla {use}".encode(), "sha256")


def _mac(key: bytes, facts: str) -> str:
    return hmac.new(key, _bytes(facts), "sha256").hexdigest()


def _bytes(text: str) -> bytes:
    return text.encode(errors="surrogatepass")
