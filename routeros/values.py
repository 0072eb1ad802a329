"""RouterOS text to Python and back; whatever a function cannot read raises ValueError.

Nothing is guessed: the collector says what a property is. Formats are those of real devices, v4 to v7, over the API
(``cpu-load=53``) and, where it costs nothing, of the console (``53%``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Final

LONGEST_TEXT: Final = 255


def text(raw: str) -> str:
    """Take text for a label or a fact: at most 255 characters, without NUL, which PostgreSQL refuses."""
    return raw.replace("\0", "\N{REPLACEMENT CHARACTER}")[:LONGEST_TEXT]


def boolean(raw: str) -> bool:
    """Read ``true``, ``yes``, ``false`` or ``no``."""
    try:
        return _BOOLEANS[raw]
    except KeyError:
        raise ValueError(f"{raw[:40]!r} is neither true nor false") from None


_BOOLEANS: Final = {"true": True, "yes": True, "false": False, "no": False}

DIGITS: Final = 20
"""The most digits of a whole number."""

_INTEGER: Final = re.compile(rf"-?\d{{1,{DIGITS}}}\Z", re.ASCII)


def integer(raw: str) -> int:
    """Read a whole number of at most 64 bits or so."""
    if not _INTEGER.match(raw):
        raise ValueError(f"{raw[:40]!r} is no whole number")
    return int(raw)


_DECIMAL: Final = re.compile(r"(-?\d{1,15}(?:\.\d{1,9})?)([A-Za-z%]{0,4})\Z", re.ASCII)


def decimal(raw: str) -> float:
    """Read a number; a unit behind it (``24.3V``, ``46C``) is dropped."""
    return float(_match(_DECIMAL, raw, "number")[1])


def ratio(raw: str) -> float:
    """Read a percentage (``53``, ``53%``, ``0.1%``) as a ratio; 113 % has been seen and is 1.13."""
    found = _match(_DECIMAL, raw, "percentage")
    if found[2] not in ("", "%"):
        raise ValueError(f"{raw[:40]!r} is no percentage")
    return float(found[1]) / 100


_SIZE: Final = re.compile(r"(\d{1,15}(?:\.\d{1,3})?)(?: ?([KMGT])?i?B)?\Z", re.ASCII)


def size(raw: str) -> int:
    """Read bytes: ``16777216``, or ``64.0MiB`` as the console writes it."""
    found = _match(_SIZE, raw, "size")
    return round(float(found[1]) * 1024.0 ** " KMGT".index(found[2] or " "))


_RATE: Final = re.compile(r"(\d{1,15}(?:\.\d{1,6})?)([kKMGT]?)(?:bps)?(?:-.*)?\Z", re.ASCII)


@lru_cache(maxsize=4096)
def rate(raw: str) -> int:
    """Read bits per second: ``72.2Mbps-20MHz/1S/SGI``, ``1Gbps``, ``20M`` or plain ``12000000``."""
    found = _match(_RATE, raw, "rate")
    return round(float(found[1]) * 1000.0 ** " KMGT".index((found[2] or " ").upper()))


def format_rate(bits: int) -> str:
    """Write bits per second as a device does, in the largest unit that keeps the value."""
    for power, unit in ((3, "G"), (2, "M"), (1, "k")):
        if bits and bits % 1000 ** (power - 1) == 0 and bits >= 1000**power:
            return f"{bits / 1000**power:.3f}".rstrip("0").rstrip(".") + f"{unit}bps"
    return f"{bits}bps"


_SIGNAL: Final = re.compile(r"(-?\d{1,3})(?:dBm)?(?:@.*)?\Z", re.ASCII)


@lru_cache(maxsize=4096)
def signal(raw: str) -> int:
    """Read dBm: ``-62@1Mbps``, ``-74dBm@6Mbps`` or ``-55``."""
    return int(_match(_SIGNAL, raw, "signal")[1])


@dataclass(frozen=True, slots=True)
class Channel:
    """What a radio sends on: the frequency of the control channel and the width in Hz, the power in dBm."""

    frequency: int
    width: int | None = None
    power: int | None = None


MEGA: Final = 1_000_000
_CHANNEL: Final = re.compile(r"(\d{3,6})((?:/[A-Za-z0-9-]{1,16}){0,4})(?:\((-?\d{1,3})dBm\))?\Z", re.ASCII)
STEP: Final = 20
"""The width in MHz of a channel without an extension, and of each extension."""


@lru_cache(maxsize=4096)
def channel(raw: str) -> Channel:
    """Read ``2412/20/gn(30dBm)`` and ``5180/20-Ceee/ac`` of the older driver, ``5500/ax/Ceee`` of the newer one.

    Each letter of an extension is a channel of 20 MHz, C the one that controls; a number says the width itself.
    """
    found = _match(_CHANNEL, raw, "channel")
    parts = found[2].split("/")[1:]
    wide = next((wide for part in parts if (wide := _width(part))), STEP if parts else 0)
    power = None if found[3] is None else int(found[3])
    return Channel(int(found[1]) * MEGA, wide * MEGA or None, power)


def _width(part: str) -> int:
    """Tell the MHz that a part of a channel speaks of; 0 where it speaks of something else."""
    number, _, extension = part.partition("-")
    if number.isdigit():
        return max(int(number), STEP * len(extension))
    return STEP * len(part) if "C" in part and set(part) <= set("Ce") else 0


_CLOCK: Final = r"(?P<hours>\d+):(?P<minutes>\d\d):(?P<seconds>\d\d(?:\.\d{1,6})?)"
_PARTS: Final = r"(?:(?P<h>\d+)h)?(?:(?P<m>\d+)m(?!s))?(?:(?P<s>\d+)s)?(?:(?P<ms>\d+)ms)?(?:(?P<us>\d+)us)?"
_DURATION: Final = re.compile(rf"(-)?(?=[\d])(?:(?P<w>\d+)w)?(?:(?P<d>\d+)d)?(?:{_CLOCK}|{_PARTS})\Z", re.ASCII)
_UNITS: Final = {
    "w": timedelta(weeks=1),
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "hours": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "minutes": timedelta(minutes=1),
    "s": timedelta(seconds=1),
    "seconds": timedelta(seconds=1),
    "ms": timedelta(milliseconds=1),
    "us": timedelta(microseconds=1),
}


def duration(raw: str) -> timedelta:
    """Read ``1w4d23h26m9s``, ``4s750ms``, ``114us``, ``2w6d13:21:53``, ``01:22:53``, and any of them negated."""
    found = _match(_DURATION, raw[:64], "duration")
    parts = ((_UNITS[name], part) for name, part in found.groupdict().items() if part is not None)
    try:
        span = sum((unit * float(part) if "." in part else unit * int(part) for unit, part in parts), timedelta())
    except OverflowError:
        raise ValueError(f"{raw!r} is too long a duration") from None
    return -span if found[1] else span


def seconds(raw: str) -> float:
    """Read a duration as seconds."""
    return duration(raw).total_seconds()


def format_duration(span: timedelta) -> str:
    """Write a duration as a device does: the largest units first, parts of zero left out."""
    rest, parts = abs(span), []
    for name in ("w", "d", "h", "m", "s", "ms", "us"):
        count, rest = divmod(rest, _UNITS[name])
        if count:
            parts.append(f"{count}{name}")
    return ("-" if span < timedelta() else "") + ("".join(parts) or "0s")


_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_TIME: Final = r"(?:[ ](\d\d):(\d\d):(\d\d))?\Z"
_ISO: Final = re.compile(r"(\d{4})-(\d\d)-(\d\d)" + _TIME, re.ASCII)
_SLASHED: Final = re.compile(rf"({'|'.join(_MONTHS)})/(\d\d)/(\d{{4}})" + _TIME, re.ASCII | re.IGNORECASE)


def moment(raw: str, zone: tzinfo) -> datetime:
    """Read a date, with or without its time: ``2024-10-08 11:14:27``, before 7.10 ``jul/21/2023 09:38:39``.

    A device tells its own wall clock without saying the zone, so the caller says it (``gmt-offset`` of
    ``/system/clock``). A board without a battery is in 1970 until NTP has answered.
    """
    if found := _SLASHED.match(raw):
        month, day, year = _MONTHS.index(found[1].lower()) + 1, int(found[2]), int(found[3])
    else:
        found = _match(_ISO, raw, "date")
        year, month, day = int(found[1]), int(found[2]), int(found[3])
    hour, minute, second = (int(part or 0) for part in found.groups()[3:])
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=zone)
    except ValueError:
        raise ValueError(f"{raw!r} is no date") from None


def format_moment(at: datetime, *, slashed: bool = False) -> str:
    """Write a date and time as RouterOS 7.10 and later do, or ``slashed`` as older ones; whole seconds are kept."""
    if slashed:
        return f"{_MONTHS[at.month - 1]}/{at:%d}/{at.year:04} {at:%H:%M:%S}"
    return f"{at.year:04}-{at:%m-%d %H:%M:%S}"


_MAC: Final = re.compile(r"[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}\Z", re.ASCII)


def mac(raw: str) -> str:
    """Read a hardware address; devices write it in capitals, people often do not."""
    return _match(_MAC, raw, "hardware address")[0].upper()


def _match(pattern: re.Pattern[str], raw: str, what: str) -> re.Match[str]:
    found = pattern.match(raw)
    if found is None:
        raise ValueError(f"{raw[:40]!r} is no {what}")
    return found
