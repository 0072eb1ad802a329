"""Drift is explained in sentences, tells no secret, and is mended by its plan."""

from __future__ import annotations

from hypothesis import given, settings

from routeros.export import parse
from routeros.plan.drift import Difference, drift
from routeros.plan.world import after
from routeros.plan.world import read as world
from tests.routeros.plan.worlds import worlds

INTENDED = """\
/ip firewall filter
add action=accept chain=input comment=a
add action=accept chain=input comment=b protocol=tcp
add action=drop chain=input comment=c
/ip pool
add name=p ranges=192.0.2.1
/ppp secret
add name=ann password=first
/system identity
set name=r1
"""
NOW = """\
/ip firewall filter
add action=accept chain=input comment=b
add action=accept chain=input comment=a
add action=drop chain=input comment=c
/ip address
add address=192.0.2.1/24 interface=ether1
/ppp secret
add name=ann password=second
"""


def test_each_difference_is_explained() -> None:
    found = drift(parse(NOW), parse(INTENDED))
    told = {(finding.menu, finding.difference): finding.why for finding in found.findings}
    assert told == {
        ("/ip/pool", Difference.MISSING): "A row is missing: name=p ranges=192.0.2.1.",
        ("/ip/firewall/filter", Difference.MOVED): (
            "The row [find chain=input comment=a] stands in another place than intended."
        ),
        ("/ip/firewall/filter", Difference.CHANGED): (
            "Of the row [find chain=input comment=b] protocol is not set, intended is tcp."
        ),
        ("/ppp/secret", Difference.CHANGED): (
            "Of the row [find name=ann] password is *****, intended is ***** (they differ)."
        ),
        ("/system/identity", Difference.CHANGED): "Here name is MikroTik, intended is r1.",
        ("/ip/address", Difference.EXTRA): (
            'The row [find address="192.0.2.1/24" interface=ether1] is not intended.'
        ),
    }
    assert not any(secret in repr(found) for secret in ("first", "second"))
    assert after(world(parse(NOW)), found.plan.operations).keys() >= {"/ip/pool"}


def test_what_a_text_that_only_adds_does_not_say_is_no_drift() -> None:
    assert drift(parse(NOW), parse("/system identity\nset name=MikroTik\n"), whole=False).findings == ()
    found = drift(parse(NOW), parse(INTENDED), {"/ip/pool"})
    assert [finding.menu for finding in found.findings] == ["/ip/pool"]


@settings(max_examples=20, deadline=None)
@given(worlds(), worlds())
def test_drift_is_there_exactly_where_a_plan_has_steps(one: str, other: str) -> None:
    now, intended = parse(one), parse(other)
    found = drift(now, intended)
    assert bool(found) == bool(found.plan)
    assert len(found.findings) == len(found.plan.operations)
    assert not drift(intended, intended)


def test_a_value_that_is_masked_is_not_compared_but_a_row_that_is_missing_is() -> None:
    wanted = "/ppp secret\nadd name=ann password=*****\nadd name=bob password=*****\n"
    found = drift(parse(NOW), parse(wanted), whole=False)
    assert [(one.difference, "bob" in one.why) for one in found.findings] == [(Difference.MISSING, True)]
    assert len(found.plan.operations) == len(found.plan.inverses) == 1
    other = wanted.replace("name=ann", "name=ann profile=x")
    assert "profile" in drift(parse(NOW), parse(other), whole=False).findings[0].why
