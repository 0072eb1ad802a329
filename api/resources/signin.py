"""Signing in by password and Secret Key, choosing them by a link, and changing the password."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

from flask import request
from pydantic import Field, field_validator

from api import auth, csrf, pages, proving, srp
from api.context import Context, current
from api.csrf import CrossSite
from api.resource import Answer, Asked, Given, OpenRoute, Resource, Route, Visit
from api.resources.session import Entered
from api.srp import GROUP, BadPublic
from db import enrolments, verifiers
from db.accounts import SignedIn
from db.enrolments import Elsewhere
from db.handshakes import Handshakes
from db.signintables import LEAST_ROUNDS, MOST_ROUNDS, Purpose
from db.verifiers import Verifier
from fleet.errors import Forbidden, TooMany, Unauthenticated, Unavailable
from fleet.identity import Right

ADDRESSES = (1.0, 60)
PEOPLE = (1 / 10, 20)
"""Rate per second and burst: of steps from a client address (a sign-in has two), and of sign-ins of one person."""

EMAIL = r"^[^\x00-\x20@]+@[^\x00-\x20@]+$"
NUMBER = rf"^[0-9a-f]{{{2 * GROUP.size}}}$"
DIGEST = r"^[0-9a-f]{64}$"
SALT = rf"^[0-9a-f]{{{2 * srp.SALT_BYTES}}}$"


class Begin(Given):
    """Who wants to sign in, and the client's public value."""

    email: str = Field(min_length=3, max_length=254, pattern=EMAIL, examples=["noc@northwind.example"])
    A: str = Field(
        pattern=NUMBER,
        examples=["5".zfill(512)],
        description="g^a mod N, padded to 256 bytes, in hexadecimal.",
    )


class Offered(Answer):
    """What the client needs for its proof. For an address that nobody has it looks the same."""

    handshake: str = Field(description="Names this sign-in for 60 seconds, for one answer.")
    salt: str
    rounds: int = Field(description="Of PBKDF2-HMAC-SHA-256.")
    B: str = Field(description="k·v + g^b mod N, padded to 256 bytes, in hexadecimal.")


class Finish(Given):
    """The client's proof."""

    handshake: str = Field(min_length=1, max_length=64)
    M1: str = Field(pattern=DIGEST, description="H(H(N) xor H(g) | H(email) | salt | A | B | K), in hexadecimal.")


class Proved(Answer):
    """A person is signed in; the session is in the cookies."""

    M2: str = Field(description="The server's proof, H(A | M1 | K): believe none that cannot give it.")
    to: str = Field(description="The path of the tenant's pages.")


class Chosen(Given):
    """What is kept of a password that was chosen, made where it was typed."""

    salt: str = Field(pattern=SALT)
    rounds: int = Field(ge=LEAST_ROUNDS, le=MOST_ROUNDS)
    verifier: str = Field(pattern=NUMBER, description="g^x mod N, padded to 256 bytes, in hexadecimal.")

    @field_validator("verifier")
    @classmethod
    def _is_public(cls, text: str) -> str:
        if not 1 < int(text, 16) < GROUP.prime - 1:
            raise ValueError("This is no verifier.")
        return text

    def stored(self) -> Verifier:
        """Tell it as it is stored."""
        return Verifier(bytes.fromhex(self.salt), self.rounds, bytes.fromhex(self.verifier))


class LinkToken(Given):
    """A link that enrols."""

    token: str = Field(min_length=1, max_length=200, description="What stands behind the `#` of the link.")


class Invited(Answer):
    """Whom a link is for, and why."""

    email: str
    tenant: str = Field(description="The tenant's name.")
    purpose: Purpose
    expires_at: datetime


class Enrol(LinkToken, Chosen):
    """The link, and what is kept of the password that was chosen by it."""


class PasswordChange(Finish, Chosen):
    """The proof of the old password, and what is kept of the new one."""


def begin(visit: Visit[Begin]) -> Offered:
    """Offer an address what it needs for a proof."""
    csrf.same_origin()
    _slow_down(visit.context)
    person = sha256(visit.given.email.strip().lower().encode()).hexdigest()
    visit.context.limits.take(f"signin-of:{person}", *PEOPLE, fail_open=False)
    made = proving.offer(visit.context.stores, _under_way(visit.context), visit.given.email, int(visit.given.A, 16))
    return Offered(handshake=made.handshake, salt=made.salt.hex(), rounds=made.rounds, B=GROUP.pad(made.B).hex())


