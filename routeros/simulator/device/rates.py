"""The rates of wireless links as drivers write them, from the slowest to the fastest, for each band."""

from __future__ import annotations

from functools import cache

import numpy as np

from routeros import values
from routeros.simulator.device.noise import Floats

_N = (
    "1Mbps", "6.5Mbps-20MHz/1S", "13Mbps-20MHz/1S", "19.5Mbps-20MHz/1S", "26Mbps-20MHz/1S", "39Mbps-20MHz/1S",
    "52Mbps-20MHz/1S", "65Mbps-20MHz/1S", "72.2Mbps-20MHz/1S/SGI", "117Mbps-20MHz/2S", "130Mbps-20MHz/2S",
    "144.4Mbps-20MHz/2S/SGI",
)  # fmt: skip
_AC = (
    "6Mbps", "29.2Mbps-80MHz/1S", "58.5Mbps-80MHz/1S", "87.7Mbps-80MHz/1S", "117Mbps-80MHz/1S", "175.5Mbps-80MHz/1S",
    "234Mbps-80MHz/1S", "292.5Mbps-80MHz/1S/SGI", "390Mbps-80MHz/1S/SGI", "433.3Mbps-80MHz/1S/SGI",
)  # fmt: skip
_AX = (
    "6Mbps", "72Mbps-80MHz/1S", "144.1Mbps-80MHz/2S", "216.1Mbps-80MHz/2S", "288.2Mbps-80MHz/2S",
    "432.3Mbps-80MHz/2S",
    "576.5Mbps-80MHz/2S", "648.5Mbps-80MHz/2S", "864.8Mbps-80MHz/2S", "960.7Mbps-80MHz/2S", "1200.9Mbps-80MHz/2S",
)  # fmt: skip


def ladder(band: str) -> tuple[str, ...]:
    """Tell the rates of a band."""
    if band.endswith("ac"):
        return _AC
    return _AX if band.startswith("5ghz-ax") else _N


@cache
def bits(steps: tuple[str, ...]) -> Floats:
    """Tell the rates as bits per second."""
    return np.array([values.rate(step) for step in steps], dtype=np.float64)
