"""Where our own machines and servers are, wherever that is: no device and no search reaches them."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Iterator
from functools import lru_cache
from ipaddress import ip_network

import psutil

from fleet.egress import Network
from fleet.settings import Settings


def networks(settings: Settings) -> tuple[Network, ...]:
    """Tell the networks that the settings call our own, and the addresses of this machine and of every server named.

    A name is looked up; one that is not known is left out, and each is asked for once by a process.
    """
    found = (*settings.own_networks, *_interfaces(), *_resolved(tuple(sorted(set(_hosts(settings))))))
    return tuple(dict.fromkeys(found))


def _interfaces() -> Iterator[Network]:
    """Yield the addresses of this machine."""
    for addresses in psutil.net_if_addrs().values():
        for one in addresses:
            if one.family in (socket.AF_INET, socket.AF_INET6):
                yield ip_network(one.address.partition("%")[0])


def _hosts(settings: Settings) -> Iterator[str]:
    urls = (settings.postgres_url, *settings.postgres_roles.values(), *settings.nats_url.split(","))
    more = (settings.redis_url, settings.openbao_url, settings.ray_jobs_url, settings.public_url)
    for url in (*urls, *more):
        yield from _of(url)
    yield from _of(f"ray://{settings.ray_address}")
    yield settings.web_host


def _of(url: str) -> Iterator[str]:
    """Yield the hosts of a URL; PostgreSQL's may have several."""
    _, _, rest = url.partition("://")
    place = rest.partition("/")[0].partition("?")[0].rpartition("@")[2]
    for part in place.split(","):
        if part.startswith("["):
            yield part[1:].partition("]")[0]
        elif part:
            yield part.rpartition(":")[0] if ":" in part else part


@lru_cache(maxsize=8)
def _resolved(hosts: Iterable[str]) -> tuple[Network, ...]:
    found: dict[Network, None] = {}
    for host in hosts:
        try:
            addresses = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            continue
        found |= {ip_network(str(address[0]).partition("%")[0]): None for *_, address in addresses}
    return tuple(found)