def finish(visit: Visit[Finish]) -> Proved:
    """Take the proof, and sign in whose it is."""
    csrf.same_origin()
    _slow_down(visit.context)
    proved = proving.check(_under_way(visit.context), visit.given.handshake, bytes.fromhex(visit.given.M1))
    entered = auth.enter(proved.user_id, verifiers.home(visit.context.stores, proved.user_id))
    visit.acting(entered.principal.tenant_id, entered.email, entered.principal.role)
    return _proved(proved, entered)


def look(visit: Visit[LinkToken]) -> Invited:
    """Tell whom a link is for; it stays as it is."""
    csrf.same_origin()
    _slow_down(visit.context)
    found = enrolments.look(visit.context.stores, visit.given.token, visit.context.clock.now())
    return Invited(email=found.email, tenant=found.tenant_name, purpose=found.purpose, expires_at=found.expires_at)


def enrol(visit: Visit[Enrol]) -> Entered:
    """Use a link up: the password that was chosen holds from now on, and the person is signed in."""
    csrf.same_origin()
    _slow_down(visit.context)
    now = visit.context.clock.now()
    done = enrolments.redeem(visit.context.stores, visit.given.token, visit.given.stored(), now)
    entered = auth.enter(done.user_id, done.tenant_id)
    visit.acting(done.tenant_id, entered.email, entered.principal.role)
    return Entered(to=pages.address(entered.slug))


def change(asked: Asked[PasswordChange]) -> Proved:
    """Change the password of whoever is signed in and proves the old one; all other sessions end."""
    context, signed_in = current(), auth.signed_in()
    _slow_down(context)
    proved = proving.check(_under_way(context), asked.given.handshake, bytes.fromhex(asked.given.M1))
    if proved.user_id != signed_in.user_id:
        raise Forbidden("This proof is of another person than the one who is signed in.", "Sign in as that person.")
    verifiers.change(context.stores, proved.user_id, asked.given.stored(), asked.author, asked.principal.tenant_id)
    return _proved(proved, auth.enter(proved.user_id, asked.principal.tenant_id))


def _proved(proved: proving.Proved, entered: SignedIn) -> Proved:
    return Proved(M2=proved.m2.hex(), to=pages.address(entered.slug))


def _slow_down(context: Context) -> None:
    """Take one of the client address's sign-ins; with Redis away nobody signs in."""
    context.limits.take(f"signin:{request.remote_addr}", *ADDRESSES, fail_open=False)


def _under_way(context: Context) -> Handshakes:
    return Handshakes(context.limits)


_REFUSED = (CrossSite, TooMany, Unavailable)

resource = Resource(
    name="sign-in",
    about="Password and Secret Key by SRP-6a (RFC 5054, 2048 bits, SHA-256): the server sees neither of them.",
    routes=(
        OpenRoute(
            path="/api/auth/srp/begin",
            method="POST",
            changes=False,
            summary="Begin to sign in by password",
            takes=Begin,
            answer=Offered,
            raises=(BadPublic, *_REFUSED),
            handler=begin,
        ),
        OpenRoute(
            path="/api/auth/srp/finish",
            method="POST",
            summary="Prove the password and sign in",
            takes=Finish,
            answer=Proved,
            raises=(Unauthenticated, *_REFUSED),
            handler=finish,
        ),
        OpenRoute(
            path="/api/auth/enrolment/look",
            method="POST",
            changes=False,
            summary="Tell whom an enrolment link is for",
            takes=LinkToken,
            answer=Invited,
            raises=(Unauthenticated, *_REFUSED),
            handler=look,
        ),
        OpenRoute(
            path="/api/auth/enrolment",
            method="POST",
            summary="Choose a password by a link, once",
            takes=Enrol,
            answer=Entered,
            raises=(Unauthenticated, Elsewhere, *_REFUSED),
            handler=enrol,
        ),
        Route(
            path="/api/auth/password",
            method="POST",
            summary="Change your password",
            takes=PasswordChange,
            answer=Proved,
            scope=Right.SELF,
            raises=(CrossSite,),
            handler=change,
        ),
    ),
)
