"""Which addresses a tenant may reach."""

from ipaddress import ip_network

import pytest

from fleet.egress import Egress
from fleet.errors import BadInput, EgressDenied

DEMO = Egress.of(["127.64.0.0/10"])


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.1.2.3",
        "169.254.169.254",
        "::1",
        "fe80::1%eth0",
        "::ffff:127.0.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "x",
    ],
)
def test_loopback_link_local_and_metadata_are_denied(address: str) -> None:
    with pytest.raises(EgressDenied):
        Egress().check(address, 8729)


@pytest.mark.parametrize("address", ["10.1.2.3", "192.0.2.7", "2001:db8::1"])
def test_without_networks_ordinary_addresses_are_allowed(address: str) -> None:
    Egress().check(address, 8729)


def test_a_granted_network_allows_itself_and_nothing_else() -> None:
    DEMO.check("127.64.0.9", 8729)
    for address in ("127.128.0.1", "10.0.0.1"):
        with pytest.raises(EgressDenied):
            DEMO.check(address, 8729)


def test_our_own_listeners_are_never_granted() -> None:
    wide = Egress.of(["127.0.0.0/8", "0.0.0.0/0"])
    with pytest.raises(EgressDenied, match="Flotilla's own"):
        wide.check("127.0.0.1", 5432)


def test_a_grant_of_everything_does_not_open_metadata_and_loopback() -> None:
    wide = Egress.of(["0.0.0.0/0", "::/0"])
    wide.check("10.1.2.3", 8729)
    for address in ("169.254.169.254", "127.64.0.1", "::1"):
        with pytest.raises(EgressDenied):
            wide.check(address, 8729)


def test_a_network_that_is_none_is_refused_with_a_next_step() -> None:
    with pytest.raises(BadInput, match=r"10\.20\.0\.0/16"):
        Egress.of(["10.0.0.300/8"])


@pytest.mark.parametrize(
    "address",
    ["::ffff:127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::1", "::127.0.0.1", "::1", "::"],
)
def test_a_barred_address_in_the_clothes_of_ipv6_is_barred(address: str) -> None:
    with pytest.raises(EgressDenied):
        Egress().check(address, 8729)


def test_a_routable_address_in_the_clothes_of_ipv6_passes() -> None:
    for address in ("::ffff:192.0.2.1", "64:ff9b::c000:201", "2002:c000:201::1", "2001:db8::1"):
        Egress().check(address, 8729)
    Egress.of(["192.0.2.0/24"]).check("64:ff9b::c000:201", 8729)


def test_our_own_servers_are_granted_to_nobody() -> None:
    own = (ip_network("10.0.0.5"),)
    for networks in ([], ["10.0.0.0/8"], ["10.0.0.5/32", "10.0.0.6/32"]):
        egress = Egress.of(networks, own)
        egress.check("10.0.0.6", 8729)
        for address in ("10.0.0.5", "::ffff:10.0.0.5"):
            with pytest.raises(EgressDenied, match="Flotilla's own"):
                egress.check(address, 8729)
