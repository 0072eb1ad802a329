"""The document is true of the running server, with real ids of two tenants; schemathesis thinks of the requests."""

from __future__ import annotations

import pytest

from bench.attack import contract
from bench.attack.contract import Shares
from bench.attack.filling import Filler
from tests.attack.grounds import Ground

EXAMPLES = 1
"""Of each operation, beside those that are asked as they are meant; `make attack` and tests/api try more."""
SECRETS = frozenset(
    f"POST /api/auth/{name}" for name in ("link", "enrolment", "enrolment/look", "password", "srp/finish")
)
"""Operations that answer with success only to who has a secret of a person's own: the browser's tests have them."""

POLLED = (
    *("/ssh", "/log", "/ping", "/traceroute", "/commands", "/reboot", "/identify"),
    *("/replacement", "/replacement/reveal"),
    *("/binaries/{binary_id}", "/binaries/{binary_id}/load", "/backups/{backup_id}", "/configruns"),
    *("/pause", "/resume", "/retry", "/abort", "/approve", "/start", "/skip", "/rollouts", "/rollout-preview"),
)
"""What is answered with success of a device that is polled, as none is here, to whoever begins the only run, or where
a push over many devices or a rollout stands so."""


@pytest.fixture(scope="module")
def shares(ground: Ground) -> Shares:
    found = Shares()
    fillers = [Filler(ground.document, ground.wire, whose) for whose in (ground.north, ground.south)]
    contract.explore(ground.house, ground.door, fillers, found, EXAMPLES)
    return found


def test_no_answer_is_a_fault_or_against_the_document(shares: Shares) -> None:
    assert not shares.violations, "\n\n".join(shares.violations)


def test_every_operation_is_answered_with_success_on_real_ids(shares: Shares) -> None:
    assert [one for one in shares.never if one not in SECRETS and not one.endswith(POLLED)] == []


def test_enough_is_answered_with_success_to_say_something(shares: Shares) -> None:
    assert shares.succeeded >= 0.3, shares.table()
