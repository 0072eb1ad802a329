"""From a device to its partition, and from a partition to the poller that owns it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b
from math import log

from fleet.identity import DeviceId

PARTITIONS = 4096
"""Fixed for the life of an installation: with 4,096 the fullest of 51 pollers holds 1.2 times the mean."""


def of(device_id: DeviceId) -> int:
    """Tell the partition of a device: blake2b of its id, modulo 4,096."""
    return int.from_bytes(blake2b(device_id.bytes, digest_size=8).digest()) % PARTITIONS


def owner(partition: int, weights: Mapping[str, float]) -> str:
    """Choose the poller of a partition by weighted rendezvous hashing.

    ``weights`` gives each poller's name its share; when one joins or leaves, only its share moves. (The logarithm
    method: the score is -weight / ln(h) with h uniform in (0, 1).)
    """
    return max(weights, key=lambda poller: (_score(partition, poller, weights[poller]), poller))


def owners(weights: Mapping[str, float]) -> Sequence[str]:
    """Tell the poller of every partition, by partition; ``weights`` names one poller at least."""
    return _owners(tuple(sorted(weights.items())))


@lru_cache(maxsize=16)
def _owners(weights: tuple[tuple[str, float], ...]) -> Sequence[str]:
    pollers = dict(weights)
    return tuple(owner(p, pollers) for p in range(PARTITIONS))


def spread(device_id: DeviceId, salt: bytes = b"spread") -> float:
    """Tell where in its interval a device is polled: a fraction in [0, 1) that is the same at every start."""
    return int.from_bytes(blake2b(device_id.bytes, digest_size=8, salt=salt).digest()) / 2**64


def _score(partition: int, poller: str, weight: float) -> float:
    digest = blake2b(f"{partition}/{poller}".encode(), digest_size=8).digest()
    uniform = (int.from_bytes(digest) + 0.5) / 2**64
    return -weight / log(uniform)
