"""What may be searched: how large, and whose."""

from __future__ import annotations

import pytest

from fleet import scanning
from fleet.egress import Egress
from fleet.endpoints import BadField
from fleet.errors import EgressDenied
from fleet.scanning import MOST

MINE = Egress.of(["198.18.0.0/16", "2001:db8::/32"])


@pytest.mark.parametrize(
    "text", ["", "core", "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/19", "2001:db8::/64", "10.0.0.0/x"]
)
def test_what_is_no_network_or_too_large_is_refused(text: str) -> None:
    with pytest.raises(BadField) as refused:
        scanning.network(text)
    assert refused.value.field == "network"
    assert refused.value.next_step


def test_hosts_are_where_they_can_be() -> None:
    assert [str(a) for a in scanning.addresses(scanning.network("10.0.0.0/30"))] == ["10.0.0.1", "10.0.0.2"]
    assert [str(a) for a in scanning.addresses(scanning.network("10.0.0.7"))] == ["10.0.0.7"]
    assert len(scanning.addresses(scanning.network("10.0.0.0/20"))) == MOST - 2


@pytest.mark.parametrize("text", ["198.18.0.0/20", "198.18.255.0/24", "2001:db8::/116"])
def test_a_tenant_searches_its_networks(text: str) -> None:
    scanning.allow(scanning.network(text), MINE)


@pytest.mark.parametrize("text", ["10.0.0.0/24", "198.19.0.0/24", "198.17.255.255", "2001:db9::/120", "8.8.8.0/24"])
def test_and_no_others(text: str) -> None:
    with pytest.raises(EgressDenied):
        scanning.allow(scanning.network(text), MINE)


@pytest.mark.parametrize("text", ["10.0.0.0/24", "192.168.0.0/20", "172.16.0.0/24", "fd00::/120"])
def test_without_networks_private_ones_are_searched(text: str) -> None:
    scanning.allow(scanning.network(text), Egress())


@pytest.mark.parametrize(
    "text",
    [
        *("127.0.0.0/24", "127.64.0.0/24", "127.255.255.255", "::1", "0.0.0.0/24", "169.254.169.254", "fe80::/120"),
        *(
            "224.0.0.0/24",
            "255.255.255.255",
            "100.100.100.200",
            "100.100.100.192/27",
            "fd00:ec2::254",
            "::ffff:127.0.0.1",
        ),
        *("::ffff:7f00:0/120", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::/120", "8.8.8.8", "1.1.1.0/24"),
        *("2606:4700::/120", "::ffff:8.8.8.8", "::ffff:127.0.0.1"),
    ],
)
def test_loopback_metadata_and_other_peoples_are_never(text: str) -> None:
    with pytest.raises(EgressDenied) as denied:
        scanning.allow(scanning.network(text), Egress())
    assert denied.value.next_step


@pytest.mark.parametrize("text", ["127.0.0.0/20", "127.0.0.1", "127.0.255.255"])
def test_our_own_are_granted_to_nobody(text: str) -> None:
    with pytest.raises(EgressDenied, match="Flotilla's own"):
        scanning.allow(scanning.network(text), Egress.of(["127.0.0.0/8", "0.0.0.0/0"]))
