"""The document held against the server by schemathesis, with real ids: what is declared is what is answered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, cast

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy, one_of
from requests.structures import CaseInsensitiveDict
from schemathesis import BaseSchema, Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core import NOT_SET
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi import checks

from bench.attack import people
from bench.attack.document import Operation
from bench.attack.filling import Filler
from bench.attack.house import House
from bench.attack.people import Asker, Door
from bench.attack.wire import PATIENCE, Ask

CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
UNOWNED = "Nobody looks after this device"
MEANT = 2
"""How often each operation is asked as it is meant, with what a maker makes."""


@dataclass(slots=True)
class Shares:
    """How often which status came for each operation, and what was answered against the document."""

    statuses: dict[str, Counter[int]] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)

    @property
    def succeeded(self) -> float:
        """The share of all answers that were a success."""
        every = sum(seen.total() for seen in self.statuses.values())
        return sum(_good(seen) for seen in self.statuses.values()) / max(1, every)

    @property
    def never(self) -> list[str]:
        """Name the operations that never answered with success."""
        return sorted(name for name, seen in self.statuses.items() if not _good(seen))

    def table(self) -> dict[str, str]:
        """Tell the share of each operation, and of how many."""
        return {
            name: f"{_good(seen) / seen.total():.0%} of {seen.total()}: {dict(sorted(seen.items()))}"
            for name, seen in sorted(self.statuses.items())
        }


def explore(house: House, door: Door, fillers: Sequence[Filler], shares: Shares, examples: int) -> None:
    """Ask all operations, as the tenants by turns."""
    explorers = [Explorer.of(house.url, filler, shares, door) for filler in fillers]
    for place, operation in enumerate(fillers[0].document.operations):
        explorers[place % len(explorers)].explore(operation, examples)


@dataclass(frozen=True, slots=True)
class Explorer:
    """Asks one tenant's operations as its people, who are tried in turn until one may."""

    url: str
    schema: BaseSchema
    filler: Filler
    session: requests.Session
    shares: Shares
    door: Door

    @classmethod
    def of(cls, url: str, filler: Filler, shares: Shares, door: Door) -> Explorer:
        schema = schemathesis.openapi.from_dict(filler.document.text)
        # A credential that it thinks of is refused before anything is read: whoever asks has one of his own.
        schema.config.generation.update(with_security_parameters=False)
        session = requests.Session()
        session.trust_env = False
        return cls(url, schema, filler, session, shares, door)

    def explore(self, operation: Operation, examples: int) -> None:
        """Ask an operation as it is meant, and with what schemathesis thinks of: by its schema, and against it."""
        if operation.streams:
            # What never ends is listened to elsewhere.
            return
        self.shares.statuses.setdefault(str(operation), Counter())
        for _ in range(MEANT):
            self._meant(operation)
        if examples:
            self._generated(self._strategies(operation), operation, examples)

    def _meant(self, operation: Operation) -> None:
        ask = self.filler.sacrifice(operation) or self.filler.ask(operation)
        for who in self._people(operation):
            status = self._send(self._case(operation, ask), operation, who)
            if status == HTTPStatus.CONFLICT and operation.makes:
                self.filler.make_room(operation)
                self._send(self._case(operation, self.filler.elsewhere(ask)), operation, who)
            if status not in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
                return

    def _people(self, operation: Operation) -> Sequence[Asker]:
        """Choose who asks: the administrator, and where that is no tenant's operation whoever roams, too."""
        stock = self.filler.stock
        return [stock.admin, *(one for one in stock.people if one.roams and not operation.of_tenant)]

    def _case(self, operation: Operation, ask: Ask) -> Case[Any]:
        made: Case[Any] = self.schema[operation.path][operation.method].Case(
            path_parameters=dict(ask.ids),
            query=dict(ask.query),
            headers=CaseInsensitiveDict(ask.headers),
            body=NOT_SET if ask.body is None else ask.body,
            media_type=operation.media or None,
        )
        return made

    def _strategies(self, operation: Operation) -> SearchStrategy[Case[Any]]:
        """Generate requests: twice with real ids, once with any."""
        ids = self.filler.ids(operation) if operation.method != "DELETE" else None
        generated = self.schema[operation.path][operation.method]
        real: dict[str, Any] = {"path_parameters": ids} if ids else {}
        cases = [generated.as_strategy(**real), generated.as_strategy(**real), generated.as_strategy()]
        if operation.body is not None or operation.parameters:
            cases.append(generated.as_strategy(GenerationMode.NEGATIVE, **real))
        return one_of(cases)

    def _generated(self, cases: SearchStrategy[Case[Any]], operation: Operation, examples: int) -> None:
        (who, *_) = self._people(operation)[-1:]

        @seed(1)
        @settings(
            max_examples=examples,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(cases)
        def ask(case: Case[Any]) -> None:
            self._send(case, operation, who)

        ask()

    def _send(self, case: Case[Any], operation: Operation, who: Asker) -> int:
        """Send a case and check its answer; tells the status."""
        response = self._called(case, who)
        if response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
            self.filler.wire.relieve()
            response = self._called(case, who)
        if response.status_code == HTTPStatus.UNAUTHORIZED and not operation.open:
            people.enter(self.door, who)
            response = self._called(case, who)
        # Here no device has an owner, who would answer a question: that is said as such, and is no fault.
        unowned = response.status_code == HTTPStatus.SERVICE_UNAVAILABLE and UNOWNED in response.text
        try:
            case.validate_response(response, checks=CHECKS[1:] if unowned else CHECKS)
        except (Failure, FailureGroup) as error:
            self.shares.violations.append(f"{operation}: {response.status_code}: {str(error)[:600]}")
        self.shares.statuses[str(operation)][response.status_code] += 1
        return int(response.status_code)

    def _called(self, case: Case[Any], who: Asker) -> requests.Response:
        self.session.cookies.clear()
        # Cookies go as such: those that a case has of its own would else take the place of the header.
        headers = {name: value for name, value in who.headers.items() if name != "Cookie"}
        shown = dict(part.split("=", 1) for part in who.headers.get("Cookie", "").split("; ") if part)
        found: Any = case.call(
            base_url=self.url, session=self.session, headers=headers, cookies=shown, timeout=PATIENCE
        )
        return cast(requests.Response, found)


def _good(seen: Counter[int]) -> int:
    return sum(count for status, count in seen.items() if 200 <= status < 300)
