"""Where we are ourselves, by what the settings name, and that no grant opens it."""

from __future__ import annotations

import socket
from ipaddress import ip_network

import psutil
import pytest

from fleet import listeners
from fleet.egress import Egress
from fleet.errors import EgressDenied
from fleet.settings import Settings

SETTINGS = Settings(
    postgres_url="postgresql://admin:p%40ss@192.0.2.1:5433/flotilla?sslmode=require",
    postgres_roles={"flotilla_app": "postgresql://app:secret@192.0.2.2,192.0.2.3:5432/flotilla"},
    nats_url="nats://192.0.2.4:4222,tls://[2001:db8::4]:4222",
    redis_url="redis://:secret@192.0.2.5:6379/0",
    openbao_url="https://192.0.2.6:8200",
    ray_address="192.0.2.7:6379",
    ray_jobs_url="http://192.0.2.8:8265",
    web_host="192.0.2.9",
    public_url="https://no.such.name.invalid/",
    own_networks=(ip_network("198.51.100.0/24"),),
)


HERE = {
    ip_network(a.address.partition("%")[0])
    for every in psutil.net_if_addrs().values()
    for a in every
    if a.family in (socket.AF_INET, socket.AF_INET6)
}


def test_every_server_that_the_settings_name_is_ours() -> None:
    assert set(listeners.networks(SETTINGS)) == HERE | {
        ip_network("198.51.100.0/24"), ip_network("2001:db8::4"), *(ip_network(f"192.0.2.{n}") for n in range(1, 10)),
    }  # fmt: skip


@pytest.mark.parametrize("address", ["192.0.2.2", "198.51.100.200", "2001:db8::4", "::ffff:192.0.2.5"])
def test_no_grant_opens_what_is_ours(address: str) -> None:
    for granted in ((), ("0.0.0.0/0", "::/0"), ("192.0.2.0/24", "198.51.100.0/24", "2001:db8::/32")):
        with pytest.raises(EgressDenied, match="Flotilla's own"):
            Egress.of(granted, listeners.networks(SETTINGS)).check(address, 8729)


def test_others_are_reached() -> None:
    egress = Egress.of(["192.0.2.0/24"], listeners.networks(SETTINGS))
    egress.check("192.0.2.100", 8729)


def test_of_the_embedded_servers_this_machine_alone_is_denied() -> None:
    assert set(listeners.networks(Settings())) == HERE | {ip_network("127.0.0.1")}
