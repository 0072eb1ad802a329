"""Two tenants with some of everything: made by what the document declares, and by what pollers would have stored."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from uuid import UUID, uuid4

from bench.attack import configured, effects, measured, words
from bench.attack.bodies import Maker, kind
from bench.attack.document import Document, Operation
from bench.attack.house import House
from bench.attack.people import Door, Tenant, everyone
from bench.attack.stock import Stock, entries, identity
from bench.attack.wire import Ask, Reply, Wire
from db import accounts, inventory
from db.platform import platform_session
from fleet.egress import SIMULATED
from fleet.identity import Role

OF_EACH = 3
"""How many things of each kind are made."""
KEY = "Idempotency-Key"

ANSWERED = ("/reboot", "/load", "/rollouts")
"""What is only begun of a device that has answered: here none is polled. Others ask for it all the same."""


class Unfilled(AssertionError):
    """Something that the document declares could not be made; says which maker is missing."""


@dataclass(frozen=True, slots=True)
class Filler:
    """Fills a tenant as its administrator."""

    document: Document
    wire: Wire
    stock: Stock

    def make(self) -> None:
        """Make things of each kind, in an order in which each finds what it names; raises Unfilled."""
        wanted = [one for one in self.document.operations if one.makes and one.of_tenant]
        waiting = [one for one in wanted if not one.path.endswith(ANSWERED)]
        refusals: dict[str, str] = {}
        while waiting:
            made = [
                one for one in waiting if not (refused := self._made(one)) or refusals.update({str(one): refused})
            ]
            if not made:
                raise Unfilled("\n".join(_told(one, refusals[str(one)]) for one in waiting))
            waiting = [one for one in waiting if one not in made]
            self.look()

    def look(self) -> None:
        """Note all that the lists tell: ids, and the cursor of the next page."""
        for operation in sorted(self.document.operations, key=lambda one: one.path.count("/")):
            if operation.safe and not operation.streams and (ids := self.ids(operation)) is not None:
                self._note(operation, ids)

    def ids(self, operation: Operation) -> dict[str, str] | None:
        """Put own ids in a path; None where there is none of a kind."""
        own = self.stock.own()
        wanted = {name: own.get(kind(name)) for name in operation.names("path")}
        return None if None in wanted.values() else {name: str(value) for name, value in wanted.items()}

    def ask(self, operation: Operation, **more: str) -> Ask:
        """Make a request with own ids and a new body; ``more`` are further query parameters."""
        maker = Maker(self.document, self.stock.own())
        query = {**maker.query(operation), **more}
        headers = maker.headers(operation)
        ids = self.ids(operation) or {}
        return Ask(operation.method, operation.path, ids, query, headers, maker.body(operation), operation.media)

    def send(self, ask: Ask) -> Reply:
        return self.stock.admin.send(self.wire, ask)

    def make_room(self, operation: Operation) -> None:
        """Remove what is there, where there may be only so many at a time."""
        for below in self._below(operation.path):
            remover = self.document.find("DELETE", f"{operation.path}/{{{below}}}")
            if remover is not None:
                for one in self.stock.ids[kind(below)]:
                    self.send(replace(self.ask(remover), ids={**(self.ids(remover) or {}), below: one}))

    def elsewhere(self, ask: Ask) -> Ask:
        """Ask the same of another device: with the first one it may be under way already."""
        others = [one for one in self.stock.ids["device"] if one != ask.ids.get("device_id")]
        return replace(ask, ids={**ask.ids, "device_id": others[-1]}) if "device_id" in ask.ids and others else ask

    def sacrifice(self, operation: Operation) -> Ask | None:
        """Make something and the request that removes it; what nothing makes is given if it is listed now."""
        names = operation.names("path")
        if operation.method != "DELETE" or not names:
            return None
        home = operation.path.removesuffix(f"/{{{names[-1]}}}")
        maker, listed = (self.document.find(method, home) for method in ("POST", "GET"))
        found = self.stock.ids[kind(names[-1])]
        made = self.send(self.ask(maker)) if maker is not None and maker.makes else None
        if made is not None and _below(made, home):
            last = identity(made.json, names[-1])[0] or found[-1]
        elif listed and (there := entries(self.send(self.ask(listed)).json)):
            last = identity(there[-1], names[-1])[0]
        else:
            last = found.pop() if len(found) > 1 else found[0]
        return replace(self.ask(operation), ids={**(self.ids(operation) or {}), names[-1]: last})

    def _made(self, operation: Operation) -> str:
        """Make some of what an operation makes; tells why it could not."""
        for number in range(OF_EACH):
            if self.ids(operation) is None:
                return "there is nothing yet that its path names"
            key = str(uuid4())
            ask = self.ask(operation).showing({KEY: key})
            reply = self.send(ask)
            if not reply.ok:
                # Of some things there may be only one or two at a time.
                if number and reply.status == HTTPStatus.CONFLICT:
                    break
                return f"{reply.status} {reply.text}"
            self.stock.keys[operation.id].append(key)
            self.stock.replays[operation.id] = key, ask.body
        return ""

    def _note(self, operation: Operation, ids: dict[str, str]) -> None:
        narrow = {"limit": "1"} if "limit" in operation.names("query") else {}
        first = self.send(self.ask(operation, **narrow))
        if etag := first.header("etag"):
            self.stock.etags[operation.path].append(etag)
        answer = first.json
        if isinstance(answer, dict) and isinstance(cursor := answer.get("next"), str):
            self.stock.cursors[operation.id].append(cursor)
        for parameter in self._below(operation.path):
            for entry in entries(self.send(self.ask(operation)).json):
                self.stock.add(parameter, *identity(entry, parameter))

    def _below(self, path: str) -> list[str]:
        """Name the parameter by which one of a list is asked for, where a list of this path has one."""
        inner = re.compile(re.escape(path) + r"/{(\w+)}(/|\Z)")
        return sorted({found[1] for one in self.document.operations if (found := inner.match(one.path))})


def _below(made: Reply, home: str) -> bool:
    """Tell whether what was made is one of these: a list may be the place where something else is made, too."""
    place = (made.header("location") or "").rsplit("/", 2)
    return len(place) < 2 or place[-2] == home.rpartition("/")[2]


def tenant(house: House, slug: str) -> Tenant:
    """Make a tenant that may reach the simulator's range, with a key for its secrets."""
    with platform_session(house.stores, "a tenant of the attack") as session:
        made = accounts.create_tenant(session, slug, words.token())
        inventory.allow(session, made, [str(SIMULATED)])
    house.vault().ensure(made)
    return Tenant(made, slug)


