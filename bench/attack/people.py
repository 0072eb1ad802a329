"""Who attacks: nobody, a person of each role, a key of each scope and one of all, each of one tenant."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from http.cookies import SimpleCookie

from bench.attack.wire import Ask, Reply, Wire
from db import accounts, keys, links
from db.engine import Stores
from db.operations import Author
from db.platform import platform_session
from fleet.clock import SystemClock
from fleet.errors import Conflict
from fleet.identity import Role, Scope, TenantId

LINK = timedelta(minutes=15)
GUARD = "X-CSRF-Token"
_NUMBERS = itertools.count()


@dataclass(frozen=True, slots=True)
class Tenant:
    """A tenant of the attack."""

    id: TenantId
    slug: str


@dataclass(frozen=True, slots=True)
class Door:
    """How people and programs get in: ``wire`` to sign in over, ``stores`` to make links and keys in."""

    wire: Wire
    stores: Stores
    clock: SystemClock


@dataclass(slots=True)
class Asker:
    """Somebody who asks: ``headers`` are what identifies him."""

    name: str
    tenant: Tenant
    role: Role | None = None
    email: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def roams(self) -> bool:
        """Whether the platform's own operations may tell him of other tenants."""
        return self.role is Role.SUPER_ADMIN

    def send(self, wire: Wire, ask: Ask) -> Reply:
        return wire.send(ask.showing(self.headers))


def everyone(door: Door, tenant: Tenant) -> Iterator[Asker]:
    """Make all of them in a tenant."""
    for role in Role:
        yield person(door, tenant, role)
    for scopes in (tuple(Scope), *((scope,) for scope in Scope)):
        yield program(door, tenant, scopes)
    yield Asker("nobody", tenant)


def person(door: Door, tenant: Tenant, role: Role) -> Asker:
    """Make a person with a role, and sign in."""
    email = f"{role.replace('_', '-')}-{next(_NUMBERS)}@{tenant.slug}.example"
    with platform_session(door.stores, "a person of the attack") as session:
        accounts.grant(session, tenant.id, accounts.create_user(session, email), role)
    made = Asker(str(role), tenant, role, email)
    enter(door, made)
    return made


def program(door: Door, tenant: Tenant, scopes: tuple[Scope, ...]) -> Asker:
    """Make a key."""
    name = scopes[0].value if len(scopes) == 1 else "every scope"
    try:
        key = keys.make(door.stores, tenant.id, f"attack {next(_NUMBERS)}", scopes, None)
    except Conflict as error:
        raise AssertionError(f"no key for {name}: {error}") from error
    return Asker(f"key {name}", tenant, headers={"Authorization": f"Bearer {key}"})


def enter(door: Door, who: Asker) -> None:
    """Sign a person in, again where the session has ended; a key and nobody stay as they are."""
    if not who.email:
        return
    now = door.clock.now()
    with platform_session(door.stores, "somebody of the attack signs in") as session:
        token = links.make(session, Author("attack", now), who.email, now + LINK, who.tenant.slug)
    reply = door.wire.send(Ask("POST", "/api/auth/link", body={"token": token}))
    assert reply.ok, f"{who.name} cannot sign in: {reply.status} {reply.text}"
    cookies = _cookies(reply)
    guard = next((value for name, value in cookies.items() if name.endswith("csrf")), "")
    who.headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()), GUARD: guard}


def _cookies(reply: Reply) -> dict[str, str]:
    jar: SimpleCookie = SimpleCookie()
    for name, value in reply.headers:
        if name == "set-cookie":
            jar.load(value)
    return {name: morsel.value for name, morsel in jar.items() if morsel.value}
