"""Repeatable randomness: numbers that follow from a key and a place, for one place or an array of them."""

from __future__ import annotations

import hashlib
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Keys: TypeAlias = NDArray[np.uint64]
Floats: TypeAlias = NDArray[np.float64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_UNIT = 2.0**-53


def key(*parts: object) -> int:
    """Turn any parts into a 64-bit key."""
    return int.from_bytes(hashlib.blake2b(repr(parts).encode(), digest_size=8).digest(), "big")


def keys(root: int, count: int) -> Keys:
    """Make ``count`` keys out of one, as an array."""
    return _mix(np.uint64(root) + np.arange(1, count + 1, dtype=np.uint64) * _GOLDEN)


def uniform(source: Keys, place: Floats) -> Floats:
    """Tell a number in [0, 1) for each key at each whole-numbered place (the two are broadcast)."""
    step = place.astype(np.int64).view(np.uint64)
    return (_mix(source ^ (step * _GOLDEN)) >> np.uint64(11)).astype(np.float64) * _UNIT


def spread(root: int, count: int, low: float = 0.0, high: float = 1.0) -> Floats:
    """Draw ``count`` constants between ``low`` and ``high``."""
    constants: Floats = low + (high - low) * uniform(keys(root, count), np.zeros(1))
    return constants


def draw(root: int, low: float = 0.0, high: float = 1.0) -> float:
    """Draw one constant between ``low`` and ``high``."""
    return float(spread(root, 1, low, high)[0])


def wander(source: Keys, place: Floats) -> Floats:
    """Walk between -0.5 and 0.5 on straight lines from one whole place to the next.

    The slope is at most 1 per place, so that a counter may contain this walk and still only grow.
    """
    whole = np.floor(place)
    here, there = uniform(source, whole), uniform(source, whole + 1)
    return here + (there - here) * (place - whole) - 0.5


def _mix(value: Keys) -> Keys:
    """Scramble 64 bits (the finaliser of SplitMix64)."""
    value = (value ^ (value >> np.uint64(30))) * _FIRST
    value = (value ^ (value >> np.uint64(27))) * _SECOND
    return value ^ (value >> np.uint64(31))
