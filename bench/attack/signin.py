"""Whether signing in tells who is known here: what is answered to people and to strangers, and how long it takes."""

from __future__ import annotations

import secrets
from dataclasses import asdict
from typing import Any
from uuid import UUID

import psycopg

from bench.attack import ranks, words
from bench.attack.bodies import email
from bench.attack.house import House
from bench.attack.stock import Stock
from bench.attack.wire import Ask, Wire

BEGIN = "/api/auth/srp/begin"
GROUP_BYTES = 256
"""Of the group of RFC 5054 with 2048 bits."""

_ENROL = """
    INSERT INTO verifiers (user_id, salt, rounds, verifier, changed_at)
    SELECT id, %s, 600000, %s, now() FROM users WHERE email = %s RETURNING user_id
"""


def measure(house: House, wire: Wire, stock: Stock, rounds: int) -> dict[str, Any]:
    """Begin to sign in as people and as strangers by turns."""
    people = [one.email for one in stock.people if one.email]
    for person in people:
        _enrol(house.admin_url, person)
    strangers = [email() for _ in people]
    known: list[float] = []
    unknown: list[float] = []
    for place in range(rounds):
        for who, sample in ((people, known), (strangers, unknown)):
            sample.append(wire.send(_ask(who[place % len(who)])).seconds)
    alike = _shape(wire, people[0]) == _shape(wire, strangers[0])
    stable = all(_lasting(wire, who) for who in (people[0], strangers[0]))
    return {"alike": alike, "stable": stable, **asdict(ranks.compare(known, unknown))}


def _ask(person: str) -> Ask:
    """Begin with a public value of the group: below its prime, whose first bytes are all ones."""
    return Ask("POST", BEGIN, body={"email": person, "A": "7f" + secrets.token_hex(GROUP_BYTES - 1)})


def _shape(wire: Wire, person: str) -> tuple[object, ...]:
    """Tell all of an answer that may not depend on whether the person is known."""
    reply = wire.send(_ask(person))
    told = reply.json
    members = sorted((name, type(value).__name__, len(str(value))) for name, value in told.items())
    return reply.status, sorted(name for name, _ in reply.headers), members


def _lasting(wire: Wire, person: str) -> bool:
    """Tell whether what lasts (the salt, the rounds) is the same when it is asked for again, case aside."""
    first, second = (wire.send(_ask(written)).json for written in (person, person.upper()))
    return all(first.get(name) == second.get(name) for name in ("salt", "rounds"))


def _enrol(admin_url: str, person: str) -> UUID:
    """Give a person a verifier that no password fits."""
    verifier = b"\x7f" + secrets.token_bytes(GROUP_BYTES - 1)
    with psycopg.connect(admin_url) as connection:
        row = connection.execute(_ENROL, (secrets.token_bytes(16), verifier, person)).fetchone()
    assert row is not None, f"{words.smooth(person)} is nobody"
    return UUID(str(row[0]))
