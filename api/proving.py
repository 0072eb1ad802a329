"""The server's side of a sign-in by password: what is offered to an address, and whether its proof is right.

An address that nobody has is offered the same at the same cost: a salt that stays the same, and a verifier that no
password fits.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from hashlib import sha256, shake_256
from uuid import UUID

from api import srp
from api.srp import GROUP, SALT_BYTES, SECRET_BYTES
from db import verifiers
from db.engine import Stores
from db.handshakes import Handshake, Handshakes
from db.verifiers import Verifier
from fleet.errors import Unauthenticated


@dataclass(frozen=True, slots=True)
class Offer:
    """What a client needs for its proof, and how the sign-in is called until then."""

    handshake: str
    salt: bytes
    rounds: int
    B: int


@dataclass(frozen=True, slots=True)
class Proved:
    """Who has proved to be that person, and the server's own proof."""

    user_id: UUID
    m2: bytes


def offer(stores: Stores, handshakes: Handshakes, email: str, A: int) -> Offer:
    """Begin the sign-in of an address; raises BadPublic."""
    found = verifiers.find(stores, email)
    decoy = _decoy(found.secret, email.strip().lower())
    user_id, stored = (found.known.user_id, found.known.verifier) if found.known else (None, decoy)
    b, verifier = int.from_bytes(secrets.token_bytes(SECRET_BYTES)), int.from_bytes(stored.verifier)
    B = GROUP.offer(verifier, b)
    proofs = GROUP.proofs(email, stored.salt, A, B, GROUP.served(A, B, verifier, b))
    name = handshakes.keep(Handshake(user_id, sha256(proofs.m1).digest(), proofs.m2))
    return Offer(name, stored.salt, stored.rounds, B)


def check(handshakes: Handshakes, name: str, m1: bytes) -> Proved:
    """Take a proof, once; raises Unauthenticated where it is wrong or came too late."""
    handshake = handshakes.take(name)
    if handshake is None:
        raise Unauthenticated("This sign-in took too long, or was answered already.", "Try again.")
    right = hmac.compare_digest(sha256(m1).digest(), handshake.expected)
    if not right or handshake.user_id is None:
        raise Unauthenticated(
            "The e-mail address, the password or the Secret Key is wrong.",
            "The Secret Key stands on your Emergency Kit; without it, ask your administrator for a new link.",
        )
    return Proved(handshake.user_id, handshake.answer)


def _decoy(secret: bytes, address: str) -> Verifier:
    """Make up what a stranger would have, the same whenever that address is asked for."""
    salt = hmac.digest(secret, b"salt:" + address.encode(), "sha256")[:SALT_BYTES]
    grain = hmac.digest(secret, b"verifier:" + address.encode(), "sha256")
    verifier = int.from_bytes(shake_256(grain).digest(GROUP.size)) % GROUP.prime
    return Verifier(salt, srp.ROUNDS, GROUP.pad(verifier))