def fill(house: House, door: Door, document: Document, slug: str) -> Stock:
    """Make a tenant with some of everything, and learn by what a leak of it would be known; raises Unfilled."""
    whose = tenant(house, slug)
    people = tuple(everyone(door, whose))
    stock = Stock(whose, people, next(one for one in people if one.role is Role.TENANT_ADMIN))
    filler = Filler(document, door.wire, stock)
    filler.make()
    devices = [UUID(one) for one in stock.ids["device"]]
    configured.alert(house, whose, devices, _now())
    asyncio.run(measured.store(house, whose, devices, _now()))
    configured.catalogue(house, _now())
    configured.give_up(house, whose, _now())
    for told in (configured.store, configured.plan):
        told(house, whose, devices[0], _now())
    filler.look()
    _complete(filler)
    stock.settle()
    stock.known.update(
        *(words.marks(row) for rows in effects.rows(house.admin_url, whose.id).values() for row in rows)
    )
    return stock


def _complete(filler: Filler) -> None:
    """Raise Unfilled where a path names something of which there is none."""
    for operation in filler.document.operations:
        if filler.ids(operation) is None:
            missing = [name for name in operation.names("path") if kind(name) not in filler.stock.own()]
            raise Unfilled(f"{operation}: no list and no POST tells a {', '.join(missing)}; add a finder.")


def _now() -> datetime:
    return datetime.now(UTC) - timedelta(minutes=2)


def _told(operation: Operation, refused: str) -> str:
    schema = operation.takes or "its body"
    return f"{operation} made nothing: {refused}\n  A maker for {schema} in bench/attack/bodies.py would help."


def operations(document: Document, only: Sequence[str]) -> Iterator[Operation]:
    """Yield the operations whose name or path has one of these words; all, if none is given."""
    for one in document.operations:
        if not only or any(word in str(one) or word in one.id for word in only):
            yield one
