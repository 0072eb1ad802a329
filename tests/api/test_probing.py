"""What answers at a place is told in bounded time and number, and nothing is said to it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from api.probing import IN_PROCESS, OF_TENANT, Probes
from fleet.device import Endpoint, TlsMode
from fleet.egress import Egress
from fleet.errors import EgressDenied, TooMany
from fleet.identity import TenantId
from routeros.errors import RouterOSError
from tests.fixtures.simulator import EGRESS, Factory, Served

ME = TenantId(uuid4())


@pytest.fixture
def probes() -> Iterator[Probes]:
    with closing(Probes(timedelta(minutes=1))) as made:
        yield made


@pytest.fixture
def silent() -> Iterator[Endpoint]:
    """A place in the simulator's network that takes connections and never says a word."""
    with socket.socket() as listener:
        listener.bind(("127.64.200.1", 0))
        listener.listen(64)
        yield Endpoint("127.64.200.1", listener.getsockname()[1])


def test_a_certificate_that_nobody_vouches_for_is_to_be_pinned(probes: Probes, fleet_of_three: Served) -> None:
    seen = probes.explore(ME, fleet_of_three.endpoint(0), EGRESS, both=False)
    assert (seen.reachable, seen.mode, seen.error) == (True, TlsMode.PIN, None)
    assert seen.fingerprint == fleet_of_three.inventory[0].fingerprint


def test_a_device_without_a_certificate_is_anonymous(probes: Probes, simulator: Factory) -> None:
    served = simulator(1)
    served.fault(0, "no-certificate")
    seen = probes.explore(ME, served.endpoint(0), EGRESS, both=False)
    assert (seen.mode, seen.fingerprint) == (TlsMode.ANONYMOUS, None)


def test_what_answers_without_tls_is_told_as_such(fleet_of_three: Served) -> None:
    place = fleet_of_three.endpoint(0, TlsMode.PLAIN)
    with closing(Probes(timedelta(seconds=5))) as quick:  # It waits for more of the word that TLS begins with.
        seen = quick.explore(ME, place, EGRESS, both=False)
    assert (seen.reachable, seen.mode) == (True, None)
    assert seen.error is not None
    assert seen.error.code in {"tls_failed", "tls_cut"}, "it says something else, or hangs up"


def test_where_nothing_listens_nothing_is_reachable(probes: Probes, fleet_of_three: Served) -> None:
    seen = probes.explore(ME, replace(fleet_of_three.endpoint(0), port=1), EGRESS, both=False)
    assert (seen.reachable, seen.mode) == (False, None)
    assert isinstance(seen.error, RouterOSError)
    assert seen.error.next_step


def test_a_device_is_entered_as_it_says_or_not_at_all(probes: Probes, fleet_of_three: Served) -> None:
    pin, other = fleet_of_three.endpoint(0), replace(fleet_of_three.endpoint(0), fingerprint="ab" * 32)
    unpinned, verify = replace(pin, fingerprint=None), replace(pin, tls=TlsMode.VERIFY, fingerprint=None)
    plain = fleet_of_three.endpoint(0, TlsMode.PLAIN)
    seen = probes.look(ME, [pin, other, unpinned, verify, plain], EGRESS)
    assert [one.mode for one in seen] == [TlsMode.PIN, None, TlsMode.PIN, None, TlsMode.PLAIN]
    assert [one.error and one.error.code for one in seen] == [None, "tls_pin_mismatch", None, "tls_failed", None]
    assert seen[2].fingerprint == pin.fingerprint


@pytest.mark.parametrize("address", ["127.0.0.1", "localhost", "169.254.169.254", "::1", "10.0.0.1"])
def test_no_address_out_of_bounds_is_connected_to(probes: Probes, address: str) -> None:
    place = Endpoint(address, 8729)
    with pytest.raises(EgressDenied):
        probes.explore(ME, place, EGRESS, both=True)
    (seen,) = probes.look(ME, [place], EGRESS)
    assert isinstance(seen.error, EgressDenied)
    assert not seen.reachable


def test_a_name_may_not_resolve_to_us_either(probes: Probes) -> None:
    with pytest.raises(EgressDenied):
        probes.explore(ME, Endpoint("localhost", 8729), Egress(), both=True)


def test_one_that_is_silent_is_given_up(silent: Endpoint) -> None:
    with closing(Probes(timedelta(seconds=1))) as quick:
        seen = quick.explore(ME, silent, EGRESS, both=False)
        many = quick.look(ME, [silent] * 60, EGRESS)
    assert (seen.reachable, seen.mode) == (True, None)
    assert all(one.error is not None for one in many)
    assert {one.error.code for one in many if one.error} <= {"tls_failed", "tls_cut", "timed_out", "unreachable"}


def test_only_so_many_of_a_tenant_look_at_once(probes: Probes, silent: Endpoint) -> None:
    with ExitStack() as seats:
        for _ in range(OF_TENANT):
            seats.enter_context(probes.seat(ME))
        with pytest.raises(TooMany):
            probes.look(ME, [silent], EGRESS)
        for _ in range((IN_PROCESS - OF_TENANT) // OF_TENANT):
            other = TenantId(uuid4())
            for _ in range(OF_TENANT):
                seats.enter_context(probes.seat(other))
        with pytest.raises(TooMany):
            probes.look(TenantId(uuid4()), [silent], EGRESS)
    assert probes.look(ME, [], EGRESS) == []
