"""A slice of the attack: everybody of one tenant tries everything on the other, and finds nothing."""

from __future__ import annotations

import pytest

from bench.attack import words
from bench.attack.campaign import Campaign, Findings
from bench.attack.probes import Prober
from bench.attack.wire import Ask
from fleet.identity import Role, Scope
from tests.attack.grounds import Ground

TRIED = 350
"""About so many of all attempts are a slice; the whole is `make attack`."""


@pytest.fixture(scope="module")
def findings(ground: Ground) -> Findings:
    found = Findings()
    campaign = Campaign(ground.house, ground.door, ground.document, found)
    prober = Prober(ground.document, ground.south, ground.north)
    every = sum(len(list(prober.probes(one))) for one in ground.document.operations) * len(ground.south.people)
    campaign.run(ground.south, ground.north, ground.document.operations, [(0, max(1, every // TRIED))])
    return found


def test_nothing_of_the_other_tenant_is_told_changed_or_hinted_at(findings: Findings) -> None:
    assert (findings.leaks, findings.effects, findings.differences) == (0, 0, 0), "\n".join(findings.told)


def test_no_request_meets_a_fault_of_ours(findings: Findings) -> None:
    assert not findings.faults


def test_every_operation_was_tried_by_everybody(findings: Findings, ground: Ground) -> None:
    assert set(findings.statuses) >= {str(one) for one in ground.document.operations if one.method != "DELETE"}
    assert len(findings.askers) == len(Role) + len(Scope) + 2


def test_what_is_read_is_answered_so_that_the_attack_says_something(findings: Findings, ground: Ground) -> None:
    # Of a device that nobody polls no log is told, and none is entered by SSH before a person allowed it; the id of
    # a backup that was asked for is told to who asked, and by no list.
    untold = ("/log", "/ssh", "/backups/{backup_id}")
    every = (one for one in ground.document.operations if one.safe and one.of_tenant)
    reading = {str(one) for one in every if not one.path.endswith(untold)}
    assert reading & set(findings.unanswered) == set()


def test_a_leak_would_be_known(ground: Ground) -> None:
    """What its own people are told of a tenant is full of the marks that nobody else may see."""
    home = {"tenant_id": str(ground.north.tenant.id)}
    for operation in ground.document.operations:
        of_all = operation.path.count("{") == 1
        if of_all and operation.safe and operation.path.endswith(("}/devices", "/operations", "/changes")):
            told = ground.north.admin.send(ground.wire, Ask("GET", operation.path, home)).text
            assert words.marks(told) & ground.north.marks(), str(operation)
